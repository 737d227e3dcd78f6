// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/fdlistener.h"
#include "frps/backends/backendpool.h"
#include "frps/dispatch/pendingconnections.h"
#include "frps/frontend/accesscontrol.h"
#include "frps/tunnels/connectionlimiter.h"

#include <deque>
#include <functional>

namespace frpx::server {

/// A public port with its access rules, its backend pool, its limits, and the visitors that wait for a place.
/// Control thread only.
class TcpFrontend
{
public:
    static constexpr size_t maxWaiting = 128; ///< visitors that wait for a place

    struct Settings
    {
        TunnelId id{};
        TunnelSpec spec;
        AccessRules accessRules = {};
        BalancePolicy policy = BalancePolicy::Random;
        OutlierLimits outliers = {};
        std::shared_ptr<ConnectionCounter> account = {}; ///< of the owner; may be null
        int accountLimit = 0; ///< see ConnectionLimiter
        int acceptBelow = std::numeric_limits<int>::max(); ///< see FdListener
    };
    /// Gets each accepted visitor; the ticket names the tunnel.
    using Handler = std::function<void(TcpFrontend &port, PendingConnection ticket)>;

    TcpFrontend(Settings settings, Handler handler);

    TunnelId id() const { return m_id; }
    bool isDefault() const { return m_id == TunnelId{}; }
    BackendPool &backends() { return m_backends; }
    const BackendPool &backends() const { return m_backends; }
    ConnectionLimiter &gate() { return m_gate; }
    const ConnectionLimiter &gate() const { return m_gate; }
    AccessControl &access() { return m_access; }
    const AccessControl &access() const { return m_access; }

    /// All visitors, also those that were refused.
    quint64 accepted() const;

    Result<quint16> listen(const QHostAddress &address, quint16 port);
    bool isListening() const { return m_listener.isListening(); }
    void stopListening() { m_listener.close(); }
    /// Accepts the connections that wait in the kernel, then closes the port.
    void acceptLast() { m_listener.acceptLastAndClose(); }

    /// Puts a visitor without a place at the end of the queue, until its `giveUpAt`. False, and nothing
    /// changes, if the queue is full.
    bool wait(PendingConnection &ticket);
    /// The first of the queue, if there is one.
    std::optional<PendingConnection> takeWaiting();
    /// Those in the queue whose time is over.
    std::vector<PendingConnection> takeLate(qint64 now);
    size_t waiting() const { return m_waiting.size(); }
    QStringList waitingIds() const;

private:
    const TunnelId m_id;
    Handler m_handler;
    BackendPool m_backends;
    ConnectionLimiter m_gate;
    AccessControl m_access;
    FdListener m_listener;
    quint64 m_accepted = 0; ///< by m_access
    std::deque<PendingConnection> m_waiting; ///< oldest first
};

} // namespace frpx::server
