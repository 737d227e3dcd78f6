// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <algorithm>

namespace frpx {

/// Tells when a flood of connections is over. A value class without clock.
class LoadDropDetector
{
public:
    static constexpr qint64 minFall = 256; ///< connections
    static constexpr qint64 minRest = 16; ///< connections, of the same flood
    static constexpr qint64 intervalMs = 10'000;
    static constexpr int looksAfterwards = 3;

    /// \a connections are there now. True if so many have gone since the last time that it is worth while to
    /// look for the memory they had: half of them, and not a few; or soon after that some more, as not all of
    /// a flood go at once. Not more often than every intervalMs.
    bool hasCome(qint64 connections, qint64 nowMs)
    {
        m_highest = std::max(m_highest, connections);
        const qint64 fall = m_highest - connections;
        const bool isFlood = fall >= minFall && fall >= m_highest / 2;
        if (nowMs < m_nextMs || (!isFlood && m_looksLeft == 0))
            return false;
        m_nextMs = nowMs + intervalMs;
        m_looksLeft = isFlood ? looksAfterwards : m_looksLeft - 1;
        if (!isFlood && fall < minRest)
            return false;
        m_highest = connections;
        return true;
    }

private:
    qint64 m_highest = 0; ///< since the last time
    qint64 m_nextMs = 0;
    int m_looksLeft = 0; ///< for the rest of a flood
};

} // namespace frpx
