// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/profilestore.h"
#include "frpc-gui/session/sessioncontroller.h"

#include <QObject>

#include <memory>

namespace frpx::gui {

class DiskQueue;

/// All profiles with their sessions, which run in parallel, and their files, which the DiskQueue reads and
/// writes. Lives on the GUI thread.
class ProfileManager : public QObject
{
    Q_OBJECT

public:
    ProfileManager(
        const QString &directory, ControlThread &control, DiskQueue &disk, QObject *parent = nullptr);
    ~ProfileManager() override;

    /// Reads the profiles from the disk; loaded() follows.
    void load();
    bool isLoaded() const { return m_loaded; }
    /// The default client id of this machine; known after loaded().
    const QString &defaultClientId() const { return m_clientId; }

    const std::vector<std::unique_ptr<SessionController>> &controllers() const { return m_controllers; }
    SessionController *byId(const QString &id) const; ///< null: none
    SessionController *byName(const QString &name) const; ///< null: none

    using Added = std::function<void(SessionController *controller)>;
    /// Stores \a profile under a unique name, then calls \a done unless the disk reports an error.
    void add(Profile profile, QObject *context, Added done);
    /// Leaves the server and deletes the profile with its login.
    void remove(SessionController *controller);
    /// Imports a configuration file of frpc or frp as a new profile. If the file names an account, its login
    /// is used once; otherwise the windows ask.
    void importFile(const QString &path);
    void exportFile(const SessionController &controller, const QString &path);

    /// Leaves all servers; allLeft() follows, after \a timeoutMs at the latest.
    void leaveAll(int timeoutMs);

Q_SIGNALS:
    void loaded();
    void added(frpx::gui::SessionController *controller);
    /// The controller is deleted after this signal.
    void removed(frpx::gui::SessionController *controller);
    void imported(frpx::gui::SessionController *controller, const QStringList &notes);
    /// \a what could not be done, and \a why.
    void failed(const QString &what, const QString &why);
    void allLeft();

private:
    SessionController *insert(const Profile &profile);
    void keep(const Profile &profile);
    QString uniqueName(const QString &name) const;

    const ProfileStore m_store;
    ControlThread &m_control;
    DiskQueue &m_disk;
    QString m_clientId;
    bool m_loaded = false;
    std::vector<std::unique_ptr<SessionController>> m_controllers;
    int m_leaving = 0; ///< sessions that leaveAll() waits for
};

} // namespace frpx::gui
