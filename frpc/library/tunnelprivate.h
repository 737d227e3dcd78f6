// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaymeter.h"

#include <Frpx/tunnel.h>

namespace Frpx {

class ClientPrivate;
class HandlerService;

/// The private part of Tunnel.
class TunnelPrivate
{
public:
    ClientPrivate *core = nullptr; ///< null once the client is deleted
    int id = 0; ///< the id in ServerSession
    TunnelOptions options;
    Tunnel::State state = Tunnel::State::Opening;
    Tunnel::CloseReason closeReason = Tunnel::CloseReason::None;
    Error error;
    quint16 port = 0;
    QString publicAddress;
    /// Shared with the relays, which may outlive the tunnel.
    std::shared_ptr<frpx::RelayMeter> meter = std::make_shared<frpx::RelayMeter>();
    HandlerService *service = nullptr; ///< a child of the tunnel; null without a handler, or when closed
};

} // namespace Frpx
