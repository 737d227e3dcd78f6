// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/handshakequeue.h"

namespace frpx::net {

/// Updates the rank of \a key's source while \a how changes the source.
template <typename Change>
void HandshakeQueue::change(const SourceKey &key, Change how)
{
    Source &source = m_sources[key];
    const auto rank = [&source, &key] { return Rank{source.places, *source.waiting.begin(), key}; };
    if (!source.waiting.empty())
        m_ranks.erase(rank());
    how(source);
    if (!source.waiting.empty())
        m_ranks.insert(rank());
    else if (source.places == 0)
        m_sources.remove(key);
}

void HandshakeQueue::join(quint64 id, const SourceKey &source)
{
    m_members.emplace(id, Member{source, {}});
    change(source, [id](Source &own) { own.waiting.insert(id); });
}

void HandshakeQueue::leave(quint64 id)
{
    const auto it = m_members.find(id);
    if (it == m_members.end())
        return;
    const Member member = it->second;
    m_members.erase(it);
    if (member.begunAtMs)
        m_begun.erase({*member.begunAtMs, id});
    change(member.source, [id, &member](Source &own) {
        if (member.begunAtMs)
            --own.places;
        else
            own.waiting.erase(id);
    });
}

std::optional<quint64> HandshakeQueue::next(qint64 nowMs)
{
    if (m_ranks.empty() || m_begun.size() >= m_places)
        return {};
    const auto [places, id, key] = *m_ranks.begin();
    m_members.at(id).begunAtMs = nowMs;
    m_begun.emplace(nowMs, id);
    change(key, [id = id](Source &own) {
        own.waiting.erase(id);
        ++own.places;
    });
    return id;
}

std::vector<quint64> HandshakeQueue::overdue(qint64 nowMs) const
{
    std::vector<quint64> ids;
    if (m_ranks.empty() || m_begun.size() < m_places)
        return ids;
    const size_t fewest = std::get<0>(*m_ranks.begin());
    std::map<SourceKey, size_t> taken;
    for (const auto &[begunAtMs, id] : m_begun) {
        if (ids.size() >= waiting() || nowMs - begunAtMs < patienceMs)
            break;
        const SourceKey &source = m_members.at(id).source;
        if (m_sources.constFind(source)->places - taken[source] <= fewest)
            continue;
        ++taken[source];
        ids.push_back(id);
    }
    return ids;
}

size_t HandshakeQueue::sizeOf(const SourceKey &source) const
{
    const auto it = m_sources.constFind(source);
    return it == m_sources.constEnd() ? 0 : it->places + it->waiting.size();
}

size_t HandshakeQueue::waitingOf(const SourceKey &source) const
{
    const auto it = m_sources.constFind(source);
    return it == m_sources.constEnd() ? 0 : it->waiting.size();
}

} // namespace frpx::net
