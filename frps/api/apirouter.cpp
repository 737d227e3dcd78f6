// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/apirouter.h"

#include "common/core/logging.h"
#include "frps/api/servercommands.h"
#include "frps/api/serverview.h"
#include "frps/api/tunnelroutes.h"

#include <QByteArrayList>
#include <QJsonArray>
#include <QJsonObject>
#include <QStringDecoder>
#include <QStringList>

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace frpx::server {

/// A pattern and its handlers. "{id}" stands for one segment that is not empty.
struct ApiRouter::Route
{
    QLatin1StringView pattern;
    // Null where the method is not allowed.
    Handler get;
    Action remove;
    Action post = nullptr;
    Action patch = nullptr;
    Action query = nullptr; ///< a get that reads the query

    QByteArray allow() const
    {
        QByteArrayList methods{"OPTIONS"_ba};
        if (get || query)
            methods << "GET"_ba
                    << "HEAD"_ba;
        if (remove)
            methods << "DELETE"_ba;
        if (post)
            methods << "POST"_ba;
        if (patch)
            methods << "PATCH"_ba;
        std::sort(methods.begin(), methods.end());
        return methods.join(", ");
    }
};

namespace {

constexpr qsizetype maxPendingIds = 1000;
constexpr qsizetype tokenPrefixLength = 8;
constexpr qint64 healthySeconds = 60;

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/// Strict: QUrl would repair an invalid escape.
std::optional<QString> decodeSegment(QByteArrayView raw)
{
    QByteArray bytes;
    bytes.reserve(raw.size());
    for (qsizetype i = 0; i < raw.size(); ++i) {
        if (raw[i] != '%') {
            bytes += raw[i];
            continue;
        }
        if (i + 2 >= raw.size())
            return std::nullopt;
        const int high = hexDigit(raw[i + 1]);
        const int low = hexDigit(raw[i + 2]);
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
        i += 2;
    }
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    QString text = decoder.decode(bytes);
    if (decoder.hasError())
        return std::nullopt;
    return text;
}

ApiResponse options(const QByteArray &allow)
{
    return {204, {}, {{"Allow"_ba, allow}, {"Cache-Control"_ba, "no-store"_ba}}};
}

QJsonObject toJson(const SystemInfoView &info)
{
    QJsonObject object{
        {u"cpu_usage"_s, info.cpuUsage},
        {u"memory_usage"_s, info.memoryUsage},
        {u"disk_usage"_s, info.diskUsage},
        {u"last_heartbeat"_s, apiTimestamp(info.lastHeartbeat)},
        {u"heartbeat_seconds_ago"_s, info.heartbeatSecondsAgo},
    };
    if (!info.computerName.isEmpty())
        object.insert(u"computer_name"_s, info.computerName);
    return object;
}

QJsonObject monitoringObject(const ClientView &client)
{
    QJsonObject object = toJson(*client.systemInfo);
    object.insert(u"client_id"_s, client.clientId);
    return object;
}

QJsonObject toJson(const ClientView &client)
{
    QJsonObject object{
        {u"client_id"_s, client.clientId},
        {u"authed"_s, client.authed},
        {u"system_info"_s,
            client.systemInfo ? QJsonValue(toJson(*client.systemInfo)) : QJsonValue(QJsonValue::Null)},
        {u"connected_at"_s, apiTimestamp(client.connectedAt)},
        {u"open_connections"_s, client.openConnections},
        {u"total_connections"_s, static_cast<qint64>(client.totalConnections)},
        {u"healthy"_s, client.healthy},
        {u"health_detail"_s,
            client.healthDetail.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(client.healthDetail)},
        {u"weight"_s, client.weight},
        {u"ejected"_s, client.ejected},
        {u"draining"_s, client.draining},
    };
    if (!client.healthWarning.isEmpty())
        object.insert(u"health_warning"_s, client.healthWarning);
    if (client.ejected)
        object.insert(u"ejected_for_seconds"_s, double(client.ejectedForMs) / 1000);
    return object;
}

ApiItems stringItems(const QStringList &list)
{
    return [list, next = qsizetype(0)]() mutable {
        return next < list.size() ? std::optional(QJsonValue(list.at(next++))) : std::nullopt;
    };
}

} // namespace

ApiRouter::ApiRouter(const ServerView &view, ServerCommands &commands, ApiClock clock)
    : m_view(view)
    , m_commands(commands)
    , m_clock(std::move(clock))
{ }

ApiResponse ApiRouter::handle(const ApiRequest &request) const
{
    const ApiTime now = m_clock();

    if (request.path == "*"_ba && request.method == "OPTIONS"_ba)
        return options("DELETE, GET, HEAD, OPTIONS, PATCH, POST"_ba);

    // Split before decoding, so that an encoded slash stays part of its segment.
    QByteArrayView path = request.path;
    if (path.size() > 1 && path.endsWith('/'))
        path.chop(1);
    QStringList segments;
    for (const QByteArray &raw : path.toByteArray().split('/')) {
        const std::optional<QString> segment = decodeSegment(raw);
        if (!segment)
            return failureResponse(400, u"The path is not percent-encoded UTF-8"_s, now);
        segments.append(*segment);
    }

    QString id;
    const Route *route = findRoute(segments, id);
    if (!route)
        return failureResponse(404, u"There is nothing at this address"_s, now);

    if (request.method == "OPTIONS"_ba)
        return options(route->allow());
    if (route->get && (request.method == "GET"_ba || request.method == "HEAD"_ba))
        return (this->*route->get)(id, now);
    if (route->query && (request.method == "GET"_ba || request.method == "HEAD"_ba))
        return (this->*route->query)(request, id, now);
    const Action action = request.method == "DELETE"_ba ? route->remove
        : request.method == "POST"_ba                   ? route->post
        : request.method == "PATCH"_ba                  ? route->patch
                                                        : nullptr;
    // A browser lets any page send a simple POST and only hides the answer from it.
    if (action && !request.origin.isEmpty())
        return failureResponse(403, u"Web pages may not send this request"_s, now);
    if (action)
        return (this->*action)(request, id, now);

    ApiResponse response = failureResponse(405, u"This address does not offer that method"_s, now);
    response.headers.emplace_back("Allow"_ba, route->allow());
    return response;
}

ApiResponse ApiRouter::failure(int status, const QString &message) const
{
    return failureResponse(status, message, m_clock());
}

const ApiRouter::Route *ApiRouter::findRoute(const QStringList &segments, QString &id)
{
    static constexpr Route routes[] = {
        {"/api/clients"_L1, &ApiRouter::listClients, nullptr},
        {"/api/clients/{id}"_L1, &ApiRouter::showClient, &ApiRouter::disconnectClient},
        {"/api/clients/{id}/drain"_L1, nullptr, nullptr, &ApiRouter::drainClient},
        {"/api/clients/{id}/undrain"_L1, nullptr, nullptr, &ApiRouter::undrainClient},
        {"/api/clients/{id}/status"_L1, &ApiRouter::showClientStatus, nullptr},
        {"/api/clients/{id}/heartbeat"_L1, &ApiRouter::showHeartbeat, nullptr},
        {"/api/monitoring"_L1, &ApiRouter::listMonitoring, nullptr},
        {"/api/monitoring/{id}"_L1, &ApiRouter::showMonitoring, nullptr},
        {"/api/health"_L1, &ApiRouter::showHealth, nullptr},
        {"/api/stats"_L1, &ApiRouter::showStats, nullptr},
        {"/api/connections"_L1, &ApiRouter::showConnections, nullptr},
        {"/api/connections/pending"_L1, &ApiRouter::showPending, nullptr},
        {"/api/config"_L1, &ApiRouter::showPorts, nullptr},
        {"/api/ports"_L1, &ApiRouter::showPorts, nullptr},
        {"/api/tunnels"_L1, &ApiRouter::listTunnels, nullptr},
        {"/api/tunnels/{id}"_L1, &ApiRouter::showTunnel, &ApiRouter::deleteTunnel, nullptr,
            &ApiRouter::changeTunnel},
        {"/api/services"_L1, nullptr, nullptr, nullptr, nullptr, &ApiRouter::listServices},
        {"/api/users"_L1, &ApiRouter::listUsers, nullptr},
        {"/api/tokens/active"_L1, &ApiRouter::showTokens, nullptr},
    };
    for (const Route &route : routes) {
        qsizetype matched = 0;
        bool matches = true;
        for (const QLatin1StringView part : route.pattern.tokenize('/'_L1)) {
            if (matched == segments.size()) {
                matches = false;
                break;
            }
            const QString &segment = segments.at(matched++);
            const bool placeholder = part == "{id}"_L1;
            if (placeholder ? segment.isEmpty() : segment != part) {
                matches = false;
                break;
            }
            if (placeholder)
                id = segment;
        }
        if (matches && matched == segments.size())
            return &route;
    }
    return nullptr;
}

QString ApiRouter::unknownClient(const QString &id)
{
    return u"No client '%1' is connected"_s.arg(logSafe(id));
}

ApiItems ApiRouter::clientItems(std::function<std::optional<QJsonValue>(const ClientView &)> show) const
{
    return [this, ids = m_view.clientIds(), next = qsizetype(0),
               show = std::move(show)]() mutable -> std::optional<QJsonValue> {
        while (next < ids.size()) {
            // Nullopt: it has disconnected since.
            const std::optional<ClientView> client = m_view.client(ids.at(next++));
            if (std::optional<QJsonValue> item = client ? show(*client) : std::nullopt)
                return item;
        }
        return std::nullopt;
    };
}

ApiResponse ApiRouter::listClients(const QString & /*id*/, ApiTime now) const
{
    return listResponse(
        clientItems([](const ClientView &client) { return QJsonValue(toJson(client)); }), now);
}

ApiResponse ApiRouter::showClient(const QString &id, ApiTime now) const
{
    const std::optional<ClientView> client = m_view.client(id);
    if (!client)
        return failureResponse(404, unknownClient(id), now);
    return successResponse(toJson(*client), now);
}

ApiResponse ApiRouter::showClientStatus(const QString &id, ApiTime now) const
{
    const std::optional<ClientView> client = m_view.client(id);
    if (!client)
        return successResponse(QJsonObject{{u"client_id"_s, id}, {u"connected"_s, false}}, now);
    QJsonObject object{
        {u"client_id"_s, client->clientId},
        {u"connected"_s, true},
        {u"authenticated"_s, client->authed},
        {u"connected_at"_s, apiTimestamp(client->connectedAt)},
    };
    if (client->lastHeartbeatSecondsAgo)
        object.insert(u"last_heartbeat_seconds_ago"_s, *client->lastHeartbeatSecondsAgo);
    return successResponse(object, now);
}

ApiResponse ApiRouter::showHeartbeat(const QString &id, ApiTime now) const
{
    const std::optional<ClientView> client = m_view.client(id);
    if (!client)
        return failureResponse(404, unknownClient(id), now);
    QJsonObject object{{u"client_id"_s, client->clientId}, {u"status"_s, u"no_data"_s}};
    if (const std::optional<qint64> age = client->lastHeartbeatSecondsAgo) {
        object.insert(u"status"_s, *age < healthySeconds ? u"healthy"_s : u"stale"_s);
        object.insert(u"last_heartbeat_seconds_ago"_s, *age);
    }
    return successResponse(object, now);
}

ApiResponse ApiRouter::listMonitoring(const QString & /*id*/, ApiTime now) const
{
    return listResponse(clientItems([](const ClientView &client) {
        return client.systemInfo ? std::optional<QJsonValue>(monitoringObject(client)) : std::nullopt;
    }),
        now);
}

ApiResponse ApiRouter::showMonitoring(const QString &id, ApiTime now) const
{
    const std::optional<ClientView> client = m_view.client(id);
    if (!client)
        return failureResponse(404, unknownClient(id), now);
    if (!client->systemInfo)
        return failureResponse(404, u"Client '%1' has not reported yet"_s.arg(logSafe(id)), now);
    return successResponse(monitoringObject(*client), now);
}

ApiResponse ApiRouter::showHealth(const QString & /*id*/, ApiTime now) const
{
    const StatsView stats = m_view.stats();
    return successResponse(
        QJsonObject{
            {u"status"_s, stats.draining ? u"draining"_s : u"healthy"_s},
            {u"timestamp"_s, apiTimestamp(now)},
            {u"uptime_seconds"_s, stats.uptimeSeconds},
        },
        now);
}

ApiResponse ApiRouter::showStats(const QString & /*id*/, ApiTime now) const
{
    const StatsView stats = m_view.stats();
    return successResponse(
        QJsonObject{
            {u"active_clients"_s, stats.activeClients},
            {u"pending_connections"_s, stats.pendingConnections},
            {u"open_connections"_s, stats.openConnections},
            {u"total_connections"_s, static_cast<qint64>(stats.totalConnections)},
            {u"rejected_no_client"_s, static_cast<qint64>(stats.rejectedNoClient)},
            {u"rejected_timeout"_s, static_cast<qint64>(stats.rejectedTimeout)},
            {u"rejected_other"_s, static_cast<qint64>(stats.rejectedOther)},
            {u"denied"_s, static_cast<qint64>(stats.denied)},
            {u"over_limit"_s, static_cast<qint64>(stats.overLimit)},
            {u"tls_failed"_s, static_cast<qint64>(stats.tlsFailed)},
            {u"login_failures"_s, static_cast<qint64>(stats.loginFailures)},
            {u"logins_delayed"_s, static_cast<qint64>(stats.loginsDelayed)},
            {u"logins_refused"_s, static_cast<qint64>(stats.loginsRefused)},
            {u"login_bans"_s, stats.loginBans},
            {u"links_crowded_out"_s, static_cast<qint64>(stats.linksCrowdedOut)},
            {u"uptime_seconds"_s, stats.uptimeSeconds},
        },
        now);
}

ApiResponse ApiRouter::showConnections(const QString & /*id*/, ApiTime now) const
{
    const StatsView stats = m_view.stats();
    return listResponse(
        QJsonObject{
            {u"active_clients"_s, stats.activeClients},
            {u"pending_connections"_s, stats.pendingConnections},
            {u"client_ids"_s, QJsonArray()},
        },
        "client_ids"_ba, stringItems(m_view.clientIds()), now);
}

ApiResponse ApiRouter::showPending(const QString & /*id*/, ApiTime now) const
{
    const QStringList ids = m_view.pendingConnectionIds();
    const QJsonArray shown = QJsonArray::fromStringList(ids.first(std::min(ids.size(), maxPendingIds)));
    return successResponse(
        QJsonObject{{u"count"_s, static_cast<qint64>(ids.size())}, {u"connection_ids"_s, shown}}, now);
}

ApiResponse ApiRouter::showPorts(const QString & /*id*/, ApiTime now) const
{
    const PortsView ports = m_view.ports();
    return successResponse(
        QJsonObject{
            {u"control_port"_s, ports.control},
            {u"proxy_port"_s, ports.proxy},
            {u"public_port"_s, ports.publicPort},
            {u"public_tls"_s, ports.publicTls},
            {u"api_port"_s, ports.api},
        },
        now);
}

ApiResponse ApiRouter::listTunnels(const QString & /*id*/, ApiTime now) const
{
    return tunnelList(m_view, now);
}

ApiResponse ApiRouter::showTunnel(const QString &id, ApiTime now) const
{
    return tunnelShown(m_view, id, now);
}

ApiResponse ApiRouter::listServices(const ApiRequest &request, const QString & /*id*/, ApiTime now) const
{
    return serviceList(m_view, request.query, now);
}

ApiResponse ApiRouter::listUsers(const QString & /*id*/, ApiTime now) const
{
    return listResponse(stringItems(m_view.users()), now);
}

ApiResponse ApiRouter::showTokens(const QString & /*id*/, ApiTime now) const
{
    const auto tokens = [list = m_view.activeTokens(),
                            next = size_t(0)]() mutable -> std::optional<QJsonValue> {
        if (next == list.size())
            return std::nullopt;
        const TokenView &token = list.at(next++);
        // Never more, even if the view returns a whole token.
        const QString prefix = token.prefix.left(tokenPrefixLength) + u"..."_s;
        return QJsonObject{{u"token_prefix"_s, prefix}, {u"email"_s, token.email}};
    };
    return listResponse(
        QJsonObject{{u"active_token_count"_s, m_view.activeTokenCount()}, {u"tokens"_s, QJsonArray()}},
        "tokens"_ba, tokens, now);
}

} // namespace frpx::server
