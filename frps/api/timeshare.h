// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <algorithm>
#include <chrono>

namespace frpx::server {

/// Limits the share of a thread's time that one component may take: a third in the long run, and 2 ms in one
/// turn. In a turn the component may work while hasTime(), and reports after each step how much processor
/// time that took. One step may therefore exceed the share; the next ones then wait.
///
/// The component earns time between its turns, as it passes on a clock, and spends processor time: what other
/// processes took from a step is not charged. In a turn it earns only from what it spends. On a busy machine
/// time passes at any moment without the thread, so that with more a turn would not end.
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

    /// At the beginning of a turn.
    void beginTurn(TimePoint now) { earn(now); }

    /// Whether this turn may go on.
    bool hasTime() const { return m_credit > Duration::zero(); }

    /// Takes the processor time \a taken from the share.
    void spend(Duration taken) { m_credit = std::max(m_credit - taken + taken / oneIn, -maxDebt); }

    void endTurn(TimePoint now) { m_earnedAt = std::max(m_earnedAt, now); }

    /// The time until the next turn, rounded up; 0 if there is time now.
    std::chrono::milliseconds wait(TimePoint now)
    {
        earn(now);
        if (hasTime())
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
