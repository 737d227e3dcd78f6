// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/sockets.h"
#include "frps/tunnel/tunnelregistry.h"
#include "frps/work/connectionobserver.h"

namespace frpx::server {

/// Hears of the tunnels beside the default one and of their users, and may refuse both. Called on the control
/// thread from the midst of things: it must not change anything of the server from within a call.
class TunnelObserver
{
public:
    TunnelObserver() = default;
    virtual ~TunnelObserver() = default;
    Q_DISABLE_COPY_MOVE(TunnelObserver)

    /// \a record is open, and is to be served first by \a clientId over \a link. \return why it must be
    /// closed again, a sentence for the client; nothing: it may stay.
    virtual std::optional<QString> onOpened(
        const TunnelRecord &record, const QString &clientId, const net::LinkEnds &link) = 0;
    /// It is closed, because of \a reason (see proto::tunnelend; empty: its last client has left). Users may
    /// still be served.
    virtual void onClosed(const TunnelRecord &record, QStringView reason) = 0;

    struct Verdict
    {
        bool admitted = true;
        std::shared_ptr<ConnectionObserver> watch = {}; ///< null: nobody follows him
    };
    /// A user has come to \a tunnel over \a link, whose remote end is his. There is room for him.
    virtual Verdict onUser(TunnelId tunnel, const net::LinkEnds &link) = 0;
};

} // namespace frpx::server
