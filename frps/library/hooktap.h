// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaytap.h"
#include "frps/library/hookboard.h"

namespace frpx::server {

/// Shows the bytes of one user to the data hooks. Lives in the thread of his relay.
class HookTap : public RelayTap
{
public:
    /// \a user is between him and the server, \a inner between the server and his client.
    HookTap(std::shared_ptr<HookBoard> board, std::shared_ptr<HookedTunnel> tunnel,
        std::shared_ptr<const DataHooks> hooks, const net::LinkEnds &user, const net::LinkEnds &inner);
    ~HookTap() override;

    bool onBytesToService(QByteArrayView bytes) override { return show(m_hooks->toTunnel, bytes); }
    bool onBytesToVisitor(QByteArrayView bytes) override { return show(m_hooks->toUser, bytes); }

private:
    bool show(const Frpx::Hook &hook, QByteArrayView bytes) const;

    // Shared, because a relay may outlive whoever made it.
    const std::shared_ptr<HookBoard> m_board;
    const std::shared_ptr<HookedTunnel> m_tunnel;
    const std::shared_ptr<const DataHooks> m_hooks;
    const net::LinkEnds m_user;
    const net::LinkEnds m_inner;
};

} // namespace frpx::server
