// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "common/protocol/tunnelmessages.h"

#include <QDateTime>
#include <QHash>

#include <functional>
#include <map>
#include <optional>
#include <variant>
#include <vector>

namespace frpx::server {

/// A tunnel other than the default one, open or requested.
struct TunnelRecord
{
    struct Member
    {
        SessionId session{};
        int requestId = 0; ///< of its OpenTunnel message
    };

    quint64 key = 0; ///< assigned by TunnelRegistry
    TunnelId id{}; ///< set when it is open
    qint64 userId = 0;
    QString owner; ///< e-mail address of the account
    TunnelSpec spec;
    int accountLimit = 0; ///< connections to all tunnels of its account; 0: no limit
    quint16 port = 0; ///< set when it is open
    QDateTime birth; ///< UTC
    qint64 deadlineMs = 0; ///< steadyMs() of the end of its lifetime; 0: none
    quint64 admitted = 0; ///< visitors served before it was suspended
    std::vector<Member> members; ///< sessions that serve it; the first has opened it

    bool isOpen() const { return id != TunnelId{}; }
};

/// The state of a tunnel whose last session has ended, kept in case it is opened again.
struct SuspendedTunnel
{
    int totalConnections = 0; ///< its limit
    QDateTime birth;
    quint64 admitted = 0;
    qint64 keptUntil = 0; ///< steadyMs()
};

/// The tunnels of all accounts, and the rules for names and sharing. A value class; times are steadyMs().
class TunnelRegistry
{
public:
    explicit TunnelRegistry(int maxPerUser = 100)
        : m_maxPerUser(maxPerUser)
    { }

    struct Refusal
    {
        proto::TunnelCode code = proto::TunnelCode::Ok;
        QString text;
    };
    /// Whether \a session of \a userId may open the tunnel it asks for; it does not check whether the port is
    /// free. \a maxOfUser is the account's own limit, which replaces the general one. \return the key of the
    /// tunnel to share; 0 for a new one; or the reason for a refusal.
    std::variant<quint64, Refusal> judge(SessionId session, qint64 userId, const TunnelSpec &spec,
        bool anyPort, std::optional<int> maxOfUser = {}) const;

    /// Adds a requested tunnel, without members. \return its key.
    quint64 add(TunnelRecord record);
    /// Adds \a session to its members.
    void join(quint64 key, SessionId session, int requestId);
    /// The tunnel is open now, at \a port.
    void setOpen(quint64 key, TunnelId id, quint16 port);
    /// Removes and returns the record.
    std::optional<TunnelRecord> take(quint64 key);
    /// Removes \a session from its members; true if none is left.
    bool leave(quint64 key, SessionId session);

    TunnelRecord *find(quint64 key);
    const TunnelRecord *find(TunnelId id) const;
    const TunnelRecord *findByName(qint64 userId, const QString &name) const;
    /// Keys of the tunnels that \a session serves.
    std::vector<quint64> keysOf(SessionId session) const;
    /// Keys of the tunnels whose lifetime is over.
    std::vector<quint64> due(qint64 now) const;
    /// True if an open tunnel has \a port.
    bool hasPort(quint16 port) const { return m_byPort.contains(port); }
    size_t size() const { return m_records.size(); }
    /// Calls \a visit for the open tunnels with ports above \a port, by rising ports, until it returns false.
    void forEachOpen(quint16 afterPort, const std::function<bool(const TunnelRecord &)> &visit) const;

    static constexpr qsizetype maxSuspended = 65'536;
    void keep(qint64 userId, const QString &name, SuspendedTunnel remains);
    /// The state of that tunnel, if it is opened again in time and with the same limits.
    std::optional<SuspendedTunnel> takeSuspended(
        qint64 userId, const QString &name, int totalConnections, qint64 now);
    void forgetSuspended(qint64 now);

private:
    using Name = std::pair<qint64, QString>;

    void forget(SessionId session, quint64 key);

    const int m_maxPerUser;
    quint64 m_lastKey = 0;
    std::map<quint64, TunnelRecord> m_records;
    QHash<Name, quint64> m_byName;
    std::map<quint16, quint64> m_byPort;
    QHash<TunnelId, quint64> m_byId;
    QHash<qint64, int> m_countOfUser;
    QHash<SessionId, std::vector<quint64>> m_bySession;
    QHash<Name, SuspendedTunnel> m_suspended;
};

} // namespace frpx::server
