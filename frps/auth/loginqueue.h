// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHostAddress>

#include <deque>
#include <map>
#include <optional>
#include <utility>

namespace frpx::server {

/// Logins that wait for their passwords to be hashed. Source addresses (of IPv6 each /64 network, which is
/// what one subscriber has) take turns, so that one that asks all the time delays another one's login by a
/// single hash, and cannot fill the queue for all. A value class.
class LoginQueue
{
public:
    /// Bounds: \a maxAll logins, \a maxPerSource of one source.
    LoginQueue(size_t maxAll, size_t maxPerSource)
        : m_maxAll(maxAll)
        , m_maxPerSource(maxPerSource)
    { }

    /// Puts \a id in. \return who finds no place instead: \a id itself when its source has as many as it may;
    /// in a queue that is full the newest login of the source with most of them; else nobody.
    std::optional<quint64> push(const QHostAddress &source, quint64 id);
    /// The next one.
    std::optional<quint64> pop();

    size_t size() const { return m_size; }
    bool isEmpty() const { return m_size == 0; }

private:
    using Key = std::pair<bool, quint64>; ///< whether IPv6; the address or network

    static Key keyOf(const QHostAddress &source);

    const size_t m_maxAll;
    const size_t m_maxPerSource;
    std::map<Key, std::deque<quint64>> m_bySource; ///< none of them is empty
    std::deque<Key> m_turns; ///< each of m_bySource once
    size_t m_size = 0;
};

} // namespace frpx::server
