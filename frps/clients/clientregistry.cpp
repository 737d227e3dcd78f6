// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/clientregistry.h"

namespace frpx::server {

constexpr qsizetype maxDrained = 10'000;

void ClientRegistry::add(ClientRecord record)
{
    Q_ASSERT(!m_byClientId.contains(record.clientId));
    m_byClientId.insert(record.clientId, record.session);
    m_firstSilentMs = std::min(m_firstSilentMs, record.aliveAtMs + record.silenceLimitMs);
    record.drained = m_drained.contains(record.clientId);
    ++m_countOfUser[record.userId];
    m_records.insert_or_assign(static_cast<quint64>(record.session), std::move(record));
}

void ClientRegistry::remove(SessionId session)
{
    const auto it = m_records.find(static_cast<quint64>(session));
    if (it == m_records.end())
        return;
    m_byClientId.remove(it->second.clientId);
    if (--m_countOfUser[it->second.userId] == 0)
        m_countOfUser.remove(it->second.userId);
    m_records.erase(it);
}

ClientRecord *ClientRegistry::find(SessionId session)
{
    const auto it = m_records.find(static_cast<quint64>(session));
    return it == m_records.end() ? nullptr : &it->second;
}

const ClientRecord *ClientRegistry::find(SessionId session) const
{
    const auto it = m_records.find(static_cast<quint64>(session));
    return it == m_records.end() ? nullptr : &it->second;
}

const ClientRecord *ClientRegistry::findByClientId(const QString &clientId) const
{
    const auto it = m_byClientId.constFind(clientId);
    return it == m_byClientId.cend() ? nullptr : find(*it);
}

bool ClientRegistry::setDrained(const QString &clientId, bool drained)
{
    const auto holder = m_byClientId.constFind(clientId);
    if (holder == m_byClientId.cend())
        return !drained && m_drained.remove(clientId);
    find(*holder)->drained = drained;
    if (!drained) {
        m_drained.remove(clientId);
        return true;
    }
    if (m_drained.size() >= maxDrained) // those that are not connected are forgotten first
        m_drained.removeIf([this](const QString &id) { return !m_byClientId.contains(id); });
    m_drained.insert(clientId);
    return true;
}

void ClientRegistry::touch(SessionId session, qint64 nowMs, const QDateTime &nowUtc)
{
    if (ClientRecord *record = find(session)) {
        record->aliveAtMs = nowMs;
        record->lastHeartbeat = nowUtc;
    }
}

std::vector<SessionId> ClientRegistry::silent(qint64 nowMs)
{
    std::vector<SessionId> list;
    if (nowMs < m_firstSilentMs)
        return list;
    m_firstSilentMs = std::numeric_limits<qint64>::max();
    for (const auto &[id, record] : m_records) {
        const qint64 silentAtMs = record.aliveAtMs + record.silenceLimitMs;
        m_firstSilentMs = std::min(m_firstSilentMs, silentAtMs);
        if (nowMs >= silentAtMs)
            list.push_back(record.session);
    }
    return list;
}

void ClientRegistry::forEach(const std::function<void(const ClientRecord &)> &visit) const
{
    for (const SessionId session : m_byClientId)
        visit(*find(session));
}

} // namespace frpx::server
