// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/app/serverapiadapter.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "frps/accounts/authenticator.h"
#include "frps/clients/controlserver.h"
#include "frps/dispatch/dispatcher.h"
#include "frps/tunnels/tunnelservice.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

/// The name of a tunnel in the API.
QString tunnelName(TunnelId id)
{
    return id == TunnelId{} ? defaultTunnel.toString() : u"t%1"_s.arg(static_cast<quint64>(id));
}

} // namespace

ServerApiAdapter::ServerApiAdapter(const ClientRegistry &registry, Dispatcher &dispatcher,
    const Authenticator &authenticator, ControlServer &control, TunnelService &tunnels)
    : m_registry(registry)
    , m_dispatcher(dispatcher)
    , m_authenticator(authenticator)
    , m_control(control)
    , m_tunnels(tunnels)
    , m_startedAtMs(steadyMs())
{ }

ClientView ServerApiAdapter::view(const ClientRecord &record) const
{
    ClientView view;
    view.clientId = record.clientId;
    view.authed = true; // only clients that have logged in are in the registry
    view.connectedAt = record.connectedAt;
    view.openConnections = m_dispatcher.openRelaysOf(record.session);
    view.totalConnections = record.totalConnections;
    view.healthy = record.healthy;
    view.healthDetail = record.healthDetail;
    view.healthWarning = record.healthWarning;
    view.weight = record.weight;
    view.ejected = m_dispatcher.backends().isEjected(record.session);
    view.ejectedForMs = m_dispatcher.backends().ejectedForMs(record.session, steadyMs());
    view.draining = record.isDraining();
    if (record.lastHeartbeat)
        view.lastHeartbeatSecondsAgo = (steadyMs() - record.aliveAtMs) / 1000;
    if (record.systemInfo) {
        SystemInfoView info;
        info.cpuUsage = record.systemInfo->cpuUsage;
        info.memoryUsage = record.systemInfo->memoryUsage;
        info.diskUsage = record.systemInfo->diskUsage;
        info.computerName = record.computerName;
        info.lastHeartbeat = record.lastHeartbeat.value_or(record.connectedAt);
        info.heartbeatSecondsAgo = (steadyMs() - record.aliveAtMs) / 1000;
        view.systemInfo = info;
    }
    return view;
}

QStringList ServerApiAdapter::clientIds() const
{
    return m_registry.clientIds();
}

std::optional<ClientView> ServerApiAdapter::client(const QString &id) const
{
    const ClientRecord *record = m_registry.findByClientId(id);
    return record ? std::optional(view(*record)) : std::nullopt;
}

StatsView ServerApiAdapter::stats() const
{
    const DispatchCounters counters = m_dispatcher.counters();
    StatsView stats;
    stats.activeClients = m_registry.size();
    stats.pendingConnections = m_dispatcher.pending();
    stats.openConnections = m_dispatcher.openRelays();
    stats.totalConnections = counters.accepted;
    stats.rejectedNoClient = counters.noClient;
    stats.rejectedTimeout = counters.timedOut;
    stats.rejectedOther = counters.failed;
    stats.denied = counters.denied;
    stats.overLimit = counters.overLimit;
    stats.tlsFailed = counters.tlsFailed;
    const LoginCounters &logins = m_control.logins().counters();
    stats.loginFailures = logins.failed;
    stats.loginsDelayed = logins.delayed;
    stats.loginsRefused = logins.refused;
    stats.loginBans = m_control.logins().activeBans();
    stats.linksCrowdedOut = m_control.crowdedOut();
    stats.draining = m_draining;
    stats.uptimeSeconds = (steadyMs() - m_startedAtMs) / 1000;
    return stats;
}

PortsView ServerApiAdapter::ports() const
{
    PortsView ports = m_ports;
    ports.publicTls = m_dispatcher.speaksTls(*m_dispatcher.port({}));
    return ports;
}

TunnelView ServerApiAdapter::view(const TcpFrontend &port) const
{
    const BackendPool &backends = port.backends();
    TunnelView view;
    view.name = backends.name();
    view.port = backends.port();
    view.tls = m_dispatcher.speaksTls(port);
    view.policy = policyName(backends.policy());
    view.clients = static_cast<qint64>(backends.size());
    view.availableClients = static_cast<qint64>(backends.available());
    return view;
}

TunnelView ServerApiAdapter::view(const TunnelRecord &record) const
{
    const TcpFrontend &port = *m_dispatcher.port(record.id);
    TunnelView view = ServerApiAdapter::view(port);
    view.id = tunnelName(record.id);
    view.owner = record.owner;
    view.birth = record.birth;
    view.spec = record.spec;
    if (record.deadlineMs > 0)
        view.secondsLeft = std::max<qint64>(0, (record.deadlineMs - steadyMs() + 999) / 1000);
    view.openConnections = port.gate().online();
    view.pendingConnections = static_cast<qint64>(port.waiting());
    view.totalConnections = port.gate().admitted();
    return view;
}

TunnelView ServerApiAdapter::defaultTunnel() const
{
    TunnelView shown = view(*m_dispatcher.port({}));
    shown.id = tunnelName({});
    shown.openConnections = m_dispatcher.openRelays();
    shown.pendingConnections = m_dispatcher.pending();
    shown.totalConnections = m_dispatcher.port({})->accepted();
    m_tunnels.book().forEachOpen(0, [&](const TunnelRecord &record) {
        const TcpFrontend &port = *m_dispatcher.port(record.id);
        shown.openConnections -= port.gate().online();
        shown.pendingConnections -= static_cast<qint64>(port.waiting());
        return true;
    });
    // The counters of the other tunnels include visitors that still wait for a relay.
    shown.openConnections = std::max<qint64>(0, shown.openConnections);
    return shown;
}

std::vector<TunnelView> ServerApiAdapter::tunnels(quint16 afterPort, qsizetype limit) const
{
    std::vector<TunnelView> list;
    m_tunnels.book().forEachOpen(afterPort, [&](const TunnelRecord &record) {
        list.push_back(view(record));
        return static_cast<qsizetype>(list.size()) < limit;
    });
    return list;
}

std::optional<TunnelView> ServerApiAdapter::tunnel(const QString &id) const
{
    const std::optional<TunnelId> found = findTunnel(id);
    if (found == TunnelId{})
        return defaultTunnel();
    const TunnelRecord *record = found ? m_tunnels.book().find(*found) : nullptr;
    return record ? std::optional(view(*record)) : std::nullopt;
}

std::vector<proto::Service> ServerApiAdapter::services(
    const QString &prefix, quint16 afterPort, qsizetype limit) const
{
    return m_tunnels.services({0, prefix, afterPort}, limit).items;
}

QStringList ServerApiAdapter::pendingConnectionIds() const
{
    return m_dispatcher.pendingIds();
}

QStringList ServerApiAdapter::users() const
{
    return m_authenticator.snapshot().users;
}

std::vector<TokenView> ServerApiAdapter::activeTokens() const
{
    std::vector<TokenView> list;
    for (const auto &token : m_authenticator.snapshot().tokens)
        list.push_back({token.prefix, token.email});
    return list;
}

qint64 ServerApiAdapter::activeTokenCount() const
{
    return m_authenticator.snapshot().tokenCount;
}

bool ServerApiAdapter::disconnectClient(const QString &id, int retryAfterS)
{
    return m_control.disconnectClient(id, u"Disconnected by the administrator."_s, retryAfterS);
}

bool ServerApiAdapter::setDrained(const QString &id, bool drained)
{
    return m_control.setDrained(id, drained);
}

Result<void> ServerApiAdapter::changeTunnel(const QString &id, const TunnelChange &change)
{
    const std::optional<TunnelId> tunnel = findTunnel(id);
    if (!tunnel)
        return Error{Errc::NotFound, u"There is no tunnel '%1'"_s.arg(logSafe(id))};
    if (change.policy) {
        const std::optional<BalancePolicy> policy = policyFromName(*change.policy);
        if (!policy)
            return Error{Errc::InvalidArgument,
                u"Unknown policy '%1'; there are: %2"_s.arg(
                    logSafe(*change.policy, 40), policyNames().join(u", "_s))};
        m_dispatcher.setPolicy(*tunnel, *policy);
    }
    return {};
}

bool ServerApiAdapter::closeTunnel(const QString &id)
{
    const std::optional<TunnelId> tunnel = findTunnel(id);
    return tunnel && m_tunnels.close(*tunnel);
}

/// The tunnel that is called \a id in the API.
std::optional<TunnelId> ServerApiAdapter::findTunnel(const QString &id) const
{
    if (id == tunnelName({}))
        return TunnelId{};
    bool isNumber = false;
    const auto tunnel = TunnelId{id.mid(1).toULongLong(&isNumber)};
    const bool exists = isNumber && id == tunnelName(tunnel) && m_dispatcher.port(tunnel);
    return exists ? std::optional(tunnel) : std::nullopt;
}

} // namespace frpx::server
