// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/visitorconnection.h"

namespace frpx::server {

const net::Endpoint &sourceOf(VisitorConnection &visitor)
{
    if (visitor.source.address.isNull())
        visitor.source = net::peerOf(visitor.fd.get());
    return visitor.source;
}

net::LinkEnds endsOf(VisitorConnection &visitor)
{
    const net::Endpoint &source = sourceOf(visitor);
    if (!visitor.target)
        visitor.target = net::localOf(visitor.fd.get());
    return {*visitor.target, source};
}

} // namespace frpx::server
