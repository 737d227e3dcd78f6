// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/library/hookboard.h"

namespace frpx::server {

/// One call of a hook: what it is told, and what it wants. The inside of Frpx::HookContext.
struct HookCall
{
    enum class Event { TunnelOpened, TunnelClosed, UserConnected, UserLeaving, Data };

    Event event;
    HookedTunnel &tunnel;
    HookBoard &board;
    net::LinkEnds user = {}; ///< null addresses in the events of the tunnel itself
    net::LinkEnds inner = {};
    QByteArrayView data = {};
    quint64 bytesToTunnel = 0;
    quint64 bytesToUser = 0;

    // What the hook wants.
    std::optional<QString> refusal = {}; ///< of the tunnel, at TunnelOpened
    bool userAborted = false;

    /// Calls \a hook, if there is one.
    void run(const Frpx::Hook &hook);
};

} // namespace frpx::server
