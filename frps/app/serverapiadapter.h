// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/api/servercommands.h"
#include "frps/api/serverview.h"

namespace frpx {
class RelayPool;
}

namespace frpx::server {

class Admission;
class Authenticator;
class ClientRegistry;
class ControlServer;
class TunnelService;
struct ClientRecord;
struct Tunnel;

/// The API's access to the server: reads the server's parts on the control thread, owns nothing.
class ServerApiAdapter : public ServerView, public ServerCommands
{
public:
    ServerApiAdapter(const ClientRegistry &registry, const Admission &admission,
        const Authenticator &authenticator, ControlServer &control, TunnelService &tunnels,
        const RelayPool &relays);

    void setPorts(const PortsView &ports) { m_ports = ports; }
    void setDraining() { m_draining = true; }

    QStringList clientIds() const override;
    std::optional<ClientView> client(const QString &id) const override;
    TunnelView defaultTunnel() const override;
    std::vector<TunnelView> tunnels(quint16 afterPort, qsizetype limit) const override;
    std::optional<TunnelView> tunnel(const QString &id) const override;
    std::vector<Service> services(const QString &prefix, quint16 afterPort, qsizetype limit) const override;
    StatsView stats() const override;
    PortsView ports() const override;
    QStringList pendingConnectionIds() const override;
    QStringList users() const override;
    std::vector<TokenView> activeTokens() const override;
    qint64 activeTokenCount() const override;

    bool disconnectClient(const QString &id, int retryAfterS) override;
    bool setDrained(const QString &id, bool drained) override;
    Result<void> changeTunnel(const QString &id, const TunnelChange &change) override;
    bool closeTunnel(const QString &id) override;

private:
    ClientView view(const ClientRecord &record) const;
    TunnelView view(const Tunnel &tunnel) const;
    const Tunnel *findTunnel(const QString &id) const;

    const ClientRegistry &m_registry;
    const Admission &m_admission;
    const Authenticator &m_authenticator;
    ControlServer &m_control;
    TunnelService &m_tunnels;
    const RelayPool &m_relays;
    const qint64 m_startedAtMs;
    PortsView m_ports;
    bool m_draining = false;
};

} // namespace frpx::server
