// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

#include <algorithm>

namespace frpx {

/// Keeps what strangers can cause at will from filling the log: one line a second, which tells how many there
/// were; after quiet times a burst of lines, if there may be one. No clock: the caller passes steadyMs().
class LogThrottle
{
public:
    static constexpr qint64 intervalMs = 1000;

    /// \a burst lines may come at once; each takes an interval to be earned again.
    explicit LogThrottle(int burst = 1)
        : m_burst(burst)
        , m_left(burst)
    { }

    /// Counts one more case. How many the line to be written now stands for; 0: write none.
    quint64 count(qint64 nowMs)
    {
        ++m_cases;
        if (m_left == m_burst)
            m_earnedAtMs = nowMs;
        const qint64 earned = (nowMs - m_earnedAtMs) / intervalMs;
        m_left = static_cast<int>(std::min<qint64>(m_burst, m_left + earned));
        m_earnedAtMs += earned * intervalMs;
        if (m_left == 0)
            return 0;
        --m_left;
        const quint64 cases = m_cases;
        m_cases = 0;
        return cases;
    }

private:
    const int m_burst;
    int m_left;
    qint64 m_earnedAtMs = 0; ///< when the last line was earned
    quint64 m_cases = 0; ///< since the last line
};

/// Behind a line that stands for \a cases of them.
inline QString sinceLastLine(quint64 cases)
{
    return cases > 1 ? QStringLiteral(" (%1 since the last such line)").arg(cases) : QString();
}

} // namespace frpx
