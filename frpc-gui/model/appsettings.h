// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QString>

namespace frpx::gui {

/// What the program remembers beside its profiles. A value class, kept as JSON.
struct AppSettings
{
    enum class Style { System, Light, Dark };

    bool notifications = true;
    bool startMinimized = false;
    bool closeHintShown = false; ///< that closing the window does not end the program
    Style style = Style::System;
    QString currentProfile; ///< the id of the one shown last
    QByteArray geometry; ///< of the main window

    QByteArray toJson() const;
    /// What is missing or makes no sense is at its default.
    static AppSettings fromJson(const QByteArray &json);
};

} // namespace frpx::gui
