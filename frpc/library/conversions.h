// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/error.h"
#include "common/net/outboundproxy.h"
#include "frpc/session/listquery.h"
#include "frpc/trust/tlssettings.h"

#include <optional>

#include <Frpx/error.h>
#include <Frpx/proxy.h>
#include <Frpx/service.h>
#include <Frpx/tls.h>

/// Conversions from the types of the product to those of the library.
namespace Frpx {

Error toPublic(const frpx::Error &error);
Error toPublic(const frpx::Error &error, frpx::TunnelCode code);

frpx::client::TlsSettings fromPublic(const TlsOptions &options);
std::optional<frpx::net::OutboundProxy> fromPublic(const ProxyOptions &options);
ServerCertificate toPublic(const frpx::client::ServerCertificate &shown);
ServiceList servicesOf(const frpx::client::ListQuery &query);
PortList portsOf(const frpx::client::ListQuery &query);

/// The result of a session's query; \a convert extracts the value.
template <typename T>
Answer<T> answerOf(
    const frpx::Result<frpx::client::ListQuery> &result, T (*convert)(const frpx::client::ListQuery &query))
{
    if (result)
        return {convert(*result), {}};
    Error error = toPublic(result.error());
    if (error.code == ErrorCode::LinkLost) // the session reports this for a query that was cancelled
        error.code = ErrorCode::Cancelled;
    return {T(), error};
}

} // namespace Frpx
