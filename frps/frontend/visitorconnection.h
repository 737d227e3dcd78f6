// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "common/core/uniquefd.h"
#include "common/net/sockets.h"
#include "common/tls/tlsstate.h"
#include "frps/frontend/connectionobserver.h"

#include <QByteArray>
#include <QString>

#include <memory>
#include <optional>

namespace frpx::server {

/// A visitor's connection from the accept to its relay. The visitor's bytes stay in the kernel meanwhile
/// (under TLS: there, in `tls` and in `early`), so the connection can be offered to one client after another
/// without loss.
struct VisitorConnection
{
    UniqueFd fd;
    net::Endpoint source = {}; ///< the visitor's address; null until needed: see sourceOf()
    /// The address that the visitor connected to, once known: see endsOf().
    std::optional<net::Endpoint> target = {};
    /// Its places among the connections of its address and of its tunnel; null: not counted.
    std::shared_ptr<void> lease = {};
    TunnelId tunnel{}; ///< the tunnel it arrived at
    size_t loop = 0; ///< of the RelayPool: all that is done in a loop for it is done there
    std::shared_ptr<ConnectionObserver> watch = {}; ///< follows the connection; may be null
    std::unique_ptr<TlsState> tls = {}; ///< over `fd`, its handshake done; null: plain
    /// Read from `tls` already, not yet sent to the service; WorkHandoff limits its size.
    QByteArray early = {};
    // While it waits for a place in its tunnel:
    QString queuedId = {};
    qint64 giveUpAt = 0; ///< steadyMs(); then it is closed
};

/// The visitor's address; asked from the system if it is not known yet. A null address if the visitor has
/// closed.
const net::Endpoint &sourceOf(VisitorConnection &visitor);

/// sourceOf(), and as the local end the address that the visitor connected to.
net::LinkEnds endsOf(VisitorConnection &visitor);

} // namespace frpx::server
