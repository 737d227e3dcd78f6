// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/evictionqueue.h"
#include "common/net/fdlistener.h"
#include "frps/clients/activelogins.h"
#include "frps/clients/bandwidthlimits.h"
#include "frps/clients/clientregistry.h"
#include "frps/clients/controlacceptor.h"
#include "frps/clients/frpxclientlink.h"
#include "frps/clients/hungclients.h"
#include "frps/clients/loginratelimiter.h"

#include <QObject>

#include <unordered_map>

namespace frpx::server {

struct ControlLimits
{
    qint64 loginTimeoutMs = 10'000; ///< from accept to a finished registration
    qint64 loginAnswerMs = 8'000; ///< from accept; a login not checked by then is refused with "busy"
    /// A registered client ends after so long without a heartbeat, unless it has named its own interval.
    qint64 heartbeatTimeoutMs = 30'000;
    /// The streams of a client end after it has sent nothing on its control link for so long; 0: never.
    qint64 hungClientTimeoutMs = 0;
    /// An older session must answer within this time, or loses its client id to a newer one.
    qint64 probeTimeoutMs = 1500;
    qsizetype maxUnregistered = 4096; ///< links that have not registered yet
    qsizetype maxUnregisteredPerSource = 1024; ///< of them, from one address or IPv6 /64 network
    int maxSessions = 0; ///< registered, of all accounts; 0: no limit
    int maxSessionsPerUser = 0; ///< of one account; 0: no limit
    int acceptBelow = std::numeric_limits<int>::max(); ///< see FdListener
    qint64 bandwidthPerUser = 0; ///< in each direction, for all clients of one account together; 0: no limit
};

/// Owns the control port and its sessions, and decides which session holds a client id.
///
/// A new session may take over a client id from an older one of the same account if the older one is dead: it
/// is of the same process (equal `instance`), or does not answer a probe, or has sent Drain. The probe is a
/// Ping, or for an original client, which does not know that message, a request to dial in.
class ControlServer : public QObject
{
    Q_OBJECT

public:
    ControlServer(
        ControlLimits limits, ClientRegistry &registry, LoginService &logins, QObject *parent = nullptr);
    ~ControlServer() override;

    /// For later connections; before the call all of them are plain.
    void setTls(const QSslConfiguration &tls, PlainPolicy plain) { m_acceptor.setTls(tls, plain); }

    Result<quint16> listen(const QHostAddress &address, quint16 port);
    void stopListening();
    /// The port of the default tunnel, sent to the clients that serve it.
    void setPublicPort(quint16 port) { m_publicPort = port; }

    /// Ends sessions and connections that have missed their deadline. Call a few times a second.
    void sweep();

    /// The link of \a session; null if it has ended.
    ClientLink *link(SessionId session) const;
    /// True if \a proxyConnId was the probe of an original client, which has answered by it.
    bool answerProbe(const QString &proxyConnId);
    /// Ends the session that holds \a clientId; false if there is none.
    bool disconnectClient(const QString &clientId, const QString &reason, int retryAfterS);
    /// Finds out which logins of the sessions have ended, and ends these sessions. Asynchronous.
    void checkLogins();
    /// Starts or ends the drain of \a clientId, also for its later sessions. False if there is no such
    /// client.
    bool setDrained(const QString &clientId, bool drained);
    /// Tells the clients that the server is about to stop, and registers no more clients.
    void drain();
    /// See ControlLimits. The time counts from now on, also for clients that were lost while the limit was
    /// not 0.
    void setHungClientTimeout(qint64 ms) { m_hung.setLimit(ms); }
    /// Ends every session.
    void disconnectAll(const QString &reason);

    const LoginRateLimiter &logins() const { return m_logins; }
    /// All links, registered or not.
    qint64 links() const { return static_cast<qint64>(m_sessions.size()) + m_acceptor.waiting(); }
    /// Links closed to make room before they had sent anything, since the start.
    quint64 crowdedOut() const { return m_crowdedOut; }

Q_SIGNALS:
    void clientRegistered(frpx::SessionId session);
    /// The session has been removed from the registry and gets no more visitors.
    void clientLeft(frpx::SessionId session);
    /// The login of the session has ended, and the client cannot reconnect with it; clientLeft() follows.
    void clientExpelled(frpx::SessionId session);
    /// \a login (see ClientRecord) has ended and its sessions have left: the relays that hold it must end.
    void loginEnded(const std::shared_ptr<void> &login);
    /// The relays that \a meter counts (see ClientStreams) must end: the client has sent nothing for too
    /// long.
    void streamsHung(const std::shared_ptr<void> &meter);
    /// The rights of that account have changed; ClientRecord::rights are updated.
    void rightsChanged(qint64 userId);
    /// ClientRecord::isDraining() may have changed.
    void clientDraining(frpx::SessionId session);
    /// A visitor waits for the client and it has not answered a Ping; it may still answer later.
    void clientSilent(frpx::SessionId session);
    /// A client that did not answer has sent a message again.
    void clientAnsweredAgain(frpx::SessionId session);
    /// The session need not be registered for a query.
    void tunnelRequested(frpx::SessionId session, const frpx::TunnelRequest &request);
    void proxyConnFailed(frpx::SessionId session, const QString &proxyConnId, const QString &reason);
    /// The reported health of the service behind the client's tunnel \a tunnel (absent: the default one). It
    /// may be the same as before.
    void healthReported(frpx::SessionId session, const std::optional<QString> &tunnel, bool healthy);

private:
    struct Probe
    {
        SessionId older;
        SessionId newer;
        QString proxyConnId; ///< for an original client
        qint64 deadlineMs;
    };

    /// How often the use of the sessions' tokens is stored.
    static constexpr qint64 loginCheckIntervalMs = 3'600'000;

    void onAccepted(UniqueFd fd);
    void onArrived(ControlAcceptor::Arrival arrival);
    void onRegistrationRequested(FrpxClientLink *session);
    void onAlive(SessionId session);
    void onHealthReported(SessionId session, const proto::Health &health);
    void onDrainRequested(SessionId session);
    void applyCheck(const LoginCheck &check);
    void expel(FrpxClientLink *session, const QString &why);
    void probeClients(qint64 now);
    void rememberLost(const ClientRecord &record);
    void takeBackStreams(ClientRecord &record);
    void endHungStreams(qint64 now);
    void cutStreams(const QString &clientId, const ClientStreams &streams);
    void onClosed(FrpxClientLink *session, const Error &reason);
    void completeRegistration(FrpxClientLink *session);
    void startProbe(FrpxClientLink *older, FrpxClientLink *newer);
    void takeOver(SessionId older, SessionId newer);
    void refuseNewcomers(SessionId older);
    void settleProbesOf(SessionId older);
    void leave(SessionId session);
    void drop(FrpxClientLink *session);
    bool makeRoomFor(const net::SourceKey &source);
    FrpxClientLink *find(SessionId id) const;

    const ControlLimits m_limits;
    ClientRegistry &m_registry;
    quint16 m_publicPort = 0; ///< 0 before the ports are open
    LoginRateLimiter m_logins;
    BandwidthLimits m_bandwidth;
    ActiveLogins m_activeLogins;
    HungClients m_hung;
    ControlAcceptor m_acceptor;
    FdListener m_listener;
    std::unordered_map<quint64, FrpxClientLink *> m_sessions; // children of this; drop() calls deleteLater()
    // Of m_sessions and m_acceptor, those not registered; idle: those that have not logged in.
    net::EvictionQueue m_newcomers;
    std::vector<Probe> m_probes;
    /// Shared with the LivenessProbes of all clients, which may outlive this.
    const std::shared_ptr<std::atomic<bool>> m_anyDoubt = std::make_shared<std::atomic<bool>>(false);
    bool m_draining = false;
    quint64 m_lastId = 0;
    quint64 m_crowdedOut = 0;
    qint64 m_nextCheckMs; ///< of the logins
    qint64 m_nextHungCheckMs = 0;
};

} // namespace frpx::server
