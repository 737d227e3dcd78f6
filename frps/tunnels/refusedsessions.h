// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"

#include <QHash>
#include <QSet>

namespace frpx::server {

/// The sessions that were refused a tunnel and have not been told since to ask again. A value class; bounded
/// by the number of sessions, if they are removed when they end.
class RefusedSessions
{
public:
    void add(SessionId session, qint64 userId)
    {
        m_userOf.insert(session, userId);
        m_byUser[userId].insert(session);
    }
    void remove(SessionId session)
    {
        const auto user = m_byUser.find(m_userOf.take(session));
        if (user == m_byUser.end())
            return;
        user->remove(session);
        if (user->isEmpty())
            m_byUser.erase(user);
    }
    bool hasOf(qint64 userId) const { return m_byUser.contains(userId); }
    QList<qint64> users() const { return m_byUser.keys(); }
    /// Removes and returns the sessions of \a userId.
    QSet<SessionId> take(qint64 userId)
    {
        QSet<SessionId> sessions = m_byUser.take(userId);
        for (const SessionId session : std::as_const(sessions))
            m_userOf.remove(session);
        return sessions;
    }

private:
    QHash<SessionId, qint64> m_userOf;
    QHash<qint64, QSet<SessionId>> m_byUser;
};

} // namespace frpx::server
