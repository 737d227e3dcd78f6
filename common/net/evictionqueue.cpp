// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/evictionqueue.h"

namespace frpx::net {

void EvictionQueue::add(quint64 id, const SourceKey &source)
{
    m_members.emplace(id, source);
    ++m_sources[source].members;
    setIdle(id, true);
}

void EvictionQueue::remove(quint64 id)
{
    const auto member = m_members.find(id);
    if (member == m_members.end())
        return;
    setIdle(id, false);
    if (const auto source = m_sources.find(member->second); --source->members == 0)
        m_sources.erase(source);
    m_members.erase(member);
}

void EvictionQueue::setIdle(quint64 id, bool idle)
{
    const auto member = m_members.find(id);
    if (member == m_members.end())
        return;
    std::set<quint64> &ids = m_sources[member->second].idle;
    const auto rank = [&ids, &member] { return Rank{ids.size(), ~*ids.begin(), member->second}; };
    if (!ids.empty())
        m_ranks.erase(rank());
    if (idle)
        ids.insert(id);
    else
        ids.erase(id);
    if (!ids.empty())
        m_ranks.insert(rank());
}

std::optional<quint64> EvictionQueue::oldestOf(const SourceKey &source) const
{
    const auto it = m_sources.constFind(source);
    return it == m_sources.constEnd() || it->idle.empty() ? std::nullopt : std::optional(*it->idle.begin());
}

std::optional<quint64> EvictionQueue::oldestOfBusiest() const
{
    return m_ranks.empty() ? std::nullopt : std::optional(~std::get<1>(*m_ranks.rbegin()));
}

} // namespace frpx::net
