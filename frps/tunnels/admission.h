// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaypool.h"
#include "frps/dispatch/dispatcher.h"
#include "frps/frontend/tlsterminator.h"
#include "frps/frontend/unservedvisitors.h"
#include "frps/tunnels/tunnelregistry.h"

#include <QHostAddress>
#include <QObject>

namespace frpx::server {

class PublicTls;
class TunnelObserver;

struct AdmissionSettings
{
    qsizetype maxPending = 16'384; ///< visitors waiting at the same time
    int acceptBelow = std::numeric_limits<int>::max(); ///< the public ports; see FdListener
    AccessRules accessRules = {}; ///< at all public ports
    TlsTerminatorLimits tlsTerminator = {}; ///< for visitors with TLS
    BalancePolicy policy = BalancePolicy::Random; ///< of tunnels that name none
    OutlierLimits outliers;
};

/// Counters of the visitors' connections, since the start.
struct VisitorCounters
{
    quint64 accepted = 0;
    quint64 paired = 0;
    quint64 noClient = 0; ///< answered and closed at once: no client to serve them
    quint64 timedOut = 0; ///< closed after the time for waiting
    /// No client tried could serve them, or a client broke the protocol, or too many waited, or a front proxy
    /// sent no valid header.
    quint64 failed = 0;
    quint64 denied = 0; ///< refused by the access lists, or by the program around the server
    quint64 overLimit = 0; ///< refused for too many connections of one address
    quint64 tlsFailed = 0; ///< closed during their TLS handshake
};

/// Opens and closes the frontends of the tunnels, and admits their visitors: TLS first where a port has a
/// certificate, then the limits of the tunnel and the queue for a place, then the observer. An admitted
/// visitor goes to its loop, where a WorkHandoff finds a client for it.
///
/// Nothing is read from a visitor until a client has accepted, except the TLS handshake. Lives on the control
/// thread; the loops must be stopped before it is destroyed.
class Admission : public QObject
{
    Q_OBJECT

public:
    /// \a address: all frontends listen on it.
    Admission(AdmissionSettings settings, const QHostAddress &address, TunnelRegistry &tunnels,
        Dispatcher &dispatcher, RelayPool &relays, QObject *parent = nullptr);
    ~Admission() override;

    /// The observer of all tunnels; must outlive the relays. Null, the default: none.
    void setObserver(TunnelObserver *observer) { m_observer = observer; }
    /// The certificates of the ports; must outlive this object. Null, the default: no port uses TLS.
    void setTls(const PublicTls *tls) { m_tls = tls; }
    /// True if the port of \a tunnel has a certificate.
    bool speaksTls(const Tunnel &tunnel) const { return tlsOf(tunnel) != nullptr; }

    /// Gives \a tunnel, which is in the registry, a frontend at \a port (0: any) and a pool without clients.
    /// Errc::Io if it cannot listen. \return the port.
    Result<quint16> open(Tunnel &tunnel, quint16 port);
    /// Closes the frontend, and the connections that wait for a place; with \a cutConnections also those that
    /// wait for a client or are served, by a reset. \a tunnel is not in the registry any more.
    void close(std::unique_ptr<Tunnel> tunnel, bool cutConnections);
    void stopListening();
    /// Accepts the connections that wait in the kernel, then closes the ports.
    void acceptLast();
    /// Sets the rules for later connections to all tunnels.
    void setAccessRules(const AccessRules &rules);

    /// Handles visitors that have waited too long. Call a few times a second.
    void sweep();

    VisitorCounters counters() const;
    /// Visitors that wait here: for a PROXY header, a TLS handshake, or a place in their tunnel.
    qsizetype waiting() const;
    /// Visitors that wait for a client or for a place in their tunnel.
    qsizetype pending() const { return m_dispatcher.state().stats.size() + m_queued; }
    /// The ids of the visitors that pending() counts.
    QStringList pendingIds() const;

Q_SIGNALS:
    /// The tunnel has served as many visitors as it may, and the last one has gone. Its port is closed.
    void servedAll(frpx::TunnelId tunnel);

private:
    void onVisitor(TunnelId tunnel, VisitorConnection visitor);
    void onSecured(VisitorConnection visitor);
    void place(Tunnel &tunnel, VisitorConnection visitor);
    void admit(Tunnel &tunnel, VisitorConnection visitor);
    bool isRefusedByObserver(VisitorConnection &visitor);
    void admitWaiting(TunnelId tunnel);
    void dropWaiting(Tunnel &tunnel);
    void sweepTunnel(Tunnel &tunnel, qint64 now);
    std::shared_ptr<const TlsServerContext> tlsOf(const Tunnel &tunnel) const;

    AdmissionSettings m_settings; ///< only `accessRules` changes
    const QHostAddress m_address;
    TunnelRegistry &m_tunnels;
    Dispatcher &m_dispatcher;
    RelayPool &m_relays;
    TunnelObserver *m_observer = nullptr; ///< may be null
    const PublicTls *m_tls = nullptr;
    TlsTerminator m_tlsTerminator;
    UnservedVisitors m_unserved;
    qsizetype m_queued = 0; ///< visitors without a place, in all tunnels
    quint64 m_lastQueued = 0;
    VisitorCounters m_counters; ///< of the visitors refused here, and of closed tunnels
    /// Kept until sweep(): the call may come from one of them.
    std::vector<std::unique_ptr<Tunnel>> m_closed;
};

} // namespace frpx::server
