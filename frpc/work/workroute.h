// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/outboundproxy.h"
#include "common/net/sockets.h"
#include "common/tls/tlsclientcontext.h"

#include <memory>

namespace frpx::client {

/// How work connections reach the server: the address of the control link's peer, or the outbound proxy.
struct WorkRoute
{
    net::Endpoint endpoint; ///< the address to connect to: the server's proxy port, or the outbound proxy
    std::shared_ptr<TlsClientContext> tls = {}; ///< shared with the connections; null: plain
    /// The request to the outbound proxy at `endpoint`, shared with the connections; null: no proxy.
    std::shared_ptr<const net::ProxyRequest> proxy = {};
};

} // namespace frpx::client
