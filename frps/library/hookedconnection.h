// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/library/hookboard.h"
#include "frps/work/connectionobserver.h"

namespace frpx::server {

/// A user whom the hooks know of. When he has gone, the board is told.
class HookedConnection : public ConnectionObserver
{
public:
    /// \a user is between him and the server. \a dataHooks may be null.
    HookedConnection(std::shared_ptr<HookBoard> board, std::shared_ptr<HookedTunnel> tunnel,
        std::shared_ptr<const DataHooks> dataHooks, const net::LinkEnds &user);
    ~HookedConnection() override;

    bool wantsBytes() const override { return m_dataHooks && !m_dataHooks->isEmpty(); }
    void onPaired(RelayJob &job, quint64 passedOn) override;

private:
    // Shared, because a user may outlive whoever let him in.
    const std::shared_ptr<HookBoard> m_board;
    const std::shared_ptr<HookedTunnel> m_tunnel;
    const std::shared_ptr<const DataHooks> m_dataHooks;
    const net::LinkEnds m_user;
    net::LinkEnds m_inner;
    /// Shared with his relay.
    const std::shared_ptr<RelayTotals> m_totals = std::make_shared<RelayTotals>();
};

} // namespace frpx::server
