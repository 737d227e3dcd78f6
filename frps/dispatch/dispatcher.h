// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/messages.h"
#include "common/relay/relaypool.h"
#include "frps/dispatch/pendingconnections.h"
#include "frps/frontend/tcpfrontend.h"
#include "frps/frontend/tlsterminator.h"
#include "frps/frontend/unservedvisitors.h"
#include "frps/workconn/workconnectionpool.h"
#include "frps/workconn/workhandoff.h"

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
    qint64 pendingTimeoutMs = 10'000; ///< a connection is closed after waiting so long
    qint64 attemptTimeoutMs = 5'000; ///< if the client has not dialled in by then, another one is tried
    int maxAttempts = 3; ///< clients tried for one visitor
    qsizetype maxPending = 16'384; ///< visitors waiting at the same time
    size_t maxIdleWork = 4096; ///< work connections waiting for visitors, of all clients together
    int acceptBelow = std::numeric_limits<int>::max(); ///< the public ports; see FdListener
    AccessRules accessRules = {}; ///< at all public ports
    TlsTerminatorLimits tlsTerminator = {}; ///< for visitors with TLS
    BalancePolicy policy = BalancePolicy::Random; ///< at the start
    OutlierLimits outliers;
};

/// Counters of the visitors' connections, since the start.
struct DispatchCounters
{
    quint64 accepted = 0;
    quint64 paired = 0;
    quint64 noClient = 0; ///< answered and closed at once: no client to serve them
    quint64 timedOut = 0; ///< closed after pendingTimeoutMs
    /// No client tried could serve them, or a client broke the protocol, or too many waited, or a front proxy
    /// sent no valid header.
    quint64 failed = 0;
    quint64 denied = 0; ///< refused by the access lists, or by the program around the server
    quint64 overLimit = 0; ///< refused for too many connections of one address
    quint64 tlsFailed = 0; ///< closed during their TLS handshake
};

/// A tunnel other than the default one.
struct PortSettings
{
    TunnelSpec spec; ///< with the port to listen on; without a policy it gets the one of DispatchLimits
    quint64 admitted = 0; ///< visitors served before the tunnel was suspended
    std::shared_ptr<ConnectionCounter> account; ///< of the owner; may be null
    int accountLimit = 0; ///< concurrent connections to the tunnels of the account; 0: no limit
};

/// Owns the public ports and gives each visitor a client's work connection.
///
/// Nothing is read from a visitor until a client has accepted, except the TLS handshake where a port has a
/// certificate. If a client reports that it cannot serve, loses its link or does not dial in in time, another
/// one is tried. If there is none, all are tried again after a moment, until the visitor's time is over.
class Dispatcher : public QObject
{
    Q_OBJECT

public:
    Dispatcher(const DispatchLimits &limits, ClientRegistry &registry, ControlServer &control,
        RelayPool &relays, QObject *parent = nullptr);
    ~Dispatcher() override;

    /// Opens the port of the default tunnel. All tunnels listen on \a address.
    Result<quint16> listen(const QHostAddress &address, quint16 port);
    /// As listen(), without a port of the default tunnel.
    void listenOnlyForTunnels(const QHostAddress &address) { m_address = address; }
    /// The observer of all tunnels other than the default one; must outlive the relays.
    void setWatcher(TunnelObserver *watcher) { m_watcher = watcher; }
    /// The certificates of the ports; must outlive the dispatcher. Null, the default: no port uses TLS.
    void setTls(const PublicTls *tls) { m_tls = tls; }
    /// \a heldUp is true if work connections from an address wait because of a limit of this server; a client
    /// there that does not dial in then does not count as failing.
    void setHeldUp(std::function<bool(const net::SourceKey &source)> heldUp) { m_heldUp = std::move(heldUp); }
    /// True if \a port has a certificate.
    bool speaksTls(const TcpFrontend &port) const { return tlsOf(port) != nullptr; }
    void stopListening();
    /// Accepts the connections that wait in the kernel, then closes the ports.
    void acceptLast();

    /// Opens a port without clients. Errc::Io if it cannot listen.
    Result<TunnelId> openPort(PortSettings settings);
    /// Closes the port, and the connections that wait for a place; with \a cutConnections also those that
    /// wait for a client or are served, by a reset. No-op if there is no such tunnel.
    void closePort(TunnelId tunnel, bool cutConnections);
    /// Adds a registered \a session to the pool of \a tunnel, or removes it.
    void join(TunnelId tunnel, SessionId session);
    void leave(TunnelId tunnel, SessionId session);
    /// Null if there is no such tunnel; 0 is the default one.
    const TcpFrontend *port(TunnelId tunnel) const;
    /// The number of tunnels without the default one.
    size_t openPorts() const { return m_ports.size(); }

    /// A client has dialled in: on request (NewProxyConn) or in advance (NewWorkConn).
    void onWorkConnection(const proto::Message &opening, WorkConn work);
    /// Handles clients and visitors that have waited too long. Call a few times a second.
    void sweep();

    DispatchCounters counters() const;
    /// Visitors without a relay, as far as this thread knows them: those that wait for a PROXY header, a TLS
    /// handshake, a client that dials in, or a place in their tunnel.
    qsizetype outside() const;
    /// Visitors that wait for a client to dial in, for the answer on a waiting work connection, or for a
    /// place in their tunnel.
    qsizetype pending() const { return m_pending.size() + m_handoffStats.size() + m_waiting; }
    /// The proxy_conn_ids of the visitors that pending() counts.
    QStringList pendingIds() const;
    /// Work connections that clients were asked for, in all and at the address \a source.
    size_t asked() const { return static_cast<size_t>(m_pending.size()); }
    size_t askedOf(const net::SourceKey &source) const { return m_pending.askedOf(source); }
    qint64 openRelays() const { return m_relays.openRelays(); }

    /// The pool of the default tunnel.
    const BackendPool &backends() const { return m_default.backends(); }
    /// Relays of \a session, of all tunnels.
    qint64 openRelaysOf(SessionId session) const;
    /// Sets the rules for later connections to all tunnels.
    void setAccessRules(const AccessRules &settings);
    /// For later visitors of \a tunnel; no-op if there is no such tunnel.
    void setPolicy(TunnelId tunnel, BalancePolicy policy);
    /// Makes \a session unavailable in the default pool for \a reason (Unhealthy or Draining), or available
    /// again.
    void setUnavailable(SessionId session, Unavailability reason, bool unavailable)
    {
        m_default.backends().setUnavailable(session, reason, unavailable);
    }

Q_SIGNALS:
    /// The tunnel has served as many visitors as it may, and the last one has gone. Its port is closed.
    void servedAll(frpx::TunnelId tunnel);

private:
    void onVisitor(TcpFrontend &port, PendingConnection ticket);
    void onSecured(PendingConnection ticket);
    void place(TcpFrontend &port, PendingConnection ticket);
    std::shared_ptr<const TlsServerContext> tlsOf(const TcpFrontend &port) const;
    void admit(TcpFrontend &port, PendingConnection ticket);
    bool isRefusedByWatcher(PendingConnection &ticket);
    void admitWaiting(TunnelId tunnel);
    void sweepPort(TcpFrontend &port, qint64 now);
    TcpFrontend *find(TunnelId tunnel);
    /// True if there is a client for \a ticket that was not tried yet.
    bool canTryAnother(const TcpFrontend &port, const PendingConnection &ticket) const;
    void onProxyConnFailed(SessionId session, const QString &proxyConnId, const QString &reason);
    void onClientRegistered(SessionId session);
    void onClientDraining(SessionId session);
    void onClientLeft(SessionId session);
    void onHealthReported(SessionId session, bool healthy);
    void onClientSilent(SessionId session);
    void onClientAnsweredAgain(SessionId session);
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

    DispatchLimits m_limits; ///< only `accessRules` changes
    ClientRegistry &m_registry;
    ControlServer &m_control;
    RelayPool &m_relays;
    TunnelObserver *m_watcher = nullptr; ///< may be null
    const PublicTls *m_tls = nullptr;
    std::function<bool(const net::SourceKey &source)> m_heldUp; ///< null: never
    TlsTerminator m_tlsTerminator;
    UnservedVisitors m_unserved;
    TcpFrontend m_default;
    std::unordered_map<quint64, std::unique_ptr<TcpFrontend>> m_ports; ///< the others, by TunnelId
    /// Kept until sweep(): the call may come from one of them.
    std::vector<std::unique_ptr<TcpFrontend>> m_closed;
    /// The tunnels other than the default one, by SessionId.
    std::unordered_map<quint64, std::vector<TunnelId>> m_joined;
    QHostAddress m_address; ///< of the ports
    quint64 m_lastTunnel = 0;
    qsizetype m_waiting = 0; ///< visitors without a place, in all tunnels
    PendingConnections m_pending;
    WorkConnectionPool m_pool;
    quint64 m_lastHandoff = 0;
    ReturnedWork m_returned; ///< work connections for m_pool
    HandoffStats m_handoffStats; ///< visitors offered to a client on a waiting work connection
    DispatchCounters m_counters;
};

} // namespace frpx::server
