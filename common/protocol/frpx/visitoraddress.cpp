// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/visitoraddress.h"

#include "common/net/ipaddress.h"

namespace frpx::proto {

VisitorAddress visitorAddress(const net::LinkEnds &visitor)
{
    // The interface of a link-local address means nothing to another host.
    return {net::plainAddress(visitor.remote.address).toString(), visitor.remote.port,
        net::plainAddress(visitor.local.address).toString(), visitor.local.port};
}

} // namespace frpx::proto
