// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/embed/hookmailbox.h"

namespace frpx::server {

/// One call of a hook: its arguments and its result. The implementation of Frpx::HookContext.
struct HookCall
{
    enum class Event { TunnelOpened, TunnelClosed, VisitorConnected, VisitorLeaving, Data };

    Event event;
    HookedTunnel &tunnel;
    HookMailbox &mailbox;
    net::LinkEnds visitor = {}; ///< null addresses in the events of the tunnel itself
    net::LinkEnds inner = {};
    QByteArrayView data = {};
    quint64 bytesToTunnel = 0;
    quint64 bytesToVisitor = 0;

    // Set by the hook:
    std::optional<QString> refusal = {}; ///< of the tunnel, at TunnelOpened
    bool visitorAborted = false;

    /// Calls \a hook, if there is one.
    void run(const Frpx::Hook &hook);
};

} // namespace frpx::server
