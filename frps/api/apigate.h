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

/// What the bearer of a token may do with the API.
enum class ApiRight {
    Read,
    Change, ///< and read
};

struct ApiGateSettings
{
    /// When nobody gets in without a token. Only GET and HEAD of /ping and /api/health need none.
    bool tokenRequired = false;
    /// With tokenRequired: a frp server on this machine needs none for POST /port-registrations.
    bool localPluginIsFree = false;
    /// Whose token is it? None: nobody's.
    std::function<std::optional<ApiRight>(QStringView token)> check = {};
    /// Names in the Host field that mean this server, in lower case and without port, beside localhost and
    /// every address.
    QStringList hosts = {};
    /// Whether the Host field is looked at.
    bool checksHost = true;
    /// Web pages that may use the API ("https://status.example.org"), in lower case.
    QStringList origins = {};
};

/// Decides who may ask the API what, before any route sees the request. Pure.
///
/// Browsers are the reason for half of it: a page of somebody else can send requests to this machine. One
/// that changes something is refused if it comes from a page that is not named (Origin, Sec-Fetch-Site), and
/// a page that has got our address for its own name (DNS rebinding) is found by the Host field.
class ApiGate
{
public:
    explicit ApiGate(ApiGateSettings settings);

    /// The answer to \a request if it may not pass. From a page that is named, the request then no longer
    /// carries an origin.
    std::optional<ApiResponse> refusal(ApiRequest &request, ApiTime now) const;
    /// Whether \a request comes from somebody whom this API knows: by a token where one is needed, else by
    /// the place. Looks at method, path, authorization and peerIsLoopback.
    bool isKnown(const ApiRequest &request) const;
    /// Tells the browser that the page at \a origin may see \a response, if that is so. \a origin is the one
    /// that the request came with.
    void addCors(const QByteArray &origin, const QByteArray &method, ApiResponse &response) const;

private:
    bool isNamed(const QByteArray &origin) const;
    bool isOurHost(const QByteArray &host) const;
    bool isLocalPlugin(const ApiRequest &request) const;
    std::optional<ApiRight> rightOf(const ApiRequest &request) const;
    std::optional<ApiResponse> tokenRefusal(const ApiRequest &request, ApiTime now) const;

    ApiGateSettings m_settings;
};

/// A list such as "https://a.example,http://b.example:8080" in the form of ApiGateSettings::origins.
/// Errc::InvalidArgument says what is wrong with one.
Result<QStringList> parseApiOrigins(const QString &text);
/// A list of host names in the form of ApiGateSettings::hosts.
Result<QStringList> parseApiHosts(const QString &text);

} // namespace frpx::server
