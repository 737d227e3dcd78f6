// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/messages.h"

#include "common/core/secrets.h"
#include "common/protocol/frpx/fieldreader.h"
#include "common/protocol/frpx/framedecoder.h"
#include "common/protocol/frpx/tunnelfields.h"
#include "common/protocol/frpx/variantwriter.h"

#include <QJsonDocument>

#include <array>

using namespace Qt::StringLiterals;

namespace frpx::proto {

namespace {

template <class... Ts>
struct Overloaded : Ts...
{
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

using Decoder = Result<Message> (*)(FieldReader &);

struct Variant
{
    QLatin1String name;
    bool bare; ///< may be sent without fields, as a plain string
    Decoder decode;
};

/// One row for each message, in the order of the variant Message: its index is the row.
const std::array<Variant, std::variant_size_v<Message>> variants{{
    {"Login"_L1, false,
        [](FieldReader &r) {
            const Login m{r.string("email"_L1, maxEmailLength), r.string("pass"_L1, maxPasswordLength)};
            return r.finish(m);
        }},
    {"LoginByToken"_L1, false,
        [](FieldReader &r) { return r.finish(LoginByToken{r.string("token"_L1, maxTokenLength)}); }},
    {"LoginResult"_L1, false,
        [](FieldReader &r) {
            const LoginResult m{r.boolean("success"_L1), r.optionalString("error"_L1, maxTextLength),
                r.optionalString("token"_L1, maxTokenLength)};
            return r.finish(m);
        }},
    {"Register"_L1, false,
        [](FieldReader &r) {
            const Register m{r.string("client_id"_L1, maxTextLength),
                r.optionalString("version"_L1, maxConnIdLength), r.optionalStrings("features"_L1),
                r.optionalString("computer_name"_L1, maxTextLength),
                r.optionalString("instance"_L1, maxConnIdLength),
                r.optionalInteger("pool_min"_L1, 0, maxPooledPerClient),
                r.optionalInteger("weight"_L1, 1, maxWeight),
                r.optionalInteger("heartbeat_s"_L1, 1, maxHeartbeatS), r.optionalBoolean("only_tunnels"_L1),
                r.optionalInteger("pool_max"_L1, 0, maxPooledPerClient)};
            return r.finish(m);
        }},
    {"RegisterResult"_L1, false,
        [](FieldReader &r) {
            const RegisterResult m{r.boolean("success"_L1), r.optionalString("error"_L1, maxTextLength),
                r.optionalStrings("features"_L1), r.optionalString("session"_L1, maxConnIdLength),
                r.optionalInteger("public_port"_L1, 1, 65535)};
            return r.finish(m);
        }},
    {"Heartbeat"_L1, true, [](FieldReader &r) { return r.finish(Heartbeat{}); }},
    {"SystemInfo"_L1, false,
        [](FieldReader &r) {
            const SystemInfo m{r.percent("cpu_usage"_L1), r.percent("memory_usage"_L1),
                r.percent("disk_usage"_L1), r.optionalString("computer_name"_L1, maxTextLength)};
            return r.finish(m);
        }},
    {"RequestNewProxyConn"_L1, false,
        [](FieldReader &r) {
            const RequestNewProxyConn m{r.string("proxy_conn_id"_L1, maxConnIdLength), r.visitorAddress(),
                r.optionalString("tunnel"_L1, maxTextLength)};
            return r.finish(m);
        }},
    {"NewProxyConn"_L1, false,
        [](FieldReader &r) { return r.finish(NewProxyConn{r.string("proxy_conn_id"_L1, maxConnIdLength)}); }},
    {"HeartbeatAck"_L1, true, [](FieldReader &r) { return r.finish(HeartbeatAck{}); }},
    {"ProxyConnFailed"_L1, false,
        [](FieldReader &r) {
            const ProxyConnFailed m{
                r.string("proxy_conn_id"_L1, maxConnIdLength), r.string("reason"_L1, maxTextLength)};
            return r.finish(m);
        }},
    {"Ping"_L1, true, [](FieldReader &r) { return r.finish(Ping{}); }},
    {"Pong"_L1, true, [](FieldReader &r) { return r.finish(Pong{}); }},
    {"Disconnect"_L1, false,
        [](FieldReader &r) {
            const Disconnect m{
                r.string("reason"_L1, maxTextLength), r.integer("retry_after_s"_L1, 0, 24 * 3600)};
            return r.finish(m);
        }},
    {"NewWorkConn"_L1, false,
        [](FieldReader &r) { return r.finish(NewWorkConn{r.string("session"_L1, maxConnIdLength)}); }},
    {"StartProxyConn"_L1, false,
        [](FieldReader &r) {
            const StartProxyConn m{r.string("proxy_conn_id"_L1, maxConnIdLength), r.visitorAddress(),
                r.optionalString("tunnel"_L1, maxTextLength), r.optionalBoolean("chunks"_L1)};
            return r.finish(m);
        }},
    {"ProxyConnReady"_L1, true, [](FieldReader &r) { return r.finish(ProxyConnReady{}); }},
    {"Health"_L1, false,
        [](FieldReader &r) {
            const Health m{r.boolean("healthy"_L1), r.optionalString("detail"_L1, maxTextLength),
                r.optionalString("warning"_L1, maxTextLength), r.optionalString("tunnel"_L1, maxTextLength)};
            return r.finish(m);
        }},
    {"Drain"_L1, true, [](FieldReader &r) { return r.finish(Drain{}); }},
    {"OpenTunnel"_L1, false, [](FieldReader &r) { return r.finish(readOpenTunnel(r)); }},
    {"OpenTunnelResult"_L1, false, [](FieldReader &r) { return r.finish(readOpenTunnelResult(r)); }},
    {"CloseTunnel"_L1, false,
        [](FieldReader &r) { return r.finish(CloseTunnel{r.string("tunnel"_L1, maxTextLength)}); }},
    {"TunnelClosed"_L1, false,
        [](FieldReader &r) {
            const TunnelClosed m{
                r.string("tunnel"_L1, maxTextLength), r.string("reason"_L1, maxConnIdLength)};
            return r.finish(m);
        }},
    {"ListServices"_L1, false, [](FieldReader &r) { return r.finish(readListServices(r)); }},
    {"Services"_L1, false, [](FieldReader &r) { return r.finish(readServices(r)); }},
    {"ListFreePorts"_L1, false, [](FieldReader &r) { return r.finish(readListFreePorts(r)); }},
    {"FreePorts"_L1, false, [](FieldReader &r) { return r.finish(readFreePorts(r)); }},
    {"RetryTunnels"_L1, true, [](FieldReader &r) { return r.finish(RetryTunnels{}); }},
}};

QByteArray bare(QLatin1String name)
{
    return '"' + QByteArray(name.data(), name.size()) + '"';
}

const Variant *findVariant(const QString &name)
{
    const auto it = std::find_if(
        variants.begin(), variants.end(), [&name](const Variant &variant) { return variant.name == name; });
    return it == variants.end() ? nullptr : &*it;
}

/// The message whose plain name \a json is. Heartbeats are so frequent that they skip the parser.
const Variant *findBare(QByteArrayView json)
{
    const auto it = std::find_if(variants.begin(), variants.end(), [json](const Variant &variant) {
        return variant.bare && json.size() == variant.name.size() + 2 && json.front() == '"'
            && json.back() == '"' && QLatin1String(json.sliced(1, variant.name.size())) == variant.name;
    });
    return it == variants.end() ? nullptr : &*it;
}

VariantWriter &visitorAddress(VariantWriter &w, const std::optional<VisitorAddress> &visitor)
{
    if (visitor) {
        w.field("source_addr", visitor->sourceAddr)
            .field("source_port", visitor->sourcePort)
            .field("target_addr", visitor->targetAddr)
            .field("target_port", visitor->targetPort);
    }
    return w;
}

Error unknownVariant()
{
    return Error{Errc::UnknownVariant, u"The message is of a kind this version does not know."_s};
}

} // namespace

QStringList ownFeatures()
{
    return {feature::heartbeatAck.toString(), feature::connFailed.toString(), feature::ping.toString(),
        feature::disconnect.toString(), feature::workConn.toString(), feature::visitorAddress.toString(),
        feature::health.toString(), feature::drain.toString(), feature::reuse.toString(),
        feature::tunnels.toString(), feature::retryTunnels.toString(), feature::streamEnds.toString(),
        feature::tunnelHealth.toString()};
}

QStringList commonFeatures(const QStringList &peer)
{
    QStringList common = ownFeatures();
    common.removeIf([&peer](const QString &name) { return !peer.contains(name); });
    return common;
}

QLatin1String messageName(const Message &message)
{
    return variants.at(message.index()).name;
}

QByteArray encode(const Message &message)
{
    const QLatin1String name = messageName(message);
    VariantWriter w(name);
    return std::visit(
        Overloaded{
            [&](const Login &m) { return w.field("email", m.email).field("pass", m.pass).finish(); },
            [&](const LoginByToken &m) { return w.field("token", m.token).finish(); },
            [&](const LoginResult &m) {
                return w.field("success", m.success)
                    .nullable("error", m.error)
                    .nullable("token", m.token)
                    .finish();
            },
            [&](const Register &m) {
                return w.field("client_id", m.clientId)
                    .optional("version", m.version)
                    .optional("features", m.features)
                    .optional("computer_name", m.computerName)
                    .optional("instance", m.instance)
                    .optional("pool_min", m.poolMin)
                    .optional("weight", m.weight)
                    .optional("heartbeat_s", m.heartbeatS)
                    .optional("only_tunnels", m.onlyTunnels)
                    .optional("pool_max", m.poolMax)
                    .finish();
            },
            [&](const RegisterResult &m) {
                return w.field("success", m.success)
                    .nullable("error", m.error)
                    .optional("features", m.features)
                    .optional("session", m.session)
                    .optional("public_port", m.publicPort)
                    .finish();
            },
            [&](const SystemInfo &m) {
                return w.field("cpu_usage", m.cpuUsage)
                    .field("memory_usage", m.memoryUsage)
                    .field("disk_usage", m.diskUsage)
                    .optional("computer_name", m.computerName)
                    .finish();
            },
            [&](const RequestNewProxyConn &m) {
                return visitorAddress(w.field("proxy_conn_id", m.proxyConnId), m.visitor)
                    .optional("tunnel", m.tunnel)
                    .finish();
            },
            [&](const NewProxyConn &m) { return w.field("proxy_conn_id", m.proxyConnId).finish(); },
            [&](const ProxyConnFailed &m) {
                return w.field("proxy_conn_id", m.proxyConnId).field("reason", m.reason).finish();
            },
            [&](const Disconnect &m) {
                return w.field("reason", m.reason).field("retry_after_s", m.retryAfterS).finish();
            },
            [&](const NewWorkConn &m) { return w.field("session", m.session).finish(); },
            [&](const StartProxyConn &m) {
                return visitorAddress(w.field("proxy_conn_id", m.proxyConnId), m.visitor)
                    .optional("tunnel", m.tunnel)
                    .optional("chunks", m.chunks)
                    .finish();
            },
            [&](const Health &m) {
                return w.field("healthy", m.healthy)
                    .optional("detail", m.detail)
                    .optional("warning", m.warning)
                    .optional("tunnel", m.tunnel)
                    .finish();
            },
            [&](const OpenTunnel &m) { return writeOpenTunnel(w, m); },
            [&](const OpenTunnelResult &m) { return writeOpenTunnelResult(w, m); },
            [&](const CloseTunnel &m) { return w.field("tunnel", m.tunnel).finish(); },
            [&](const TunnelClosed &m) {
                return w.field("tunnel", m.tunnel).field("reason", m.reason).finish();
            },
            [&](const ListServices &m) { return writeListServices(w, m); },
            [&](const Services &m) { return writeServices(w, m); },
            [&](const ListFreePorts &m) { return writeListFreePorts(w, m); },
            [&](const FreePorts &m) { return writeFreePorts(w, m); },
            [&](const auto &) { return bare(name); }, // Heartbeat, Ping and the like
        },
        message);
}

QByteArray encodeFrame(const Message &message)
{
    return frame(encode(message));
}

Result<Message> decode(QByteArrayView payload)
{
    const QJsonObject none;
    if (const Variant *variant = findBare(payload)) {
        FieldReader reader(variant->name, none);
        return variant->decode(reader);
    }
    // QJsonDocument accepts only objects and arrays at the top: a bare "Heartbeat" is parsed inside an array.
    const QByteArray trimmed = payload.toByteArray().trimmed();
    const bool isString = trimmed.startsWith('"');
    QJsonParseError parseError;
    const QJsonDocument document =
        QJsonDocument::fromJson(isString ? '[' + trimmed + ']' : trimmed, &parseError);
    if (parseError.error != QJsonParseError::NoError)
        return Error{Errc::BadJson, u"The message is not JSON: %1."_s.arg(parseError.errorString())};

    if (isString) {
        if (document.array().size() != 1)
            return Error{Errc::BadJson, u"The message is not one JSON value."_s};
        const Variant *variant = findVariant(document.array().first().toString());
        if (!variant)
            return unknownVariant();
        if (!variant->bare)
            return Error{Errc::BadField, u"%1: the fields are missing."_s.arg(variant->name)};
        FieldReader reader(variant->name, none);
        return variant->decode(reader);
    }

    const QJsonObject outer = document.object();
    if (!document.isObject() || outer.size() != 1)
        return Error{Errc::BadJson, u"The message is not an object with one member."_s};
    const Variant *variant = findVariant(outer.begin().key());
    if (!variant)
        return unknownVariant();
    const QJsonValue body = outer.begin().value();
    if (!body.isObject() && !(variant->bare && body.isNull()))
        return Error{Errc::BadField, u"%1: the fields are not an object."_s.arg(variant->name)};
    const QJsonObject fields = body.toObject();
    FieldReader reader(variant->name, fields);
    return variant->decode(reader);
}

bool wipeSecrets(Message &message)
{
    if (auto *login = std::get_if<Login>(&message))
        return wipe(login->pass), true;
    if (auto *byToken = std::get_if<LoginByToken>(&message))
        return wipe(byToken->token), true;
    auto *result = std::get_if<LoginResult>(&message);
    if (result && result->token)
        wipe(*result->token);
    return result;
}

} // namespace frpx::proto
