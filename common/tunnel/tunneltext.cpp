// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tunnel/tunneltext.h"

#include "common/core/ids.h"
#include "common/core/logging.h"
#include "common/net/hostaddress.h"
#include "common/tunnel/tunnelfield.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

/// "HOST:PORT", "[ADDRESS]:PORT", "PORT" or "unix:/PATH".
Result<void> readService(QStringView text, TunnelSpec &spec)
{
    bool isInteger = false;
    const int port = text.toInt(&isInteger);
    if (isInteger) {
        if (port < 1 || port > 65'535)
            return Error{Errc::BadField, u"takes a port from 1 to 65535, not %1"_s.arg(logSafe(text))};
        spec.localPort = static_cast<quint16>(port);
        return {};
    }
    if (net::isUnixSocket(text)) {
        spec.localHost = text.toString();
        spec.localPort = 0;
        return net::checkUnixSocket(text);
    }
    Result<net::HostAndPort> service = net::parseHostAndPort(text);
    if (!service)
        return service.error();
    if (service->port.value_or(0) == 0) {
        return Error{Errc::BadField,
            u"takes a port as well, such as local=%1"_s.arg(net::hostWithPort(service->host, 80))};
    }
    spec.localHost = std::move(service->host);
    spec.localPort = *service->port;
    return {};
}

Result<void> readPart(QStringView part, TunnelSpec &spec)
{
    const qsizetype equals = part.indexOf(u'=');
    const QStringView key = part.first(std::max<qsizetype>(equals, 0));
    const auto fields = tunnelFields();
    const auto field = std::find_if(fields.begin(), fields.end(),
        [key](const TunnelField &each) { return !each.option.isEmpty() && each.option == key; });
    if (field == fields.end()) {
        return Error{Errc::InvalidArgument,
            u"'%1' is not one of %2."_s.arg(logSafe(part, 60), tunnelOptionKeys().join(u", "_s))};
    }
    const QStringView value = part.sliced(equals + 1);
    const Result<void> read =
        field->kind == TunnelField::Kind::Service ? readService(value, spec) : setField(spec, *field, value);
    if (!read)
        return Error{Errc::InvalidArgument, u"%1 %2."_s.arg(field->option, read.error().detail)};
    return {};
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
        if (const Result<void> read = readPart(part, spec); !read)
            return read.error();
    }
    if (!hasService(spec))
        return Error{Errc::InvalidArgument,
            u"tunnel '%1' has no local service: local=HOST:PORT is missing."_s.arg(logSafe(spec.name))};
    return spec;
}

QStringList tunnelOptionKeys()
{
    QStringList keys;
    for (const TunnelField &field : tunnelFields()) {
        if (!field.option.isEmpty())
            keys << u"%1=%2"_s.arg(field.option, field.placeholder);
    }
    return keys;
}

} // namespace frpx
