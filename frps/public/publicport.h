// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/fdlistener.h"
#include "frps/public/doorkeeper.h"
#include "frps/tunnel/tunnel.h"
#include "frps/tunnel/tunnelgate.h"
#include "frps/work/ticketbook.h"

#include <deque>
#include <functional>

namespace frpx::server {

/// A public port with all that belongs to it: who may come, the pool that serves it, its limits, and the
/// users who wait for a place. Control thread only.
class PublicPort
{
public:
    static constexpr size_t maxWaiting = 128; ///< users who wait for a place

    struct Settings
    {
        TunnelId id{};
        QString name;
        DoorSettings door = {};
        BalancePolicy policy = BalancePolicy::Random;
        OutlierLimits outliers = {};
        TunnelLimits limits = {};
        std::shared_ptr<UserCounter> account = {}; ///< of the owner; may be null
        int accountLimit = 0; ///< see TunnelGate
        int acceptBelow = std::numeric_limits<int>::max(); ///< see FdListener
    };
    /// Gets each user who may come, in a ticket that says whose user he is.
    using Handler = std::function<void(PublicPort &port, Ticket ticket)>;

    PublicPort(Settings settings, Handler handler);

    TunnelId id() const { return m_id; }
    bool isDefault() const { return m_id == TunnelId{}; }
    Tunnel &tunnel() { return m_tunnel; }
    const Tunnel &tunnel() const { return m_tunnel; }
    TunnelGate &gate() { return m_gate; }
    const TunnelGate &gate() const { return m_gate; }
    Doorkeeper &door() { return m_door; }
    const Doorkeeper &door() const { return m_door; }

    /// Users who have come, whatever became of them.
    quint64 accepted() const;

    Result<quint16> listen(const QHostAddress &address, quint16 port);
    bool isListening() const { return m_listener.isListening(); }
    void stopListening() { m_listener.close(); }
    /// Serves who is connected already, and closes the port to everybody else.
    void acceptLast() { m_listener.acceptLastAndClose(); }

    /// Puts a user who finds no place at the end of the queue, until his `giveUpAt`. False, and he is not
    /// taken, if it is full.
    bool wait(Ticket &ticket);
    /// The first of the queue, if there is one.
    std::optional<Ticket> takeWaiting();
    /// Of the queue, those whose time is over.
    std::vector<Ticket> takeLate(qint64 now);
    size_t waiting() const { return m_waiting.size(); }
    QStringList waitingIds() const;

private:
    const TunnelId m_id;
    Handler m_handler;
    Tunnel m_tunnel;
    TunnelGate m_gate;
    Doorkeeper m_door;
    FdListener m_listener;
    quint64 m_letIn = 0; ///< by the doorkeeper
    std::deque<Ticket> m_waiting; ///< who came first is first
};

} // namespace frpx::server
