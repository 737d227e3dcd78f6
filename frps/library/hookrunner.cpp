// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/library/hookrunner.h"

#include "frps/library/hookedconnection.h"

#include <utility>

namespace frpx::server {

namespace {

Frpx::TunnelEnd endOf(QStringView reason)
{
    using End = Frpx::TunnelEnd;
    if (reason.isEmpty())
        return End::ClientLost;
    if (reason == proto::tunnelend::servedAll)
        return End::ServedAll;
    if (reason == proto::tunnelend::lifetime)
        return End::LifetimeOver;
    return reason == proto::tunnelend::deleted ? End::Aborted : End::Closed;
}

Frpx::TunnelInfo infoOf(const TunnelRecord &record, const QString &clientId)
{
    Frpx::TunnelInfo info;
    info.id = static_cast<quint64>(record.id);
    info.name = record.name;
    info.port = record.port;
    info.message = record.message;
    info.group = record.group;
    info.clientId = clientId;
    info.account = record.owner;
    info.limits = {record.limits.maxConnections, record.limits.totalConnections,
        std::chrono::seconds(record.limits.lifetimeS)};
    info.birth = record.birth;
    return info;
}

} // namespace

HookRunner::HookRunner(Listener listener)
    : m_listener(std::move(listener))
{ }

HookRunner::~HookRunner() = default;

void HookRunner::call(HookCall &hookCall, const Frpx::Hook &hook)
{
    const Frpx::Hook kept = hook; // it may replace itself
    ++m_depth;
    hookCall.run(kept);
    --m_depth;
}

std::optional<QString> HookRunner::onOpened(
    const TunnelRecord &record, const QString &clientId, const net::LinkEnds &link)
{
    const auto tunnel = std::make_shared<HookedTunnel>();
    tunnel->info = infoOf(record, clientId);
    tunnel->link = link;
    HookCall hookCall{HookCall::Event::TunnelOpened, *tunnel, *m_board, {}, link};
    call(hookCall, m_hooks.tunnelOpened);
    if (hookCall.refusal)
        return hookCall.refusal;
    m_tunnels.emplace(tunnel->info.id, tunnel);
    m_listener.opened(tunnel->info);
    return std::nullopt;
}

void HookRunner::onClosed(const TunnelRecord &record, QStringView reason)
{
    const auto it = m_tunnels.find(static_cast<quint64>(record.id));
    if (it == m_tunnels.end())
        return;
    const std::shared_ptr<HookedTunnel> tunnel = it->second;
    tunnel->end = endOf(reason);
    // The users of one that has lost its client are served on; all others are being cut, or gone.
    if (tunnel->users == 0 || tunnel->end == Frpx::TunnelEnd::ClientLost)
        tellClosed(tunnel);
}

TunnelObserver::Verdict HookRunner::onUser(TunnelId id, const net::LinkEnds &link)
{
    const auto it = m_tunnels.find(static_cast<quint64>(id));
    if (it == m_tunnels.end())
        return {};
    const std::shared_ptr<HookedTunnel> tunnel = it->second;
    HookCall hookCall{HookCall::Event::UserConnected, *tunnel, *m_board, link, tunnel->link};
    call(hookCall, m_hooks.userConnected);
    if (hookCall.userAborted)
        return {false, {}};
    const std::shared_ptr<const DataHooks> &data = tunnel->dataHooks ? tunnel->dataHooks : m_hooks.data;
    if (!m_hooks.userLeaving && data->isEmpty())
        return {}; // nothing more is asked about him
    ++tunnel->users;
    return {true, std::make_shared<HookedConnection>(m_board, tunnel, data, link)};
}

void HookRunner::settle(const std::function<void(TunnelId, const QString &)> &close)
{
    const HookBoard::News news = m_board->take();
    for (const HookBoard::UserGone &user : news.gone)
        tellGone(user);
    for (const auto &[tunnel, why] : news.aborted)
        close(TunnelId{tunnel}, why);
}

void HookRunner::finish()
{
    for (const HookBoard::UserGone &user : m_board->take().gone)
        tellGone(user);
    while (!m_tunnels.empty()) {
        const std::shared_ptr<HookedTunnel> tunnel = m_tunnels.begin()->second;
        if (!tunnel->end)
            tunnel->end = Frpx::TunnelEnd::ServerStopped;
        tellClosed(tunnel);
    }
}

void HookRunner::tellGone(const HookBoard::UserGone &user)
{
    HookedTunnel &tunnel = *user.tunnel;
    HookCall hookCall{HookCall::Event::UserLeaving, tunnel, *m_board, user.user, user.inner, {},
        user.bytesToTunnel, user.bytesToUser};
    call(hookCall, m_hooks.userLeaving);
    if (--tunnel.users == 0 && tunnel.end && m_tunnels.contains(tunnel.info.id))
        tellClosed(user.tunnel);
}

void HookRunner::tellClosed(const std::shared_ptr<HookedTunnel> &tunnel)
{
    m_tunnels.erase(tunnel->info.id);
    HookCall hookCall{HookCall::Event::TunnelClosed, *tunnel, *m_board, {}, tunnel->link};
    call(hookCall, m_hooks.tunnelClosed);
    m_listener.closed(tunnel->info, *tunnel->end);
}

} // namespace frpx::server
