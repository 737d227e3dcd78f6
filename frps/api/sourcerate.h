// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/ipaddress.h"

#include <QHash>

#include <chrono>
#include <optional>

namespace frpx::server {

/// Limits how often each source address may do something: a burst, then a steady rate. A request beyond the
/// rate must wait until its turn.
///
/// A value class without clock. Bounded: beyond maxSources, new sources share one rate.
class SourceRate
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::nanoseconds;

    static constexpr qsizetype maxSources = 10'000;

    /// \a burst and \a perSecond are at least 1. \a maxWait is the longest wait.
    SourceRate(int burst, int perSecond, Duration maxWait)
        : m_interval(Duration(std::chrono::seconds(1)) / perSecond)
        , m_saved(m_interval * (burst - 1))
        , m_maxWait(maxWait)
    { }

    /// How long the next request of \a source must wait; nullopt: longer than maxWait, so it is refused.
    std::optional<Duration> reserve(net::SourceKey source, TimePoint now)
    {
        if (m_next.size() >= maxSources && !m_next.contains(source)) {
            if (now >= m_lookAgain) { // it checks all of them: at most once a second
                forgetOld(now);
                m_lookAgain = now + std::chrono::seconds(1);
            }
            if (m_next.size() >= maxSources)
                source = {};
        }
        TimePoint &next = m_next[source];
        const TimePoint mine = std::max(next, now - m_saved);
        const Duration wait = std::max<Duration>(mine - now, Duration::zero());
        if (wait > m_maxWait)
            return std::nullopt;
        next = mine + m_interval;
        return wait;
    }

    /// Forgets the sources that have their whole burst again.
    void forgetOld(TimePoint now)
    {
        m_next.removeIf([now, this](const auto &entry) { return entry.value() <= now - m_saved; });
    }

    qsizetype size() const { return m_next.size(); }

private:
    const Duration m_interval;
    const Duration m_saved; ///< the time that a burst may be ahead of the rate
    const Duration m_maxWait;
    TimePoint m_lookAgain{};
    QHash<net::SourceKey, TimePoint> m_next; ///< when each may come next at the steady rate
};

} // namespace frpx::server
