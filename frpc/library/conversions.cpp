// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/library/conversions.h"

#include "common/library/publicerror.h"
#include "common/library/publicservices.h"

namespace Frpx {

namespace {

ErrorCode codeOf(frpx::TunnelCode code)
{
    using Code = frpx::TunnelCode;
    switch (code) {
    case Code::Ok:
        return ErrorCode::NoError;
    case Code::PortNotAllowed:
        return ErrorCode::PortNotAllowed;
    case Code::PortOccupied:
        return ErrorCode::PortOccupied;
    case Code::BadRequest:
        return ErrorCode::BadRequest;
    case Code::NameInUse:
        return ErrorCode::NameInUse;
    case Code::NoFreePort:
        return ErrorCode::NoFreePort;
    case Code::TooMany:
        return ErrorCode::TooManyTunnels;
    case Code::ServerError:
        break;
    }
    return ErrorCode::ServerError;
}

} // namespace

Error toPublic(const frpx::Error &error)
{
    return frpx::publicError(error);
}

Error toPublic(const frpx::Error &error, frpx::TunnelCode code)
{
    return {codeOf(code), error.detail};
}

frpx::client::TlsSettings fromPublic(const TlsOptions &options)
{
    using frpx::client::TlsSettings;
    TlsSettings settings;
    settings.mode = options.mode == TlsOptions::Mode::On ? TlsSettings::Mode::On
        : options.mode == TlsOptions::Mode::Off          ? TlsSettings::Mode::Off
                                                         : TlsSettings::Mode::Auto;
    for (const QString &text : options.fingerprints) // an invalid fingerprint must not mean "none set"
        settings.pins += frpx::Fingerprint::parse(text).value_or(frpx::Fingerprint());
    settings.caPem = options.caPem;
    settings.serverName = options.serverName;
    if (!options.certificatePem.isEmpty())
        settings.own = frpx::TlsIdentity{options.certificatePem, options.keyPem};
    settings.knownServersFile = options.knownServersFile;
    settings.trustOnFirstUse = options.trustOnFirstUse;
    return settings;
}

std::optional<frpx::net::OutboundProxy> fromPublic(const ProxyOptions &options)
{
    using Kind = frpx::net::OutboundProxy::Kind;
    if (options.kind == ProxyOptions::Kind::None)
        return std::nullopt;
    const Kind kind = options.kind == ProxyOptions::Kind::Http ? Kind::Http : Kind::Socks5;
    return frpx::net::OutboundProxy{kind, options.host, options.port, options.user, options.password};
}

ServerCertificate toPublic(const frpx::client::ServerCertificate &shown)
{
    ServerCertificate certificate;
    certificate.host = shown.host;
    certificate.port = shown.port;
    certificate.fingerprint = shown.fingerprint.toString();
    if (shown.remembered)
        certificate.remembered = shown.remembered->toString();
    certificate.subject = shown.subject;
    certificate.expires = shown.expires;
    return certificate;
}

ServiceList servicesOf(const frpx::client::ListQuery &query)
{
    return frpx::publicServices(query.foundServices());
}

PortList portsOf(const frpx::client::ListQuery &query)
{
    return frpx::publicPorts(query.foundPorts());
}

} // namespace Frpx
