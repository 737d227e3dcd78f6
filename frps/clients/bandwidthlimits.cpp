// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/bandwidthlimits.h"

#include <algorithm>

namespace frpx::server {

constexpr size_t minTidyAt = 16;

std::shared_ptr<RateLimit> BandwidthLimits::of(qint64 userId, std::optional<qint64> own)
{
    const qint64 bytesPerSecond = own.value_or(m_bytesPerSecond);
    if (bytesPerSecond == 0)
        return nullptr;
    if (const auto it = m_limits.find(userId); it != m_limits.end()) {
        if (auto limit = it->second.lock())
            return limit;
    }
    if (m_limits.size() >= m_tidyAt) {
        std::erase_if(m_limits, [](const auto &entry) { return entry.second.expired(); });
        m_tidyAt = std::max(minTidyAt, m_limits.size() * 2);
    }
    auto limit = std::make_shared<RateLimit>(bytesPerSecond);
    m_limits[userId] = limit;
    return limit;
}

void BandwidthLimits::change(qint64 userId, std::optional<qint64> own, qint64 nowMs)
{
    const qint64 bytesPerSecond = own.value_or(m_bytesPerSecond);
    const auto it = m_limits.find(userId);
    if (it == m_limits.end())
        return;
    const auto limit = it->second.lock();
    if (!limit)
        return;
    if (bytesPerSecond == 0) {
        m_limits.erase(it); // relays that have it keep it
        return;
    }
    for (TokenBucket *bucket : {&limit->toService, &limit->toVisitor}) {
        if (bucket->rate() != bytesPerSecond)
            bucket->setRate(bytesPerSecond, nowMs);
    }
}

} // namespace frpx::server
