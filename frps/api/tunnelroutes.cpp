// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/tunnelroutes.h"

#include "common/core/logging.h"
#include "frps/api/servercommands.h"
#include "frps/api/serverview.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

QJsonObject toJson(const TunnelView &tunnel)
{
    return {
        {u"name"_s, tunnel.name},
        {u"port"_s, tunnel.port},
        {u"policy"_s, tunnel.policy},
        {u"clients"_s, tunnel.clients},
        {u"available_clients"_s, tunnel.availableClients},
        {u"open_connections"_s, tunnel.openConnections},
        {u"pending_connections"_s, tunnel.pendingConnections},
        {u"total_connections"_s, static_cast<qint64>(tunnel.totalConnections)},
    };
}

/// What the \a body of a PATCH asks for. Errc::InvalidArgument says what is wrong with it.
Result<TunnelChange> parseTunnelChange(const QByteArray &body)
{
    constexpr qsizetype maxBody = 4096;
    if (body.size() > maxBody)
        return Error{Errc::InvalidArgument, u"The body is too large"_s};
    const QJsonDocument document = QJsonDocument::fromJson(body);
    if (!document.isObject())
        return Error{Errc::InvalidArgument, u"The body must be a JSON object"_s};
    const QJsonObject object = document.object();
    TunnelChange change;
    for (auto it = object.begin(); it != object.end(); ++it) {
        if (it.key() != "policy"_L1)
            return Error{
                Errc::InvalidArgument, u"Unknown field '%1'; there is: policy"_s.arg(logSafe(it.key(), 40))};
        if (!it.value().isString())
            return Error{Errc::InvalidArgument, u"The field 'policy' must be a string"_s};
        change.policy = it.value().toString();
    }
    if (!change.policy)
        return Error{Errc::InvalidArgument, u"Nothing to change; there is: policy"_s};
    return change;
}

} // namespace

ApiResponse tunnelList(const ServerView &view, ApiTime now)
{
    QJsonArray list;
    for (const TunnelView &tunnel : view.tunnels())
        list.append(toJson(tunnel));
    return successResponse(list, now);
}

ApiResponse tunnelShown(const ServerView &view, const QString &name, ApiTime now)
{
    for (const TunnelView &tunnel : view.tunnels()) {
        if (tunnel.name == name)
            return successResponse(toJson(tunnel), now);
    }
    return failureResponse(404, u"There is no tunnel '%1'"_s.arg(logSafe(name)), now);
}

ApiResponse tunnelChanged(const ServerView &view, ServerCommands &commands, const QString &name,
    const QByteArray &body, ApiTime now)
{
    ApiResponse shown = tunnelShown(view, name, now);
    if (shown.status != 200)
        return shown;
    const Result<TunnelChange> change = parseTunnelChange(body);
    if (!change)
        return failureResponse(400, change.error().detail, now);
    if (const Result<void> changed = commands.changeTunnel(name, *change); !changed)
        return failureResponse(
            changed.error().code == Errc::NotFound ? 404 : 400, changed.error().detail, now);
    return tunnelShown(view, name, now);
}

} // namespace frpx::server
