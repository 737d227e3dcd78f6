// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHostAddress>

#include <deque>
#include <map>
#include <optional>
#include <utility>

namespace frpx::server {

/// Logins that wait until their passwords are hashed. Source addresses (of IPv6 each /64 network, the usual
/// network of one subscriber) take turns. A source that sends many logins so delays another one's login by a
/// single hash, and cannot fill the queue. A value class.
class LoginQueue
{
public:
    /// Bounds: \a maxAll logins, \a maxPerSource of one source.
    LoginQueue(size_t maxAll, size_t maxPerSource)
        : m_maxAll(maxAll)
        , m_maxPerSource(maxPerSource)
    { }

    /// Adds \a id. \return the login that is refused for it: \a id itself if its source has maxPerSource
    /// already; in a full queue, the newest login of the source with the most; nullopt if there is room.
    std::optional<quint64> push(const QHostAddress &source, quint64 id);
    /// The next login; nullopt if the queue is empty.
    std::optional<quint64> pop();

    size_t size() const { return m_size; }
    bool isEmpty() const { return m_size == 0; }

private:
    using Key = std::pair<bool, quint64>; ///< IPv6 or not; the address or network

    static Key keyOf(const QHostAddress &source);

    const size_t m_maxAll;
    const size_t m_maxPerSource;
    std::map<Key, std::deque<quint64>> m_bySource; ///< no queue is empty
    std::deque<Key> m_turns; ///< each key of m_bySource once
    size_t m_size = 0;
};

} // namespace frpx::server
