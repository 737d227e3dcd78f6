// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaypool.h"
#include "frps/work/pendingconnections.h"

#include <atomic>

namespace frpx::server {

/// Tells users whom no client serves that this is so: HTTP gets 503, a TLS hello an alert, everything else a
/// reset (see unservedAnswer()). Their first bytes are waited for, for a moment, and what they send is read,
/// so that the answer reaches them. This goes on in the relay loops, which must be stopped before this object
/// goes. For the control thread.
class UnservedUsers
{
public:
    static constexpr int maxAtOnce = 1024; ///< users being answered; further ones are reset at once
    static constexpr qint64 firstBytesMs = 1000; ///< the first bytes are waited for so long
    static constexpr qint64 goodbyeMs = 2000; ///< from the answer to the end of the connection
    static constexpr qint64 maxDiscarded = qint64(4) * 1024 * 1024; ///< read of a user after the answer

    explicit UnservedUsers(RelayPool &relays)
        : m_relays(relays)
    { }

    /// The user of \a ticket is answered and closed; its lease is kept until then.
    void answer(PendingConnection ticket);

    /// Users being answered.
    int count() const { return m_count.load(std::memory_order_relaxed); }

private:
    RelayPool &m_relays;
    std::atomic<int> m_count = 0;
};

} // namespace frpx::server
