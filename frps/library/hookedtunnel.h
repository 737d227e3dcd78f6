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
    Frpx::Hook toUser;

    bool isEmpty() const { return !toTunnel && !toUser; }
};

/// A tunnel as its hooks see it. Shared by its users, some of whom may outlive it.
struct HookedTunnel
{
    // As it was opened; any thread.
    Frpx::TunnelInfo info;
    net::LinkEnds link; ///< of the client that has opened it
    Frpx::TunnelValues values;

    // Control thread only.
    std::shared_ptr<const DataHooks>
        dataHooks; ///< in place of those of the server; null: those of the server
    qint64 users = 0; ///< who are followed
    std::optional<Frpx::TunnelEnd> end; ///< once it is closed
};

} // namespace frpx::server
