// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArrayView>

#include <functional>

#include <Frpx/tunnelinfo.h>
#include <Frpx/tunnelvalues.h>

namespace frpx::server {
struct HookCall;
}

namespace Frpx {

class HookContext;

/// A function of the program that the server calls; see Server for which, when, and in which thread. It must
/// return soon, throw nothing, and run no event loop.
using Hook = std::function<void(HookContext &context)>;

/// The arguments of a hook, and the actions it can take. Valid only during the call. A visitor, the public
/// side of a connection, is called "user" in the names.
class FRPX_EXPORT HookContext
{
public:
    Q_DISABLE_COPY_MOVE(HookContext)

    /// \return the tunnel of the event.
    const TunnelInfo &tunnel() const;
    /// \return the values that hooks have stored for this tunnel.
    TunnelValues &values() const;

    /// \return the address of the visitor. Not known in the hooks of the tunnel itself, like the next one.
    Endpoint userRemoteAddress() const;
    /// \return the server's end, to which the visitor has connected.
    Endpoint userLocalAddress() const;
    /// \return the client's end of the connection between server and client: of the one that carries the
    /// visitor once a client serves it (data hooks, and user-leaving hook), before that of the link of the
    /// client that has opened the tunnel.
    Endpoint innerRemoteAddress() const;
    /// \return the server's end of the same connection.
    Endpoint innerLocalAddress() const;

    /// \return the bytes that are about to be passed on; empty in the other hooks.
    QByteArrayView data() const;
    /// \return the number of bytes passed on from the visitor to the tunnel. Known in the user-leaving hook.
    quint64 bytesToTunnel() const;
    /// \return the number of bytes passed on from the tunnel to the visitor. Known in the user-leaving hook.
    quint64 bytesToUser() const;
    /// \return why the tunnel is closed, in the tunnel-closed hook.
    TunnelEnd tunnelEnd() const;

    /// Closes the tunnel and cuts its connections, soon after the hook has returned; its clients do not open
    /// it again by themselves. In the tunnel-opened hook the tunnel is refused: no visitor is served, the
    /// client gets \a reason, and no further hook is called. Otherwise \a reason is logged. Does nothing if
    /// it is closed.
    void abortTunnel(const QString &reason = {});
    /// Refuses or cuts the visitor's connection; \a data() is not passed on. The visitor gets no data before
    /// the end. Does nothing in the hooks of the tunnel itself, and in the user-leaving hook.
    void abortUser();
    /// Sets the data hooks of this tunnel, which replace those of the server; empty ones: none. Only in the
    /// tunnel-opened hook.
    void setDataHooks(const Hook &toTunnel, const Hook &toUser);

private:
    friend struct frpx::server::HookCall;
    explicit HookContext(frpx::server::HookCall &call)
        : m_call(call)
    { }
    ~HookContext() = default;

    frpx::server::HookCall &m_call;
};

} // namespace Frpx
