// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "common/protocol/tunnelmessages.h"
#include "frps/tunnel/connectionlimiter.h"

#include <QDateTime>
#include <QHash>

#include <functional>
#include <map>
#include <optional>
#include <variant>
#include <vector>

namespace frpx::server {

/// A tunnel beside the default one, or the wish for one.
struct TunnelRecord
{
    struct Member
    {
        SessionId session{};
        int requestId = 0; ///< of its OpenTunnel
    };

    quint64 key = 0; ///< given by TunnelRegistry
    TunnelId id{}; ///< once it is open
    qint64 userId = 0;
    QString owner; ///< e-mail
    QString name;
    QString group; ///< empty: not to be shared
    QString message;
    QString policy; ///< empty: the server's default
    TunnelLimits limits;
    int accountLimit = 0; ///< users of all tunnels of its account; 0: no limit
    quint16 port = 0; ///< once it is open
    QDateTime birth; ///< UTC
    qint64 deadlineMs = 0; ///< steadyMs() of the end of its life; 0: none
    quint64 admitted = 0; ///< users before a break
    std::vector<Member> members; ///< sessions that serve it; the first has opened it

    bool isOpen() const { return id != TunnelId{}; }
};

/// What is left of a tunnel whose last session is gone, for the case that it comes back.
struct SuspendedTunnel
{
    TunnelLimits limits;
    QDateTime birth;
    quint64 admitted = 0;
    qint64 keptUntil = 0; ///< steadyMs()
};

/// The tunnels of all accounts and the rules for them: who may open which name, and who may share one. A
/// value class; times are steadyMs().
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
    /// Whether \a session of \a userId may have what it asks for. Not asked: whether the port is free. \a
    /// maxOfUser is the account's own limit, instead of that for each account.
    /// \return the tunnel it is to share; 0 for one of its own; or why not.
    std::variant<quint64, Refusal> judge(SessionId session, qint64 userId, const proto::OpenTunnel &request,
        std::optional<int> maxOfUser = {}) const;

    /// Notes a tunnel that is to be opened, without members. \return its key.
    quint64 add(TunnelRecord record);
    /// \a session is to serve it, too.
    void join(quint64 key, SessionId session, int requestId);
    /// It is open now, at \a port.
    void setOpen(quint64 key, TunnelId id, quint16 port);
    /// Forgets it; the record is given back.
    std::optional<TunnelRecord> take(quint64 key);
    /// Takes \a session out of it; true if nobody serves it any more.
    bool leave(quint64 key, SessionId session);

    TunnelRecord *find(quint64 key);
    const TunnelRecord *find(TunnelId id) const;
    const TunnelRecord *findByName(qint64 userId, const QString &name) const;
    /// Keys of those that \a session serves.
    std::vector<quint64> keysOf(SessionId session) const;
    /// Keys of those whose life is over.
    std::vector<quint64> due(qint64 now) const;
    /// Whether an open one has \a port.
    bool hasPort(quint16 port) const { return m_byPort.contains(port); }
    size_t size() const { return m_records.size(); }
    /// The open ones whose port is behind \a port, by rising ports, until \a visit returns false.
    void forEachOpen(quint16 afterPort, const std::function<bool(const TunnelRecord &)> &visit) const;

    static constexpr qsizetype maxSuspended = 65'536;
    void keep(qint64 userId, const QString &name, SuspendedTunnel remains);
    /// What is left of that tunnel, if it is asked for in time and with the same limit.
    std::optional<SuspendedTunnel> takeSuspended(
        qint64 userId, const QString &name, const TunnelLimits &limits, qint64 now);
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
