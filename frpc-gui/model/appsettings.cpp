// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/appsettings.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

const std::pair<AppSettings::Style, QLatin1String> styleWords[] = {
    {AppSettings::Style::System, "system"_L1},
    {AppSettings::Style::Light, "light"_L1},
    {AppSettings::Style::Dark, "dark"_L1},
};

} // namespace

QByteArray AppSettings::toJson() const
{
    QString styleWord;
    for (const auto &[value, word] : styleWords) {
        if (value == style)
            styleWord = word;
    }
    const QJsonObject object{
        {u"notifications"_s, notifications},
        {u"startMinimized"_s, startMinimized},
        {u"closeHintShown"_s, closeHintShown},
        {u"style"_s, styleWord},
        {u"currentProfile"_s, currentProfile},
        {u"geometry"_s, QString::fromLatin1(geometry.toBase64())},
    };
    return QJsonDocument(object).toJson(QJsonDocument::Indented);
}

AppSettings AppSettings::fromJson(const QByteArray &json)
{
    AppSettings settings;
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    settings.notifications = object.value("notifications"_L1).toBool(settings.notifications);
    settings.startMinimized = object.value("startMinimized"_L1).toBool(settings.startMinimized);
    settings.closeHintShown = object.value("closeHintShown"_L1).toBool(settings.closeHintShown);
    for (const auto &[value, word] : styleWords) {
        if (object.value("style"_L1).toString() == word)
            settings.style = value;
    }
    settings.currentProfile = object.value("currentProfile"_L1).toString();
    settings.geometry = QByteArray::fromBase64(object.value("geometry"_L1).toString().toLatin1());
    return settings;
}

} // namespace frpx::gui
