// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/uniquefd.h"
#include "common/relay/chunkcodec.h"
#include "common/relay/ratelimit.h"
#include "common/relay/relayload.h"
#include "common/relay/relaymeter.h"
#include "common/tls/tlsstate.h"

#include <QByteArray>

namespace frpx {

class RelayTap;

/// Two connected descriptors to be joined.
struct RelayJob
{
    UniqueFd user; ///< the side towards the user
    UniqueFd service; ///< the side towards the service
    QByteArray firstToService; ///< sent to the service side before anything else, e.g. a frame
    /// Shared, because a relay may outlive the session it was counted for. May be null.
    std::shared_ptr<RelayMeter> meter;
    /// Let go of when the relay has ended, in whatever thread that is. A shared_ptr for what it then does.
    /// What it points to is known to RelayPool::cut().
    std::shared_ptr<void> lease = {};
    QByteArray firstToUser = {}; ///< as firstToService, to the user side
    RelayClaim claim = {}; ///< released once the relay counts itself
    /// Shared by all relays of an account. Null: as fast as it goes.
    std::shared_ptr<RateLimit> limit = {};
    /// On whose behalf it runs; kept until it has ended. What it points to is known to RelayPool::cut(), too.
    /// Shared by all that runs on the same. Null: nobody's.
    std::shared_ptr<void> owner = {};
    /// Sees what is passed on, with what is sent first. Shared with whoever wants to know what it has seen.
    /// Null: nobody looks, and the relay is a cheaper one.
    std::shared_ptr<RelayTap> tap = {};
    /// Counts what this relay carries, and no other. Shared with whoever wants to know. Null: nobody does.
    std::shared_ptr<RelayTotals> totals = {};
    /// The TLS of a side, its handshake done. Null: plain.
    std::unique_ptr<TlsState> userTls = {};
    std::unique_ptr<TlsState> serviceTls = {};
    /// The bytes of a side come in chunks, so that it can serve another user afterwards. Null: as they are.
    std::unique_ptr<ChunkCodec> userChunks = {};
    std::unique_ptr<ChunkCodec> serviceChunks = {};
    RelayLoad load = {}; ///< of a relay that is under way: instead of `meter`
    /// The service side is a client that says each orderly end of its stream before it closes (feature
    /// `stream-ends`). False: it may be a service that has answered, and then refuses what it is still sent.
    bool serviceSaysEnd = false;
};

} // namespace frpx
