// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaypool.h"
#include "frps/frontend/visitorconnection.h"

#include <atomic>

namespace frpx::server {

/// Answers and closes connections that no client serves: HTTP gets 503, a TLS hello an alert, everything else
/// a reset (see unservedAnswer()). It waits a moment for the first bytes, and reads what the visitor sends,
/// so that the answer reaches it. Runs in the relay loops, which must be stopped before this object is
/// destroyed.
class UnservedVisitors
{
public:
    static constexpr int maxAtOnce = 1024; ///< concurrent answers; further connections are reset at once
    static constexpr qint64 firstBytesMs = 1000; ///< the wait for the first bytes
    static constexpr qint64 goodbyeMs = 2000; ///< from the answer to the end of the connection
    /// Bytes read from a visitor after the answer.
    static constexpr qint64 maxDiscarded = qint64(4) * 1024 * 1024;

    explicit UnservedVisitors(RelayPool &relays)
        : m_relays(relays)
    { }

    /// Answers and closes the connection; its lease is kept until then. From any thread.
    void answer(VisitorConnection visitor);

    /// Connections being answered.
    int count() const { return m_count.load(std::memory_order_relaxed); }

private:
    RelayPool &m_relays;
    std::atomic<int> m_count = 0;
};

} // namespace frpx::server
