// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <algorithm>

namespace frpx::server {

/// Tells when a flood of connections is over. A value class without clock.
class Ebb
{
public:
    static constexpr qint64 minFall = 256; ///< connections
    static constexpr qint64 intervalMs = 10'000;

    /// \a connections are there now. True if so many have gone since the last time that it is worth while to
    /// look for the memory they had: half of them, and not a few. Not more often than every intervalMs.
    bool hasCome(qint64 connections, qint64 nowMs)
    {
        m_highest = std::max(m_highest, connections);
        const qint64 fall = m_highest - connections;
        if (fall < minFall || fall < m_highest / 2 || nowMs < m_nextMs)
            return false;
        m_highest = connections;
        m_nextMs = nowMs + intervalMs;
        return true;
    }

private:
    qint64 m_highest = 0; ///< since the last time
    qint64 m_nextMs = 0;
};

} // namespace frpx::server
