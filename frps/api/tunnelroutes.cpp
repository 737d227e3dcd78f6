// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/tunnelroutes.h"

#include "common/core/logging.h"
#include "common/tunnel/tunnelfield.h"
#include "frps/api/servercommands.h"
#include "frps/api/serverview.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUrlQuery>

#include <functional>
#include <optional>
#include <vector>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

/// The fields of the API that the spec has; the limit 0, which is none, is null.
void addSpec(QJsonObject &object, const TunnelSpec &spec)
{
    for (const TunnelField &field : tunnelFields()) {
        if (field.apiKey.isEmpty())
            continue;
        if (const auto *text = std::get_if<QString TunnelSpec::*>(&field.member)) {
            object.insert(field.apiKey, spec.*(*text));
            continue;
        }
        const int number = fieldText(spec, field).toInt();
        object.insert(field.apiKey, number == 0 ? QJsonValue(QJsonValue::Null) : QJsonValue(number));
    }
}

QJsonObject toJson(const TunnelView &tunnel)
{
    QJsonObject object{
        {u"id"_s, tunnel.id},
        {u"name"_s, tunnel.name},
        {u"port"_s, tunnel.port},
        {u"tls"_s, tunnel.tls},
        {u"policy"_s, tunnel.policy},
        {u"clients"_s, tunnel.clients},
        {u"available_clients"_s, tunnel.availableClients},
        {u"open_connections"_s, tunnel.openConnections},
        {u"pending_connections"_s, tunnel.pendingConnections},
        {u"total_connections"_s, static_cast<qint64>(tunnel.totalConnections)},
    };
    if (tunnel.owner.isEmpty())
        return object;
    object.insert(u"owner"_s, tunnel.owner);
    addSpec(object, tunnel.spec);
    object.insert(u"birth"_s, apiTimestamp(tunnel.birth));
    object.insert(u"seconds_left"_s,
        tunnel.secondsLeft ? QJsonValue(*tunnel.secondsLeft) : QJsonValue(QJsonValue::Null));
    return object;
}

QJsonObject toJson(const Service &service)
{
    return {
        {u"port"_s, service.port},
        {u"name"_s, service.name},
        {u"message"_s, service.message},
        {u"birth"_s, service.birth},
        {u"online"_s, service.online},
        {u"capacity"_s, service.capacity},
        {u"already_serve"_s, service.alreadyServe},
        {u"total_serve"_s, service.totalServe},
        {u"dead_line"_s,
            service.deadLine.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(service.deadLine)},
    };
}

constexpr qsizetype pageSize = 32;

/// The items of \a first, and then those of a list that is read in pages, each after the last port of the
/// page before.
template <typename T>
ApiItems pagedItems(std::function<std::vector<T>(quint16 after)> page, std::vector<T> first = {})
{
    return [page = std::move(page), items = std::move(first), next = size_t(0),
               after = quint16(0)]() mutable -> std::optional<QJsonValue> {
        if (next == items.size()) {
            items = page(after);
            next = 0;
            if (items.empty())
                return std::nullopt;
            after = static_cast<quint16>(items.back().port);
        }
        return toJson(items.at(next++));
    };
}

/// Parses the \a body of a PATCH. Errc::InvalidArgument says what is wrong with it.
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
    const auto page = [view = &view](quint16 after) { return view->tunnels(after, pageSize); };
    return listResponse(pagedItems<TunnelView>(page, {view.defaultTunnel()}), now);
}

ApiResponse tunnelDeleted(const ServerView &view, ServerCommands &commands, const QString &id, ApiTime now)
{
    ApiResponse shown = tunnelShown(view, id, now);
    if (shown.status != 200)
        return shown;
    if (id == view.defaultTunnel().id)
        return failureResponse(409, u"The default tunnel cannot be closed"_s, now);
    if (!commands.closeTunnel(id))
        return failureResponse(404, u"There is no tunnel '%1'"_s.arg(logSafe(id)), now);
    return successResponse(QJsonObject{{u"id"_s, id}, {u"action"_s, u"closed"_s}}, now);
}

ApiResponse serviceList(const ServerView &view, const QByteArray &query, ApiTime now)
{
    const QUrlQuery parsed(QString::fromLatin1(query));
    const QString prefix = parsed.queryItemValue(u"prefix"_s, QUrl::FullyDecoded);
    const auto page = [view = &view, prefix](
                          quint16 after) { return view->services(prefix, after, pageSize); };
    return listResponse(pagedItems<Service>(page), now);
}

ApiResponse tunnelShown(const ServerView &view, const QString &id, ApiTime now)
{
    if (const std::optional<TunnelView> tunnel = view.tunnel(id))
        return successResponse(toJson(*tunnel), now);
    return failureResponse(404, u"There is no tunnel '%1'"_s.arg(logSafe(id)), now);
}

ApiResponse tunnelChanged(
    const ServerView &view, ServerCommands &commands, const QString &id, const QByteArray &body, ApiTime now)
{
    ApiResponse shown = tunnelShown(view, id, now);
    if (shown.status != 200)
        return shown;
    const Result<TunnelChange> change = parseTunnelChange(body);
    if (!change)
        return failureResponse(400, change.error().detail, now);
    if (const Result<void> changed = commands.changeTunnel(id, *change); !changed)
        return failureResponse(
            changed.error().code == Errc::NotFound ? 404 : 400, changed.error().detail, now);
    return tunnelShown(view, id, now);
}

} // namespace frpx::server
