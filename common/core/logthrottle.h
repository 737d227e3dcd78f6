// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

namespace frpx {

/// Keeps what strangers can cause at will from filling the log: one line a second, which tells how many there
/// were. No clock: the caller passes steadyMs().
class LogThrottle
{
public:
    static constexpr qint64 intervalMs = 1000;

    /// Counts one more case. How many the line to be written now stands for; 0: write none.
    quint64 count(qint64 nowMs)
    {
        ++m_cases;
        if (m_hasLogged && nowMs - m_loggedAtMs < intervalMs)
            return 0;
        m_hasLogged = true;
        m_loggedAtMs = nowMs;
        const quint64 cases = m_cases;
        m_cases = 0;
        return cases;
    }

private:
    quint64 m_cases = 0; ///< since the last line
    qint64 m_loggedAtMs = 0;
    bool m_hasLogged = false;
};

} // namespace frpx
