// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/embed/hookrunner.h"

#include "frps/embed/hookedconnection.h"

#include <utility>

namespace frpx::server {

namespace {

Frpx::TunnelEnd endOf(QStringView reason)
{
    using End = Frpx::TunnelEnd;
    if (reason.isEmpty())
        return End::ClientLost;
    if (reason == tunnelend::servedAll)
        return End::ServedAll;
    if (reason == tunnelend::lifetime)
        return End::LifetimeOver;
    return reason == tunnelend::deleted ? End::Aborted : End::Closed;
}

Frpx::TunnelInfo infoOf(const Tunnel &tunnel, const QString &clientId)
{
    Frpx::TunnelInfo info;
    info.id = static_cast<quint64>(tunnel.id);
    info.name = tunnel.spec.name;
    info.port = tunnel.port;
    info.message = tunnel.spec.message;
    info.group = tunnel.spec.group;
    info.clientId = clientId;
    info.account = tunnel.owner.email;
    info.limits = {tunnel.spec.maxConnections, tunnel.spec.totalConnections,
        std::chrono::seconds(tunnel.spec.lifetimeS)};
    info.birth = tunnel.birth;
    return info;
}

} // namespace

HookRunner::HookRunner(Listener listener)
    : m_listener(std::move(listener))
{ }

HookRunner::~HookRunner() = default;

void HookRunner::call(HookCall &hookCall, const Frpx::Hook &hook)
{
    const Frpx::Hook kept = hook; // the hook may replace itself
    ++m_depth;
    hookCall.run(kept);
    --m_depth;
}

std::optional<QString> HookRunner::onOpened(
    const Tunnel &opened, const QString &clientId, const net::LinkEnds &link)
{
    const auto tunnel = std::make_shared<HookedTunnel>();
    tunnel->info = infoOf(opened, clientId);
    tunnel->link = link;
    HookCall hookCall{HookCall::Event::TunnelOpened, *tunnel, *m_mailbox, {}, link};
    call(hookCall, m_hooks.tunnelOpened);
    if (hookCall.refusal)
        return hookCall.refusal;
    m_tunnels.emplace(tunnel->info.id, tunnel);
    m_listener.opened(tunnel->info);
    return std::nullopt;
}

void HookRunner::onClosed(const Tunnel &closed, QStringView reason)
{
    const auto it = m_tunnels.find(static_cast<quint64>(closed.id));
    if (it == m_tunnels.end())
        return;
    const std::shared_ptr<HookedTunnel> tunnel = it->second;
    tunnel->end = endOf(reason);
    // If the client was lost, its visitors are still served; otherwise they are being cut, or have gone.
    if (tunnel->connections == 0 || tunnel->end == Frpx::TunnelEnd::ClientLost)
        tellClosed(tunnel);
}

TunnelObserver::Verdict HookRunner::onVisitor(TunnelId id, const net::LinkEnds &link)
{
    const auto it = m_tunnels.find(static_cast<quint64>(id));
    if (it == m_tunnels.end())
        return {};
    const std::shared_ptr<HookedTunnel> tunnel = it->second;
    HookCall hookCall{HookCall::Event::VisitorConnected, *tunnel, *m_mailbox, link, tunnel->link};
    call(hookCall, m_hooks.visitorConnected);
    if (hookCall.visitorAborted)
        return {false, {}};
    const std::shared_ptr<const DataHooks> &data = tunnel->dataHooks ? tunnel->dataHooks : m_hooks.data;
    if (!m_hooks.visitorLeaving && data->isEmpty())
        return {}; // no further hook concerns this connection
    ++tunnel->connections;
    return {true, std::make_shared<HookedConnection>(m_mailbox, tunnel, data, link)};
}

void HookRunner::settle(const std::function<void(TunnelId, const QString &)> &close)
{
    const HookMailbox::News news = m_mailbox->take();
    for (const HookMailbox::VisitorGone &visitor : news.gone)
        tellGone(visitor);
    for (const auto &[tunnel, why] : news.aborted)
        close(TunnelId{tunnel}, why);
}

void HookRunner::finish()
{
    for (const HookMailbox::VisitorGone &visitor : m_mailbox->take().gone)
        tellGone(visitor);
    while (!m_tunnels.empty()) {
        const std::shared_ptr<HookedTunnel> tunnel = m_tunnels.begin()->second;
        if (!tunnel->end)
            tunnel->end = Frpx::TunnelEnd::ServerStopped;
        tellClosed(tunnel);
    }
}

void HookRunner::tellGone(const HookMailbox::VisitorGone &visitor)
{
    HookedTunnel &tunnel = *visitor.tunnel;
    HookCall hookCall{HookCall::Event::VisitorLeaving, tunnel, *m_mailbox, visitor.visitor, visitor.inner, {},
        visitor.bytesToTunnel, visitor.bytesToVisitor};
    call(hookCall, m_hooks.visitorLeaving);
    if (--tunnel.connections == 0 && tunnel.end && m_tunnels.contains(tunnel.info.id))
        tellClosed(visitor.tunnel);
}

void HookRunner::tellClosed(const std::shared_ptr<HookedTunnel> &tunnel)
{
    m_tunnels.erase(tunnel->info.id);
    HookCall hookCall{HookCall::Event::TunnelClosed, *tunnel, *m_mailbox, {}, tunnel->link};
    call(hookCall, m_hooks.tunnelClosed);
    m_listener.closed(tunnel->info, *tunnel->end);
}

} // namespace frpx::server
