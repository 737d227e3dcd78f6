// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tunnel/tunnelspec.h"

#include "common/net/hostaddress.h"

namespace frpx {

bool hasService(const TunnelSpec &spec)
{
    return net::isUnixSocket(spec.localHost) ? spec.localPort == 0
                                             : spec.localPort != 0 && !spec.localHost.isEmpty();
}

} // namespace frpx
