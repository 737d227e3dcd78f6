// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/backends/backendpool.h"
#include "frps/clients/clientlink.h"
#include "frps/dispatch/dialrequests.h"
#include "frps/dispatch/dispatchstats.h"
#include "frps/workconn/workconnectionpool.h"

#include <functional>

namespace frpx::server {

struct DispatchLimits
{
    qint64 pendingTimeoutMs = 10'000; ///< a connection is closed after waiting so long
    qint64 attemptTimeoutMs = 5'000; ///< if the client has not dialled in by then, another one is tried
    int maxAttempts = 3; ///< clients tried for one visitor
    size_t maxIdleWork = 4096; ///< work connections waiting for visitors, of all clients together
};

/// A client has to dial a work connection.
struct DialOrder
{
    SessionId session{};
    ConnectionRequest request;
};

/// A client that could not serve a connection.
struct DispatchFailure
{
    std::shared_ptr<ServingClient> client;
    std::shared_ptr<BackendPool> pool;
    QString why; ///< fit for logs
    bool counts = true; ///< towards its ejection: the first failure with this connection
};

/// What the loops and the control thread share to dispatch connections. Its parts are thread-safe. It has to
/// outlive the loops.
struct DispatchState
{
    explicit DispatchState(const DispatchLimits &given)
        : limits(given)
        , work(given.maxIdleWork)
    { }

    const DispatchLimits limits;
    WorkConnectionPool work; ///< those that wait
    DialRequests requests; ///< those that clients were asked for
    DispatchStats stats;
    std::atomic<quint64> lastId = 0; ///< of connections to waiting work connections
    /// Called in the loops' threads; both lead to the control thread. Set before the first connection.
    std::function<void(DialOrder order)> dial;
    std::function<void(DispatchFailure failure)> report;
};

} // namespace frpx::server
