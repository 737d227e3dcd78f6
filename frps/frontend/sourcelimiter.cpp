// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/sourcelimiter.h"

#include <algorithm>

namespace frpx::server {

std::shared_ptr<void> SourceLimiter::take(const QHostAddress &source)
{
    const Key key = net::sourceKey(source);
    auto it = m_counts.find(key);
    if (it == m_counts.end()) {
        if (m_counts.size() >= m_forgetAt)
            forgetIdle();
        if (m_counts.size() >= maxSources)
            return nullptr;
        it = m_counts.insert(key, std::make_shared<std::atomic<int>>(0));
    }
    Count &count = *it;
    if (count->load(std::memory_order_relaxed) >= m_limit) // other threads only lower it
        return nullptr;
    count->fetch_add(1, std::memory_order_relaxed);
    return {count.get(), [count](void *) { count->fetch_sub(1, std::memory_order_relaxed); }};
}

void SourceLimiter::forgetIdle()
{
    m_counts.removeIf([](const QHash<Key, Count>::iterator &it) {
        return it.value()->load(std::memory_order_relaxed) == 0; // only this thread raises it
    });
    m_forgetAt = std::clamp<qsizetype>(2 * m_counts.size(), 1024, maxSources);
}

} // namespace frpx::server
