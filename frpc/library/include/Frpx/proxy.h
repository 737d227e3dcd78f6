// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

namespace Frpx {

/// An outbound proxy to the server. With a proxy, TLS is used unless TlsOptions turn it off.
struct ProxyOptions
{
    /// The protocol of the proxy.
    enum class Kind {
        None, ///< no proxy; environment variables are not read
        Http, ///< HTTP CONNECT
        Socks5, ///< SOCKS5; the proxy resolves the server's name
    };

    Kind kind = Kind::None; ///< the protocol of the proxy
    QString host = {}; ///< its name or address
    quint16 port = 0; ///< its port
    QString user = {}; ///< if the proxy requires a login; at most 255 bytes
    QString password = {}; ///< of that user; at most 255 bytes; never logged
};

} // namespace Frpx
