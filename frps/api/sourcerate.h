// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/ipaddress.h"

#include <QHash>

#include <chrono>
#include <optional>

namespace frpx::server {

/// How often each source address may do something: a burst, then a steady rate. Who comes earlier gets a
/// place in the line of its address.
///
/// A value class without clock. Bounded: beyond maxSources those that come new share one line.
class SourceRate
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::nanoseconds;

    static constexpr qsizetype maxSources = 10'000;

    /// \a burst and \a perSecond are at least 1. Nobody waits longer than \a maxWait.
    SourceRate(int burst, int perSecond, Duration maxWait)
        : m_interval(Duration(std::chrono::seconds(1)) / perSecond)
        , m_saved(m_interval * (burst - 1))
        , m_maxWait(maxWait)
    { }

    /// How long the next one of \a source has to wait; nothing: its line is full, it may not come.
    std::optional<Duration> reserve(net::SourceKey source, TimePoint now)
    {
        if (m_next.size() >= maxSources && !m_next.contains(source)) {
            if (now >= m_lookAgain) { // a look at all of them, so not for each that comes
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

    /// Forgets those who have their whole burst again.
    void forgetOld(TimePoint now)
    {
        m_next.removeIf([now, this](const auto &entry) { return entry.value() <= now - m_saved; });
    }

    qsizetype size() const { return m_next.size(); }

private:
    const Duration m_interval;
    const Duration m_saved; ///< what a burst may come too early
    const Duration m_maxWait;
    TimePoint m_lookAgain{};
    QHash<net::SourceKey, TimePoint> m_next; ///< when each may come again if it saves nothing
};

} // namespace frpx::server
