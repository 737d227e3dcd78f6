// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QSet>
#include <QString>
#include <QStringList>

#include <mutex>

namespace frpx::server {

/// The ids of the connections that wait for a client, and counters of what became of them. Any thread may
/// call any function. Nothing is signalled: the control thread reads it.
class DispatchStats
{
public:
    enum class Outcome {
        Served, ///< a client has accepted the connection
        NoClient, ///< the tunnel has no client
        TimedOut,
        Failed, ///< the tunnel was closed, or the client broke the protocol
        VisitorGone,
    };
    struct Counters
    {
        quint64 served = 0;
        quint64 noClient = 0;
        quint64 timedOut = 0;
        quint64 failed = 0;
    };

    void add(const QString &id)
    {
        const std::scoped_lock lock(m_mutex);
        m_ids.insert(id);
    }
    /// The connection \a before is called \a after from now on.
    void rename(const QString &before, const QString &after)
    {
        const std::scoped_lock lock(m_mutex);
        m_ids.remove(before);
        m_ids.insert(after);
    }
    void remove(const QString &id, Outcome outcome)
    {
        const std::scoped_lock lock(m_mutex);
        m_ids.remove(id);
        switch (outcome) {
        case Outcome::Served:
            ++m_counters.served;
            break;
        case Outcome::NoClient:
            ++m_counters.noClient;
            break;
        case Outcome::TimedOut:
            ++m_counters.timedOut;
            break;
        case Outcome::Failed:
            ++m_counters.failed;
            break;
        case Outcome::VisitorGone:
            break;
        }
    }

    Counters counters() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_counters;
    }
    QStringList ids() const
    {
        const std::scoped_lock lock(m_mutex);
        return {m_ids.cbegin(), m_ids.cend()};
    }
    qsizetype size() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_ids.size();
    }

private:
    mutable std::mutex m_mutex;
    // All below are guarded by m_mutex.
    QSet<QString> m_ids;
    Counters m_counters;
};

} // namespace frpx::server
