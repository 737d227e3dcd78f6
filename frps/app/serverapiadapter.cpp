// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/app/serverapiadapter.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "common/relay/relaypool.h"
#include "frps/accounts/authenticator.h"
#include "frps/clients/controlserver.h"
#include "frps/tunnels/admission.h"
#include "frps/tunnels/tunnelservice.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

/// The name of a tunnel in the API.
QString tunnelName(TunnelId id)
{
    return id == defaultTunnelId ? defaultTunnel.toString() : u"t%1"_s.arg(static_cast<quint64>(id));
}

} // namespace

ServerApiAdapter::ServerApiAdapter(const ClientRegistry &registry, const Admission &admission,
    const Authenticator &authenticator, ControlServer &control, TunnelService &tunnels,
    const RelayPool &relays)
    : m_registry(registry)
    , m_admission(admission)
    , m_authenticator(authenticator)
    , m_control(control)
    , m_tunnels(tunnels)
    , m_relays(relays)
    , m_startedAtMs(steadyMs())
{ }

ClientView ServerApiAdapter::view(const ClientRecord &record) const
{
    ClientView view;
    view.clientId = record.clientId;
    view.authed = true; // only clients that have logged in are in the registry
    view.connectedAt = record.connectedAt;
    view.openConnections = m_tunnels.openRelaysOf(record.session);
    view.totalConnections = record.serving->totalConnections.load(std::memory_order_relaxed);
    view.healthy = record.healthy;
    view.healthDetail = record.healthDetail;
    view.healthWarning = record.healthWarning;
    view.weight = record.weight;
    if (const Tunnel *tunnel = m_tunnels.tunnels().find(defaultTunnelId)) {
        view.ejected = tunnel->backends->isEjected(record.session);
        view.ejectedForMs = tunnel->backends->ejectedForMs(record.session, steadyMs());
    }
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
    const VisitorCounters counters = m_admission.counters();
    StatsView stats;
    stats.activeClients = m_registry.size();
    stats.pendingConnections = m_admission.pending();
    stats.openConnections = m_relays.openRelays();
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
    const Tunnel *tunnel = m_tunnels.tunnels().find(defaultTunnelId);
    ports.publicTls = tunnel && m_admission.speaksTls(*tunnel);
    return ports;
}

TunnelView ServerApiAdapter::view(const Tunnel &tunnel) const
{
    const BackendPool &backends = *tunnel.backends;
    TunnelView view;
    view.id = tunnelName(tunnel.id);
    view.name = tunnel.spec.name;
    view.port = tunnel.port;
    view.tls = m_admission.speaksTls(tunnel);
    view.policy = policyName(backends.policy());
    view.clients = static_cast<qint64>(backends.size());
    view.availableClients = static_cast<qint64>(backends.available());
    view.openConnections = tunnel.limiter.online();
    view.pendingConnections = static_cast<qint64>(tunnel.waiting.size());
    if (tunnel.isOfServer()) {
        view.totalConnections = tunnel.frontend->accepted();
        return view;
    }
    view.totalConnections = tunnel.limiter.admitted();
    view.owner = tunnel.owner.email;
    view.birth = tunnel.birth;
    view.spec = tunnel.spec;
    if (tunnel.deadlineMs > 0)
        view.secondsLeft = std::max<qint64>(0, (tunnel.deadlineMs - steadyMs() + 999) / 1000);
    return view;
}

TunnelView ServerApiAdapter::defaultTunnel() const
{
    const Tunnel *tunnel = m_tunnels.tunnels().find(defaultTunnelId);
    return tunnel ? view(*tunnel) : TunnelView();
}

std::vector<TunnelView> ServerApiAdapter::tunnels(quint16 afterPort, qsizetype limit) const
{
    std::vector<TunnelView> list;
    m_tunnels.tunnels().forEachOpen(afterPort, [&](const Tunnel &tunnel) {
        list.push_back(view(tunnel));
        return static_cast<qsizetype>(list.size()) < limit;
    });
    return list;
}

std::optional<TunnelView> ServerApiAdapter::tunnel(const QString &id) const
{
    const Tunnel *found = findTunnel(id);
    return found ? std::optional(view(*found)) : std::nullopt;
}

std::vector<Service> ServerApiAdapter::services(
    const QString &prefix, quint16 afterPort, qsizetype limit) const
{
    return m_tunnels.services({0, prefix, afterPort}, limit).items;
}

QStringList ServerApiAdapter::pendingConnectionIds() const
{
    return m_admission.pendingIds();
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
    const Tunnel *tunnel = findTunnel(id);
    if (!tunnel)
        return Error{Errc::NotFound, u"There is no tunnel '%1'"_s.arg(logSafe(id))};
    if (change.policy) {
        const std::optional<BalancePolicy> policy = policyFromName(*change.policy);
        if (!policy)
            return Error{Errc::InvalidArgument,
                u"Unknown policy '%1'; there are: %2"_s.arg(
                    logSafe(*change.policy, 40), policyNames().join(u", "_s))};
        tunnel->backends->setPolicy(*policy);
    }
    return {};
}

bool ServerApiAdapter::closeTunnel(const QString &id)
{
    const Tunnel *tunnel = findTunnel(id);
    return tunnel && m_tunnels.close(tunnel->id);
}

/// The open tunnel that is called \a id in the API; null if there is none.
const Tunnel *ServerApiAdapter::findTunnel(const QString &id) const
{
    TunnelId wanted = defaultTunnelId;
    if (id != tunnelName(defaultTunnelId)) {
        bool isNumber = false;
        wanted = TunnelId{id.mid(1).toULongLong(&isNumber)};
        if (!isNumber || id != tunnelName(wanted))
            return nullptr;
    }
    const Tunnel *tunnel = m_tunnels.tunnels().find(wanted);
    return tunnel && tunnel->isOpen() ? tunnel : nullptr;
}

} // namespace frpx::server
