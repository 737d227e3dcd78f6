// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "common/protocol/frpx/messages.h"
#include "frps/workconn/workconn.h"

#include <QHash>

#include <deque>
#include <mutex>
#include <unordered_map>

namespace frpx::server {

/// The work connections that clients have dialled in advance and that wait for visitors. It knows which
/// secret belongs to which session.
///
/// Any thread may call any function; no clock: times are steadyMs(). Bounded per client and in all, so that
/// waiting connections never use up the descriptors that visitors need.
class WorkConnectionPool
{
public:
    /// \a maxIdle: the most waiting connections in all.
    explicit WorkConnectionPool(size_t maxIdle)
        : m_maxIdle(maxIdle)
    { }

    /// Work connections of \a session present \a secret. The client keeps at least \a keep of them; at most
    /// \a most are kept when their visitors have gone.
    void open(
        SessionId session, const QString &secret, int keep, qint64 now, int most = proto::maxPooledPerClient);
    /// Closes the waiting connections of \a session.
    void close(SessionId session);
    /// Closes the waiting connections of \a session and accepts no more of them, because the client is about
    /// to leave.
    void retire(SessionId session);

    /// Adds a connection that has presented \a secret. Closes it and returns false if the secret is unknown
    /// or too many connections wait.
    bool add(const QString &secret, WorkConn connection);
    /// Takes back a connection of \a session that has served a visitor. Closes it if the session is retired
    /// or has too many.
    void putBack(SessionId session, WorkConn connection);
    bool knows(const QString &secret) const;
    /// A connection of \a session that is still whole, or an invalid one if there is none.
    WorkConn take(SessionId session);

    /// Drops connections that have broken while they waited, and half of those that were not needed for a
    /// while. Call about once a second.
    void sweep(qint64 now);

    size_t idle() const;
    size_t idleOf(SessionId session) const;

private:
    /// The waiting connections of one session.
    struct Waiting
    {
        QString secret;
        std::deque<WorkConn> idle; ///< oldest first
        bool retired = false;
        size_t keep = 0;
        size_t most = 0; ///< including those that were given back
        size_t leastIdle = 0; ///< since reviewedAt: this many were not needed
        qint64 reviewedAt = 0;
    };

    WorkConn takeNewest(SessionId session);
    // The caller of each holds m_mutex.
    bool keep(Waiting &waiting, WorkConn connection, size_t most = proto::maxPooledPerClient);
    void dropBroken(Waiting &waiting);
    void dropSurplus(Waiting &waiting, qint64 now);

    const size_t m_maxIdle;
    mutable std::mutex m_mutex;
    // All below are guarded by m_mutex.
    size_t m_idle = 0;
    std::unordered_map<quint64, Waiting> m_sessions; // by SessionId
    QHash<QString, SessionId> m_bySecret;
    qint64 m_checkedAt = 0;
};

} // namespace frpx::server
