// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/messages.h"
#include "common/relay/relaypool.h"
#include "frps/public/tcpfrontend.h"
#include "frps/public/tlsterminator.h"
#include "frps/public/unservedusers.h"
#include "frps/work/pendingconnections.h"
#include "frps/work/workconnectionpool.h"
#include "frps/work/workhandoff.h"

#include <QHostAddress>
#include <QObject>

#include <unordered_map>

namespace frpx::server {

struct ClientRecord;
class ClientRegistry;
class ControlServer;
class PublicTls;
class TunnelObserver;

struct DispatchLimits
{
    qint64 pendingTimeoutMs = 10'000; ///< a user is dropped after waiting so long
    qint64 attemptTimeoutMs = 5'000; ///< a client that has not dialled in by then is passed over
    int maxAttempts = 3; ///< clients tried for one user
    qsizetype maxPending = 16'384; ///< users waiting at once
    size_t maxIdleWork = 4096; ///< work connections waiting for users, all clients together
    int acceptBelow = std::numeric_limits<int>::max(); ///< the public ports; see FdListener
    AccessRules door = {}; ///< who may come
    TlsTerminatorLimits tlsDoor = {}; ///< where users speak TLS
    BalancePolicy policy = BalancePolicy::Random; ///< at the start
    OutlierLimits outliers;
};

/// What became of the users, since the start.
struct DispatchCounters
{
    quint64 accepted = 0;
    quint64 paired = 0;
    quint64 noClient = 0; ///< answered at once: nobody to serve them
    quint64 timedOut = 0; ///< dropped after pendingTimeoutMs
    quint64 failed = 0; ///< every client tried could not serve, or one broke the rules, or too many waited,
                        ///< or a front proxy did not say who it was
    quint64 denied = 0; ///< refused by the access lists, or by the program around the server
    quint64 overLimit = 0; ///< refused for too many connections of one address
    quint64 tlsFailed = 0; ///< closed in their TLS handshake
};

/// A tunnel beside the default one.
struct PortSettings
{
    QString name;
    quint16 port = 0;
    std::optional<BalancePolicy> policy; ///< absent: that of the default tunnel at the start
    TunnelLimits limits;
    quint64 admitted = 0; ///< users before a break
    std::shared_ptr<UserCounter> account; ///< of the owner; may be null
    int accountLimit = 0; ///< users of the account at the same time; 0: no limit
};

/// Owns the public ports and brings each user together with a client's work connection.
///
/// A user is asked for nothing and nothing is read from him until a client has accepted, but for his TLS
/// handshake where a port has a certificate. A client that says
/// it cannot serve, loses its link or does not dial in in time is passed over for another. With nobody left,
/// they are all asked again after a moment, until the user's time is over.
class Dispatcher : public QObject
{
    Q_OBJECT

public:
    Dispatcher(const DispatchLimits &limits, ClientRegistry &registry, ControlServer &control,
        RelayPool &relays, QObject *parent = nullptr);
    ~Dispatcher() override;

    /// Opens the port of the default tunnel. \a address is that of all tunnels.
    Result<quint16> listen(const QHostAddress &address, quint16 port);
    /// As listen(), without a port of the default tunnel.
    void listenOnlyForTunnels(const QHostAddress &address) { m_address = address; }
    /// Is asked for every user of a tunnel beside the default one; outlives the relays.
    void setWatcher(TunnelObserver *watcher) { m_watcher = watcher; }
    /// Says which ports speak TLS; outlives the dispatcher. Null, as at first: none.
    void setTls(const PublicTls *tls) { m_tls = tls; }
    /// \a heldUp says whether work connections from an address wait for a limit of this server; then a client
    /// there that does not dial in is not counted as failing.
    void setHeldUp(std::function<bool(const net::SourceKey &source)> heldUp) { m_heldUp = std::move(heldUp); }
    /// Do the users of \a port speak TLS?
    bool speaksTls(const TcpFrontend &port) const { return tlsOf(port) != nullptr; }
    void stopListening();
    /// Serves who is connected already, and closes the ports to everybody else.
    void acceptLast();

    /// Opens a port; nobody serves it yet. Errc::Io if it cannot be listened on.
    Result<TunnelId> openPort(PortSettings settings);
    /// Closes it to new users; those who wait for a place or a client are closed, too. With \a cutUsers also
    /// those who are being served, by a reset. No-op if there is no such tunnel.
    void closePort(TunnelId tunnel, bool cutUsers);
    /// Puts a registered \a session into the pool of \a tunnel, or takes it out.
    void join(TunnelId tunnel, SessionId session);
    void leave(TunnelId tunnel, SessionId session);
    /// Null if there is no such tunnel; 0 is the default one.
    const TcpFrontend *port(TunnelId tunnel) const;
    /// Tunnels beside the default one.
    size_t openPorts() const { return m_ports.size(); }

    /// A client has dialled in, on request (NewProxyConn) or in advance (NewWorkConn).
    void onWorkConnection(const proto::Message &opening, WorkConn work);
    /// Passes over clients and drops users who have waited too long. Call a few times a second.
    void sweep();

    DispatchCounters counters() const;
    /// Users who are in no relay loop yet, or only to shake hands: at a door, waiting for a client to dial
    /// in, or without a place in their tunnel.
    qsizetype outside() const;
    /// Users waiting for a client to dial in, offered on a waiting work connection, or without a place in
    /// their tunnel.
    qsizetype pending() const { return m_pending.size() + m_workHandoff.size() + m_waiting; }
    /// The proxy_conn_ids of all of them.
    QStringList pendingIds() const;
    /// Work connections that clients have been asked for, in all and at the address \a source.
    size_t asked() const { return static_cast<size_t>(m_pending.size()); }
    size_t askedOf(const net::SourceKey &source) const { return m_pending.askedOf(source); }
    qint64 openRelays() const { return m_relays.openRelays(); }

    /// The default one.
    const BackendPool &backends() const { return m_default.backends(); }
    /// Relays of \a session, in all tunnels.
    qint64 openRelaysOf(SessionId session) const;
    /// Who may come to any tunnel, from now on.
    void setDoor(const AccessRules &settings);
    /// For the users of \a tunnel who come from now on; no-op if there is no such tunnel.
    void setPolicy(TunnelId tunnel, BalancePolicy policy);
    /// Takes \a session out of the default pool for \a reason (Unhealthy or Draining), or puts it back.
    void setUnavailable(SessionId session, Unavailability reason, bool unavailable)
    {
        m_default.backends().setUnavailable(session, reason, unavailable);
    }

Q_SIGNALS:
    /// The tunnel has served as many users as it may, and the last one has left. Its port is closed.
    void servedAll(frpx::TunnelId tunnel);

private:
    void onUser(TcpFrontend &port, PendingConnection ticket);
    void onSecured(PendingConnection ticket);
    void place(TcpFrontend &port, PendingConnection ticket);
    std::shared_ptr<const TlsServerContext> tlsOf(const TcpFrontend &port) const;
    void admit(TcpFrontend &port, PendingConnection ticket);
    bool isRefusedByWatcher(PendingConnection &ticket);
    void admitWaiting(TunnelId tunnel);
    void sweepPort(TcpFrontend &port, qint64 now);
    TcpFrontend *find(TunnelId tunnel);
    /// Is there a client for \a ticket besides those tried?
    bool canTryAnother(const TcpFrontend &port, const PendingConnection &ticket) const;
    void onProxyConnFailed(SessionId session, const QString &proxyConnId, const QString &reason);
    void onClientRegistered(SessionId session);
    void onClientDraining(SessionId session);
    void onClientLeft(SessionId session);
    void onHealthReported(SessionId session, bool healthy);
    void onClientSilent(SessionId session);
    void onClientSpokeAgain(SessionId session);
    void setUnavailableEverywhere(SessionId session, Unavailability reason, bool unavailable);
    void onRequestedConnection(const QString &proxyConnId, WorkConn work);
    void offer(PendingConnection ticket);
    void takeReturned();
    void pair(PendingConnection ticket, WorkConn work, const ClientRecord &client);
    void passOver(PendingConnection ticket, const QString &why);
    void noteFailure(TcpFrontend *port, const PendingConnection &ticket);
    void rest(PendingConnection ticket);
    void offerAgain(PendingConnection ticket);
    void drop(PendingConnection ticket);

    DispatchLimits m_limits; ///< only `door` ever changes
    ClientRegistry &m_registry;
    ControlServer &m_control;
    RelayPool &m_relays;
    TunnelObserver *m_watcher = nullptr; ///< null: nobody
    const PublicTls *m_tls = nullptr;
    std::function<bool(const net::SourceKey &source)> m_heldUp; ///< null: never
    TlsTerminator m_tlsTerminator;
    UnservedUsers m_unserved;
    TcpFrontend m_default;
    std::unordered_map<quint64, std::unique_ptr<TcpFrontend>> m_ports; ///< of the others, by TunnelId
    std::vector<std::unique_ptr<TcpFrontend>> m_closed; ///< one may be in its own code: kept until the sweep
    std::unordered_map<quint64, std::vector<TunnelId>> m_joined; ///< of the others, by SessionId
    QHostAddress m_address; ///< of the ports
    quint64 m_lastTunnel = 0;
    qsizetype m_waiting = 0; ///< users without a place, in all tunnels
    PendingConnections m_pending;
    WorkConnectionPool m_pool;
    quint64 m_lastPairing = 0;
    ReturnedWork m_returned; ///< on their way to m_pool
    HandoffStats m_workHandoff; ///< users offered to a client on a waiting work connection
    DispatchCounters m_counters;
};

} // namespace frpx::server
