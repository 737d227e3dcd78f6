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

/// What a hook is told, and what it can do. Valid only during the call.
class FRPX_EXPORT HookContext
{
public:
    Q_DISABLE_COPY_MOVE(HookContext)

    /// \return the tunnel it is about.
    const TunnelInfo &tunnel() const;
    /// \return what hooks remember of this tunnel.
    TunnelValues &values() const;

    /// \return where the user comes from. Not known in the hooks of the tunnel itself, like the next one.
    Endpoint userRemoteAddress() const;
    /// \return the end of the server, where the user has gone.
    Endpoint userLocalAddress() const;
    /// \return the client's end of the connection between server and client: the user's own one once a client
    /// serves him (data hooks, and when he leaves), before that the link of the client that has opened the
    /// tunnel.
    Endpoint innerRemoteAddress() const;
    /// \return the server's end of the same connection.
    Endpoint innerLocalAddress() const;

    /// \return the bytes that are about to be passed on; empty in the other hooks.
    QByteArrayView data() const;
    /// \return how many bytes of the user have been passed on to the tunnel. Known when he leaves.
    quint64 bytesToTunnel() const;
    /// \return how many bytes of the tunnel have been passed on to the user. Known when he leaves.
    quint64 bytesToUser() const;
    /// \return why the tunnel is closed, in the hook that tells so.
    TunnelEnd tunnelEnd() const;

    /// Closes the tunnel and cuts its users, soon after the hook has returned; its clients do not open it
    /// again by themselves. When the tunnel has just been opened it is refused: nobody is served, the client
    /// is told \a reason, and no hook follows. Else \a reason goes to the log. Does nothing if it is closed.
    void abortTunnel(const QString &reason = {});
    /// Does not let the user in, or cuts him; \a data() is not passed on. He gets nothing but the end of his
    /// connection. Does nothing in the hooks of the tunnel itself, and when he leaves anyway.
    void abortUser();
    /// Sets the data hooks of this tunnel in place of those of the server; empty ones: none. Only when the
    /// tunnel has just been opened.
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
