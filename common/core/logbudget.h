// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <algorithm>
#include <utility>

namespace frpx {

/// Limits the bytes of the log per second. A value class without a clock: the caller passes steadyMs().
class LogBudget
{
public:
    /// \a burst bytes at once after quiet times; \a perSecond on average.
    constexpr LogBudget(qint64 burst, qint64 perSecond)
        : m_burst(burst * fine)
        , m_perMs(perSecond * fine / 1000)
        , m_left(m_burst)
    { }

    /// Returns whether a line of \a bytes may be written. If not, it is counted.
    bool take(qint64 bytes, qint64 nowMs)
    {
        // A longer time than the budget needs to fill changes nothing, and could overflow.
        const qint64 passedMs = std::min(nowMs - m_earnedAtMs, m_burst / m_perMs + 1);
        m_left = std::min(m_burst, m_left + passedMs * m_perMs);
        m_earnedAtMs = nowMs;
        if (m_left < bytes * fine) {
            ++m_leftOut;
            return false;
        }
        m_left -= bytes * fine;
        return true;
    }

    /// The number of lines refused since the last call.
    quint64 takeLeftOut() { return std::exchange(m_leftOut, 0); }

private:
    static constexpr qint64 fine = 1000; ///< parts of a byte

    qint64 m_burst;
    qint64 m_perMs;
    qint64 m_left;
    qint64 m_earnedAtMs = 0;
    quint64 m_leftOut = 0;
};

} // namespace frpx
