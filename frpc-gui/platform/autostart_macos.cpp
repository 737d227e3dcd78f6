// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/platform/autostart.h"

#include "common/system/privatefile.h"

#include <QCoreApplication>
#include <QDir>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

// A launch agent of the operating system user; the system lists it among the login items.
QString directory()
{
    return QDir::homePath() + u"/Library/LaunchAgents"_s;
}

QString agentFile()
{
    return directory() + u"/org.frpx.frpc-gui.plist"_s;
}

} // namespace

std::optional<bool> startsWithSystem()
{
    return QFile::exists(agentFile());
}

Result<void> setStartsWithSystem(bool yes)
{
    if (!yes)
        return removePrivateFile(agentFile());
    if (!QDir().mkpath(directory()))
        return Error{Errc::Io, u"The directory %1 cannot be created."_s.arg(directory())};
    const QString agent = u"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                          "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
                          "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
                          "<plist version=\"1.0\"><dict>\n"
                          "<key>Label</key><string>org.frpx.frpc-gui</string>\n"
                          "<key>ProgramArguments</key><array><string>%1</string>"
                          "<string>--minimized</string></array>\n"
                          "<key>RunAtLoad</key><true/>\n"
                          "</dict></plist>\n"_s.arg(QCoreApplication::applicationFilePath().toHtmlEscaped());
    return writePrivateFile(agentFile(), agent.toUtf8());
}

} // namespace frpx::gui
