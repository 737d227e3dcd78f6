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

/// One profile and its connection, as the windows see them. Lives on the GUI thread; what may wait is done by
/// a SessionWorker on the control thread.
class SessionController : public QObject
{
    Q_OBJECT

public:
    SessionController(Profile profile, QString tokenFile, ControlThread &control, QObject *parent = nullptr);
    ~SessionController() override;

    const Profile &profile() const { return m_profile; }
    /// A running session goes over to it: changed tunnels only, or a new session in the place of the old.
    void setProfile(const Profile &profile);

    /// Whether the person wants to be connected; the link may be down all the same.
    bool isWanted() const { return m_wanted; }
    bool isOnline() const { return m_status.state == client::ClientSession::State::Online; }
    const SessionStatus &status() const { return m_status; }
    const StatusText &words() const { return m_words; }
    /// "host:port" of the control port.
    QString serverAddress() const;
    qint64 levelSinceMs() const { return m_sinceMs; } ///< since 1970
    const TrafficHistory &history() const { return m_history; }
    /// All tunnels together.
    const TunnelTraffic &traffic() const { return m_traffic; }
    /// What the server was told of this machine last; nothing before that.
    const std::optional<SystemUsage> &usage() const { return m_usage; }
    TunnelTableModel *tunnels() { return &m_tunnels; }

    void connectToServer();
    void disconnectFromServer();
    /// As disconnectFromServer(), without waiting for what is under way.
    void leaveAtOnce();
    void logIn(const QString &email, const QString &password);
    /// A person says that \a certificate is that of the right server.
    void trustServer(const Fingerprint &certificate);
    void logOut();
    void setPaused(const QString &tunnel, bool paused);

Q_SIGNALS:
    /// Status, words or what is wanted.
    void changed();
    /// Once a second while connected.
    void sampled();
    /// The profile is to be kept: it was changed by the person, or by what has happened.
    void profileChanged();
    /// The server does not accept, or was not given, a login: logIn() goes on.
    void loginNeeded();
    /// The server shows a certificate that is not trusted, see status(): trustServer() goes on.
    void trustNeeded();
    /// The session has left the server.
    void left();

private:
    void configure();
    void onStatus(const SessionStatus &status);
    void onSample(const TrafficSample &sample);
    void refreshWords();
    /// Runs \a what with the worker on its thread.
    template <typename What>
    void post(What what);

    Profile m_profile;
    const QString m_tokenFile;
    SessionWorker *m_worker; ///< deleted on its own thread
    bool m_wanted = false;
    SessionStatus m_status;
    StatusText m_words;
    qint64 m_sinceMs = 0;
    TunnelTraffic m_traffic;
    TrafficHistory m_history;
    std::optional<SystemUsage> m_usage;
    TunnelTableModel m_tunnels;
};

} // namespace frpx::gui
