// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tunnels/tunnel.h"

namespace frpx::server {

bool Tunnel::wait(VisitorConnection &visitor)
{
    if (waiting.size() >= maxWaiting)
        return false;
    waiting.push_back(std::move(visitor));
    limiter.counter()->wakeOnLeave();
    return true;
}

std::optional<VisitorConnection> Tunnel::takeWaiting()
{
    if (waiting.empty())
        return std::nullopt;
    VisitorConnection visitor = std::move(waiting.front());
    waiting.pop_front();
    return visitor;
}

std::vector<VisitorConnection> Tunnel::takeLate(qint64 now)
{
    std::vector<VisitorConnection> late;
    // All wait equally long, so they are in order.
    while (!waiting.empty() && waiting.front().giveUpAt <= now) {
        late.push_back(std::move(waiting.front()));
        waiting.pop_front();
    }
    return late;
}

} // namespace frpx::server
