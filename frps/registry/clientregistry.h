// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "common/net/ipaddress.h"
#include "common/protocol/messages.h"
#include "common/relay/relayjob.h"
#include "frps/registry/clientstreams.h"
#include "frps/registry/livenessprobe.h"
#include "frps/store/userrights.h"

#include <QDateTime>
#include <QHash>
#include <QMap>
#include <QSet>

#include <functional>
#include <limits>
#include <unordered_map>

namespace frpx::server {

/// What the server knows of one registered client.
struct ClientRecord
{
    SessionId session{};
    QString clientId;
    qint64 userId = 0;
    QString email;
    QString instance; ///< random per client process; empty for an original client
    QString computerName;
    net::SourceKey source{}; ///< the address of its control link
    QString workSecret; ///< presented by its work connections; empty if it dials none in advance
    int poolMin = 0; ///< of which it always keeps so many ready
    int poolMax = proto::maxPooledPerClient; ///< and so many at most after their users have gone
    bool reusesWork = false; ///< its work connections serve one user after another
    bool saysStreamEnds = false; ///< its plain streams end by FIN before they are closed, or were cut
    bool wantsVisitorAddress = false; ///< is told where its users come from
    int weight = 1; ///< its share of the users beside the others
    bool onlyTunnels = false; ///< it serves the tunnels it has opened, and not the default one
    QDateTime connectedAt; ///< UTC
    qint64 aliveAtMs = 0; ///< steadyMs() of the registration or the last heartbeat
    qint64 heardAtMs = 0; ///< steadyMs() of the registration or the last message of any kind
    bool askedSinceHeard = false; ///< whether it lives, because it had been silent for long
    qint64 silenceLimitMs = 0; ///< it is gone after so long without a heartbeat
    /// Shared with the users who wait for it. Null for a client that cannot be asked (no feature `ping`).
    std::shared_ptr<LivenessProbe> pulse;
    std::optional<QDateTime> lastHeartbeat; ///< UTC
    std::optional<proto::SystemInfo> systemInfo;
    bool healthy = true; ///< its local service, by its own account
    QString healthDetail; ///< what is wrong with it, fit for logs; empty while healthy
    QString healthWarning; ///< what is not right with it although it is healthy, fit for logs
    bool leaving = false; ///< it has said Drain
    bool drained = false; ///< by the administrator, who may take it back
    quint64 totalConnections = 0; ///< users handed to this client
    /// Shared with the relays, which may outlive the session.
    std::shared_ptr<RelayMeter> meter = std::make_shared<RelayMeter>();
    ClientStreams streams = {}; ///< that it carries; with those of its earlier sessions
    std::shared_ptr<RateLimit> limit = {}; ///< that of its account; null: none
    std::shared_ptr<void> login = {}; ///< see ActiveLogins; null: it does not end
    UserRights rights = {}; ///< of its account

    /// It stays connected and serves what it has, but gets no more users.
    bool isDraining() const { return leaving || drained; }
};

/// The registered clients, by session and by client id (each id held by one session at most).
///
/// A value class without clock: the caller passes the time.
class ClientRegistry
{
public:
    /// Registers \a record. Its client id must be free (see findByClientId()).
    void add(ClientRecord record);
    /// Forgets \a session; its client id is free at once. No-op if unknown.
    void remove(SessionId session);

    ClientRecord *find(SessionId session);
    const ClientRecord *find(SessionId session) const;
    const ClientRecord *findByClientId(const QString &clientId) const;

    /// Marks \a clientId, whoever holds it now or later, as drained or not any more. False if there is
    /// nothing to mark: no such client, and none remembered.
    bool setDrained(const QString &clientId, bool drained);

    /// Notes a heartbeat of \a session.
    void touch(SessionId session, qint64 nowMs, const QDateTime &nowUtc);

    /// Sessions that have sent no heartbeat for longer than they may. Looks at the clients only when one may
    /// be found.
    std::vector<SessionId> silent(qint64 nowMs);

    /// Sessions of that account.
    int sessionsOf(qint64 userId) const { return m_countOfUser.value(userId); }
    qsizetype size() const { return static_cast<qsizetype>(m_records.size()); }
    /// In their order.
    QStringList clientIds() const { return m_byClientId.keys(); }
    /// Calls \a visit for each client, ordered by client id.
    void forEach(const std::function<void(const ClientRecord &)> &visit) const;

private:
    std::unordered_map<quint64, ClientRecord> m_records; // by SessionId; QHash would move records on growth
    QMap<QString, SessionId> m_byClientId;
    QHash<qint64, int> m_countOfUser;
    qint64 m_firstSilentMs = std::numeric_limits<qint64>::max(); ///< nobody is silent before
    QSet<QString> m_drained; ///< client ids, connected or not
};

} // namespace frpx::server
