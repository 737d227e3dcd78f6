// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/serverstatus.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "frps/auth/authenticator.h"
#include "frps/control/controlserver.h"
#include "frps/public/connectionbroker.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

ServerStatus::ServerStatus(const ClientRegistry &registry, ConnectionBroker &broker,
    const Authenticator &authenticator, ControlServer &control)
    : m_registry(registry)
    , m_broker(broker)
    , m_authenticator(authenticator)
    , m_control(control)
    , m_startedAtMs(steadyMs())
{ }

ClientView ServerStatus::view(const ClientRecord &record) const
{
    ClientView view;
    view.clientId = record.clientId;
    view.authed = true; // only those who have logged in are in the registry
    view.connectedAt = record.connectedAt;
    view.openConnections = record.meter->open.load(std::memory_order_relaxed);
    view.totalConnections = record.totalConnections;
    view.healthy = record.healthy;
    view.healthDetail = record.healthDetail;
    view.weight = record.weight;
    view.ejected = m_broker.tunnel().isEjected(record.session);
    view.ejectedForMs = m_broker.tunnel().ejectedForMs(record.session, steadyMs());
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

std::vector<ClientView> ServerStatus::clients() const
{
    std::vector<ClientView> list;
    list.reserve(static_cast<size_t>(m_registry.size()));
    m_registry.forEach([this, &list](const ClientRecord &record) { list.push_back(view(record)); });
    return list;
}

std::optional<ClientView> ServerStatus::client(const QString &id) const
{
    const ClientRecord *record = m_registry.findByClientId(id);
    return record ? std::optional(view(*record)) : std::nullopt;
}

StatsView ServerStatus::stats() const
{
    const BrokerCounters counters = m_broker.counters();
    StatsView stats;
    stats.activeClients = m_registry.size();
    stats.pendingConnections = m_broker.pending();
    stats.openConnections = m_broker.openRelays();
    stats.totalConnections = counters.accepted;
    stats.rejectedNoClient = counters.noClient;
    stats.rejectedTimeout = counters.timedOut;
    stats.rejectedOther = counters.failed;
    stats.denied = counters.denied;
    stats.overLimit = counters.overLimit;
    stats.draining = m_draining;
    stats.uptimeSeconds = (steadyMs() - m_startedAtMs) / 1000;
    return stats;
}

std::vector<TunnelView> ServerStatus::tunnels() const
{
    const Tunnel &tunnel = m_broker.tunnel();
    TunnelView view;
    view.name = tunnel.name();
    view.port = tunnel.port();
    view.policy = policyName(tunnel.policy());
    view.clients = static_cast<qint64>(tunnel.size());
    view.availableClients = static_cast<qint64>(tunnel.available());
    view.openConnections = m_broker.openRelays();
    view.pendingConnections = m_broker.pending();
    view.totalConnections = m_broker.counters().accepted;
    return {view};
}

QStringList ServerStatus::pendingConnectionIds() const
{
    return m_broker.pendingIds();
}

QStringList ServerStatus::users() const
{
    return m_authenticator.snapshot().users;
}

std::vector<TokenView> ServerStatus::activeTokens() const
{
    std::vector<TokenView> list;
    for (const auto &token : m_authenticator.snapshot().tokens)
        list.push_back({token.prefix, token.email});
    return list;
}

qint64 ServerStatus::activeTokenCount() const
{
    return m_authenticator.snapshot().tokenCount;
}

bool ServerStatus::disconnectClient(const QString &id, int retryAfterS)
{
    return m_control.disconnectClient(id, u"Disconnected by the administrator."_s, retryAfterS);
}

bool ServerStatus::setDrained(const QString &id, bool drained)
{
    return m_control.setDrained(id, drained);
}

Result<void> ServerStatus::changeTunnel(const QString &name, const TunnelChange &change)
{
    if (name != m_broker.tunnel().name())
        return Error{Errc::NotFound, u"There is no tunnel '%1'"_s.arg(logSafe(name))};
    if (change.policy) {
        const std::optional<BalancePolicy> policy = policyFromName(*change.policy);
        if (!policy)
            return Error{Errc::InvalidArgument,
                u"Unknown policy '%1'; there are: %2"_s.arg(
                    logSafe(*change.policy, 40), policyNames().join(u", "_s))};
        m_broker.setPolicy(*policy);
    }
    return {};
}

} // namespace frpx::server
