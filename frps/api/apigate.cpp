// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/apigate.h"

#include "common/core/logging.h"
#include "common/net/hostaddress.h"
#include "common/net/ipaddress.h"

#include <QUrl>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr qsizetype maxToken = 512;
constexpr qsizetype maxListed = 100;
constexpr auto pluginPath = "/port-registrations"_L1;

bool isSafe(const QByteArray &method)
{
    return method == "GET"_ba || method == "HEAD"_ba || method == "OPTIONS"_ba;
}

QLatin1StringView plainPath(const QByteArray &path)
{
    QLatin1StringView plain(path);
    if (plain.size() > 1 && plain.endsWith('/'_L1))
        plain.chop(1);
    return plain;
}

bool isFree(const ApiRequest &request)
{
    const QLatin1StringView path = plainPath(request.path);
    // OPTIONS reveals only methods, and a browser sends it without the token.
    return request.method == "OPTIONS"_ba
        || (isSafe(request.method) && (path == "/ping"_L1 || path == "/api/health"_L1));
}

/// Reads "Bearer TOKEN". The plugin may also send "Basic …", since Go makes that of "http://any:TOKEN@host".
QString tokenOf(const ApiRequest &request)
{
    const QByteArray &field = request.authorization;
    const qsizetype space = field.indexOf(' ');
    if (space < 0 || field.size() > 2 * maxToken)
        return {};
    const QByteArray scheme = field.first(space).toLower();
    const QByteArray value = field.sliced(space + 1).trimmed();
    if (scheme == "bearer"_ba)
        return QString::fromLatin1(value);
    if (scheme != "basic"_ba || plainPath(request.path) != pluginPath)
        return {};
    const auto result = QByteArray::fromBase64Encoding(value, QByteArray::AbortOnBase64DecodingErrors);
    const QByteArray decoded = result ? *result : QByteArray();
    const qsizetype colon = decoded.indexOf(':');
    return colon < 0 ? QString() : QString::fromLatin1(decoded.sliced(colon + 1));
}

/// Removes the port from "name", "name:8080" or "[::1]:8080".
QString hostName(const QByteArray &host)
{
    QString name = QString::fromLatin1(host).toLower();
    if (const qsizetype bracket = name.lastIndexOf(u']'); name.startsWith(u'[') && bracket > 0)
        return name.sliced(1, bracket - 1);
    if (const qsizetype colon = name.lastIndexOf(u':'); colon >= 0)
        name.truncate(colon);
    if (name.endsWith(u'.'))
        name.chop(1);
    return name;
}

} // namespace

ApiGate::ApiGate(ApiGateSettings settings)
    : m_settings(std::move(settings))
{ }

bool ApiGate::isNamed(const QByteArray &origin) const
{
    return !origin.isEmpty() && m_settings.origins.contains(QString::fromLatin1(origin).toLower());
}

bool ApiGate::isOurHost(const QByteArray &host) const
{
    if (host.isEmpty())
        return true; // HTTP/1.0; every browser sends the field
    const QString name = hostName(host);
    // An address cannot be rebound to another machine, as a name can.
    return name == "localhost"_L1 || net::parseIpAddress(name) || m_settings.hosts.contains(name);
}

std::optional<ApiResponse> ApiGate::refusal(ApiRequest &request, ApiTime now) const
{
    if (m_settings.checksHost && !isOurHost(request.host)) {
        return failureResponse(403,
            u"'%1' is not a name of this server; see --api-allow-host"_s.arg(
                logSafe(hostName(request.host), 80)),
            now);
    }
    if (isNamed(request.origin)) {
        request.origin.clear();
    } else if (!isSafe(request.method)) {
        // A browser lets any page send a simple POST and only hides the answer from it.
        const QByteArray &site = request.fetchSite;
        if (!request.origin.isEmpty() || (!site.isEmpty() && site != "none"_ba))
            return failureResponse(403, u"Web pages may not send this request"_s, now);
    }
    return m_settings.tokenRequired ? tokenRefusal(request, now) : std::nullopt;
}

bool ApiGate::isLocalPlugin(const ApiRequest &request) const
{
    return m_settings.localPluginIsFree && request.peerIsLoopback && request.method == "POST"_ba
        && plainPath(request.path) == pluginPath;
}

/// The right of the token in the request; nullopt without a valid token.
std::optional<ApiRight> ApiGate::rightOf(const ApiRequest &request) const
{
    const QString token = tokenOf(request);
    const bool mayBe = !token.isEmpty() && token.size() <= maxToken && m_settings.check;
    return mayBe ? m_settings.check(token) : std::nullopt;
}

bool ApiGate::isKnown(const ApiRequest &request) const
{
    return !m_settings.tokenRequired || isLocalPlugin(request) || rightOf(request);
}

std::optional<ApiResponse> ApiGate::tokenRefusal(const ApiRequest &request, ApiTime now) const
{
    if (isFree(request) || isLocalPlugin(request))
        return std::nullopt;
    const std::optional<ApiRight> right = rightOf(request);
    if (!right) {
        const bool none = request.authorization.isEmpty();
        ApiResponse response =
            failureResponse(401, none ? u"This API needs a token"_s : u"The token is not valid"_s, now);
        response.headers.emplace_back("WWW-Authenticate"_ba,
            none ? R"(Bearer realm="frpx")"_ba : R"(Bearer realm="frpx", error="invalid_token")"_ba);
        return response;
    }
    if (!isSafe(request.method) && *right != ApiRight::Change)
        return failureResponse(403, u"This token may only read"_s, now);
    return std::nullopt;
}

void ApiGate::addCors(const QByteArray &origin, const QByteArray &method, ApiResponse &response) const
{
    if (m_settings.origins.isEmpty())
        return;
    response.headers.emplace_back("Vary"_ba, "Origin"_ba);
    if (!isNamed(origin))
        return;
    response.headers.emplace_back("Access-Control-Allow-Origin"_ba, origin);
    if (method == "OPTIONS"_ba) {
        response.headers.emplace_back("Access-Control-Allow-Methods"_ba, "DELETE, GET, HEAD, PATCH, POST"_ba);
        response.headers.emplace_back("Access-Control-Allow-Headers"_ba, "Authorization, Content-Type"_ba);
        response.headers.emplace_back("Access-Control-Max-Age"_ba, "600"_ba);
    }
}

Result<QStringList> parseApiOrigins(const QString &text)
{
    QStringList origins;
    for (const QString &part : text.split(u',', Qt::SkipEmptyParts)) {
        const QString origin = part.trimmed().toLower();
        const QUrl url(origin, QUrl::StrictMode);
        const bool isWeb = url.scheme() == "http"_L1 || url.scheme() == "https"_L1;
        if (!isWeb || url.host().isEmpty() || url.toString(QUrl::FullyEncoded) != origin
            || origin != url.scheme() + u"://"_s + url.authority(QUrl::FullyEncoded)
            || !url.userInfo().isEmpty()) {
            return Error{Errc::InvalidArgument,
                u"\"%1\" is not the origin of a web page, such as https://status.example.org."_s.arg(
                    logSafe(part.trimmed(), 80))};
        }
        origins << origin;
    }
    if (origins.size() > maxListed)
        return Error{Errc::InvalidArgument, u"There may be %1 of them at most."_s.arg(maxListed)};
    return origins;
}

Result<QStringList> parseApiHosts(const QString &text)
{
    QStringList hosts;
    for (const QString &part : text.split(u',', Qt::SkipEmptyParts)) {
        QString host = part.trimmed().toLower();
        if (host.endsWith(u'.')) // the same name, written in full
            host.chop(1);
        const Result<net::HostAndPort> parsed = net::parseHostAndPort(host);
        const bool isAscii =
            std::all_of(host.begin(), host.end(), [](QChar c) { return c.unicode() < 0x80; });
        if (!parsed || parsed->port || !isAscii)
            return Error{Errc::InvalidArgument,
                u"\"%1\" is not a host name, such as frps.example.org, without port."_s.arg(
                    logSafe(part.trimmed(), 80))};
        if (!net::parseIpAddress(parsed->host)) // addresses are accepted anyway
            hosts << parsed->host;
    }
    if (hosts.size() > maxListed)
        return Error{Errc::InvalidArgument, u"There may be %1 of them at most."_s.arg(maxListed)};
    return hosts;
}

} // namespace frpx::server
