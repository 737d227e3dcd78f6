// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/sockets.h"
#include "common/protocol/frpx/messages.h"

namespace frpx::proto {

/// \a visitor: the visitor's address as the remote end, and as the local end the one it has connected to.
VisitorAddress visitorAddress(const net::LinkEnds &visitor);

} // namespace frpx::proto
