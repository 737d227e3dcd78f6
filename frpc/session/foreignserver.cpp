// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/foreignserver.h"

#include "common/core/logging.h"
#include "common/protocol/frpx/foreignprotocol.h"
#include "frpc/trust/knownservers.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

constexpr quint16 usualControlPort = 17000;
constexpr quint16 usualProxyPort = 17001;
constexpr quint16 usualPublicPort = 18080;
constexpr quint16 usualApiPort = 18081;

QString nameOf(const ServerTarget &server)
{
    return KnownServers::keyOf(logSafe(server.host), server.port);
}

/// Names the service that usually has this port; begins with a space.
QString hint(const ServerTarget &server)
{
    QStringView what;
    if (server.port == server.proxyPort || server.port == usualProxyPort)
        what = u"proxy";
    else if (server.port == usualPublicPort)
        what = u"public";
    else if (server.port == usualApiPort)
        what = u"API";
    else
        return {};
    return u" %1 is usually the %2 port of frps, and %3 its control port."_s.arg(server.port)
        .arg(what)
        .arg(usualControlPort);
}

} // namespace

Error foreignPort(const ServerTarget &server, QStringView protocol)
{
    return {Errc::UnexpectedMessage,
        u"%1 is no control port of frps: the program there uses %2."_s.arg(nameOf(server), protocol)
            + hint(server)};
}

Error speaksFirst(const ServerTarget &server, QByteArrayView bytes)
{
    const QLatin1StringView foreign = proto::foreignProtocol(bytes);
    if (!foreign.isEmpty())
        return foreignPort(server, QString(foreign));
    return {Errc::UnexpectedMessage,
        u"%1 is no control port of frps: the program there sends data before the login."_s.arg(nameOf(server))
            + hint(server)};
}

Error noTls(const ServerTarget &server, QByteArrayView bytes, const QString &reason)
{
    const QLatin1StringView foreign = proto::foreignProtocol(bytes);
    if (!foreign.isEmpty() && foreign != "TLS"_L1)
        return foreignPort(server, QString(foreign));
    return {Errc::TlsFailed,
        u"no TLS with %1: %2. Nothing has been sent to it. Is it the control port of frps?%3 Only an "
        "original server, which has no TLS, needs --tls off; the password then goes in clear to the program "
        "there"_s.arg(nameOf(server), logSafe(reason, 256), hint(server))};
}

Error withoutAnswer(const ServerTarget &server, const Error &error)
{
    switch (error.code) {
    case Errc::FrameEmpty:
    case Errc::FrameTooLarge:
    case Errc::BadJson:
    case Errc::UnknownVariant:
    case Errc::BadField:
    case Errc::UnexpectedMessage:
        return {error.code,
            u"%1 is no control port of frps: %2%3"_s.arg(nameOf(server), error.detail, hint(server))};
    case Errc::PeerClosed:
    case Errc::LinkLost:
    case Errc::Timeout:
        return {error.code,
            u"%1 does not answer the login: %2 Is it the control port of frps?%3"_s.arg(nameOf(server),
                error.detail.endsWith(u'.') ? error.detail : error.detail + u'.', hint(server))};
    default:
        return error;
    }
}

std::optional<QString> warnOfClearText(const TlsSettings &tls, const ServerTarget &server, bool byToken)
{
    if (usesTls(tls, server.host, server.proxy.has_value()) || (isThisMachine(server.host) && !server.proxy))
        return std::nullopt;
    return u"--tls off: the %1 goes in clear to %2, and so does the visitors' data. An observer "
           "on the network can read it."_s.arg(byToken ? u"login token"_s : u"password"_s, nameOf(server));
}

} // namespace frpx::client
