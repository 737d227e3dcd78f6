// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/statustext.h"

#include <QMenu>
#include <QObject>
#include <QSystemTrayIcon>

namespace frpx::gui {

class ProfileManager;
class SessionController;

/// The icon in the system tray: the state of all connections, and a menu for frequent actions. Without a tray
/// nothing is shown.
class TrayIcon : public QObject
{
    Q_OBJECT

public:
    explicit TrayIcon(ProfileManager &profiles, QObject *parent = nullptr);

    /// Whether the system has a tray, which may come and go.
    bool isThere() const;
    void notify(const QString &title, const QString &text, StatusLevel level);
    /// The most urgent level of all connections.
    StatusLevel level() const { return m_level; }
    QString toolTip() const { return m_icon.toolTip(); }
    QMenu *menu() { return &m_menu; }

Q_SIGNALS:
    void openRequested();
    void settingsRequested();
    void quitRequested();

private:
    void add(SessionController *controller);
    void refresh();
    void fillMenu();
    void fillServerMenu(QMenu *menu, SessionController *controller);

    ProfileManager &m_profiles;
    QMenu m_menu;
    QSystemTrayIcon m_icon;
    StatusLevel m_level = StatusLevel::Off;
    bool m_hasIcon = false;
};

/// Returns the level of one icon for several connections.
StatusLevel overallLevel(const QList<StatusLevel> &levels);

} // namespace frpx::gui
