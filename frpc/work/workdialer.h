// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/frpx/messages.h"
#include "common/protocol/proxy/proxyprotocol.h"
#include "common/relay/relaypool.h"
#include "frpc/work/requestedconnection.h"

#include <QObject>

namespace frpx::client {

/// Answers the server's requests for connections: starts a RequestedConnection in a loop for each, and
/// reports those that fail. Lives on the control thread; the loops must be stopped before it is destroyed.
class WorkDialer : public QObject
{
    Q_OBJECT

public:
    /// \a services: the local services; \a timeoutMs: for a connection, until both sides are connected.
    WorkDialer(
        RelayPool &relays, std::shared_ptr<ServiceMap> services, qint64 timeoutMs, QObject *parent = nullptr);

    /// The service gets a header of this kind before every connection.
    void setProxyProtocol(proxyproto::Version version) { m_proxyProtocol = version; }
    /// Receives silences of the default tunnel's service; from the next open() on.
    void setSilentService(SilentService silent) { m_silentService = std::move(silent); }

    /// The session is registered. An original server does not take failures: it is dialled anyway and closed
    /// at once, so that the visitor does not wait.
    void open(const WorkRoute &route, bool takesFailures);
    /// See open(), for what fails from now on.
    void setServerTakesFailures(bool yes);
    /// The control link is lost: aborts all dials.
    void close();

    /// \a visitor is the visitor's address as far as the server sends it, for that header. Without \a tunnel
    /// it is a connection of the default tunnel.
    void dial(const QString &proxyConnId, const std::optional<proto::VisitorAddress> &visitor = std::nullopt,
        const std::optional<QString> &tunnel = std::nullopt);
    /// The number of connections being dialled.
    qint64 dialling() const { return m_context ? m_context->dialling.load() : 0; }

    const std::shared_ptr<RelayMeter> &meter() const { return m_meter; }

Q_SIGNALS:
    /// The local service did not answer, and dialFailed() does not follow.
    void serviceFailed();
    /// There is no connection for \a proxyConnId: \a reason is for the server's log.
    void dialFailed(const QString &proxyConnId, const QString &reason);

private:
    RelayPool &m_relays;
    const std::shared_ptr<ServiceMap> m_services; ///< shared with the relay loops
    /// Shared with the relays, which may outlive the dialer.
    std::shared_ptr<RelayMeter> m_meter = std::make_shared<RelayMeter>();
    proxyproto::Version m_proxyProtocol = proxyproto::Version::None;
    SilentService m_silentService; ///< null: not watched
    const qint64 m_timeoutMs;
    /// Shared with the connections, which may outlive the session. Null while there is no session.
    std::shared_ptr<RequestContext> m_context;
};

} // namespace frpx::client
