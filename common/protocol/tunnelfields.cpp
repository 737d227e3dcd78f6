// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/tunnelfields.h"

#include <QJsonDocument>

#include <algorithm>
#include <array>
#include <limits>

using namespace Qt::StringLiterals;

namespace frpx::proto {

namespace {

constexpr int maxRequestId = std::numeric_limits<int>::max();
constexpr int maxPort = 65'535;

struct CodeName
{
    TunnelCode code;
    QLatin1String name;
};
constexpr std::array<CodeName, 8> codeNames{{
    {TunnelCode::Ok, "ok"_L1},
    {TunnelCode::PortNotAllowed, "port_not_allowed"_L1},
    {TunnelCode::PortOccupied, "port_occupied"_L1},
    {TunnelCode::ServerError, "server_error"_L1},
    {TunnelCode::BadRequest, "bad_request"_L1},
    {TunnelCode::NameInUse, "name_in_use"_L1},
    {TunnelCode::NoFreePort, "no_free_port"_L1},
    {TunnelCode::TooMany, "too_many_tunnels"_L1},
}};

int requestId(FieldReader &reader)
{
    return reader.integer("request_id"_L1, 0, maxRequestId);
}

int afterPort(FieldReader &reader)
{
    return reader.optionalInteger("after_port"_L1, 0, maxPort).value_or(0);
}

QByteArray compact(const QJsonArray &array)
{
    return QJsonDocument(array).toJson(QJsonDocument::Compact);
}

QJsonObject toJson(const Service &service)
{
    QJsonObject object{
        {u"port"_s, service.port},
        {u"name"_s, service.name},
        {u"message"_s, service.message},
        {u"birth"_s, service.birth},
        {u"online"_s, service.online},
        {u"capacity"_s, service.capacity},
        {u"already_serve"_s, service.alreadyServe},
        {u"total_serve"_s, service.totalServe},
    };
    if (!service.deadLine.isEmpty())
        object.insert(u"dead_line"_s, service.deadLine);
    return object;
}

Service readService(FieldReader &r)
{
    const int most = std::numeric_limits<int>::max();
    Service service;
    service.port = r.integer("port"_L1, 1, maxPort);
    service.name = r.string("name"_L1, maxTextLength);
    service.message = r.string("message"_L1, maxTextLength);
    service.birth = r.string("birth"_L1, maxConnIdLength);
    service.online = r.integer("online"_L1, 0, most);
    service.capacity = r.integer("capacity"_L1, 0, most);
    service.alreadyServe = r.integer("already_serve"_L1, 0, most);
    service.totalServe = r.integer("total_serve"_L1, 0, most);
    service.deadLine = r.optionalString("dead_line"_L1, maxConnIdLength).value_or(QString());
    return service;
}

} // namespace

QLatin1String tunnelCodeName(TunnelCode code)
{
    for (const CodeName &each : codeNames) {
        if (each.code == code)
            return each.name;
    }
    return "server_error"_L1;
}

TunnelCode tunnelCodeFromName(const QString &name)
{
    for (const CodeName &each : codeNames) {
        if (each.name == name)
            return each.code;
    }
    return TunnelCode::ServerError;
}

std::optional<QString> unknownPolicy(QStringView name)
{
    if (name.isEmpty()
        || std::find(tunnelPolicies.begin(), tunnelPolicies.end(), name) != tunnelPolicies.end())
        return std::nullopt;
    QStringList all;
    for (const QStringView each : tunnelPolicies)
        all << each.toString();
    return u"takes "_s + all.join(u", "_s);
}

Result<void> check(const OpenTunnel &request)
{
    if (const Result<void> name = checkTunnelName(request.name); !name)
        return name;
    const QString message = request.message.value_or(QString());
    if (message.size() > maxTunnelMessageLength || !isPrintable(message)) {
        return Error{Errc::BadField,
            u"The tunnel's message is longer than %1 characters or has a control character."_s.arg(
                maxTunnelMessageLength)};
    }
    if (request.group.value_or(QString()).size() > maxGroupLength) {
        return Error{
            Errc::BadField, u"The tunnel's group key is longer than %1 characters."_s.arg(maxGroupLength)};
    }
    return {};
}

OpenTunnel readOpenTunnel(FieldReader &r)
{
    OpenTunnel m;
    m.requestId = requestId(r);
    m.name = r.string("name"_L1, maxTextLength); // who opens it gets an answer, not the end of the link
    m.port = r.integer("port"_L1, 0, maxPort);
    m.any = r.optionalBoolean("any"_L1);
    m.group = r.optionalString("group"_L1, maxTextLength);
    m.maxConnections = r.optionalInteger("max_connections"_L1, 0, maxTunnelConnections);
    m.totalConnections = r.optionalInteger("total_connections"_L1, 0, maxTunnelConnections);
    m.lifetimeS = r.optionalInteger("lifetime_s"_L1, 0, maxTunnelLifetimeS);
    m.message = r.optionalString("message"_L1, maxTextLength);
    m.policy = r.optionalString("policy"_L1, maxConnIdLength);
    return m;
}

OpenTunnelResult readOpenTunnelResult(FieldReader &r)
{
    OpenTunnelResult m;
    m.requestId = requestId(r);
    m.code = tunnelCodeFromName(r.string("code"_L1, maxConnIdLength));
    m.error = r.optionalString("error"_L1, maxTextLength);
    m.port = r.integer("port"_L1, 0, maxPort);
    return m;
}

ListServices readListServices(FieldReader &r)
{
    return {requestId(r), r.string("prefix"_L1, maxTextLength), afterPort(r)};
}

Services readServices(FieldReader &r)
{
    Services m;
    m.requestId = requestId(r);
    const QJsonArray items = r.array("items"_L1, maxServicesPerMessage);
    for (const QJsonValue &item : items) {
        const QJsonObject object = item.toObject();
        FieldReader reader("Services"_L1, object);
        m.items.push_back(readService(reader));
        r.check(!reader.failed(), "items"_L1);
    }
    m.more = r.optionalBoolean("more"_L1).value_or(false);
    return m;
}

ListFreePorts readListFreePorts(FieldReader &r)
{
    return {requestId(r), afterPort(r)};
}

FreePorts readFreePorts(FieldReader &r)
{
    FreePorts m;
    m.requestId = requestId(r);
    const QJsonArray ranges = r.array("ranges"_L1, maxRangesPerMessage);
    for (const QJsonValue &item : ranges) {
        const PortRange range{item.toArray().at(0).toInt(), item.toArray().at(1).toInt()};
        r.check(range.from > 0 && range.from <= range.to && range.to <= maxPort, "ranges"_L1);
        m.ranges.push_back(range);
    }
    m.more = r.optionalBoolean("more"_L1).value_or(false);
    return m;
}

QByteArray writeOpenTunnel(VariantWriter &w, const OpenTunnel &m)
{
    return w.field("request_id", m.requestId)
        .field("name", m.name)
        .field("port", m.port)
        .optional("any", m.any)
        .optional("group", m.group)
        .optional("max_connections", m.maxConnections)
        .optional("total_connections", m.totalConnections)
        .optional("lifetime_s", m.lifetimeS)
        .optional("message", m.message)
        .optional("policy", m.policy)
        .finish();
}

QByteArray writeOpenTunnelResult(VariantWriter &w, const OpenTunnelResult &m)
{
    return w.field("request_id", m.requestId)
        .field("code", QString(tunnelCodeName(m.code)))
        .optional("error", m.error)
        .field("port", m.port)
        .finish();
}

QByteArray writeListServices(VariantWriter &w, const ListServices &m)
{
    return w.field("request_id", m.requestId)
        .field("prefix", m.prefix)
        .field("after_port", m.afterPort)
        .finish();
}

QByteArray writeServices(VariantWriter &w, const Services &m)
{
    QJsonArray items;
    for (const Service &service : m.items)
        items.append(toJson(service));
    return w.field("request_id", m.requestId).json("items", compact(items)).field("more", m.more).finish();
}

QByteArray writeListFreePorts(VariantWriter &w, const ListFreePorts &m)
{
    return w.field("request_id", m.requestId).field("after_port", m.afterPort).finish();
}

QByteArray writeFreePorts(VariantWriter &w, const FreePorts &m)
{
    QJsonArray ranges;
    for (const PortRange &range : m.ranges)
        ranges.append(QJsonArray{range.from, range.to});
    return w.field("request_id", m.requestId).json("ranges", compact(ranges)).field("more", m.more).finish();
}

} // namespace frpx::proto
