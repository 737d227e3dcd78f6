// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/sockets.h"

#include <memory>
#include <optional>

#include <Frpx/hookcontext.h>

namespace frpx::server {

/// Both data hooks; either may be empty.
struct DataHooks
{
    Frpx::Hook toTunnel;
    Frpx::Hook toVisitor;

    bool isEmpty() const { return !toTunnel && !toVisitor; }
};

/// A tunnel as its hooks see it. Shared by its visitors' connections, some of which may outlive it.
struct HookedTunnel
{
    // Set when it is opened; any thread.
    Frpx::TunnelInfo info;
    net::LinkEnds link; ///< of the client that has opened it
    Frpx::TunnelValues values;

    // Control thread only.
    std::shared_ptr<const DataHooks> dataHooks; ///< replace those of the server; null: those of the server
    qint64 connections = 0; ///< connections that are followed
    std::optional<Frpx::TunnelEnd> end; ///< once it is closed
};

} // namespace frpx::server
