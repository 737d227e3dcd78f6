// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/embed/hooktap.h"

#include "frps/embed/hookcall.h"

namespace frpx::server {

HookTap::HookTap(std::shared_ptr<HookMailbox> mailbox, std::shared_ptr<HookedTunnel> tunnel,
    std::shared_ptr<const DataHooks> hooks, const net::LinkEnds &visitor, const net::LinkEnds &inner)
    : m_mailbox(std::move(mailbox))
    , m_tunnel(std::move(tunnel))
    , m_hooks(std::move(hooks))
    , m_visitor(visitor)
    , m_inner(inner)
{ }

HookTap::~HookTap() = default;

bool HookTap::show(const Frpx::Hook &hook, QByteArrayView bytes) const
{
    HookCall call{HookCall::Event::Data, *m_tunnel, *m_mailbox, m_visitor, m_inner, bytes};
    call.run(hook);
    return !call.visitorAborted;
}

} // namespace frpx::server
