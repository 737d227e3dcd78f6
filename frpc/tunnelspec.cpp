// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/tunnelspec.h"

#include "common/core/ids.h"
#include "common/core/logging.h"
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

/// "HOST:PORT", "[ADDRESS]:PORT" or "PORT".
bool readService(QStringView text, TunnelSpec &spec)
{
    const qsizetype colon = text.lastIndexOf(u':');
    QStringView host = colon < 0 ? QStringView() : text.first(colon);
    if (host.startsWith(u'[') && host.endsWith(u']'))
        host = host.sliced(1).chopped(1);
    else if (host.contains(u':'))
        return false; // an IPv6 address needs its brackets
    const std::optional<int> port = number(text.sliced(colon + 1), 1, 65'535);
    if (!port || (colon >= 0 && host.isEmpty()))
        return false;
    if (colon >= 0)
        spec.localHost = host.toString();
    spec.localPort = static_cast<quint16>(*port);
    return true;
}

bool readField(QStringView key, QStringView value, TunnelSpec &spec)
{
    const auto store = [](std::optional<int> read, auto &target) {
        if (read)
            target = static_cast<std::remove_reference_t<decltype(target)>>(*read);
        return read.has_value();
    };
    if (key == "local"_L1)
        return readService(value, spec);
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

Result<TunnelSpec> parseTunnelSpec(QStringView text)
{
    TunnelSpec spec;
    const QList<QStringView> parts = text.split(u',');
    spec.name = parts.first().toString();
    if (const Result<void> name = checkTunnelName(spec.name); !name)
        return Error{Errc::InvalidArgument, name.error().detail};
    for (const QStringView part : parts.sliced(1)) {
        const qsizetype equals = part.indexOf(u'=');
        if (equals < 0 || !readField(part.first(equals), part.sliced(equals + 1), spec)) {
            return Error{Errc::InvalidArgument,
                u"'%1' is not one of local=HOST:PORT, remote=PORT, max=N, total=N, lifetime=SECONDS, "
                "group=KEY, message=TEXT, policy=NAME (see frps --policy), proxy-protocol=none|v1|v2."_s.arg(
                    logSafe(part, 60))};
        }
    }
    if (spec.localPort == 0)
        return Error{Errc::InvalidArgument,
            u"tunnel '%1' has no local service: local=HOST:PORT is missing."_s.arg(logSafe(spec.name))};
    return spec;
}

} // namespace frpx::client
