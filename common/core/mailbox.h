// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace frpx {

/// Values on their way from any thread to one that reads them. The reader is woken once for all values since
/// its last take(). The senders bound the number of values.
template <typename T>
class Mailbox
{
public:
    /// \a wake is called in the sender's thread. It must lead to a call of take().
    explicit Mailbox(std::function<void()> wake)
        : m_wake(std::move(wake))
    { }

    void add(T value)
    {
        bool isFirst = false;
        {
            const std::scoped_lock lock(m_mutex);
            isFirst = m_values.empty();
            m_values.push_back(std::move(value));
        }
        if (isFirst)
            m_wake();
    }
    std::vector<T> take()
    {
        const std::scoped_lock lock(m_mutex);
        return std::exchange(m_values, {});
    }

private:
    const std::function<void()> m_wake;
    std::mutex m_mutex;
    std::vector<T> m_values; // guarded by m_mutex
};

} // namespace frpx
