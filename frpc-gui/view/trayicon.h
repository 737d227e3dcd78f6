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

/// The icon in the system tray: the state of all connections at a glance, and a menu for what is done often.
/// Without a tray it is simply not there.
class TrayIcon : public QObject
{
    Q_OBJECT

public:
    explicit TrayIcon(ProfileManager &profiles, QObject *parent = nullptr);

    /// Whether there is a tray to be seen in, which may come and go.
    bool isThere() const;
    void notify(const QString &title, const QString &text, StatusLevel level);
    /// The worst of all states: what waits for a person first.
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

/// What one icon says for several connections.
StatusLevel overallLevel(const QList<StatusLevel> &levels);

} // namespace frpx::gui
