// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QPointer>
#include <QWidget>

class QTabWidget;

namespace frpx::gui {

class LogModel;
class ProfileManager;
class SessionController;
class TrustDialog;

/// The page of one server: its state, and tabs for traffic, tunnels and log.
class SessionPage : public QWidget
{
    Q_OBJECT

public:
    SessionPage(
        SessionController &controller, ProfileManager &profiles, LogModel &log, QWidget *parent = nullptr);

    SessionController &controller() { return m_controller; }
    QTabWidget *tabs() { return m_tabs; }
    void logIn();
    /// Asks whether the server's certificate is the right one, in a dialog over \a above or over this page.
    void askForTrust(QWidget *above = nullptr);
    void editServer();

private:
    void exportFile();
    void removeServer();

    SessionController &m_controller;
    ProfileManager &m_profiles;
    QTabWidget *m_tabs;
    QPointer<TrustDialog> m_trustDialog; ///< while it is open
};

} // namespace frpx::gui
