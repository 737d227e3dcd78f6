// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/io/loopscratch.h"
#include "common/relay/relayjob.h"

#include <array>
#include <vector>

namespace frpx {

/// Relays bytes between two descriptors in both directions until both have ended.
///
/// It has no event loop: a backend reports which side became readable or writable and calls run(). Rules: it
/// reads only what the other side can take (back-pressure is the kernel's); it passes an end of stream on
/// after the last byte, and the other direction stays open (half-close); it passes a broken side on as a
/// reset, so that truncated data is not taken for complete. Until the direction to a side has ended in order,
/// that side is set to be reset at its close, whatever the cause, even the end of the process
/// (docs/adr/0033). Small messages are copied through the scratch buffer; a direction that keeps filling it
/// uses splice() until the bulk is over (docs/adr/0002). With a RateLimit it reads only bytes for which it
/// has tokens, and rests in between. Not thread-safe: one loop owns it.
class Relay
{
public:
    enum class Side { Visitor, Service };
    enum class Outcome {
        Waiting, ///< nothing more can be done; call run() after the next readiness
        MoreToDo, ///< the byte budget of this turn is used up; call run() again after the other handlers
        Ended, ///< both directions have ended or the relay is broken; destroy it
    };

    Relay(RelayJob job, LoopScratch &scratch);
    ~Relay();
    Relay(const Relay &) = delete;
    Relay &operator=(const Relay &) = delete;

    int fd(Side side) const { return end(side).fd.get(); }
    /// Whether \a key is the relay's lease, owner or meter (see RelayJob).
    bool holds(const void *key) const
    {
        return m_lease.get() == key || m_owner.get() == key || m_load.meter() == key;
    }
    /// Makes the destructor reset both connections: their data is truncated.
    void cut() { m_reset = true; }

    void setReadable(Side side) { end(side).readable = true; }
    void setWritable(Side side) { end(side).writable = true; }
    /// There is urgent data on \a side: a read stops before it, so a short read does not mean that the buffer
    /// is empty.
    void setUrgent(Side side) { end(side).shortReadsDrain = false; }
    /// The peer of \a side has ended its stream or the connection broke; earlier bytes are still read.
    void setHungUp(Side side)
    {
        end(side).readable = true;
        end(side).hungUp = true;
        end(side).shortReadsDrain = false; // the end of a stream is reported only once
    }
    /// The connection of \a side broke: like setHungUp(), and nothing can be sent to it any more.
    void setBroken(Side side)
    {
        setHungUp(side);
        end(side).writable = true;
        end(side).broken = true;
    }

    /// The end of the stream from \a side has already been passed on. Call before the first run().
    void setEnded(Side side);

    /// \a nowMs matters only if isLimited().
    Outcome run(qint64 nowMs);

    bool isLimited() const { return m_limit != nullptr; }
    /// After Waiting: when to call run() again without an event, because tokens may be available; 0: no need.
    qint64 resumeAtMs() const;

    /// True if a peer no longer answers while data is on its way to it: destroy the relay. TCP itself would
    /// retry for a quarter of an hour.
    bool hasLostPeer(const SilenceLimits &limits);

    RelayLoad &load() { return m_load; }

    /// The events that a level-triggered backend must watch.
    bool wantsRead(Side side) const;
    bool wantsWrite(Side side) const;
    /// Nothing is read from \a side any more, so only an error event shows that it breaks.
    bool wantsError(Side side) const { return flowFrom(side).ended; }

private:
    struct End
    {
        UniqueFd fd;
        bool readable = false;
        bool writable = true; // a new connection has an empty send buffer
        bool shortReadsDrain = true; ///< a short read means that the receive buffer is empty
        bool hungUp = false; ///< its end has been reported
        bool broken = false;
        bool refusesData = false; ///< a write to it failed
        bool wasReset = false; ///< a write to it failed because its peer had reset the connection
    };
    /// One direction. Holds at most one unsent remainder or one pipe.
    struct Flow
    {
        QByteArray rest; ///< read, not yet sent
        qsizetype restSent = 0;
        Pipe pipe;
        size_t inPipe = 0;
        quint8 fullReads = 0; ///< consecutive reads that filled the buffer
        quint8 thinSplices = 0; ///< consecutive splices that moved little
        bool splicing = false;
        bool sourceEnded = false;
        bool ended = false; ///< the end has been passed on, or the direction is broken
        bool heldBack = false; ///< the kernel holds the last bytes back to send them with the end
        std::atomic<quint64> *bytes = nullptr;
        std::atomic<quint64> *ownBytes = nullptr; ///< of this relay alone
        TokenBucket *tokens = nullptr; ///< null: no limit
        TokenBucket::Turn turn; ///< queued while the direction waits for tokens

        bool holdsData() const { return !rest.isEmpty() || inPipe > 0; }
    };

    End &end(Side side) { return m_ends[static_cast<size_t>(side)]; }
    const End &end(Side side) const { return m_ends[static_cast<size_t>(side)]; }
    Flow &flowFrom(Side side) { return m_flows[static_cast<size_t>(side)]; }
    const Flow &flowFrom(Side side) const { return m_flows[static_cast<size_t>(side)]; }

    bool runFlow(Flow &flow, End &from, End &to, qint64 nowMs);
    bool carry(Flow &flow, End &from, End &to, qint64 nowMs);
    ssize_t sendOn(Flow &flow, const End &from, const End &to, const char *bytes, size_t length);
    size_t takeTokens(Flow &flow, End &from, qint64 nowMs);
    void lookAtResting(Flow &flow, End &from);
    void noteRead(const End &from)
    {
        if (&from == &end(Side::Visitor))
            m_load.onAsked();
        else
            m_load.onAnswered();
    }
    static void count(const Flow &flow, ssize_t sent);
    void flush(Flow &flow, const End &from, End &to);
    size_t takeByCopy(Flow &flow, End &from, End &to, size_t most);
    size_t takeBySplice(Flow &flow, End &from, End &to, size_t most);
    void breakSource(const End &from);
    void breakTarget(Flow &flow, End &to);
    void returnPipe(Flow &flow);
    static void endInOrder(const End &to, bool closingSaysIt);

    LoopScratch &m_scratch;
    std::shared_ptr<void>
        m_lease; ///< held until the relay ends; declared before the ends, which are closed first
    std::shared_ptr<void> m_owner; ///< like m_lease
    std::array<End, 2> m_ends;
    std::array<Flow, 2> m_flows; ///< by the source of the bytes
    RelayLoad m_load;
    std::shared_ptr<RateLimit> m_limit;
    std::shared_ptr<RelayTotals> m_totals;
    qint64 m_budget = 0;
    Side m_first = Side::Visitor; ///< the source that is served first in the next turn
    const bool m_serviceSaysEnd; ///< see RelayJob
    bool m_reset = false; ///< a side broke: reset the other one
};

} // namespace frpx
