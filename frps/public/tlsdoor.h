// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/logthrottle.h"
#include "common/net/ipaddress.h"
#include "common/relay/relaypool.h"
#include "common/tls/tlsservercontext.h"
#include "frps/public/userhandshake.h"

#include <QHash>
#include <QObject>

namespace frpx::server {

/// How many handshakes may be under way. Each has a connection, some kilobytes and a deadline.
struct TlsDoorLimits
{
    int total = 4096;
    int ofPort = 2048; ///< so that a flooded port leaves room for the others
    int ofSource = 256; ///< one address; of IPv6 one /64
    qint64 timeoutMs = 5000;
};

/// Stands behind the Doorkeeper of a public port that speaks TLS: has users shake hands before a client is
/// troubled for them. The arithmetic is done in the relay loops. Lives on the control thread; the loops must
/// be stopped before it goes.
class TlsDoor : public QObject
{
    Q_OBJECT

public:
    /// Gets each user whose handshake is done.
    using Handler = std::function<void(Ticket ticket)>;

    TlsDoor(TlsDoorLimits limits, RelayPool &relays, Handler handler, QObject *parent = nullptr);
    ~TlsDoor() override;

    /// The handler is called later, or not at all.
    void receive(Ticket ticket, const std::shared_ptr<const TlsServerContext> &context);

    /// Handshakes under way.
    qsizetype waiting() const { return m_total; }
    /// Users closed without one, since the start. Who said nothing at all does not count.
    quint64 failed() const { return m_failed; }

private:
    void onDone(TunnelId tunnel, const net::Endpoint &source, Result<Ticket> outcome);
    void complain(const net::Endpoint &source, const QString &why);

    const TlsDoorLimits m_limits;
    RelayPool &m_relays;
    Handler m_handler;
    int m_total = 0;
    QHash<quint64, int> m_ofPort; ///< by TunnelId
    QHash<net::SourceKey, int> m_ofSource;
    quint64 m_failed = 0;
    LogThrottle m_complaints;
};

} // namespace frpx::server
