// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/proxy/proxyprotocol.h"
#include "common/relay/relaypool.h"
#include "frpc/tunnels/servicemap.h"
#include "frpc/work/answerwatch.h"
#include "frpc/work/workroute.h"

namespace frpx::client {

class WorkConnection;

/// What the work connections of one control session share. Created on the control thread, used by the relay
/// loops; all members are constants or atomics except `links`.
struct WorkContext
{
    WorkRoute route;
    QByteArray introduction; ///< the NewWorkConn frame
    /// the header before each visitor's stream
    proxyproto::Version proxyProtocol = proxyproto::Version::None;
    std::shared_ptr<ServiceMap> services; ///< the local services of the tunnels
    int minIdle = 0;
    qint64 reachTimeoutMs = 0; ///< for the local service to answer
    /// Longer than a burst lasts and than most visitors stay; short enough to have all connections back
    /// before the next burst.
    static constexpr int restMs = 20;
    /// The delay until a taken connection is replaced, if too few are left then: with TLS, so that handshakes
    /// do not delay a burst; with reuse, because another connection is likely to return first.
    int replaceAfterMs = 0;
    /// With TLS, the interval between dials that are not made at once: a hundred handshakes at the same time
    /// would delay the visitors of the burst that caused them.
    static constexpr int secureEveryMs = 3;
    std::shared_ptr<RelayMeter> meter;
    RelayPool *relays = nullptr; ///< the loops; outlive the connections that run in them
    SilentService silentService; ///< of the default tunnel; null: not watched

    std::atomic<int> wanted = 0; ///< waiting connections to keep ready
    std::atomic<int> ready = 0; ///< waiting or being dialled
    std::atomic<int> resting = 0; ///< of those in `ready`, the ones whose dial is delayed
    std::atomic<bool> over = false; ///< the session has ended or drains: no new connections
    std::atomic<bool> closed = false; ///< the session has ended: no connection waits any more
    std::atomic<int> lost =
        0; ///< that broke, were closed or could not be dialled since WorkConnectionManager looked
    std::atomic<bool> serviceFailed = false; ///< a visitor could not be served since then
    /// The connections of each loop, waiting or with a visitor, and those that the loop was asked to dial.
    std::vector<std::atomic<int>> loads;
    std::vector<std::atomic<int>> users; ///< of each loop: its connections with a visitor
    std::atomic<size_t> compared = 0; ///< the loop to compare with at the next replacement

    /// The waiting connections of each loop, used only in that loop's thread.
    std::vector<std::vector<WorkConnection *>> links;

    /// The loop for the visitor of a connection that waits in the loop \a current: the one with the fewest.
    /// The server does not know of loops: it takes the connection that waits for the shortest time, which may
    /// give one loop nearly all visitors.
    size_t loopForVisitor(size_t current) const;
    /// The loop for the replacement of a connection in the loop \a current: that one, or another that has
    /// fewer connections, so that fewer have to move later.
    size_t loopForReplacement(size_t current);
};

} // namespace frpx::client
