// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/api/servercommands.h"
#include "frps/api/serverview.h"

#include <QTimeZone>

#include <algorithm>
#include <iterator>

namespace frpx::test {

/// A server made of plain values.
class FakeServerView : public server::ServerView
{
public:
    std::vector<server::ClientView> clientList;
    server::StatsView statsValue{.activeClients = 2,
        .pendingConnections = 3,
        .openConnections = 4,
        .totalConnections = 5,
        .rejectedNoClient = 6,
        .rejectedTimeout = 7,
        .rejectedOther = 8,
        .denied = 10,
        .overLimit = 11,
        .uptimeSeconds = 9};
    std::vector<Service> serviceItems;
    server::TunnelView tunnelValue{.id = QStringLiteral("default"),
        .name = QStringLiteral("default"),
        .port = 18080,
        .policy = QStringLiteral("random"),
        .clients = 2,
        .availableClients = 1,
        .openConnections = 4,
        .pendingConnections = 3,
        .totalConnections = 5};
    std::vector<server::TunnelView> moreTunnels;
    QStringList pendingIds{QStringLiteral("p1"), QStringLiteral("p2")};

    /// Adds a client that has reported \a heartbeatAge seconds ago.
    void addReporting(const QString &id, qint64 heartbeatAge = 3)
    {
        addSilent(id);
        server::ClientView &client = clientList.back();
        client.lastHeartbeatSecondsAgo = heartbeatAge;
        client.systemInfo = server::SystemInfoView{.cpuUsage = 12.5,
            .memoryUsage = 50,
            .diskUsage = 75.25,
            .computerName = {},
            .lastHeartbeat = moment(),
            .heartbeatSecondsAgo = heartbeatAge};
    }
    /// Adds a client that has sent nothing since it registered.
    void addSilent(const QString &id)
    {
        server::ClientView client;
        client.clientId = id;
        client.authed = true;
        client.connectedAt = moment();
        client.openConnections = 1;
        client.totalConnections = 10;
        clientList.push_back(client);
    }
    static QDateTime moment()
    {
        return QDateTime::fromMSecsSinceEpoch(1'753'811'748'826LL, QTimeZone::utc());
    }

    QStringList clientIds() const override
    {
        QStringList ids;
        for (const server::ClientView &client : clientList)
            ids << client.clientId;
        return ids;
    }
    std::optional<server::ClientView> client(const QString &id) const override
    {
        const auto found = std::find_if(clientList.begin(), clientList.end(),
            [&id](const server::ClientView &client) { return client.clientId == id; });
        return found == clientList.end() ? std::nullopt : std::optional(*found);
    }
    server::TunnelView defaultTunnel() const override { return tunnelValue; }
    std::vector<server::TunnelView> tunnels(quint16 afterPort, qsizetype limit) const override
    {
        return page(moreTunnels, afterPort, limit, QString());
    }
    std::optional<server::TunnelView> tunnel(const QString &id) const override
    {
        if (id == tunnelValue.id)
            return tunnelValue;
        const auto found = std::find_if(moreTunnels.begin(), moreTunnels.end(),
            [&id](const server::TunnelView &view) { return view.id == id; });
        return found == moreTunnels.end() ? std::nullopt : std::optional(*found);
    }
    std::vector<Service> services(const QString &prefix, quint16 afterPort, qsizetype limit) const override
    {
        return page(serviceItems, afterPort, limit, prefix);
    }
    server::StatsView stats() const override { return statsValue; }
    server::PortsView ports() const override { return {17000, 17001, 18080, 18081}; }
    QStringList pendingConnectionIds() const override { return pendingIds; }
    QStringList users() const override { return {QStringLiteral("test@example.com")}; }
    std::vector<server::TokenView> activeTokens() const override
    {
        return {{QStringLiteral("1a2b3c4d5e6f7890"), QStringLiteral("test@example.com")}};
    }
    qint64 activeTokenCount() const override { return 1; }

private:
    /// Of \a all, which have rising ports.
    template <typename T>
    static std::vector<T> page(
        const std::vector<T> &all, quint16 afterPort, qsizetype limit, const QString &prefix)
    {
        std::vector<T> found;
        for (const T &one : all) {
            if (one.port > afterPort && one.name.startsWith(prefix) && std::ssize(found) < limit)
                found.push_back(one);
        }
        return found;
    }
};

/// Ends sessions of a FakeServerView.
class FakeServerCommands : public server::ServerCommands
{
public:
    explicit FakeServerCommands(FakeServerView &view)
        : m_view(view)
    { }
    bool disconnectClient(const QString &id, int retryAfterS) override
    {
        lastRetryAfterS = retryAfterS;
        return std::erase_if(m_view.clientList, [&id](const server::ClientView &client) {
            return client.clientId == id;
        }) > 0;
    }
    Result<void> changeTunnel(const QString & /*name*/, const server::TunnelChange &change) override
    {
        if (*change.policy == QStringLiteral("coin"))
            return Error{Errc::InvalidArgument, QStringLiteral("Unknown policy")};
        m_view.tunnelValue.policy = *change.policy;
        return {};
    }

    bool closeTunnel(const QString &id) override
    {
        return std::erase_if(m_view.moreTunnels, [&id](const server::TunnelView &view) {
            return view.id == id;
        }) > 0;
    }
    bool setDrained(const QString &id, bool drained) override
    {
        for (server::ClientView &client : m_view.clientList) {
            if (client.clientId == id) {
                client.draining = drained;
                return true;
            }
        }
        return false;
    }
    int lastRetryAfterS = -1; ///< of disconnectClient()

private:
    FakeServerView &m_view;
};

} // namespace frpx::test
