// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "common/protocol/messages.h"
#include "frps/work/workconn.h"

#include <QHash>

#include <deque>
#include <optional>
#include <unordered_map>

namespace frpx::server {

/// The work connections that clients have dialled in advance, waiting for users. Knows which secret belongs
/// to which session.
///
/// Not thread-safe, no clock: times are steadyMs(). Bounded per client and in all, so that idle connections
/// never eat the descriptors that users need.
class WorkConnectionPool
{
public:
    /// \a maxIdle waiting connections in all.
    explicit WorkConnectionPool(size_t maxIdle)
        : m_maxIdle(maxIdle)
    { }

    /// Connections of \a session present \a secret; it wants to keep \a keep of them at least, and \a most
    /// after their users have gone.
    void open(
        SessionId session, const QString &secret, int keep, qint64 now, int most = proto::maxPooledPerClient);
    /// Closes what \a session has waiting.
    void close(SessionId session);
    /// Closes what \a session has waiting and takes no more of it: it is about to leave.
    void retire(SessionId session);

    /// Takes in a connection that has presented \a secret. False (and it is closed) if the secret is unknown
    /// or there are too many already.
    bool add(const QString &secret, WorkConn connection);
    /// Takes back a connection of \a session that has served a user, if the session still wants it and has
    /// not too many; else it is closed.
    void putBack(SessionId session, WorkConn connection);
    bool knows(const QString &secret) const { return m_bySecret.contains(secret); }
    /// A connection of \a session that is still whole, or an invalid one.
    WorkConn take(SessionId session);

    /// Drops connections that have broken while they waited, and of those that nobody has needed for a while,
    /// half. Call about once a second.
    void sweep(qint64 now);

    size_t idle() const { return m_idle; }
    size_t idleOf(SessionId session) const;

private:
    struct Shelf
    {
        QString secret;
        std::deque<WorkConn> idle; ///< oldest first
        bool retired = false;
        size_t keep = 0;
        size_t most = 0; ///< with those that come back
        size_t leastIdle = 0; ///< since reviewedAt: so many were not needed
        qint64 reviewedAt = 0;
    };

    bool shelve(Shelf &shelf, WorkConn connection, size_t most = proto::maxPooledPerClient);
    void dropBroken(Shelf &shelf);
    void dropSurplus(Shelf &shelf, qint64 now);

    const size_t m_maxIdle;
    size_t m_idle = 0;
    std::unordered_map<quint64, Shelf> m_shelves; // by SessionId
    QHash<QString, SessionId> m_bySecret;
    qint64 m_checkedAt = 0;
};

} // namespace frpx::server
