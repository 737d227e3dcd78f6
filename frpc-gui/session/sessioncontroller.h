// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/profile.h"
#include "frpc-gui/model/statustext.h"
#include "frpc-gui/model/traffichistory.h"
#include "frpc-gui/model/tunneltablemodel.h"

#include <QObject>

namespace frpx::gui {

class ControlThread;
class SessionWorker;

/// One profile and its connection for the windows. Lives on the GUI thread; a SessionWorker on the control
/// thread does what may block.
class SessionController : public QObject
{
    Q_OBJECT

public:
    SessionController(Profile profile, QString tokenFile, ControlThread &control, QObject *parent = nullptr);
    ~SessionController() override;

    const Profile &profile() const { return m_profile; }
    /// Applies \a profile to a running session: changes its tunnels, or replaces the session.
    void setProfile(const Profile &profile);

    /// Whether the person wants to be connected; the connection may still be down.
    bool isWanted() const { return m_wanted; }
    bool isOnline() const { return m_status.state == client::ServerSession::State::Online; }
    const SessionStatus &status() const { return m_status; }
    const StatusText &statusText() const { return m_statusText; }
    /// "host:port" of the control port.
    QString serverAddress() const;
    qint64 levelSinceMs() const { return m_sinceMs; } ///< since 1970
    const TrafficHistory &history() const { return m_history; }
    /// The sum of all tunnels.
    const TunnelTraffic &traffic() const { return m_traffic; }
    /// The last report on this machine to the server; empty before the first.
    const std::optional<SystemUsage> &usage() const { return m_usage; }
    TunnelTableModel *tunnels() { return &m_tunnels; }

    void connectToServer();
    void disconnectFromServer();
    /// Like disconnectFromServer(), but cuts the open connections.
    void leaveAtOnce();
    void logIn(const QString &email, const QString &password);
    /// The person has confirmed that \a certificate is that of the right server.
    void trustServer(const Fingerprint &certificate);
    void logOut();
    void setPaused(const QString &tunnel, bool paused);

Q_SIGNALS:
    /// The status, its text or isWanted() has changed.
    void changed();
    /// Once a second while connected.
    void sampled();
    /// The profile has changed and has to be stored.
    void profileChanged();
    /// The server has refused the login, or none is stored: continue with logIn().
    void loginNeeded();
    /// The server's certificate is not trusted, see status(): continue with trustServer().
    void trustNeeded();
    /// The session has left the server.
    void left();

private:
    void configure();
    void onStatus(const SessionStatus &status);
    void onSample(const TrafficSample &sample);
    void refreshWords();
    /// Calls \a what with the worker on the worker's thread.
    template <typename What>
    void post(What what);

    Profile m_profile;
    const QString m_tokenFile;
    SessionWorker *m_worker; ///< deleted on its own thread
    bool m_wanted = false;
    SessionStatus m_status;
    StatusText m_statusText;
    qint64 m_sinceMs = 0;
    TunnelTraffic m_traffic;
    TrafficHistory m_history;
    std::optional<SystemUsage> m_usage;
    TunnelTableModel m_tunnels;
};

} // namespace frpx::gui
