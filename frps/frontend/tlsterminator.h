// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/handshakequeue.h"
#include "common/relay/relaypool.h"
#include "common/tls/tlsservercontext.h"
#include "frps/frontend/userhandshake.h"

#include <QHash>
#include <QObject>

#include <map>

namespace frpx::server {

/// Limits for TLS handshakes of visitors. Each has a connection, some kilobytes and a deadline.
struct TlsTerminatorLimits
{
    int atOnce = 256; ///< handshakes under way; each takes some 50 KiB
    int total = 4096; ///< including those that wait in the queue
    int ofPort = 2048; ///< of them, at one port, so that a flooded port leaves room for the others
    int ofSource = 256; ///< of them, from one address; of IPv6 one /64
    qint64 timeoutMs = 5000;
};

/// Completes the TLS handshakes of visitors at public ports with a certificate, before a client is asked to
/// serve them. Handshakes are computed in the relay loops, a limited number at a time; the others wait in a
/// queue, in which addresses take turns (docs/adr/0025). Lives on the control thread; the loops must be
/// stopped before this object is destroyed.
class TlsTerminator : public QObject
{
    Q_OBJECT

public:
    /// Gets each connection whose handshake is done.
    using Handler = std::function<void(VisitorConnection visitor)>;

    TlsTerminator(TlsTerminatorLimits limits, RelayPool &relays, Handler handler, QObject *parent = nullptr);
    ~TlsTerminator() override;

    /// The handler is called later, or not at all.
    void receive(VisitorConnection visitor, const std::shared_ptr<const TlsServerContext> &context);

    /// Ends connections that have waited too long, and handshakes whose place is needed. Call a few times a
    /// second.
    void sweep(qint64 nowMs);

    /// Handshakes under way, and connections that wait for one.
    qsizetype waiting() const
    {
        return static_cast<qsizetype>(m_line.placesTaken()) + static_cast<qsizetype>(m_line.waiting());
    }
    /// Connections closed without a finished handshake, since the start. Those that have sent nothing do not
    /// count.
    quint64 failed() const { return m_failed; }

private:
    /// A connection that waits in the queue.
    struct Lined
    {
        VisitorConnection visitor;
        net::Endpoint source;
        std::shared_ptr<const TlsServerContext> context; ///< shared by the connections of its ports
        qint64 deadlineMs = 0;
    };

    void startNext();
    void leave(quint64 id, TunnelId tunnel);
    void onDone(quint64 id, TunnelId tunnel, const net::Endpoint &source, Result<VisitorConnection> outcome);
    void complain(const net::Endpoint &source, const QString &why);

    const TlsTerminatorLimits m_limits;
    RelayPool &m_relays;
    Handler m_handler;
    net::HandshakeQueue m_line;
    quint64 m_lastInLine = 0;
    std::map<quint64, Lined> m_lined; ///< those that wait in m_line, oldest first
    std::map<quint64, TlsAcceptor::Recall> m_begun; ///< the others in m_line
    QHash<quint64, int> m_ofPort; ///< by TunnelId
    quint64 m_failed = 0;
};

} // namespace frpx::server
