// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/handshakequeue.h"
#include "common/relay/relaypool.h"
#include "common/tls/tlsservercontext.h"
#include "frps/public/userhandshake.h"

#include <QHash>
#include <QObject>

#include <map>

namespace frpx::server {

/// How many handshakes may be under way. Each has a connection, some kilobytes and a deadline.
struct TlsTerminatorLimits
{
    int atOnce = 256; ///< handshakes; who begins one costs some 50 KiB until it is done
    int total = 4096; ///< with those in line
    int ofPort = 2048; ///< likewise; so that a flooded port leaves room for the others
    int ofSource = 256; ///< likewise; one address; of IPv6 one /64
    qint64 timeoutMs = 5000;
};

/// Stands behind the AccessControl of a public port that speaks TLS: has users shake hands before a client is
/// troubled for them. The arithmetic is done in the relay loops, for so many at a time; the others wait in
/// line, in which addresses take turns (docs/adr/0025). Lives on the control thread; the loops must be
/// stopped before it goes.
class TlsTerminator : public QObject
{
    Q_OBJECT

public:
    /// Gets each user whose handshake is done.
    using Handler = std::function<void(PendingConnection ticket)>;

    TlsTerminator(TlsTerminatorLimits limits, RelayPool &relays, Handler handler, QObject *parent = nullptr);
    ~TlsTerminator() override;

    /// The handler is called later, or not at all.
    void receive(PendingConnection ticket, const std::shared_ptr<const TlsServerContext> &context);

    /// Ends what has waited too long for its turn, or has to make room. Call a few times a second.
    void sweep(qint64 nowMs);

    /// Handshakes under way, and who waits for one.
    qsizetype waiting() const
    {
        return static_cast<qsizetype>(m_line.placesTaken()) + static_cast<qsizetype>(m_line.waiting());
    }
    /// Users closed without one, since the start. Who said nothing at all does not count.
    quint64 failed() const { return m_failed; }

private:
    /// One whose turn has not come.
    struct Lined
    {
        PendingConnection ticket;
        net::Endpoint source;
        std::shared_ptr<const TlsServerContext> context; ///< shared by the users of its ports
        qint64 deadlineMs = 0;
    };

    void startNext();
    void leave(quint64 id, TunnelId tunnel);
    void onDone(quint64 id, TunnelId tunnel, const net::Endpoint &source, Result<PendingConnection> outcome);
    void complain(const net::Endpoint &source, const QString &why);

    const TlsTerminatorLimits m_limits;
    RelayPool &m_relays;
    Handler m_handler;
    net::HandshakeQueue m_line;
    quint64 m_lastInLine = 0;
    std::map<quint64, Lined> m_lined; ///< who waits in m_line, oldest first
    std::map<quint64, UserHandshake::Recall> m_begun; ///< the others in m_line
    QHash<quint64, int> m_ofPort; ///< by TunnelId
    quint64 m_failed = 0;
};

} // namespace frpx::server
