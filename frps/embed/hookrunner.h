// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/embed/hookcall.h"
#include "frps/tunnels/tunnelobserver.h"

namespace frpx::server {

/// Calls the hooks of one server for its tunnels and visitors. Control thread only.
class HookRunner : public TunnelObserver
{
public:
    struct Hooks
    {
        Frpx::Hook tunnelOpened;
        Frpx::Hook tunnelClosed;
        Frpx::Hook visitorConnected;
        Frpx::Hook visitorLeaving;
        /// Replaced as a whole: existing connections keep the old ones.
        std::shared_ptr<const DataHooks> data = std::make_shared<const DataHooks>();
    };
    /// Called after the hooks, inside the server's code: it must not change the server.
    struct Listener
    {
        std::function<void(const Frpx::TunnelInfo &)> opened;
        std::function<void(const Frpx::TunnelInfo &, Frpx::TunnelEnd)> closed;
    };

    explicit HookRunner(Listener listener);
    ~HookRunner() override;

    Hooks &hooks() { return m_hooks; }
    /// Collects events of connections and hooks. Its waker must lead to a call of settle().
    HookMailbox &mailbox() { return *m_mailbox; }
    /// True while a hook runs.
    bool isInHook() const { return m_depth > 0; }

    std::optional<QString> onOpened(
        const Tunnel &tunnel, const QString &clientId, const net::LinkEnds &link) override;
    void onClosed(const Tunnel &tunnel, QStringView reason) override;
    Verdict onVisitor(TunnelId tunnel, const net::LinkEnds &link) override;

    /// Calls the hooks for connections that have ended, and closes aborted tunnels by \a close(id, why).
    void settle(const std::function<void(TunnelId, const QString &)> &close);
    /// The server has ended, and every connection with it: calls the hooks for these, and for the tunnels.
    void finish();

private:
    void call(HookCall &hookCall, const Frpx::Hook &hook);
    void tellGone(const HookMailbox::VisitorGone &visitor);
    void tellClosed(const std::shared_ptr<HookedTunnel> &tunnel);

    const Listener m_listener;
    Hooks m_hooks;
    const std::shared_ptr<HookMailbox> m_mailbox =
        std::make_shared<HookMailbox>(); ///< shared with the connections
    /// Those whose closed hook is still due; by TunnelId.
    std::map<quint64, std::shared_ptr<HookedTunnel>> m_tunnels;
    int m_depth = 0;
};

} // namespace frpx::server
