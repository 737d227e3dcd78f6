// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "frps/workconn/workconn.h"

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace frpx::server {

/// Work connections that the relay loops give back to the WorkConnectionPool: their visitors have gone and
/// others may follow. Thread-safe.
class ReturnedWork
{
public:
    struct Item
    {
        SessionId session{};
        WorkConn connection;
    };

    /// \a wake is called in a loop's thread when the first connection is added since the last take().
    explicit ReturnedWork(std::function<void()> wake)
        : m_wake(std::move(wake))
    { }

    void add(SessionId session, WorkConn connection)
    {
        bool isFirst = false;
        {
            const std::scoped_lock lock(m_mutex);
            isFirst = m_items.empty();
            m_items.push_back({session, std::move(connection)});
        }
        if (isFirst)
            m_wake();
    }
    std::vector<Item> take()
    {
        const std::scoped_lock lock(m_mutex);
        return std::exchange(m_items, {});
    }

private:
    const std::function<void()> m_wake;
    std::mutex m_mutex;
    std::vector<Item> m_items; // guarded by m_mutex; no more than there are relays
};

} // namespace frpx::server
