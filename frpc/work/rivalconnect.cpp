// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/rivalconnect.h"

namespace frpx::client {

RivalConnect *RivalConnect::start(IoLoop &loop, RivalOwner &owner, size_t index, UniqueFd fd)
{
    const int descriptor = fd.get();
    auto owned = std::make_unique<RivalConnect>(loop, owner, index, std::move(fd));
    RivalConnect *rival = owned.get();
    loop.adopt(std::move(owned));
    loop.setIncidental(rival, true);
    if (loop.watch(rival, 0, descriptor))
        return rival;
    loop.finish(rival);
    return nullptr;
}

RivalConnect::RivalConnect(IoLoop &loop, RivalOwner &owner, size_t index, UniqueFd fd)
    : m_loop(loop)
    , m_owner(owner)
    , m_index(index)
    , m_fd(std::move(fd))
{ }

UniqueFd RivalConnect::takeFd()
{
    m_loop.unwatch(this, 0, m_fd.get());
    return std::move(m_fd);
}

void RivalConnect::onIo(int side, IoEvents events)
{
    Q_UNUSED(side)
    if (!events.writable || !m_fd)
        return;
    m_owner.onRivalDecided(this);
    m_loop.finish(this);
}

} // namespace frpx::client
