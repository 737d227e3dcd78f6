// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/pipepool.h"
#include "common/relay/relayjob.h"

#include <array>
#include <vector>

namespace frpx {

/// Working memory that all relays of one worker thread share: an idle relay owns no buffer.
struct RelayScratch
{
    std::vector<char> buffer = std::vector<char>(size_t(64) * 1024);
    std::vector<char> records; ///< of TLS, on their way to the kernel
    PipePool pipes;
};

/// When a peer counts as lost: both must be so. At TCP's shortest retransmission time, 200 ms, seven
/// repetitions take 25 s; on a slower line they take longer in proportion.
struct SilenceLimits
{
    int unheardMs = 30'000; ///< nothing has come from it
    int repetitions = 7; ///< of the same data, none acknowledged
};

/// Carries bytes between two descriptors, both ways, until both ways have ended.
///
/// It knows nothing of event loops: a backend tells it which side became readable or writable and calls
/// run(). Rules: read only what the other side can take (back-pressure is the kernel's); an end of stream is
/// passed on after the last byte, the other way stays open (half-close); a broken side is passed on as a
/// reset, so that cut-off data is not taken for whole. Until the way to it has ended in order a side is set
/// to be reset when it is closed, by whatever, even the death of the process (docs/adr/0033). Small messages
/// are copied through the scratch buffer; a way that keeps filling it moves to splice() until the bulk is
/// over (docs/adr/0002). With a RateLimit it reads only what it has got tokens for, and rests in between. Not
/// thread-safe: one worker owns it.
class Relay
{
public:
    enum class Side { User, Service };
    enum class Outcome {
        Waiting, ///< everything possible is done; call run() after the next readiness
        MoreToDo, ///< the byte budget of this turn is used up; call run() again after the others
        Ended, ///< both ways have ended or the relay is broken; destroy it
    };

    Relay(RelayJob job, RelayScratch &scratch);
    ~Relay();
    Relay(const Relay &) = delete;
    Relay &operator=(const Relay &) = delete;

    int fd(Side side) const { return end(side).fd.get(); }
    /// Whether \a key is its lease, its owner or its meter (see RelayJob).
    bool holds(const void *key) const
    {
        return m_lease.get() == key || m_owner.get() == key || m_load.meter() == key;
    }
    /// Destroyed, it ends both connections by a reset: what they carried is cut off.
    void cut() { m_reset = true; }

    void setReadable(Side side) { end(side).readable = true; }
    void setWritable(Side side) { end(side).writable = true; }
    /// There is urgent data on \a side: a read stops short at it and proves nothing.
    void setUrgent(Side side) { end(side).shortReadsDrain = false; }
    /// The peer of \a side has ended its stream or the connection broke; what it sent before is still read.
    void setHungUp(Side side)
    {
        end(side).readable = true;
        end(side).hungUp = true;
        end(side).shortReadsDrain = false; // the end of a stream is announced but once
    }
    /// The connection of \a side broke: as setHungUp(), and nothing can be sent to it any more.
    void setBroken(Side side)
    {
        setHungUp(side);
        end(side).writable = true;
        end(side).broken = true;
    }

    /// \a nowMs matters only if isLimited().
    /// The end of what comes from \a side has been passed on by somebody else. Before the first run().
    void setEnded(Side side) { flowFrom(side).ended = true; }

    Outcome run(qint64 nowMs);

    bool isLimited() const { return m_limit != nullptr; }
    /// After Waiting: when to call run() again without news, because tokens may be there; 0: no need.
    qint64 resumeAtMs() const;

    /// True if a peer has fallen silent while data is on its way to it: destroy the relay. TCP itself would
    /// go on trying for a quarter of an hour.
    bool hasLostPeer(const SilenceLimits &limits);

    RelayLoad &load() { return m_load; }

    /// What a level-triggered backend must watch for to make progress.
    bool wantsRead(Side side) const;
    bool wantsWrite(Side side) const;
    /// Nothing is read from \a side any more, so that only an error condition tells that it breaks.
    bool wantsError(Side side) const { return flowFrom(side).ended; }

private:
    struct End
    {
        UniqueFd fd;
        bool readable = false;
        bool writable = true; // a fresh connection has an empty send buffer
        bool shortReadsDrain = true; ///< a short read means that there is no more now
        bool hungUp = false; ///< its end has been announced
        bool broken = false;
        bool refusesData = false; ///< a write to it failed
        bool wasReset = false; ///< a write to it failed because its peer had reset the connection
    };
    /// One way. Holds at most one unsent remainder or one pipe.
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
        bool ended = false; ///< the end has been passed on, or the way is broken
        bool heldBack = false; ///< the kernel keeps the last bytes for the end to go with
        std::atomic<quint64> *bytes = nullptr;
        std::atomic<quint64> *ownBytes = nullptr; ///< of this relay alone
        TokenBucket *tokens = nullptr; ///< null: no limit
        TokenBucket::Turn turn; ///< queued while it rests for want of tokens

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
        if (&from == &end(Side::User))
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

    RelayScratch &m_scratch;
    std::shared_ptr<void> m_lease; ///< held while the relay lasts; before the ends: they close first
    std::shared_ptr<void> m_owner; ///< likewise
    std::array<End, 2> m_ends;
    std::array<Flow, 2> m_flows; ///< by the side the bytes come from
    RelayLoad m_load;
    std::shared_ptr<RateLimit> m_limit;
    std::shared_ptr<RelayTotals> m_totals;
    qint64 m_budget = 0;
    Side m_first = Side::User; ///< whose bytes are carried first in the next turn
    const bool m_serviceSaysEnd; ///< see RelayJob
    bool m_reset = false; ///< a side broke: tell the other one
};

} // namespace frpx
