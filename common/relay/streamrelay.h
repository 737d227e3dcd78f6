// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relay.h"
#include "common/relay/stream.h"

#include <optional>

namespace frpx {

/// A Relay whose bytes all pass through memory: because a side is under TLS or in chunks, or somebody looks
/// at them (RelayTap).
///
/// To be used as a Relay, and the same rules hold: back-pressure, half-close, a broken side is passed on as
/// a reset, a byte budget per turn, tokens of a RateLimit. An end of stream is TLS's own (close_notify) where
/// there is TLS; a connection that ends without is broken. It copies through the scratch buffers only; each
/// way holds at most one unsent remainder (that of the Stream it goes to). Not thread-safe: one worker owns
/// it.
class StreamRelay
{
public:
    using Side = Relay::Side;
    using Outcome = Relay::Outcome;

    /// Does \a job need one? Else a Relay is cheaper.
    static bool isNeededFor(const RelayJob &job)
    {
        return job.tap || job.userTls || job.serviceTls || job.userChunks || job.serviceChunks;
    }

    StreamRelay(RelayJob job, RelayScratch &scratch);
    ~StreamRelay();
    StreamRelay(const StreamRelay &) = delete;
    StreamRelay &operator=(const StreamRelay &) = delete;

    int fd(Side side) const { return end(side).fd(); }
    /// Whether \a key is its lease, its owner or its meter (see RelayJob).
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

    /// After Ended: the connection of \a side, if it can serve another user. The chunks are taken off it.
    std::optional<Stream> takeReusable(Side side);
    /// Nothing is left that a Relay could not do, and cheaper: release() gives it all it needs.
    bool isOutgrown() const;
    RelayJob release();
    /// Has the end of what comes from \a side been passed on?
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
    /// One way.
    struct Flow
    {
        QByteArray first; ///< goes before what is read
        quint64 uncounted = 0; ///< bytes given to the target, of which some are unsent
        bool sourceEnded = false;
        bool heldBack = false; ///< the kernel keeps the last bytes for the end to go with
        bool ending = false; ///< the end is on its way to the target
        bool ended = false; ///< the end has been passed on, or the way is broken
        std::atomic<quint64> *bytes = nullptr;
        std::atomic<quint64> *ownBytes = nullptr; ///< of this relay alone
        TokenBucket *tokens = nullptr; ///< null: no limit
        TokenBucket::Turn turn; ///< queued while it rests for want of tokens
    };

    static constexpr Side other(Side side) { return side == Side::User ? Side::Service : Side::User; }
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

    RelayScratch &m_scratch;
    std::shared_ptr<void> m_lease; ///< held while the relay lasts; before the ends: they close first
    std::shared_ptr<void> m_owner; ///< likewise
    std::array<Stream, 2> m_ends;
    std::array<Flow, 2> m_flows; ///< by the side the bytes come from
    std::shared_ptr<RelayTap> m_tap;
    RelayLoad m_load;
    std::shared_ptr<RateLimit> m_limit;
    std::shared_ptr<RelayTotals> m_totals;
    qint64 m_budget = 0;
    Side m_first = Side::User; ///< whose bytes are carried first in the next turn
    bool m_reset = false; ///< a side broke: tell the other one
    const bool m_serviceSaysEnd; ///< see RelayJob
    bool m_serviceRefusesData = false; ///< a write to it failed
    bool m_serviceWasReset = false; ///< likewise, and it would have said its end
    bool m_userWasReset = false; ///< a write to him failed because he had reset the connection
};

} // namespace frpx
