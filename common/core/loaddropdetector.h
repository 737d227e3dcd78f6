// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <algorithm>

namespace frpx {

/// Detects the end of a flood of connections. A value class without a clock.
class LoadDropDetector
{
public:
    static constexpr qint64 minFall = 256; ///< connections
    static constexpr qint64 minRest = 16; ///< connections, of the same flood
    static constexpr qint64 intervalMs = 10'000;
    static constexpr int looksAfterwards = 3;

    /// \a connections are open now. True if so many have ended since the last time that freeing their memory
    /// is worthwhile: half of them and at least minFall; or soon after that minRest more, as a flood does not
    /// end at once. At most once every intervalMs.
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
