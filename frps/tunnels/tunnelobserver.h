// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/sockets.h"
#include "frps/frontend/connectionobserver.h"
#include "frps/tunnels/tunnelregistry.h"

namespace frpx::server {

/// Observes the tunnels other than the default one and their visitors, and may refuse both. Called on the
/// control thread, inside the server's code: it must not change the server during a call.
class TunnelObserver
{
public:
    TunnelObserver() = default;
    virtual ~TunnelObserver() = default;
    Q_DISABLE_COPY_MOVE(TunnelObserver)

    /// \a tunnel is open; \a clientId will serve it first, over \a link. \return why it must be
    /// closed again, a sentence for the client; nullopt: it stays open.
    virtual std::optional<QString> onOpened(
        const Tunnel &tunnel, const QString &clientId, const net::LinkEnds &link) = 0;
    /// The tunnel is closed, because of \a reason (see tunnelend; empty: its last client has left).
    /// Visitors may still be served.
    virtual void onClosed(const Tunnel &tunnel, QStringView reason) = 0;

    struct Verdict
    {
        bool admitted = true;
        std::shared_ptr<ConnectionObserver> watch = {}; ///< null: the connection is not followed
    };
    /// A visitor has connected to \a tunnel over \a link, whose remote end is the visitor's. There is room
    /// for it.
    virtual Verdict onVisitor(TunnelId tunnel, const net::LinkEnds &link) = 0;
};

} // namespace frpx::server
