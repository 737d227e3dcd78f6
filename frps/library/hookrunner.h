// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/library/hookcall.h"
#include "frps/tunnel/tunnelobserver.h"

namespace frpx::server {

/// Calls the hooks of one server for its tunnels and users. Control thread only.
class HookRunner : public TunnelObserver
{
public:
    struct Hooks
    {
        Frpx::Hook tunnelOpened;
        Frpx::Hook tunnelClosed;
        Frpx::Hook userConnected;
        Frpx::Hook userLeaving;
        /// Replaced as a whole: those who are being served keep theirs.
        std::shared_ptr<const DataHooks> data = std::make_shared<const DataHooks>();
    };
    /// Told after the hooks, from the midst of things.
    struct Listener
    {
        std::function<void(const Frpx::TunnelInfo &)> opened;
        std::function<void(const Frpx::TunnelInfo &, Frpx::TunnelEnd)> closed;
    };

    explicit HookRunner(Listener listener);
    ~HookRunner() override;

    Hooks &hooks() { return m_hooks; }
    /// Where users and hooks leave word. Whoever is woken by it calls settle().
    HookBoard &board() { return *m_board; }
    /// Is a hook being called?
    bool isInHook() const { return m_depth > 0; }

    std::optional<QString> onOpened(
        const TunnelRecord &record, const QString &clientId, const net::LinkEnds &link) override;
    void onClosed(const TunnelRecord &record, QStringView reason) override;
    Verdict onUser(TunnelId tunnel, const net::LinkEnds &link) override;

    /// Tells of the users who have gone, and closes what is to be closed by \a close(id, why).
    void settle(const std::function<void(TunnelId, const QString &)> &close);
    /// The server has ended, and with it every user: tells of these, and of the tunnels.
    void finish();

private:
    void call(HookCall &hookCall, const Frpx::Hook &hook);
    void tellGone(const HookBoard::UserGone &user);
    void tellClosed(const std::shared_ptr<HookedTunnel> &tunnel);

    const Listener m_listener;
    Hooks m_hooks;
    const std::shared_ptr<HookBoard> m_board = std::make_shared<HookBoard>(); ///< shared with the users
    std::map<quint64, std::shared_ptr<HookedTunnel>> m_tunnels; ///< whose end has not been told; by TunnelId
    int m_depth = 0;
};

} // namespace frpx::server
