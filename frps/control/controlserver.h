// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/evictionqueue.h"
#include "common/net/fdlistener.h"
#include "frps/control/controlacceptor.h"
#include "frps/control/controlsession.h"
#include "frps/control/loginratelimiter.h"
#include "frps/registry/activelogins.h"
#include "frps/registry/bandwidthlimits.h"
#include "frps/registry/clientregistry.h"
#include "frps/registry/hungclients.h"

#include <QObject>

#include <unordered_map>

namespace frpx::server {

struct ControlLimits
{
    qint64 loginTimeoutMs = 10'000; ///< from accept to a finished registration
    qint64 loginAnswerMs = 8'000; ///< from accept: a login not checked by then is told that we are busy
    /// A registered client without a heartbeat for so long is gone, if it has not said how often it sends
    /// one.
    qint64 heartbeatTimeoutMs = 30'000;
    /// The streams of a client end when it has said nothing on its control link for so long; 0: never.
    qint64 hungClientTimeoutMs = 0;
    qint64 probeTimeoutMs = 1500; ///< an older session with the wanted client id must answer within
    qsizetype maxUnregistered = 4096; ///< links that have not registered yet
    qsizetype maxUnregisteredPerSource = 1024; ///< of them, of one address or IPv6 /64 network
    int maxSessions = 0; ///< registered, of all accounts; 0: no limit
    int maxSessionsPerUser = 0; ///< of one account; 0: no limit
    int acceptBelow = std::numeric_limits<int>::max(); ///< see FdListener
    qint64 bandwidthPerUser = 0; ///< bytes/s each way for the clients of one account together; 0: no limit
};

/// Owns the control port and its sessions, and decides who holds which client id.
///
/// A client id asked for while another session holds it goes to the newcomer if both belong to the same user
/// and the older one is dead: it is the same process come back (equal `instance`), or it does not answer a
/// probe; or if it has said that it leaves. The probe is a Ping, or for an original client, which has no such
/// message, a request to dial in.
class ControlServer : public QObject
{
    Q_OBJECT

public:
    ControlServer(
        ControlLimits limits, ClientRegistry &registry, LoginService &logins, QObject *parent = nullptr);
    ~ControlServer() override;

    /// For connections from now on; before that, all of them are plain.
    void setTls(const QSslConfiguration &tls, PlainPolicy plain) { m_gate.setTls(tls, plain); }

    Result<quint16> listen(const QHostAddress &address, quint16 port);
    void stopListening();
    /// Where users come in; clients that serve them are told.
    void setPublicPort(quint16 port) { m_publicPort = port; }

    /// Ends what has missed its deadline. Call a few times a second.
    void sweep();

    /// Asks \a session to dial in for a user.
    void requestProxyConn(SessionId session, const proto::RequestNewProxyConn &request);
    /// Sends one of the messages of the feature `tunnels`. No-op if the session is gone.
    void answer(SessionId session, const proto::Message &message);
    /// Tells \a session, if it understands, that tunnels may be opened that were refused.
    void retryTunnels(SessionId session);
    /// The link of \a session; null addresses if it is gone.
    net::LinkEnds linkOf(SessionId session) const;
    /// Is \a proxyConnId the probe of an original client? Then it has answered.
    bool answerProbe(const QString &proxyConnId);
    /// Ends the session that holds \a clientId; false if there is none.
    bool disconnectClient(const QString &clientId, const QString &reason, int retryAfterS);
    /// Asks which of the sessions' logins are good no more, and ends those. Its answer comes later.
    void checkLogins();
    /// Whether \a clientId gets new users from now on, also after it has come back. False if there is none.
    bool setDrained(const QString &clientId, bool drained);
    /// Tells the clients that the server is about to stop, and registers no more of them.
    void drain();
    /// See ControlLimits; for the silence of all clients from now on, and those lost since the last one was
    /// not 0.
    void setHungClientTimeout(qint64 ms) { m_hung.setLimit(ms); }
    /// Ends every session.
    void disconnectAll(const QString &reason);

    const LoginRateLimiter &logins() const { return m_logins; }
    /// Registered or not.
    qint64 links() const { return static_cast<qint64>(m_sessions.size()) + m_gate.waiting(); }
    /// Links that had said nothing yet and were closed to make room for others, since the start.
    quint64 crowdedOut() const { return m_crowdedOut; }

Q_SIGNALS:
    void clientRegistered(frpx::SessionId session);
    /// The session is out of the registry and gets no users any more.
    void clientLeft(frpx::SessionId session);
    /// The session has lost its login, and will not come back with it; clientLeft() follows.
    void clientExpelled(frpx::SessionId session);
    /// \a login (see ClientRecord) is good no more, its sessions have left: what else runs on it is to end.
    void loginEnded(const std::shared_ptr<void> &login);
    /// What is counted in \a meter (see ClientStreams) is to end: the client has been silent for too long.
    void streamsHung(const std::shared_ptr<void> &meter);
    /// The rights of that account have changed; ClientRecord::rights has the new ones.
    void rightsChanged(qint64 userId);
    /// ClientRecord::isDraining() may have changed.
    void clientDraining(frpx::SessionId session);
    /// A user waits for the client and it does not answer a Ping; it may still come back to life.
    void clientSilent(frpx::SessionId session);
    /// One that was silent has spoken again.
    void clientSpokeAgain(frpx::SessionId session);
    /// See ControlSession::tunnelMessageReceived(). The session may not be registered.
    void tunnelMessageReceived(frpx::SessionId session, const frpx::proto::Message &message);
    void proxyConnFailed(frpx::SessionId session, const QString &proxyConnId, const QString &reason);
    /// The client's word on its local service has changed: ill, with \a detail, or well again.
    void healthReported(frpx::SessionId session, bool healthy, const QString &detail);

private:
    struct Probe
    {
        SessionId older;
        SessionId newer;
        QString proxyConnId; ///< for an original client
        qint64 deadlineMs;
    };

    /// How often the tokens of the sessions are noted as in use.
    static constexpr qint64 loginCheckIntervalMs = 3'600'000;

    void onAccepted(UniqueFd fd);
    void onArrived(ControlAcceptor::Arrival arrival);
    void onRegistrationRequested(ControlSession *session);
    void onAlive(SessionId session);
    void onHealthReported(SessionId session, const proto::Health &health);
    void onDrainRequested(SessionId session);
    void applyCheck(const LoginCheck &check);
    void expel(ControlSession *session, const QString &why);
    void takePulses(qint64 now);
    void rememberLost(const ClientRecord &record);
    void takeBackStreams(ClientRecord &record);
    void endHungStreams(qint64 now);
    void cutStreams(const QString &clientId, const ClientStreams &streams);
    void onClosed(ControlSession *session, const Error &reason);
    void completeRegistration(ControlSession *session);
    void startProbe(ControlSession *older, ControlSession *newer);
    void takeOver(SessionId older, SessionId newer);
    void refuseNewcomers(SessionId older);
    void settleProbesOf(SessionId older);
    void leave(SessionId session);
    void drop(ControlSession *session);
    bool makeRoomFor(const net::SourceKey &source);
    ControlSession *find(SessionId id) const;

    const ControlLimits m_limits;
    ClientRegistry &m_registry;
    quint16 m_publicPort = 0; ///< 0 before the ports are open
    LoginRateLimiter m_logins;
    BandwidthLimits m_bandwidth;
    ActiveLogins m_live;
    HungClients m_hung;
    ControlAcceptor m_gate;
    FdListener m_listener;
    std::unordered_map<quint64, ControlSession *> m_sessions; // children of this; dropped by deleteLater()
    net::EvictionQueue m_newcomers; // of these, who has not registered yet; idle: who has to log in
    std::vector<Probe> m_probes;
    /// Shared with the pulses of all clients, which outlive this.
    const std::shared_ptr<std::atomic<bool>> m_anyDoubt = std::make_shared<std::atomic<bool>>(false);
    bool m_draining = false;
    quint64 m_lastId = 0;
    quint64 m_crowdedOut = 0;
    qint64 m_nextCheckMs; ///< of the logins
    qint64 m_nextHungCheckMs = 0;
};

} // namespace frpx::server
