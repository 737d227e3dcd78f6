// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/sockets.h"

#include <Frpx/tunnelinfo.h>

namespace Frpx {

QString Endpoint::toString() const
{
    return address.isNull() ? QString() : frpx::net::Endpoint{address, port}.toString();
}

} // namespace Frpx
