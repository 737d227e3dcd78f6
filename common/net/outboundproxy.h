// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

#include <memory>

namespace frpx::net {

/// A proxy through which a client reaches its server: HTTP CONNECT or SOCKS5.
struct OutboundProxy
{
    enum class Kind {
        Http,
        Socks5,
    };

    Kind kind = Kind::Http;
    QString host; ///< without brackets
    quint16 port = 0;
    QString user; ///< empty: none
    QString password; ///< never logged

    /// "http://proxy.example.org:3128": without user and password.
    QString toString() const;

    bool operator==(const OutboundProxy &other) const = default;
};

/// Parses `http://[USER[:PASSWORD]@]HOST:PORT` or `socks5://…`. Errc::InvalidArgument with a sentence that
/// does not repeat \a text, which may contain a password.
Result<OutboundProxy> parseOutboundProxy(const QString &text);

/// The request to a proxy.
struct ProxyRequest
{
    OutboundProxy proxy;
    QString host; ///< a name, which the proxy looks up, or an address
    quint16 port = 0;
};

} // namespace frpx::net
