// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QString>

namespace frpx::gui {

/// The settings of the program apart from its profiles. A value class, stored as JSON.
struct AppSettings
{
    enum class Style { System, Light, Dark };

    bool notifications = true;
    bool startMinimized = false;
    bool closeHintShown = false; ///< the hint that closing the window does not end the program
    Style style = Style::System;
    QString currentProfile; ///< the id of the profile shown last
    QByteArray geometry; ///< of the main window

    QByteArray toJson() const;
    /// A missing or invalid value gets its default.
    static AppSettings fromJson(const QByteArray &json);
};

} // namespace frpx::gui
