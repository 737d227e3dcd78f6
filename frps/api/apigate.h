// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "frps/api/apienvelope.h"
#include "frps/api/apirequest.h"

#include <QStringList>

#include <functional>
#include <optional>

namespace frpx::server {

/// What a token permits.
enum class ApiRight {
    Read,
    Change, ///< and read
};

struct ApiGateSettings
{
    /// Every request needs a token, except GET and HEAD of /ping and /api/health.
    bool tokenRequired = false;
    /// With tokenRequired: a frp server on this host needs no token for POST /port-registrations.
    bool localPluginIsFree = false;
    /// The right of a token; nullopt: the token is not valid.
    std::function<std::optional<ApiRight>(QStringView token)> check = {};
    /// Names in the Host field that are accepted, in lower case and without port, beside localhost and every
    /// address.
    QStringList hosts = {};
    /// Whether the Host field is checked.
    bool checksHost = true;
    /// Web pages that may use the API ("https://status.example.org"), in lower case.
    QStringList origins = {};
};

/// Decides whether a request may reach a route. Pure.
///
/// Half of it is for browsers: a foreign web page can send requests to this host. A request that changes
/// something is refused if it comes from a page that is not listed (Origin, Sec-Fetch-Site). The Host field
/// reveals a page that has bound its own name to our address (DNS rebinding).
class ApiGate
{
public:
    explicit ApiGate(ApiGateSettings settings);

    /// The answer that refuses \a request, or nullopt if it may pass. Removes the origin of a listed page
    /// from the request.
    std::optional<ApiResponse> refusal(ApiRequest &request, ApiTime now) const;
    /// True if no token is required, if \a request has a valid one, or if it comes from the plugin on this
    /// host. Reads method, path, authorization and peerIsLoopback.
    bool isKnown(const ApiRequest &request) const;
    /// Adds the fields that let the page at \a origin read \a response, if that page is listed. \a origin is
    /// the value in the original request.
    void addCors(const QByteArray &origin, const QByteArray &method, ApiResponse &response) const;

private:
    bool isNamed(const QByteArray &origin) const;
    bool isOurHost(const QByteArray &host) const;
    bool isLocalPlugin(const ApiRequest &request) const;
    std::optional<ApiRight> rightOf(const ApiRequest &request) const;
    std::optional<ApiResponse> tokenRefusal(const ApiRequest &request, ApiTime now) const;

    ApiGateSettings m_settings;
};

/// Parses a list such as "https://a.example,http://b.example:8080" for ApiGateSettings::origins.
/// Errc::InvalidArgument says what is wrong with an entry.
Result<QStringList> parseApiOrigins(const QString &text);
/// Parses a list of host names for ApiGateSettings::hosts.
Result<QStringList> parseApiHosts(const QString &text);

} // namespace frpx::server
