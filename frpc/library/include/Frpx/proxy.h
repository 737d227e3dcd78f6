// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

namespace Frpx {

/// A proxy on the way to the server. With one, TLS is spoken unless TlsOptions say never.
struct ProxyOptions
{
    /// What the proxy speaks.
    enum class Kind {
        None, ///< there is none; the variables of the environment are not read
        Http, ///< HTTP CONNECT
        Socks5, ///< SOCKS5, which is asked for the server by its name
    };

    Kind kind = Kind::None; ///< what the proxy speaks
    QString host = {}; ///< its name or address
    quint16 port = 0; ///< its port
    QString user = {}; ///< if it asks for one; at most 255 bytes
    QString password = {}; ///< of that user; at most 255 bytes; never in a log
};

} // namespace Frpx
