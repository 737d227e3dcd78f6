// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/outboundproxy.h"
#include "common/net/sockets.h"
#include "common/tls/tlsclientcontext.h"

#include <memory>

namespace frpx::client {

/// How work connections get to the server: the address that its control link has reached, or the proxy on the
/// way there.
struct WorkRoute
{
    net::Endpoint endpoint; ///< what is connected to: the server's proxy port, or the outbound proxy
    std::shared_ptr<TlsClientContext> tls = {}; ///< shared with the connections; null: plain
    /// What the outbound proxy at `endpoint` is asked for, shared with the connections; null: there is none.
    std::shared_ptr<const net::ProxyRequest> proxy = {};
};

} // namespace frpx::client
