// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/profilestore.h"
#include "frpc-gui/session/sessioncontroller.h"

#include <QObject>

#include <memory>

namespace frpx::gui {

class DiskQueue;

/// All profiles with their sessions, which run at the same time, and their files, which are read and written
/// by the DiskQueue. Lives on the GUI thread.
class ProfileManager : public QObject
{
    Q_OBJECT

public:
    ProfileManager(
        const QString &directory, ControlThread &control, DiskQueue &disk, QObject *parent = nullptr);
    ~ProfileManager() override;

    /// Reads the disk; loaded() follows.
    void load();
    bool isLoaded() const { return m_loaded; }
    /// What this machine is called unless somebody says otherwise; known once loaded.
    const QString &defaultClientId() const { return m_clientId; }

    const std::vector<std::unique_ptr<SessionController>> &controllers() const { return m_controllers; }
    SessionController *byId(const QString &id) const; ///< null: none
    SessionController *byName(const QString &name) const; ///< null: none

    using Added = std::function<void(SessionController *controller)>;
    /// Keeps \a profile, whose name is made unique; then calls \a done, unless the disk does not take it.
    void add(Profile profile, QObject *context, Added done);
    /// Leaves the server and forgets the profile with its login.
    void remove(SessionController *controller);
    /// Reads a configuration file of frpc or frp into a new profile. If it names an account that is logged in
    /// with once, else the windows ask.
    void importFile(const QString &path);
    void exportFile(const SessionController &controller, const QString &path);

    /// Leaves all servers; allLeft() follows, after \a timeoutMs at the latest.
    void leaveAll(int timeoutMs);

Q_SIGNALS:
    void loaded();
    void added(frpx::gui::SessionController *controller);
    /// It is deleted after this.
    void removed(frpx::gui::SessionController *controller);
    void imported(frpx::gui::SessionController *controller, const QStringList &notes);
    /// \a what could not be done and \a why.
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
