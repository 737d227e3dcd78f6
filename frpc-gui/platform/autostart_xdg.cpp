// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/privatefile.h"
#include "frpc-gui/platform/autostart.h"

#include <QCoreApplication>
#include <QDir>
#include <QStandardPaths>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

QString directory()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) + u"/autostart"_s;
}

QString entryFile()
{
    return directory() + u"/frpc-gui.desktop"_s;
}

/// The path to start this program again: an AppImage runs from a mount point that disappears at its end.
QString ownProgram()
{
    const QString image = qEnvironmentVariable("APPIMAGE");
    return image.isEmpty() ? QCoreApplication::applicationFilePath() : image;
}

} // namespace

QByteArray autostartEntry(const QString &program)
{
    // The Desktop Entry Specification wants two levels of quotes: one for Exec, one for a string.
    QString quoted;
    for (const QChar c : program) {
        if (c == u'"' || c == u'`' || c == u'$' || c == u'\\')
            quoted += u'\\';
        quoted += c;
    }
    quoted.replace(u'%', "%%"_L1);
    quoted.replace(u'\\', R"(\\)"_L1);
    return u"[Desktop Entry]\nType=Application\nName=frpc\nIcon=frpc-gui\nExec=\"%1\" --minimized\n"
           "X-GNOME-Autostart-enabled=true\n"_s.arg(quoted)
               .toUtf8();
}

std::optional<bool> startsWithSystem()
{
    return QFile::exists(entryFile());
}

Result<void> setStartsWithSystem(bool yes)
{
    if (!yes)
        return removePrivateFile(entryFile());
    if (!QDir().mkpath(directory()))
        return Error{Errc::Io, u"The directory %1 cannot be created."_s.arg(directory())};
    return writePrivateFile(entryFile(), autostartEntry(ownProgram()));
}

} // namespace frpx::gui
