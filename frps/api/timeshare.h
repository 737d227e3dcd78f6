// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <algorithm>
#include <chrono>

namespace frpx::server {

/// Limits the share of a thread's time that one component may take: a third in the long run, and 2 ms at a
/// time. The component may work while hasTime(), and reports afterwards how much processor time it took. One
/// step may therefore exceed the share; the next ones then wait.
///
/// Time passes on a clock, and is spent as processor time: what other processes took from a step is not
/// charged to the component. Neither does the component earn from it, or on a busy machine one turn would not
/// end.
///
/// A value class without clock.
class TimeShare
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::nanoseconds;

    static constexpr int oneIn = 3;
    static constexpr Duration burst = std::chrono::milliseconds(2);
    /// More debt is forgotten, so that one long step does not silence the component.
    static constexpr Duration maxDebt = std::chrono::milliseconds(100);

    bool hasTime(TimePoint now)
    {
        earn(now);
        return m_credit > Duration::zero();
    }

    /// Takes a step from \a begin to \a end from the share, which took the processor time \a taken.
    void spend(Duration taken, TimePoint begin, TimePoint end)
    {
        earn(begin);
        m_credit = std::max(m_credit - taken + taken / oneIn, -maxDebt);
        m_earnedAt = std::max(m_earnedAt, end);
    }

    /// The time until hasTime(), rounded up; 0 if there is time now.
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
