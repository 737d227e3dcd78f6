// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/tunnelspec.h"

#include "common/core/ids.h"
#include "common/core/logging.h"
#include "common/net/hostaddress.h"
#include "common/protocol/tunnelmessages.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

std::optional<int> number(QStringView text, int min, int max)
{
    bool isNumber = false;
    const int value = text.toInt(&isNumber);
    return isNumber && value >= min && value <= max ? std::optional(value) : std::nullopt;
}

/// "HOST:PORT", "[ADDRESS]:PORT", "PORT" or "unix:/PATH".
Result<void> readService(QStringView text, TunnelSpec &spec)
{
    if (const std::optional<int> port = number(text, 1, 65'535)) {
        spec.localPort = static_cast<quint16>(*port);
        return {};
    }
    bool isInteger = false;
    (void)text.toInt(&isInteger);
    if (isInteger)
        return Error{Errc::InvalidArgument, u"takes a port from 1 to 65535, not %1"_s.arg(logSafe(text))};
    if (net::isUnixSocket(text)) {
        spec.localHost = text.toString();
        spec.localPort = 0;
        return net::checkUnixSocket(text);
    }
    Result<net::HostAndPort> service = net::parseHostAndPort(text);
    if (!service)
        return service.error();
    if (service->port.value_or(0) == 0) {
        return Error{Errc::InvalidArgument,
            u"takes a port as well, such as local=%1"_s.arg(net::hostWithPort(service->host, 80))};
    }
    spec.localHost = std::move(service->host);
    spec.localPort = *service->port;
    return {};
}

bool readField(QStringView key, QStringView value, TunnelSpec &spec)
{
    const auto store = [](std::optional<int> read, auto &target) {
        if (read)
            target = static_cast<std::remove_reference_t<decltype(target)>>(*read);
        return read.has_value();
    };
    if (key == "remote"_L1)
        return store(number(value, 0, 65'535), spec.wantedPort);
    if (key == "max"_L1)
        return store(number(value, 0, proto::maxTunnelConnections), spec.maxConnections);
    if (key == "total"_L1)
        return store(number(value, 0, proto::maxTunnelConnections), spec.totalConnections);
    if (key == "lifetime"_L1)
        return store(number(value, 0, proto::maxTunnelLifetimeS), spec.lifetimeS);
    if (key == "proxy-protocol"_L1) {
        spec.proxyProtocol = proxyproto::versionFromName(value);
        return spec.proxyProtocol.has_value();
    }
    if (key == "policy"_L1 && proto::unknownPolicy(value))
        return false;
    QString *text = key == "group"_L1 ? &spec.group
        : key == "message"_L1         ? &spec.message
        : key == "policy"_L1          ? &spec.policy
                                      : nullptr;
    if (text)
        *text = value.toString();
    return text != nullptr;
}

} // namespace

bool hasService(const TunnelSpec &spec)
{
    return net::isUnixSocket(spec.localHost) ? spec.localPort == 0
                                             : spec.localPort != 0 && !spec.localHost.isEmpty();
}

Result<TunnelSpec> parseTunnelSpec(QStringView text)
{
    TunnelSpec spec;
    const QList<QStringView> parts = text.split(u',');
    spec.name = parts.first().toString();
    if (const Result<void> name = checkTunnelName(spec.name); !name)
        return Error{Errc::InvalidArgument, name.error().detail};
    for (const QStringView part : parts.sliced(1)) {
        const qsizetype equals = part.indexOf(u'=');
        if (equals >= 0 && part.first(equals) == "local"_L1) {
            if (const Result<void> service = readService(part.sliced(equals + 1), spec); !service)
                return Error{Errc::InvalidArgument, u"local %1."_s.arg(service.error().detail)};
            continue;
        }
        if (equals < 0 || !readField(part.first(equals), part.sliced(equals + 1), spec)) {
            return Error{Errc::InvalidArgument,
                u"'%1' is not one of local=HOST:PORT, local=unix:/PATH, remote=PORT, max=N, total=N, "
                u"lifetime=SECONDS, "
                "group=KEY, message=TEXT, policy=NAME (see frps --policy), proxy-protocol=none|v1|v2."_s.arg(
                    logSafe(part, 60))};
        }
    }
    if (!hasService(spec))
        return Error{Errc::InvalidArgument,
            u"tunnel '%1' has no local service: local=HOST:PORT is missing."_s.arg(logSafe(spec.name))};
    return spec;
}

} // namespace frpx::client
