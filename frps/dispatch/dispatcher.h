// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/mailbox.h"
#include "frps/dispatch/dispatchstate.h"
#include "frps/workconn/openingframe.h"

#include <QObject>

namespace frpx::server {

class ClientRegistry;
class ControlServer;

/// The control thread's part of dispatching: it sends the requests of the loops to the clients, brings the
/// work connections that clients dial to the loops, and counts failures. The loops' part is Acquisition; both
/// share state().
///
/// Lives on the control thread. The loops must be stopped before it is destroyed.
class Dispatcher : public QObject
{
    Q_OBJECT

public:
    Dispatcher(const DispatchLimits &limits, ClientRegistry &registry, ControlServer &control,
        QObject *parent = nullptr);
    ~Dispatcher() override;

    /// For Acquisitions.
    DispatchState &state() { return m_state; }
    const DispatchState &state() const { return m_state; }
    /// \a heldUp is true if work connections from an address wait because of a limit of this server; a client
    /// there that does not dial in then does not count as failing.
    void setHeldUp(std::function<bool(const net::SourceKey &source)> heldUp) { m_heldUp = std::move(heldUp); }

    /// A client has dialled in: on request or in advance.
    void onWorkConnection(const WorkOpening &opening, WorkConn work);
    /// Drops work connections that are of no more use. Call a few times a second.
    void sweep();

private:
    void onClientRegistered(SessionId session);
    void onClientDraining(SessionId session);
    void onClientLeft(SessionId session);
    void onRefused(SessionId session, const QString &requestId, const QString &why);
    void onRequestedConnection(const QString &requestId, WorkConn work);
    void takeOrders();
    void onFailure(const DispatchFailure &failure);

    ClientRegistry &m_registry;
    ControlServer &m_control;
    std::function<bool(const net::SourceKey &source)> m_heldUp; ///< null: never
    DispatchState m_state;
    Mailbox<DialOrder> m_orders;
};

} // namespace frpx::server
