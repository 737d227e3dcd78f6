// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/tunnelfields.h"

#include "common/tunnel/tunnelfield.h"

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

/// A text that is too long for its field is let pass: the sender gets an answer, not the end of its link.
void readField(FieldReader &r, const TunnelField &field, TunnelSpec &spec)
{
    if (const auto *text = std::get_if<QString TunnelSpec::*>(&field.member)) {
        spec.*(*text) = field.isRequired
            ? r.string(field.wireKey, maxTextLength)
            : r.optionalString(field.wireKey, maxTextLength).value_or(TunnelSpec().*(*text));
        return;
    }
    const int number = field.isRequired ? r.integer(field.wireKey, field.min, field.max)
                                        : r.optionalInteger(field.wireKey, field.min, field.max).value_or(0);
    if (const auto *port = std::get_if<quint16 TunnelSpec::*>(&field.member))
        spec.*(*port) = static_cast<quint16>(number);
    else
        spec.*std::get<int TunnelSpec::*>(field.member) = number;
}

void writeField(VariantWriter &w, const TunnelField &field, const TunnelSpec &spec)
{
    if (const auto *text = std::get_if<QString TunnelSpec::*>(&field.member))
        w.field(field.wireKey.data(), spec.*(*text));
    else if (const auto *port = std::get_if<quint16 TunnelSpec::*>(&field.member))
        w.field(field.wireKey.data(), int(spec.*(*port)));
    else
        w.field(field.wireKey.data(), spec.*std::get<int TunnelSpec::*>(field.member));
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

OpenTunnel readOpenTunnel(FieldReader &r)
{
    OpenTunnel m;
    m.requestId = requestId(r);
    m.anyPort = r.optionalBoolean("any"_L1).value_or(false);
    for (const TunnelField &field : tunnelFields()) {
        if (!field.wireKey.isEmpty())
            readField(r, field, m.spec);
    }
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
    for (const auto &item : items) {
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
    for (const auto &item : ranges) {
        const PortRange range{item.toArray().at(0).toInt(), item.toArray().at(1).toInt()};
        r.check(range.from > 0 && range.from <= range.to && range.to <= maxPort, "ranges"_L1);
        m.ranges.push_back(range);
    }
    m.more = r.optionalBoolean("more"_L1).value_or(false);
    return m;
}

QByteArray writeOpenTunnel(VariantWriter &w, const OpenTunnel &m)
{
    w.field("request_id", m.requestId);
    for (const TunnelField &field : tunnelFields()) {
        if (!field.wireKey.isEmpty() && (field.isRequired || !isDefault(m.spec, field)))
            writeField(w, field, m.spec);
    }
    if (m.anyPort)
        w.field("any", true);
    return w.finish();
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
