// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/balance/balancer.h"

#include <QRandomGenerator>

#include <algorithm>

namespace frpx::server {

Balancer::Balancer(Random random)
    : m_random(random ? std::move(random)
                      : Random([](quint32 bound) { return QRandomGenerator::global()->bounded(bound); }))
{ }

void Balancer::add(SessionId session)
{
    if (m_index.contains(session))
        return;
    m_index.insert(session, m_pool.size());
    m_pool.push_back(session);
}

void Balancer::remove(SessionId session)
{
    const auto it = m_index.constFind(session);
    if (it == m_index.cend())
        return;
    const size_t hole = *it;
    m_index.erase(it);
    if (hole + 1 != m_pool.size()) {
        m_pool[hole] = m_pool.back();
        m_index[m_pool[hole]] = hole;
    }
    m_pool.pop_back();
}

std::optional<SessionId> Balancer::pick(std::span<const SessionId> excluded) const
{
    // Draw among the places that are left once the excluded ones are moved, in thought, to the end: one draw,
    // and each of the others is equally likely.
    std::vector<size_t> holes;
    for (const SessionId session : excluded) {
        const auto it = m_index.constFind(session);
        if (it != m_index.cend() && std::find(holes.begin(), holes.end(), *it) == holes.end())
            holes.push_back(*it);
    }
    if (holes.size() >= m_pool.size())
        return std::nullopt;
    std::sort(holes.begin(), holes.end());
    size_t place = m_random(static_cast<quint32>(m_pool.size() - holes.size()));
    for (const size_t hole : holes) {
        if (place >= hole)
            ++place;
    }
    return m_pool[place];
}

} // namespace frpx::server
