// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/api/apienvelope.h"
#include "frps/api/apirequest.h"

#include <QByteArray>
#include <QString>

namespace frpx::server {

class ServerCommands;
class ServerView;
struct ClientView;

/// Answers the requests of the REST API. Pure: no sockets, and the clock is an argument.
///
/// HEAD is answered like GET; the caller leaves the body out and keeps its length. Answers carry no CORS
/// header on purpose: ApiGate adds them for the web pages that are listed.
class ApiRouter
{
public:
    /// Both references must outlive the router.
    ApiRouter(const ServerView &view, ServerCommands &commands, ApiClock clock = systemApiTime);

    ApiResponse handle(const ApiRequest &request) const;

    /// A failure that was found before the request reached a route.
    ApiResponse failure(int status, const QString &message) const;

private:
    using Handler = ApiResponse (ApiRouter::*)(const QString &id, ApiTime now) const;
    using Action = ApiResponse (ApiRouter::*)(
        const ApiRequest &request, const QString &id, ApiTime now) const;
    struct Route;
    static QString unknownClient(const QString &id);
    static const Route *findRoute(const QStringList &segments, QString &id);

    /// One item for each client for which \a show returns one.
    ApiItems clientItems(std::function<std::optional<QJsonValue>(const ClientView &)> show) const;
    ApiResponse listClients(const QString &id, ApiTime now) const;
    ApiResponse showClient(const QString &id, ApiTime now) const;
    ApiResponse disconnectClient(const ApiRequest &request, const QString &id, ApiTime now) const;
    ApiResponse drainClient(const ApiRequest &request, const QString &id, ApiTime now) const;
    ApiResponse undrainClient(const ApiRequest &request, const QString &id, ApiTime now) const;
    ApiResponse setDrained(const QString &id, bool drained, ApiTime now) const;
    ApiResponse showClientStatus(const QString &id, ApiTime now) const;
    ApiResponse showHeartbeat(const QString &id, ApiTime now) const;
    ApiResponse listMonitoring(const QString &id, ApiTime now) const;
    ApiResponse showMonitoring(const QString &id, ApiTime now) const;
    ApiResponse showHealth(const QString &id, ApiTime now) const;
    ApiResponse showStats(const QString &id, ApiTime now) const;
    ApiResponse showConnections(const QString &id, ApiTime now) const;
    ApiResponse showPending(const QString &id, ApiTime now) const;
    ApiResponse showPorts(const QString &id, ApiTime now) const;
    ApiResponse listTunnels(const QString &id, ApiTime now) const;
    ApiResponse showTunnel(const QString &id, ApiTime now) const;
    ApiResponse deleteTunnel(const ApiRequest &request, const QString &id, ApiTime now) const;
    ApiResponse listServices(const ApiRequest &request, const QString &id, ApiTime now) const;
    ApiResponse changeTunnel(const ApiRequest &request, const QString &id, ApiTime now) const;
    ApiResponse listUsers(const QString &id, ApiTime now) const;
    ApiResponse showTokens(const QString &id, ApiTime now) const;

    const ServerView &m_view;
    ServerCommands &m_commands;
    ApiClock m_clock;
};

} // namespace frpx::server
