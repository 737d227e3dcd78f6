// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

namespace frpx::client {

/// The times of work connections. Values, so that a test may have shorter ones.
struct WorkTiming
{
    int refillIntervalMs = 1000; ///< broken connections are replaced
    int maxRefillIntervalMs = 30'000; ///< while replacements break, too
    /// For the local service to answer. Less than the server's own time-out, so that the server receives the
    /// reason.
    qint64 reachTimeoutMs = 4000;
    /// For a connection on request: to the server, and to the service. Less than the server's, too.
    qint64 dialTimeoutMs = 4000;
};

} // namespace frpx::client
