// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tunnel/tunnelfield.h"

#include "common/core/ids.h"
#include "common/core/logging.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr std::array<QStringView, 1> types{u"tcp"};
constexpr std::array<QStringView, 5> policies{
    u"random", u"round-robin", u"least-connections", u"two-choices", u"source-hash"};
constexpr std::array<QStringView, 3> proxyVersions{u"none", u"v1", u"v2"};
constexpr std::array<QStringView, 2> healthChecks{u"tcp", u"http"};

constexpr int maxPort = 65'535;
constexpr int maxHostLength = 512; // a path of a unix socket is shorter, and is checked with its reader

using Kind = TunnelField::Kind;

constexpr std::array fields{
    TunnelField{.member = &TunnelSpec::name,
        .kind = Kind::Name,
        .label = u"name",
        .configKey = u"name",
        .help = u"What the tunnel is called. Needed",
        .wireKey = "name"_L1,
        .isRequired = true,
        .apiKey = "name"_L1,
        .max = maxTunnelNameLength},
    TunnelField{.member = &TunnelSpec::type,
        .label = u"type",
        .configKey = u"type",
        .help = u"tcp, there are no others",
        .max = 8,
        .words = types},
    TunnelField{.member = &TunnelSpec::localHost,
        .kind = Kind::Service,
        .label = u"local address",
        .option = u"local",
        .placeholder = u"HOST:PORT|unix:/PATH",
        .configKey = u"localIP",
        .help = u"Address or name of the service, or unix:/PATH. Default: 127.0.0.1",
        .max = maxHostLength},
    TunnelField{.member = &TunnelSpec::localPort,
        .kind = Kind::Service,
        .label = u"local port",
        .configKey = u"localPort",
        .help = u"Port of the service. Needed, unless it is a unix socket",
        .max = maxPort},
    TunnelField{.member = &TunnelSpec::remotePort,
        .label = u"port",
        .option = u"remote",
        .placeholder = u"PORT",
        .configKey = u"remotePort",
        .help = u"Port of the server; 0, or without it, the server chooses one, and always the same",
        .wireKey = "port"_L1,
        .isRequired = true,
        .max = maxPort},
    TunnelField{.member = &TunnelSpec::maxConnections,
        .label = u"limit of connections",
        .option = u"max",
        .placeholder = u"N",
        .configKey = u"maxConnections",
        .help = u"Connections at a time; 0 means no limit. Default: 0",
        .wireKey = "max_connections"_L1,
        .apiKey = "max_connections"_L1,
        .max = maxTunnelConnections},
    TunnelField{.member = &TunnelSpec::totalConnections,
        .label = u"limit of all connections",
        .option = u"total",
        .placeholder = u"N",
        .configKey = u"totalConnections",
        .help = u"Connections in all, after which it is closed; 0 means no limit. Default: 0",
        .wireKey = "total_connections"_L1,
        .apiKey = "max_total_connections"_L1,
        .max = maxTunnelConnections},
    TunnelField{.member = &TunnelSpec::lifetimeS,
        .label = u"lifetime",
        .option = u"lifetime",
        .placeholder = u"SECONDS",
        .configKey = u"lifetimeSeconds",
        .help = u"Seconds after which it is closed; 0 means never. Default: 0",
        .wireKey = "lifetime_s"_L1,
        .max = maxTunnelLifetimeS},
    TunnelField{.member = &TunnelSpec::group,
        .kind = Kind::Group,
        .label = u"group key",
        .option = u"group",
        .placeholder = u"KEY",
        .configKey = u"loadBalancer.groupKey",
        .help = u"A word that the clients that share the port know; without it that of the group",
        .wireKey = "group"_L1,
        .max = maxGroupLength,
        .isPrintable = false},
    TunnelField{.member = &TunnelSpec::message,
        .label = u"message",
        .option = u"message",
        .placeholder = u"TEXT",
        .configKey = u"message",
        .help = u"What people who look for services are told of it, in at most 256 characters",
        .wireKey = "message"_L1,
        .apiKey = "message"_L1,
        .max = maxTunnelMessageLength},
    TunnelField{.member = &TunnelSpec::policy,
        .label = u"policy",
        .option = u"policy",
        .placeholder = u"NAME",
        .configKey = u"policy",
        .help = u"How the server chooses among the clients that share the port, in the words of frps "
                u"--policy. Default: that of the server",
        .wireKey = "policy"_L1,
        .max = 64,
        .words = policies},
    TunnelField{.member = &TunnelSpec::proxyProtocol,
        .label = u"PROXY protocol",
        .option = u"proxy-protocol",
        .placeholder = u"none|v1|v2",
        .configKey = u"transport.proxyProtocolVersion",
        .help = u"Tell the service each visitor's address by a PROXY header: none, v1 or v2. Default: as "
                u"transport.proxyProtocolVersion outside says",
        .max = 8,
        .words = proxyVersions},
    TunnelField{.member = &TunnelSpec::weight,
        .label = u"weight",
        .option = u"weight",
        .placeholder = u"N",
        .configKey = u"weight",
        .help = u"This client's share of the visitors beside the other clients of the group, 1 to 1000; 0 "
                u"means as weight outside says. Default: 0",
        .wireKey = "weight"_L1,
        .max = maxTunnelWeight},
    TunnelField{.member = &TunnelSpec::healthCheck,
        .label = u"health check",
        .option = u"health-check",
        .placeholder = u"tcp|http",
        .configKey = u"healthCheck.type",
        .help =
            u"Check the service by a connection (tcp) or a request (http); while it is bad, visitors go to "
            u"other clients of the group. Default: no check",
        .max = 8,
        .words = healthChecks},
    TunnelField{.member = &TunnelSpec::healthPath,
        .label = u"path of the health check",
        .option = u"health-path",
        .placeholder = u"PATH",
        .configKey = u"healthCheck.path",
        .help = u"What an http check requests; a status from 200 to 399 is good. Default: /",
        .max = maxHealthPathLength,
        .isPath = true},
    TunnelField{.member = &TunnelSpec::healthIntervalS,
        .label = u"interval of the health check",
        .option = u"health-interval",
        .placeholder = u"SECONDS",
        .configKey = u"healthCheck.intervalSeconds",
        .help = u"Seconds between two checks. Default: 10",
        .min = 1,
        .max = maxHealthSeconds},
    TunnelField{.member = &TunnelSpec::healthTimeoutS,
        .label = u"time-out of the health check",
        .option = u"health-timeout",
        .placeholder = u"SECONDS",
        .configKey = u"healthCheck.timeoutSeconds",
        .help = u"Seconds for one check. Default: 3",
        .min = 1,
        .max = maxHealthSeconds},
    TunnelField{.member = &TunnelSpec::healthMaxFailed,
        .label = u"number of failed health checks",
        .option = u"health-fall",
        .placeholder = u"N",
        .configKey = u"healthCheck.maxFailed",
        .help = u"Bad checks in a row that make the service unhealthy. Default: 3",
        .min = 1,
        .max = 100},
};

Error badValue(const QString &sentence)
{
    return {Errc::BadField, sentence};
}

/// "none, v1 or v2".
QString anyOf(std::span<const QStringView> words)
{
    QString text;
    for (size_t i = 0; i < words.size(); ++i) {
        if (i > 0)
            text += i + 1 == words.size() ? u" or " : u", ";
        text += words[i];
    }
    return text;
}

Result<void> checkText(const QString &text, const TunnelField &field)
{
    if (text.size() > field.max)
        return badValue(u"takes at most %1 characters"_s.arg(field.max));
    if (field.isPrintable && !isPrintable(text))
        return badValue(u"takes no control characters"_s);
    const bool isPath = text.startsWith(u'/')
        && std::all_of(text.cbegin(), text.cend(), [](QChar c) { return c > u' ' && c < u'\x7f'; });
    if (field.isPath && !text.isEmpty() && !isPath)
        return badValue(u"takes a path such as /api/version, in printable ASCII without spaces"_s);
    if (!field.words.empty() && !text.isEmpty()
        && std::find(field.words.begin(), field.words.end(), text) == field.words.end())
        return badValue(u"takes %1, not \"%2\""_s.arg(anyOf(field.words), logSafe(text, 40)));
    return {};
}

Result<void> checkNumber(qint64 number, const TunnelField &field)
{
    if (number < field.min || number > field.max)
        return badValue(u"takes a whole number from %1 to %2"_s.arg(field.min).arg(field.max));
    return {};
}

} // namespace

std::span<const TunnelField> tunnelFields()
{
    return fields;
}

const TunnelField &tunnelField(TunnelField::Member member)
{
    const auto found = std::find_if(
        fields.begin(), fields.end(), [&member](const TunnelField &field) { return field.member == member; });
    Q_ASSERT(found != fields.end());
    return *found;
}

std::span<const QStringView> tunnelPolicies()
{
    return policies;
}

QString fieldText(const TunnelSpec &spec, const TunnelField &field)
{
    if (const auto *text = std::get_if<QString TunnelSpec::*>(&field.member))
        return spec.*(*text);
    if (const auto *port = std::get_if<quint16 TunnelSpec::*>(&field.member))
        return QString::number(spec.*(*port));
    return QString::number(spec.*std::get<int TunnelSpec::*>(field.member));
}

bool isDefault(const TunnelSpec &spec, const TunnelField &field)
{
    return fieldText(spec, field) == fieldText(TunnelSpec(), field);
}

Result<void> setField(TunnelSpec &spec, const TunnelField &field, QStringView text)
{
    if (const auto *member = std::get_if<QString TunnelSpec::*>(&field.member)) {
        spec.*(*member) = text.toString();
        return checkText(spec.*(*member), field);
    }
    bool isNumber = false;
    const qint64 number = text.toLongLong(&isNumber);
    if (const Result<void> good = checkNumber(isNumber ? number : -1, field); !good)
        return badValue(u"%1, not %2"_s.arg(good.error().detail, logSafe(text, 40)));
    if (const auto *port = std::get_if<quint16 TunnelSpec::*>(&field.member))
        spec.*(*port) = static_cast<quint16>(number);
    else
        spec.*std::get<int TunnelSpec::*>(field.member) = static_cast<int>(number);
    return {};
}

Result<void> checkField(const TunnelSpec &spec, const TunnelField &field)
{
    if (const auto *text = std::get_if<QString TunnelSpec::*>(&field.member))
        return checkText(spec.*(*text), field);
    if (const auto *port = std::get_if<quint16 TunnelSpec::*>(&field.member))
        return checkNumber(spec.*(*port), field);
    return checkNumber(spec.*std::get<int TunnelSpec::*>(field.member), field);
}

Result<void> check(const TunnelSpec &spec)
{
    if (Result<void> name = checkTunnelName(spec.name); !name)
        return name;
    for (const TunnelField &field : fields) {
        if (const Result<void> good = checkField(spec, field); !good)
            return badValue(u"The tunnel's %1 %2."_s.arg(field.label, good.error().detail));
    }
    return {};
}

} // namespace frpx
