// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/work/worktiming.h"

namespace frpx::client {

/// The times of a session. Values, so that a test may have shorter ones.
struct SessionTiming
{
    qint64 firstReconnectMs = 1000; ///< the first delay before another attempt
    int reconnectProbeIntervalMs = 1000; ///< a server that did not answer is looked for
    int proofMs = 3000; ///< for the link's acknowledgement, in another network
    int settleTimeoutMs = 5000; ///< for the server to remove this client from its pool
    WorkTiming work{};
};

} // namespace frpx::client
