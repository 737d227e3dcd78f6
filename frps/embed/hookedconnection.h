// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/embed/hookmailbox.h"
#include "frps/frontend/connectionobserver.h"

namespace frpx::server {

/// A visitor's connection that hooks follow. Posts its end to the mailbox.
class HookedConnection : public ConnectionObserver
{
public:
    /// \a visitor: the ends of the connection between visitor and server. \a dataHooks may be null.
    HookedConnection(std::shared_ptr<HookMailbox> mailbox, std::shared_ptr<HookedTunnel> tunnel,
        std::shared_ptr<const DataHooks> dataHooks, const net::LinkEnds &visitor);
    ~HookedConnection() override;

    bool wantsBytes() const override { return m_dataHooks && !m_dataHooks->isEmpty(); }
    void onPaired(RelayJob &job, quint64 passedOn) override;

private:
    // Shared, because a connection may outlive the HookRunner and the tunnel.
    const std::shared_ptr<HookMailbox> m_mailbox;
    const std::shared_ptr<HookedTunnel> m_tunnel;
    const std::shared_ptr<const DataHooks> m_dataHooks;
    const net::LinkEnds m_visitor;
    net::LinkEnds m_inner;
    /// Shared with the relay.
    const std::shared_ptr<RelayTotals> m_totals = std::make_shared<RelayTotals>();
};

} // namespace frpx::server
