// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/fdlistener.h"
#include "frps/frontend/accesscontrol.h"

#include <functional>

namespace frpx::server {

/// A public TCP port with its access rules. Control thread only.
class TcpFrontend
{
public:
    /// Gets each connection that the rules admit.
    using Handler = std::function<void(VisitorConnection visitor)>;

    /// Accepts only while the descriptor is below \a acceptBelow (see FdListener).
    TcpFrontend(AccessRules rules, int acceptBelow, Handler handler);

    AccessControl &access() { return m_access; }
    const AccessControl &access() const { return m_access; }
    /// All visitors, also those that were refused.
    quint64 accepted() const;

    Result<quint16> listen(const QHostAddress &address, quint16 port)
    {
        return m_listener.listenOn(address, port);
    }
    void stopListening() { m_listener.close(); }
    /// Accepts the connections that wait in the kernel, then closes the port.
    void acceptLast() { m_listener.acceptLastAndClose(); }

private:
    AccessControl m_access;
    FdListener m_listener;
    quint64 m_accepted = 0; ///< by m_access
};

} // namespace frpx::server
