// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tunnels/tunnelregistry.h"

#include "common/tunnel/tunnelfield.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

std::variant<quint64, TunnelRegistry::Refusal> TunnelRegistry::judge(SessionId session, qint64 userId,
    const TunnelSpec &spec, bool anyPort, std::optional<int> maxOfUser) const
{
    using Code = proto::TunnelCode;
    if (const Result<void> good = check(spec); !good)
        return Refusal{Code::BadRequest, good.error().detail};
    if (const auto same = m_byName.constFind({userId, spec.name}); same != m_byName.cend()) {
        const TunnelRecord &record = m_records.at(*same);
        const bool mine = std::any_of(record.members.begin(), record.members.end(),
            [session](const TunnelRecord::Member &member) { return member.session == session; });
        if (mine)
            return Refusal{Code::NameInUse, u"This client has a tunnel of that name already."_s};
        if (spec.group.isEmpty() || spec.group != record.spec.group)
            return Refusal{Code::NameInUse,
                u"Another client of this account has a tunnel of that name; to share it both need the same "
                "group key."_s};
        if (spec.remotePort != 0 && !anyPort && record.isOpen() && spec.remotePort != record.port)
            return Refusal{Code::NameInUse, u"The shared tunnel of that name has another port."_s};
        return *same;
    }
    const int limit = maxOfUser.value_or(m_maxPerUser);
    if (m_countOfUser.value(userId) >= limit)
        return Refusal{Code::TooMany, u"This account has its limit of %1 tunnels already."_s.arg(limit)};
    return quint64(0);
}

quint64 TunnelRegistry::add(TunnelRecord record)
{
    const quint64 key = ++m_lastKey;
    record.key = key;
    m_byName.insert({record.userId, record.spec.name}, key);
    ++m_countOfUser[record.userId];
    m_records.emplace(key, std::move(record));
    return key;
}

void TunnelRegistry::join(quint64 key, SessionId session, int requestId)
{
    m_records.at(key).members.push_back({session, requestId});
    m_bySession[session].push_back(key);
}

void TunnelRegistry::setOpen(quint64 key, TunnelId id, quint16 port)
{
    TunnelRecord &record = m_records.at(key);
    record.id = id;
    record.port = port;
    m_byId.insert(id, key);
    m_byPort.insert_or_assign(port, key);
}

std::optional<TunnelRecord> TunnelRegistry::take(quint64 key)
{
    auto node = m_records.extract(key);
    if (!node)
        return std::nullopt;
    TunnelRecord &record = node.mapped();
    m_byName.remove({record.userId, record.spec.name});
    if (record.isOpen()) {
        m_byId.remove(record.id);
        m_byPort.erase(record.port);
    }
    if (--m_countOfUser[record.userId] == 0)
        m_countOfUser.remove(record.userId);
    for (const TunnelRecord::Member &member : record.members)
        forget(member.session, key);
    return std::move(record);
}

bool TunnelRegistry::leave(quint64 key, SessionId session)
{
    TunnelRecord &record = m_records.at(key);
    std::erase_if(
        record.members, [session](const TunnelRecord::Member &member) { return member.session == session; });
    forget(session, key);
    return record.members.empty();
}

void TunnelRegistry::forget(SessionId session, quint64 key)
{
    const auto it = m_bySession.find(session);
    if (it == m_bySession.end())
        return;
    std::erase(*it, key);
    if (it->empty())
        m_bySession.erase(it);
}

TunnelRecord *TunnelRegistry::find(quint64 key)
{
    const auto it = m_records.find(key);
    return it == m_records.end() ? nullptr : &it->second;
}

const TunnelRecord *TunnelRegistry::find(TunnelId id) const
{
    const auto it = m_byId.constFind(id);
    return it == m_byId.cend() ? nullptr : &m_records.at(*it);
}

const TunnelRecord *TunnelRegistry::findByName(qint64 userId, const QString &name) const
{
    const auto it = m_byName.constFind({userId, name});
    return it == m_byName.cend() ? nullptr : &m_records.at(*it);
}

std::vector<quint64> TunnelRegistry::keysOf(SessionId session) const
{
    return m_bySession.value(session);
}

std::vector<quint64> TunnelRegistry::due(qint64 now) const
{
    std::vector<quint64> keys;
    for (const auto &[key, record] : m_records) {
        if (record.isOpen() && record.deadlineMs > 0 && record.deadlineMs <= now)
            keys.push_back(key);
    }
    return keys;
}

void TunnelRegistry::forEachOpen(
    quint16 afterPort, const std::function<bool(const TunnelRecord &)> &visit) const
{
    for (auto it = m_byPort.upper_bound(afterPort); it != m_byPort.end(); ++it) {
        if (!visit(m_records.at(it->second)))
            return;
    }
}

void TunnelRegistry::keep(qint64 userId, const QString &name, SuspendedTunnel remains)
{
    if (m_suspended.size() < maxSuspended)
        m_suspended.insert({userId, name}, std::move(remains));
}

std::optional<SuspendedTunnel> TunnelRegistry::takeSuspended(
    qint64 userId, const QString &name, int totalConnections, qint64 now)
{
    const auto it = m_suspended.find({userId, name});
    if (it == m_suspended.end())
        return std::nullopt;
    SuspendedTunnel remains = *it;
    m_suspended.erase(it);
    const bool same = remains.totalConnections == totalConnections;
    return same && remains.keptUntil > now ? std::optional(remains) : std::nullopt;
}

void TunnelRegistry::forgetSuspended(qint64 now)
{
    m_suspended.removeIf(
        [now](const QHash<Name, SuspendedTunnel>::iterator &it) { return it->keptUntil <= now; });
}

} // namespace frpx::server
