// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/sockets.h"
#include "common/tunnel/tunnelrequests.h"

#include <QString>

#include <optional>

namespace frpx::server {

/// What a client needs to know to dial a work connection for a visitor.
struct ConnectionRequest
{
    QString id; ///< the work connection has to name it
    std::optional<net::LinkEnds> visitor = {}; ///< local: where the visitor has connected to
    std::optional<QString> tunnel = {}; ///< absent: the tunnel of the wire without names
};

/// The server's end of the link to one client, whatever protocol the client speaks. The control plane uses
/// only this; the messages stay behind it. Control thread only. A link that breaks during a call reports
/// that before the call returns.
class ClientLink
{
public:
    ClientLink() = default;
    virtual ~ClientLink() = default;
    Q_DISABLE_COPY_MOVE(ClientLink)

    virtual net::LinkEnds ends() const = 0;
    /// Asks the client to dial a work connection.
    virtual void requestConnection(const ConnectionRequest &request) = 0;

    virtual void answer(const OpenTunnelResult &result) = 0;
    virtual void answer(const Services &page) = 0;
    virtual void answer(const FreePorts &page) = 0;
    /// The client should not open the tunnel again.
    virtual void tell(const TunnelClosed &closed) = 0;
    /// Refused tunnels may be opened now. No-op if the client does not know that.
    virtual void retryTunnels() = 0;
};

} // namespace frpx::server
