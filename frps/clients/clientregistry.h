// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "common/protocol/frpx/messages.h"
#include "frps/clients/clientstreams.h"
#include "frps/clients/servingclient.h"
#include "frps/store/userrights.h"

#include <QDateTime>
#include <QHash>
#include <QMap>
#include <QSet>

#include <functional>
#include <limits>
#include <unordered_map>

namespace frpx::server {

/// The state of one registered client.
struct ClientRecord
{
    SessionId session{};
    QString clientId;
    qint64 userId = 0;
    QString email;
    QString instance; ///< random per client process; empty for an original client
    QString computerName;
    QString workSecret; ///< presented by its work connections; empty if it dials none in advance
    int poolMin = 0; ///< it keeps at least so many work connections waiting
    int poolMax = proto::maxPooledPerClient; ///< the most that are kept after their visitors have gone
    int weight = 1; ///< its share of the visitors, relative to the others
    bool onlyTunnels = false; ///< it serves only the tunnels it has opened, not the default one
    QDateTime connectedAt; ///< UTC
    qint64 aliveAtMs = 0; ///< steadyMs() of the registration or the last heartbeat
    qint64 heardAtMs = 0; ///< steadyMs() of the registration or the last message of any kind
    bool askedSinceHeard = false; ///< a Ping was sent because nothing had been received for long
    qint64 silenceLimitMs = 0; ///< its session ends after so long without a heartbeat
    std::optional<QDateTime> lastHeartbeat; ///< UTC
    std::optional<proto::SystemInfo> systemInfo;
    bool healthy = true; ///< its local service, as reported
    QString healthDetail; ///< why it is not healthy, fit for logs; empty while healthy
    QString healthWarning; ///< the warning of a healthy service, fit for logs
    bool leaving = false; ///< it has sent Drain
    bool drained = false; ///< by the administrator, until undrained
    ClientStreams streams = {}; ///< of this session and the earlier ones
    UserRights rights = {}; ///< of its account
    /// What the loops need of it; shared with its visitors, which may outlive the session.
    std::shared_ptr<ServingClient> serving = std::make_shared<ServingClient>();

    /// It stays connected and serves its visitors, but gets no new ones.
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
    /// Removes \a session; its client id is free at once. No-op if unknown.
    void remove(SessionId session);

    ClientRecord *find(SessionId session);
    const ClientRecord *find(SessionId session) const;
    const ClientRecord *findByClientId(const QString &clientId) const;

    /// Marks \a clientId as drained or not, for its present and later sessions. False if there is no such
    /// client and no mark to remove.
    bool setDrained(const QString &clientId, bool drained);

    /// Notes a heartbeat of \a session.
    void touch(SessionId session, qint64 nowMs, const QDateTime &nowUtc);

    /// Sessions that have sent no heartbeat for longer than they may. Checks all clients only if one may be
    /// found.
    std::vector<SessionId> silent(qint64 nowMs);

    /// The number of sessions of that account.
    int sessionsOf(qint64 userId) const { return m_countOfUser.value(userId); }
    qsizetype size() const { return static_cast<qsizetype>(m_records.size()); }
    /// Sorted.
    QStringList clientIds() const { return m_byClientId.keys(); }
    /// Calls \a visit for each client, ordered by client id.
    void forEach(const std::function<void(const ClientRecord &)> &visit) const;

private:
    std::unordered_map<quint64, ClientRecord> m_records; // by SessionId; QHash would move records on growth
    QMap<QString, SessionId> m_byClientId;
    QHash<qint64, int> m_countOfUser;
    qint64 m_firstSilentMs = std::numeric_limits<qint64>::max(); ///< no session is due earlier
    QSet<QString> m_drained; ///< client ids, connected or not
};

} // namespace frpx::server
