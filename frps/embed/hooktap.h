// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaytap.h"
#include "frps/embed/hookmailbox.h"

namespace frpx::server {

/// Passes the bytes of one visitor to the data hooks. Lives in the thread of the relay.
class HookTap : public RelayTap
{
public:
    /// \a visitor: the ends of the connection between visitor and server; \a inner: between server and
    /// client.
    HookTap(std::shared_ptr<HookMailbox> mailbox, std::shared_ptr<HookedTunnel> tunnel,
        std::shared_ptr<const DataHooks> hooks, const net::LinkEnds &visitor, const net::LinkEnds &inner);
    ~HookTap() override;

    bool onBytesToService(QByteArrayView bytes) override { return show(m_hooks->toTunnel, bytes); }
    bool onBytesToVisitor(QByteArrayView bytes) override { return show(m_hooks->toVisitor, bytes); }

private:
    bool show(const Frpx::Hook &hook, QByteArrayView bytes) const;

    // Shared, because a relay may outlive the HookRunner and the tunnel.
    const std::shared_ptr<HookMailbox> m_mailbox;
    const std::shared_ptr<HookedTunnel> m_tunnel;
    const std::shared_ptr<const DataHooks> m_hooks;
    const net::LinkEnds m_visitor;
    const net::LinkEnds m_inner;
};

} // namespace frpx::server
