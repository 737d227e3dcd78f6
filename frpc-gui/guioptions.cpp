// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/guioptions.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

QString aboutText()
{
    return u"frpc-gui: connects local services to frpx servers, with windows and an icon in the system tray."_s;
}

// All options are commands: the settings come from the windows, not from the environment.
void addOptions(CommandLine &line)
{
    line.addCommand(u"minimized"_s, u"Start in the system tray, without a window"_s);
    line.addCommand(u"profile"_s, u"Show the server of that name, and connect to it"_s, u"NAME"_s);
    line.addCommand(
        u"screenshot"_s, u"Render each page as a PNG file into this directory, and exit"_s, u"DIR"_s);
    line.setPositional(u"FILE..."_s,
        u"Configurations of frpc or frp to import. A second start of frpc-gui opens the window of "
        u"the running one, which imports them."_s);
}

} // namespace

QByteArray GuiOptions::toMessage() const
{
    const QJsonObject object{{u"profile"_s, profile}, {u"files"_s, QJsonArray::fromStringList(files)}};
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

GuiOptions GuiOptions::fromMessage(const QByteArray &message)
{
    GuiOptions options;
    const QJsonObject object = QJsonDocument::fromJson(message).object();
    options.profile = object.value("profile"_L1).toString();
    for (const QJsonValue &file : object.value("files"_L1).toArray())
        options.files << file.toString();
    return options;
}

Result<GuiOptions> parseGuiArguments(const QStringList &arguments)
{
    CommandLine line(aboutText());
    addOptions(line);
    if (const Result<void> parsed = line.parse(arguments); !parsed)
        return parsed.error();
    GuiOptions options;
    options.text = line.requestedText(u"frpc-gui"_s);
    options.directory = QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) + u"/frpx"_s;
    options.minimized = line.isSet(u"minimized"_s);
    options.profile = line.text(u"profile"_s);
    options.screenshotDirectory = line.text(u"screenshot"_s);
    const QStringList files = line.positional();
    for (const QString &file : files)
        options.files
            << QFileInfo(file).absoluteFilePath(); // the first instance may run in another directory
    return options;
}

ProgramHelp guiHelp()
{
    CommandLine line(aboutText());
    addOptions(line);
    return describe(u"frpc-gui"_s, line, {});
}

} // namespace frpx::gui
