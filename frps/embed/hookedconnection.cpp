// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/embed/hookedconnection.h"

#include "frps/embed/hooktap.h"

namespace frpx::server {

HookedConnection::HookedConnection(std::shared_ptr<HookMailbox> mailbox, std::shared_ptr<HookedTunnel> tunnel,
    std::shared_ptr<const DataHooks> dataHooks, const net::LinkEnds &visitor)
    : m_mailbox(std::move(mailbox))
    , m_tunnel(std::move(tunnel))
    , m_dataHooks(std::move(dataHooks))
    , m_visitor(visitor)
    , m_inner(m_tunnel->link)
{ }

HookedConnection::~HookedConnection()
{
    m_mailbox->post({m_tunnel, m_visitor, m_inner, m_totals->toService, m_totals->toVisitor});
}

void HookedConnection::onPaired(RelayJob &job, quint64 passedOn)
{
    const int work = job.service.get();
    m_inner = {net::localOf(work), net::peerOf(work)};
    m_totals->toService = passedOn;
    job.totals = m_totals;
    if (wantsBytes())
        job.tap = std::make_shared<HookTap>(m_mailbox, m_tunnel, m_dataHooks, m_visitor, m_inner);
}

} // namespace frpx::server
