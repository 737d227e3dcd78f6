// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tunnels/tunnelregistry.h"

#include "common/tunnel/tunnelfield.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

std::variant<Tunnel *, TunnelRegistry::Refusal> TunnelRegistry::judge(SessionId session, qint64 userId,
    const TunnelSpec &spec, bool anyPort, std::optional<int> maxOfUser) const
{
    using Code = TunnelCode;
    if (const Result<void> good = check(spec); !good)
        return Refusal{Code::BadRequest, good.error().detail};
    if (Tunnel *same = findByName(userId, spec.name)) {
        const bool mine = std::any_of(same->members.begin(), same->members.end(),
            [session](const Tunnel::Member &member) { return member.session == session; });
        if (mine)
            return Refusal{Code::NameInUse, u"This client has a tunnel of that name already."_s};
        if (spec.group.isEmpty() || spec.group != same->spec.group)
            return Refusal{Code::NameInUse,
                u"Another client of this account has a tunnel of that name; to share it both need the same "
                "group key."_s};
        if (spec.remotePort != 0 && !anyPort && same->isOpen() && spec.remotePort != same->port)
            return Refusal{Code::NameInUse, u"The shared tunnel of that name has another port."_s};
        return same;
    }
    const int limit = maxOfUser.value_or(m_maxPerUser);
    if (m_countOfUser.value(userId) >= limit)
        return Refusal{Code::TooMany, u"This account has its limit of %1 tunnels already."_s.arg(limit)};
    return static_cast<Tunnel *>(nullptr);
}

Tunnel &TunnelRegistry::add(
    Tunnel::Owner owner, TunnelSpec spec, std::shared_ptr<ConnectionCounter> account, int accountLimit)
{
    const quint64 id = ++m_lastId;
    auto made = std::make_unique<Tunnel>(
        TunnelId{id}, std::move(owner), std::move(spec), std::move(account), accountLimit);
    Tunnel &tunnel = *m_tunnels.emplace(id, std::move(made)).first->second;
    m_byName.insert({tunnel.owner.userId, tunnel.spec.name}, &tunnel);
    ++m_countOfUser[tunnel.owner.userId];
    return tunnel;
}

Tunnel &TunnelRegistry::addDefault(TunnelSpec spec)
{
    constexpr auto id = static_cast<quint64>(defaultTunnelId);
    auto made = std::make_unique<Tunnel>(defaultTunnelId, Tunnel::Owner(), std::move(spec));
    return *m_tunnels.emplace(id, std::move(made)).first->second;
}

void TunnelRegistry::join(Tunnel &tunnel, SessionId session, int requestId, int weight)
{
    tunnel.members.push_back({session, requestId, weight});
    m_bySession[session].push_back(tunnel.id);
}

void TunnelRegistry::setOpen(Tunnel &tunnel, quint16 port)
{
    tunnel.port = port;
    m_byEndpoint.insert_or_assign({port, tunnel.spec.type}, &tunnel);
}

std::unique_ptr<Tunnel> TunnelRegistry::take(TunnelId id)
{
    auto node = m_tunnels.extract(static_cast<quint64>(id));
    if (!node)
        return nullptr;
    const Tunnel &tunnel = *node.mapped();
    const qint64 userId = tunnel.owner.userId;
    if (tunnel.isOpen())
        m_byEndpoint.erase({tunnel.port, tunnel.spec.type});
    if (!tunnel.isOfServer()) {
        m_byName.remove({userId, tunnel.spec.name});
        if (--m_countOfUser[userId] == 0)
            m_countOfUser.remove(userId);
    }
    for (const Tunnel::Member &member : tunnel.members)
        forget(member.session, id);
    return std::move(node.mapped());
}

bool TunnelRegistry::leave(Tunnel &tunnel, SessionId session)
{
    std::erase_if(
        tunnel.members, [session](const Tunnel::Member &member) { return member.session == session; });
    forget(session, tunnel.id);
    return tunnel.members.empty();
}

void TunnelRegistry::forget(SessionId session, TunnelId id)
{
    const auto it = m_bySession.find(session);
    if (it == m_bySession.end())
        return;
    std::erase(*it, id);
    if (it->empty())
        m_bySession.erase(it);
}

Tunnel *TunnelRegistry::find(TunnelId id) const
{
    const auto it = m_tunnels.find(static_cast<quint64>(id));
    return it == m_tunnels.end() ? nullptr : it->second.get();
}

Tunnel *TunnelRegistry::findByName(qint64 userId, const QString &name) const
{
    return m_byName.value({userId, name});
}

std::vector<TunnelId> TunnelRegistry::ofSession(SessionId session) const
{
    return m_bySession.value(session);
}

std::vector<TunnelId> TunnelRegistry::due(qint64 now) const
{
    std::vector<TunnelId> ids;
    for (const auto &[id, tunnel] : m_tunnels) {
        if (tunnel->isOpen() && tunnel->deadlineMs > 0 && tunnel->deadlineMs <= now)
            ids.push_back(tunnel->id);
    }
    return ids;
}

std::vector<TunnelId> TunnelRegistry::open() const
{
    std::vector<TunnelId> ids;
    for (const auto &[endpoint, tunnel] : m_byEndpoint)
        ids.push_back(tunnel->id);
    return ids;
}

bool TunnelRegistry::hasPort(quint16 port) const
{
    const auto it = m_byEndpoint.lower_bound({port, QString()});
    return it != m_byEndpoint.end() && it->first.first == port;
}

void TunnelRegistry::forEachOpen(quint16 afterPort, const std::function<bool(const Tunnel &)> &visit) const
{
    if (afterPort == std::numeric_limits<quint16>::max())
        return;
    const auto first = static_cast<quint16>(afterPort + 1);
    for (auto it = m_byEndpoint.lower_bound({first, QString()}); it != m_byEndpoint.end(); ++it) {
        if (!it->second->isOfServer() && !visit(*it->second))
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
