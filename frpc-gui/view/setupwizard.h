// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QPointer>
#include <QWizard>

namespace frpx::gui {

class AccountPage;
class ConnectPage;
class ProfileManager;
class ServerPage;
class ServicePage;
class SessionController;
struct Profile;

/// Asks for a new server step by step and is complete when the session is online. The profile is created at
/// the first attempt and removed if the person cancels. Deletes itself when it is closed.
class SetupWizard : public QWizard
{
    Q_OBJECT

public:
    enum Page { Server, Account, Service, Connect };

    explicit SetupWizard(ProfileManager &profiles, QWidget *parent = nullptr);

    /// The answers so far; the name is empty.
    Profile profile() const;
    /// Creates the profile, or changes the one that exists, and logs in.
    void tryToConnect();
    /// Null before tryToConnect(), and until the profile is stored.
    SessionController *controller() const { return m_controller; }

    void done(int result) override;

Q_SIGNALS:
    void controllerMade(frpx::gui::SessionController *controller);

private:
    ProfileManager &m_profiles;
    ServerPage *m_server;
    AccountPage *m_account;
    ServicePage *m_service;
    ConnectPage *m_connect;
    QPointer<SessionController> m_controller;
    bool m_isMaking = false; ///< the profile is being stored
};

} // namespace frpx::gui
