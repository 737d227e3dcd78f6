// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/connectrace.h"
#include "common/protocol/proxyprotocol.h"
#include "common/relay/relaypool.h"
#include "frpc/tunnels/servicemap.h"
#include "frpc/work/answerwatch.h"
#include "frpc/work/workroute.h"

#include <QObject>
#include <QTimer>

#include <unordered_map>

namespace frpx::client {

/// Answers the server's requests for connections: dials the local service and the server's proxy port at the
/// same time, sends the introduction there once both are connected, and gives the pair to a relay.
///
/// The handshakes with an outbound proxy and of TLS run in the loops (TlsDial). Lives on the control thread;
/// the loops must be stopped before it is destroyed.
class WorkDialer : public QObject
{
    Q_OBJECT

public:
    /// \a services: the local services; \a timeoutMs: for a connection, until both sides are connected.
    WorkDialer(
        RelayPool &relays, std::shared_ptr<ServiceMap> services, qint64 timeoutMs, QObject *parent = nullptr);
    ~WorkDialer() override;

    /// The route to the server's proxy port, known once the control link is connected.
    void setRoute(WorkRoute route) { m_route = std::move(route); }

    /// An original server does not support failures: it is dialled anyway and closed at once, so that the
    /// visitor does not wait.
    void setServerTakesFailures(bool yes) { m_serverTakesFailures = yes; }

    /// The service gets a header of this kind before every connection.
    void setProxyProtocol(proxyproto::Version version) { m_proxyProtocol = version; }

    /// Receives silences of the default tunnel's service, for connections from then on.
    void setSilentService(SilentService silent) { m_silentService = std::move(silent); }

    /// \a visitor is the visitor's address as far as the server sends it, for that header. Without \a tunnel
    /// it is a connection of the default tunnel.
    void dial(const QString &proxyConnId, const std::optional<proto::VisitorAddress> &visitor = std::nullopt,
        const std::optional<QString> &tunnel = std::nullopt);
    /// The number of connections being dialled.
    qint64 dialling() const { return static_cast<qint64>(m_dials.size()); }
    /// Aborts all dials: the control link is lost.
    void abortAll();

    const std::shared_ptr<RelayMeter> &meter() const { return m_meter; }

Q_SIGNALS:
    /// The local service did not answer, and dialFailed() does not follow.
    void serviceFailed();
    /// There is no connection for \a proxyConnId: \a reason is for the server's log.
    void dialFailed(const QString &proxyConnId, const QString &reason);

private:
    struct Dial
    {
        QString proxyConnId;
        QString tunnel; ///< empty: the default tunnel
        net::DialTarget target; ///< the local service
        QByteArray header; ///< for the service, before the visitor's first byte
        std::shared_ptr<RelayMeter> meter; ///< shared with the relay
        std::unique_ptr<net::ConnectRace> serverRace; ///< until connected
        std::unique_ptr<net::ConnectRace> serviceRace; ///< until connected
        UniqueFd server; ///< the connection, once established
        UniqueFd service; ///< the connection, once established
        qint64 deadlineMs = 0;
        bool serviceFailed = false; ///< only the introduction to an original server is left
    };
    using Dials = std::unordered_map<quint64, Dial>;

    std::unique_ptr<net::ConnectRace> makeRace(quint64 key, UniqueFd Dial::*which);
    void onConnected(quint64 key, UniqueFd Dial::*which);
    void onFailed(quint64 key, UniqueFd Dial::*which, const QString &reason);
    void complete(Dials::iterator it);
    void handOver(Dial &dial, QByteArray introduction);
    AnswerWatch watchFor(const Dial &dial) const
    {
        return AnswerWatch(dial.tunnel.isEmpty() ? m_silentService : nullptr);
    }
    void failService(Dials::iterator it, const QString &reason);
    void fail(Dials::iterator it, const QString &reason, const QString &service = {});
    void discard(Dials::iterator it);
    void sweep();

    RelayPool &m_relays;
    /// Shared with the relays, which may outlive the dialer.
    std::shared_ptr<RelayMeter> m_meter = std::make_shared<RelayMeter>();
    const std::shared_ptr<ServiceMap> m_services; ///< shared with the relay loops
    WorkRoute m_route;
    bool m_serverTakesFailures = false;
    proxyproto::Version m_proxyProtocol = proxyproto::Version::None;
    SilentService m_silentService; ///< null: not watched
    const qint64 m_timeoutMs;
    Dials m_dials;
    quint64 m_lastKey = 0;
    QTimer m_sweeper; ///< runs only while there are dials
};

} // namespace frpx::client
