// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/uniquefd.h"
#include "common/relay/chunkcodec.h"
#include "common/relay/ratelimit.h"
#include "common/relay/relayload.h"
#include "common/relay/relaymeter.h"
#include "common/tls/tlsstate.h"

#include <QByteArray>

namespace frpx {

class RelayTap;

/// Two connected descriptors to relay between.
struct RelayJob
{
    UniqueFd visitor; ///< the connection to the visitor
    UniqueFd service; ///< the connection to the service
    QByteArray firstToService; ///< sent to the service before anything else, for example a frame
    /// Shared, because a relay may outlive its session. May be null.
    std::shared_ptr<RelayMeter> meter;
    /// Released when the relay has ended, in any thread; its destructor does the rest. Its pointer is a key
    /// of RelayPool::cut().
    std::shared_ptr<void> lease = {};
    QByteArray firstToVisitor = {}; ///< like firstToService, for the visitor
    RelayClaim claim = {}; ///< released once the relay counts itself
    /// Shared by all relays of an account. Null: no limit.
    std::shared_ptr<RateLimit> limit = {};
    /// The owner of the relay, kept until it has ended; its pointer is a key of RelayPool::cut(), too. Shared
    /// by all relays of the same owner. Null: none.
    std::shared_ptr<void> owner = {};
    /// Inspects the relayed bytes, including those that are sent first. Shared with the readers of its
    /// result. Null: no inspection, which allows a cheaper relay.
    std::shared_ptr<RelayTap> tap = {};
    /// Counts the bytes of this relay only. Shared with its readers. Null: not counted.
    std::shared_ptr<RelayTotals> totals = {};
    /// The TLS state of a side after its handshake. Null: plain.
    std::unique_ptr<TlsState> visitorTls = {};
    std::unique_ptr<TlsState> serviceTls = {};
    /// A side with chunks can serve another visitor afterwards. Null: raw bytes.
    std::unique_ptr<ChunkCodec> visitorChunks = {};
    std::unique_ptr<ChunkCodec> serviceChunks = {};
    RelayLoad load = {}; ///< of a relay that is already running: replaces `meter`
    /// The service side is a client that marks each orderly end of its stream before it closes (feature
    /// `stream-ends`). False: it may be a service that has answered, and then refuses further data.
    bool serviceSaysEnd = false;
};

} // namespace frpx
