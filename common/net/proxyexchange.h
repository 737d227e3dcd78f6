// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/proxyhandshake.h"

namespace frpx::net {

/// Continues \a handshake on the non-blocking descriptor \a fd, a new connection to the proxy, until there is
/// nothing to read for now: sends its output and reads the proxy's answers. To be called once it is connected
/// and whenever it is readable. Errors as ProxyHandshake::error(), and Errc::ConnectFailed: the connection
/// broke.
Result<ProxyHandshake::Progress> exchange(ProxyHandshake &handshake, int fd);

} // namespace frpx::net
