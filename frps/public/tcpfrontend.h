// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/fdlistener.h"
#include "frps/public/accesscontrol.h"
#include "frps/tunnel/backendpool.h"
#include "frps/tunnel/connectionlimiter.h"
#include "frps/work/pendingconnections.h"

#include <deque>
#include <functional>

namespace frpx::server {

/// A public port with all that belongs to it: who may come, the pool that serves it, its limits, and the
/// users who wait for a place. Control thread only.
class TcpFrontend
{
public:
    static constexpr size_t maxWaiting = 128; ///< users who wait for a place

    struct Settings
    {
        TunnelId id{};
        QString name;
        AccessRules door = {};
        BalancePolicy policy = BalancePolicy::Random;
        OutlierLimits outliers = {};
        TunnelLimits limits = {};
        std::shared_ptr<UserCounter> account = {}; ///< of the owner; may be null
        int accountLimit = 0; ///< see ConnectionLimiter
        int acceptBelow = std::numeric_limits<int>::max(); ///< see FdListener
    };
    /// Gets each user who may come, in a ticket that says whose user he is.
    using Handler = std::function<void(TcpFrontend &port, PendingConnection ticket)>;

    TcpFrontend(Settings settings, Handler handler);

    TunnelId id() const { return m_id; }
    bool isDefault() const { return m_id == TunnelId{}; }
    BackendPool &backends() { return m_backends; }
    const BackendPool &backends() const { return m_backends; }
    ConnectionLimiter &gate() { return m_gate; }
    const ConnectionLimiter &gate() const { return m_gate; }
    AccessControl &door() { return m_door; }
    const AccessControl &door() const { return m_door; }

    /// Users who have come, whatever became of them.
    quint64 accepted() const;

    Result<quint16> listen(const QHostAddress &address, quint16 port);
    bool isListening() const { return m_listener.isListening(); }
    void stopListening() { m_listener.close(); }
    /// Serves who is connected already, and closes the port to everybody else.
    void acceptLast() { m_listener.acceptLastAndClose(); }

    /// Puts a user who finds no place at the end of the queue, until his `giveUpAt`. False, and he is not
    /// taken, if it is full.
    bool wait(PendingConnection &ticket);
    /// The first of the queue, if there is one.
    std::optional<PendingConnection> takeWaiting();
    /// Of the queue, those whose time is over.
    std::vector<PendingConnection> takeLate(qint64 now);
    size_t waiting() const { return m_waiting.size(); }
    QStringList waitingIds() const;

private:
    const TunnelId m_id;
    Handler m_handler;
    BackendPool m_backends;
    ConnectionLimiter m_gate;
    AccessControl m_door;
    FdListener m_listener;
    quint64 m_letIn = 0; ///< by the doorkeeper
    std::deque<PendingConnection> m_waiting; ///< who came first is first
};

} // namespace frpx::server
