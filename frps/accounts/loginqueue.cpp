// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/loginqueue.h"

#include "common/net/ipaddress.h"

#include <QtEndian>

#include <algorithm>

namespace frpx::server {

LoginQueue::Key LoginQueue::keyOf(const QHostAddress &source)
{
    const QHostAddress plain = net::plainAddress(source);
    if (plain.protocol() == QAbstractSocket::IPv4Protocol)
        return {false, plain.toIPv4Address()};
    const Q_IPV6ADDR bytes = plain.toIPv6Address();
    return {true, qFromBigEndian<quint64>(bytes.c)};
}

std::optional<quint64> LoginQueue::push(const QHostAddress &source, quint64 id)
{
    const Key key = keyOf(source);
    const auto own = m_bySource.find(key);
    const size_t held = own == m_bySource.end() ? 0 : own->second.size();
    if (held >= m_maxPerSource)
        return id;
    std::optional<quint64> loser;
    if (m_size >= m_maxAll) {
        const auto longest = std::max_element(m_bySource.begin(), m_bySource.end(),
            [](const auto &a, const auto &b) { return a.second.size() < b.second.size(); });
        // A source that would have as many as the largest one is refused itself.
        if (longest == m_bySource.end() || longest->second.size() <= held + 1)
            return id;
        loser = longest->second.back();
        longest->second.pop_back(); // not empty afterwards: it had more than this source
        --m_size;
    }
    std::deque<quint64> &queue = m_bySource[key];
    if (queue.empty())
        m_turns.push_back(key);
    queue.push_back(id);
    ++m_size;
    return loser;
}

std::optional<quint64> LoginQueue::pop()
{
    if (m_turns.empty())
        return {};
    const Key key = m_turns.front();
    m_turns.pop_front();
    const auto it = m_bySource.find(key);
    const quint64 id = it->second.front();
    it->second.pop_front();
    --m_size;
    if (it->second.empty())
        m_bySource.erase(it);
    else
        m_turns.push_back(key);
    return id;
}

} // namespace frpx::server
