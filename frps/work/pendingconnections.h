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
#include "frps/registry/livenessprobe.h"
#include "frps/work/connectionobserver.h"

#include <QHash>
#include <QString>
#include <QStringList>

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace frpx::server {

/// A user who waits for a client's work connection. His bytes stay in the kernel meanwhile (under TLS: there,
/// in `tls` and in `early`), so he can be handed to another client at any time without loss.
struct PendingConnection
{
    QString id; ///< the proxy_conn_id the client was told
    UniqueFd user;
    SessionId session{}; ///< the client that was asked; 0: none just now, see Dispatcher::rest()
    qint64 attemptUntil = 0; ///< then another client is tried
    qint64 giveUpAt = 0; ///< then the user is dropped
    std::vector<SessionId> tried; ///< including session
    net::Endpoint source = {}; ///< where the user comes from; null address until asked for: see sourceOf()
    std::optional<net::Endpoint> target = {}; ///< where he went, once known: see visitorAddressOf()
    std::shared_ptr<void> lease = {}; ///< his place among the connections of his address; null: not counted
    std::optional<proto::VisitorAddress> told = {}; ///< to the client asked now, if it wants to know
    RelayClaim claim = {}; ///< counts him for session
    std::shared_ptr<RelayMeter> meter = {}; ///< counts what his relay with session will carry
    std::shared_ptr<void> owner = {}; ///< the login of session, see RelayJob
    TunnelId tunnel{}; ///< whose user he is
    std::optional<QString> tunnelName = {}; ///< for the client; absent: the default tunnel
    qint64 askedAt = 0; ///< when session was asked
    net::SourceKey askedSource{}; ///< the address of session
    int rests = 0; ///< how often no client was left to ask
    /// Of session, while there may be another one to ask; shared with its record, which may go before the
    /// user.
    std::shared_ptr<LivenessProbe> pulse = {};
    std::shared_ptr<ConnectionObserver> watch = {}; ///< follows him; null: nobody does
    std::unique_ptr<TlsState> tls = {}; ///< over `user`, its handshake done; null: he speaks plain
    QByteArray early = {}; ///< read from `tls` already, for the service; a WorkHandoff sees to its size

    /// Is waiting for this client no use any more? Asked now and then, it also raises the doubt.
    bool hasExpired(qint64 now) const
    {
        if (pulse && now - askedAt >= LivenessProbe::patienceMs)
            pulse->doubt();
        return attemptUntil <= now || (pulse && pulse->isSilent());
    }
};

/// The users who wait. Each id is good for one redemption. A value class; times are steadyMs().
class PendingConnections
{
public:
    void issue(PendingConnection ticket);

    /// The ticket \a id, which is spent with it; nullopt if it is unknown, used or expired.
    std::optional<PendingConnection> redeem(const QString &id);
    /// As redeem(), only if the ticket was given to \a session.
    std::optional<PendingConnection> redeem(const QString &id, SessionId session);

    /// Takes out the tickets given to \a session.
    std::vector<PendingConnection> takeOf(SessionId session);
    /// Takes out the tickets of the users of \a tunnel.
    std::vector<PendingConnection> takeOf(TunnelId tunnel);
    /// Takes out the tickets whose attempt or whole time is over, or whose client has fallen silent.
    std::vector<PendingConnection> takeDue(qint64 now);

    /// Tickets given to clients at the address \a source.
    size_t askedOf(const net::SourceKey &source) const { return m_asked.value(source); }

    qsizetype size() const { return static_cast<qsizetype>(m_pending.size()); }
    QStringList ids() const;

private:
    template <typename Predicate>
    std::vector<PendingConnection> takeIf(Predicate predicate);
    void noteTaken(const PendingConnection &ticket);

    std::unordered_map<QString, PendingConnection> m_pending; // QHash would want copyable values
    QHash<net::SourceKey, size_t> m_asked; ///< of m_pending, those given to a client; by its address
};

} // namespace frpx::server
