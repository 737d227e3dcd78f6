// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <algorithm>
#include <chrono>

namespace frpx::server {

/// How much of a thread's time one of its users may take: a third in the long run, and 2 ms at a time. It
/// may go on while hasTime(), and pays afterwards for what it took, so one step may be too long; then the
/// rest is.
///
/// A value class without clock.
class TimeShare
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::nanoseconds;

    static constexpr int oneIn = 3;
    static constexpr Duration burst = std::chrono::milliseconds(2);
    /// More is forgotten: the whole program may have been stopped in the middle of a step.
    static constexpr Duration maxDebt = std::chrono::milliseconds(100);

    bool hasTime(TimePoint now)
    {
        earn(now);
        return m_credit > Duration::zero();
    }

    /// Pays for \a taken, up to \a now.
    void spend(Duration taken, TimePoint now)
    {
        earn(now);
        m_credit = std::max(m_credit - taken, -maxDebt);
    }

    /// Until hasTime(), rounded up; 0 if it has.
    std::chrono::milliseconds wait(TimePoint now)
    {
        earn(now);
        if (m_credit > Duration::zero())
            return std::chrono::milliseconds::zero();
        return std::chrono::floor<std::chrono::milliseconds>(-m_credit * oneIn)
            + std::chrono::milliseconds(1);
    }

private:
    void earn(TimePoint now)
    {
        if (now > m_earnedAt) {
            m_credit = std::min<Duration>(
                m_credit + std::min<Duration>(now - m_earnedAt, oneIn * maxDebt * 2) / oneIn, burst);
            m_earnedAt = now;
        }
    }

    TimePoint m_earnedAt{};
    Duration m_credit = burst;
};

} // namespace frpx::server
