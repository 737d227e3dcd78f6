// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "common/net/ipaddress.h"
#include "common/net/sockets.h"
#include "common/net/uniquefd.h"
#include "common/protocol/messages.h"
#include "common/relay/relaymeter.h"
#include "common/tls/tlsstate.h"
#include "frps/clients/livenessprobe.h"
#include "frps/workconn/connectionobserver.h"

#include <QHash>
#include <QString>
#include <QStringList>

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace frpx::server {

/// A visitor's connection that waits for a client's work connection. The visitor's bytes stay in the kernel
/// meanwhile (under TLS: there, in `tls` and in `early`), so the connection can be offered to another client
/// at any time without loss.
struct PendingConnection
{
    QString id; ///< the proxy_conn_id that was sent to the client
    UniqueFd visitor;
    SessionId session{}; ///< the client that was asked; 0: none just now, see Dispatcher::rest()
    qint64 attemptUntil = 0; ///< steadyMs(); then another client is tried
    qint64 giveUpAt = 0; ///< steadyMs(); then the connection is closed
    std::vector<SessionId> tried; ///< including session
    net::Endpoint source = {}; ///< the visitor's address; null until needed: see sourceOf()
    /// The address that the visitor connected to, once known: see visitorAddressOf().
    std::optional<net::Endpoint> target = {};
    std::shared_ptr<void> lease = {}; ///< its place among the connections of its address; null: not counted
    /// The addresses sent to the client asked now, if the client wants them.
    std::optional<proto::VisitorAddress> told = {};
    RelayClaim claim = {}; ///< counts the connection for session
    std::shared_ptr<RelayMeter> meter = {}; ///< counts the bytes of its relay with session
    std::shared_ptr<void> owner = {}; ///< the login of session, see RelayJob
    TunnelId tunnel{}; ///< the tunnel it arrived at
    std::optional<QString> tunnelName = {}; ///< as sent to the client; absent: the default tunnel
    qint64 askedAt = 0; ///< when session was asked
    net::SourceKey askedSource{}; ///< the address of session
    int rests = 0; ///< how often there was no client left to ask
    /// Of session, while another client could be asked instead. Shared with the client's record, which may be
    /// destroyed earlier.
    std::shared_ptr<LivenessProbe> pulse = {};
    std::shared_ptr<ConnectionObserver> watch = {}; ///< follows the connection; may be null
    std::unique_ptr<TlsState> tls = {}; ///< over `visitor`, its handshake done; null: plain
    /// Read from `tls` already, not yet sent to the service; WorkHandoff limits its size.
    QByteArray early = {};

    /// True: there is no use in waiting for this client any longer. A call after LivenessProbe::patienceMs
    /// also starts the probe of the client.
    bool hasExpired(qint64 now) const
    {
        if (pulse && now - askedAt >= LivenessProbe::patienceMs)
            pulse->doubt();
        return attemptUntil <= now || (pulse && pulse->isSilent());
    }
};

/// The connections that wait. Each id can be redeemed once. A value class; times are steadyMs().
class PendingConnections
{
public:
    void issue(PendingConnection ticket);

    /// Takes out the connection \a id; nullopt if it is unknown, already redeemed or expired.
    std::optional<PendingConnection> redeem(const QString &id);
    /// As redeem(), only if \a session was asked.
    std::optional<PendingConnection> redeem(const QString &id, SessionId session);

    /// Takes out the connections for which \a session was asked.
    std::vector<PendingConnection> takeOf(SessionId session);
    /// Takes out the connections of \a tunnel.
    std::vector<PendingConnection> takeOf(TunnelId tunnel);
    /// Takes out the connections whose attempt or whole time is over, or whose client does not answer.
    std::vector<PendingConnection> takeDue(qint64 now);

    /// The number of connections for which clients at the address \a source were asked.
    size_t askedOf(const net::SourceKey &source) const { return m_asked.value(source); }

    qsizetype size() const { return static_cast<qsizetype>(m_pending.size()); }
    QStringList ids() const;

private:
    template <typename Predicate>
    std::vector<PendingConnection> takeIf(Predicate predicate);
    void noteTaken(const PendingConnection &ticket);

    std::unordered_map<QString, PendingConnection> m_pending; // QHash would want copyable values
    /// Of m_pending, those for which a client was asked; by its address.
    QHash<net::SourceKey, size_t> m_asked;
};

} // namespace frpx::server
