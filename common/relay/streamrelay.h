// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relay.h"
#include "common/relay/stream.h"

#include <optional>

namespace frpx {

/// A relay whose bytes all pass through memory: because a side has TLS or chunks, or a RelayTap inspects
/// them.
///
/// Used like a Relay, with the same rules: back-pressure, half-close, a broken side is passed on as a reset,
/// a byte budget per turn, tokens of a RateLimit. With TLS, the end of a stream is that of TLS
/// (close_notify); a connection that ends without it is broken. It copies through the scratch buffers only;
/// each direction holds at most one unsent remainder (in the target's Stream). Not thread-safe: one loop owns
/// it.
class StreamRelay
{
public:
    using Side = Relay::Side;
    using Outcome = Relay::Outcome;

    /// Whether \a job needs a StreamRelay. Otherwise a Relay is cheaper.
    static bool isNeededFor(const RelayJob &job)
    {
        return job.tap || job.visitorTls || job.serviceTls || job.visitorChunks || job.serviceChunks;
    }

    StreamRelay(RelayJob job, LoopScratch &scratch);
    ~StreamRelay();
    StreamRelay(const StreamRelay &) = delete;
    StreamRelay &operator=(const StreamRelay &) = delete;

    int fd(Side side) const { return end(side).fd(); }
    /// Whether \a key is the relay's lease, owner or meter (see RelayJob).
    bool holds(const void *key) const
    {
        return m_lease.get() == key || m_owner.get() == key || m_load.meter() == key;
    }
    void cut() { m_reset = true; }

    void setReadable(Side side) { end(side).setReadable(); }
    void setWritable(Side side) { end(side).setWritable(); }
    void setUrgent(Side side) { end(side).setUrgent(); }
    void setHungUp(Side side) { end(side).setHungUp(); }
    void setBroken(Side side) { end(side).setBroken(); }

    Outcome run(qint64 nowMs);

    /// After Ended: the connection of \a side, without its chunks, if it can serve another visitor.
    std::optional<Stream> takeReusable(Side side);
    /// Whether a Relay could do the rest at a lower cost: release() returns the job for it.
    bool isOutgrown() const;
    RelayJob release();
    /// Whether the end of the stream from \a side has been passed on.
    bool hasEnded(Side side) const { return flowFrom(side).ended; }
    const Stream &end(Side side) const { return m_ends[static_cast<size_t>(side)]; }

    RelayLoad &load() { return m_load; }
    bool isLimited() const { return m_limit != nullptr; }
    qint64 resumeAtMs() const;
    bool hasLostPeer(const SilenceLimits &limits);

    bool wantsRead(Side side) const;
    bool wantsWrite(Side side) const
    {
        return end(side).hasUnsent() || !flowFrom(other(side)).first.isEmpty();
    }
    bool wantsError(Side side) const { return flowFrom(side).ended; }

private:
    /// One direction.
    struct Flow
    {
        QByteArray first; ///< sent before bytes that are read
        quint64 uncounted = 0; ///< bytes given to the target's Stream, some of them unsent
        bool sourceEnded = false;
        bool heldBack = false; ///< the kernel holds the last bytes back to send them with the end
        bool ending = false; ///< the end is in the target's Stream
        bool ended = false; ///< the end has been passed on, or the direction is broken
        std::atomic<quint64> *bytes = nullptr;
        std::atomic<quint64> *ownBytes = nullptr; ///< of this relay alone
        TokenBucket *tokens = nullptr; ///< null: no limit
        TokenBucket::Turn turn; ///< queued while the direction waits for tokens
    };

    static constexpr Side other(Side side) { return side == Side::Visitor ? Side::Service : Side::Visitor; }
    Stream &end(Side side) { return m_ends[static_cast<size_t>(side)]; }
    Flow &flowFrom(Side side) { return m_flows[static_cast<size_t>(side)]; }
    const Flow &flowFrom(Side side) const { return m_flows[static_cast<size_t>(side)]; }

    bool runFlow(Side from, qint64 nowMs);
    bool carry(Side from, qint64 nowMs);
    void passEndOn(Side from);
    void take(Side from, size_t most);
    size_t takeTokens(Side from, qint64 nowMs);
    void lookAtResting(Side from);
    bool isCutBy(Side from) const;
    void pass(Side from, QByteArrayView bytes);
    void flush(Side from);
    void countSent(Flow &flow, const Stream &to);
    void breakOff(bool reset);
    void breakTarget(Side from);

    LoopScratch &m_scratch;
    std::shared_ptr<void>
        m_lease; ///< held until the relay ends; declared before the ends, which are closed first
    std::shared_ptr<void> m_owner; ///< like m_lease
    std::array<Stream, 2> m_ends;
    std::array<Flow, 2> m_flows; ///< by the source of the bytes
    std::shared_ptr<RelayTap> m_tap;
    RelayLoad m_load;
    std::shared_ptr<RateLimit> m_limit;
    std::shared_ptr<RelayTotals> m_totals;
    qint64 m_budget = 0;
    Side m_first = Side::Visitor; ///< the source that is served first in the next turn
    bool m_reset = false; ///< a side broke: reset the other one
    const bool m_serviceSaysEnd; ///< see RelayJob
    bool m_serviceRefusesData = false; ///< a write to it failed
    bool m_serviceWasReset = false; ///< a write to it failed, and it would have marked its end
    bool m_visitorWasReset = false; ///< a write to the visitor failed because it had reset the connection
};

} // namespace frpx
