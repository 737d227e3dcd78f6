// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/streamrelay.h"

#include "common/net/sockets.h"
#include "common/relay/relaytap.h"

#include <algorithm>
#include <cerrno>

namespace frpx {

constexpr qint64 budgetPerTurn = qint64(256) * 1024; // as a Relay
constexpr size_t costOfARead = 256; // of that: a peer's TLS may have a lot to say without a byte for anybody

StreamRelay::StreamRelay(RelayJob job, RelayScratch &scratch)
    : m_scratch(scratch)
    , m_lease(std::move(job.lease))
    , m_owner(std::move(job.owner))
    , m_ends{Stream(std::move(job.user), std::move(job.userTls), scratch.records),
          Stream(std::move(job.service), std::move(job.serviceTls), scratch.records)}
    , m_tap(std::move(job.tap))
    , m_load(std::move(job.meter))
    , m_limit(std::move(job.limit))
    , m_totals(std::move(job.totals))
    , m_serviceSaysEnd(job.serviceSaysEnd)
{
    end(Side::User).setChunks(std::move(job.userChunks));
    end(Side::Service).setChunks(std::move(job.serviceChunks));
    for (const Stream &each : m_ends) {
        if (!each.chunks()) // which say the end by a mark
            each.resetOnClose();
    }
    Flow &fromUser = flowFrom(Side::User);
    Flow &fromService = flowFrom(Side::Service);
    fromUser.first = std::move(job.firstToService);
    fromService.first = std::move(job.firstToUser);
    if (RelayMeter *meter = m_load.meter()) {
        fromUser.bytes = &meter->bytesToService;
        fromService.bytes = &meter->bytesToUser;
    }
    if (m_totals) {
        fromUser.ownBytes = &m_totals->toService;
        fromService.ownBytes = &m_totals->toUser;
    }
    if (m_limit) {
        fromUser.tokens = &m_limit->toService;
        fromService.tokens = &m_limit->toUser;
        for (const Flow &flow : m_flows)
            flow.tokens->charge(flow.first.size());
    }
}

StreamRelay::~StreamRelay()
{
    for (Flow &flow : m_flows) {
        if (flow.tokens)
            flow.tokens->leave(flow.turn);
    }
    if (m_reset) {
        for (const Stream &each : m_ends)
            net::resetOnClose(each.fd());
    }
}

StreamRelay::Outcome StreamRelay::run(qint64 nowMs)
{
    m_budget = budgetPerTurn;
    const Side first = m_first;
    const bool moreOfFirst = runFlow(first, nowMs);
    const bool moreOfSecond = runFlow(other(first), nowMs);
    if (m_budget <= 0) // bulk one way must not keep the other way waiting for its end
        m_first = other(first);
    if (m_flows[0].ended && m_flows[1].ended)
        return Outcome::Ended;
    // For the reasons see Relay::run().
    for (const Side side : {Side::User, Side::Service}) {
        if (end(side).isBroken() && flowFrom(side).ended) {
            m_reset = side == Side::User;
            return Outcome::Ended;
        }
    }
    if (end(Side::User).isBroken() && flowFrom(Side::User).turn.isQueued()) {
        m_reset = true;
        return Outcome::Ended;
    }
    return moreOfFirst || moreOfSecond ? Outcome::MoreToDo : Outcome::Waiting;
}

bool StreamRelay::hasLostPeer(const SilenceLimits &limits)
{
    for (const Stream &each : m_ends)
        m_reset |= net::isUnheard(each.fd(), limits.unheardMs, limits.repetitions);
    return m_reset;
}

qint64 StreamRelay::resumeAtMs() const
{
    qint64 earliest = 0;
    for (const Side side : {Side::User, Side::Service}) {
        const Flow &flow = flowFrom(side);
        if (end(other(side)).hasUnsent())
            continue; // it is run when that is gone
        if (flow.turn.isQueued() && (earliest == 0 || flow.turn.askAgainMs() < earliest))
            earliest = flow.turn.askAgainMs();
    }
    return earliest;
}

bool StreamRelay::wantsRead(Side side) const
{
    const Flow &flow = flowFrom(side);
    return !flow.sourceEnded && !flow.ended && !end(other(side)).hasUnsent() && !flow.turn.isQueued();
}

std::optional<Stream> StreamRelay::takeReusable(Side side)
{
    if (m_reset || end(side).isBroken() || !end(side).isReusable())
        return std::nullopt;
    return std::move(end(side));
}

bool StreamRelay::isOutgrown() const
{
    // A Relay has not seen what these are about.
    if (m_tap || m_userWasReset || m_serviceRefusesData || m_serviceWasReset)
        return false;
    bool wasChunked = false;
    for (const Side side : {Side::User, Side::Service}) {
        const Stream &stream = end(side);
        const Flow &flow = flowFrom(side);
        if (stream.tls() || stream.hasUnsent() || !flow.first.isEmpty() || flow.turn.isQueued()
            || (!flow.ended && (flow.sourceEnded || flow.ending))) {
            return false;
        }
        if (const ChunkCodec *chunks = stream.chunks()) {
            if (chunks->wayIn() == ChunkCodec::Way::Chunks || chunks->wayOut() == ChunkCodec::Way::Chunks)
                return false;
            if (chunks->wayIn() == ChunkCodec::Way::Ended && !flow.ended)
                return false; // its end has been read, and is passed on in the next turn
            wasChunked = true;
        }
    }
    return wasChunked;
}

RelayJob StreamRelay::release()
{
    RelayJob job{end(Side::User).takeFd(), end(Side::Service).takeFd(), {}, nullptr};
    job.load = std::move(m_load);
    job.lease = std::move(m_lease);
    job.owner = std::move(m_owner);
    job.limit = std::move(m_limit);
    job.totals = std::move(m_totals);
    job.serviceSaysEnd = m_serviceSaysEnd;
    return job;
}

/// \return true if only the budget stopped it.
bool StreamRelay::runFlow(Side from, qint64 nowMs)
{
    const bool more = carry(from, nowMs);
    if (std::exchange(flowFrom(from).heldBack, false)) // the end it was to go with has not come after all
        net::sendHeldBack(end(other(from)).fd());
    return more;
}

/// As runFlow(), which lets go what this holds back.
bool StreamRelay::carry(Side from, qint64 nowMs)
{
    Flow &flow = flowFrom(from);
    Stream &source = end(from);
    const Stream &target = end(other(from));
    while (!flow.ended) {
        if (target.hasUnsent()) {
            if (!target.isWritable())
                return false;
            flush(from);
            continue;
        }
        if (!flow.first.isEmpty()) {
            pass(from, std::exchange(flow.first, {}));
            continue;
        }
        if (flow.ending) {
            target.endOnClose();
            flow.ended = true;
            return false;
        }
        if (flow.sourceEnded) {
            passEndOn(from);
            continue;
        }
        if (!source.isReadable())
            return false;
        if (m_budget <= 0)
            return true;
        size_t most = m_scratch.buffer.size();
        if (flow.tokens) {
            most = takeTokens(from, nowMs);
            if (most == 0 && (flow.turn.isQueued() || !source.isReadable()))
                return false;
            if (most == 0)
                continue; // it ended while it rested
        }
        take(from, most);
    }
    return false;
}

void StreamRelay::passEndOn(Side from)
{
    if (from == Side::User ? m_userWasReset : m_serviceWasReset && !end(from).hasLastWord())
        return breakOff(true); // the failed write took the error; what reads like an end is none
    flowFrom(from).ending = true;
    if (from == Side::Service)
        m_load.onAnswered(); // there will be no other
    const bool heldBack = std::exchange(flowFrom(from).heldBack, false); // the end takes it along
    // Where the other way is over, too, closing says it all to a plain side; what the kernel holds back would
    // not survive that if the peer has sent what nobody has read.
    Stream &to = end(other(from));
    const Flow &back = flowFrom(other(from));
    const bool closingSaysIt = !to.tls() && !to.chunks() && back.ended && back.sourceEnded && !heldBack;
    if (!closingSaysIt && !to.endWriting())
        breakTarget(from);
}

/// Reads at most \a most bytes, for which there are tokens, and passes them on.
void StreamRelay::take(Side from, size_t most)
{
    Flow &flow = flowFrom(from);
    char *buffer = m_scratch.buffer.data();
    const WireRead got = end(from).read(buffer, std::min(m_scratch.buffer.size(), most));
    m_budget -= static_cast<qint64>(got.bytes + costOfARead);
    if (flow.tokens && got.bytes < most)
        flow.tokens->giveBack(static_cast<qint64>(most - got.bytes));
    if (got.bytes > 0)
        pass(from, {buffer, static_cast<qsizetype>(got.bytes)});
    if (got.status == WireStatus::Ended)
        flow.sourceEnded = true;
    else if (got.status == WireStatus::Broken)
        breakOff(isCutBy(from));
}

/// The side \a from has broken: is that a cut? A service that has said its last word before it was written to
/// breaks, too, and where a last word is said by a mark that is what counts.
bool StreamRelay::isCutBy(Side from) const
{
    return from == Side::User || !m_serviceRefusesData || end(from).hasLastWord();
}

/// \return the bytes that may be read now; 0: none, or it came out that there are none.
size_t StreamRelay::takeTokens(Side from, qint64 nowMs)
{
    Flow &flow = flowFrom(from);
    const bool rested = flow.turn.isQueued();
    if (rested && nowMs < flow.turn.askAgainMs())
        return 0; // the news was of something else
    const qint64 granted = flow.tokens->take(flow.turn, static_cast<qint64>(m_scratch.buffer.size()), nowMs);
    if (granted == 0 && rested)
        lookAtResting(from);
    return static_cast<size_t>(granted);
}

/// Not reading, nobody would notice that the source has gone; see Relay::lookAtResting().
void StreamRelay::lookAtResting(Side from)
{
    Flow &flow = flowFrom(from);
    Stream &source = end(from);
    if (from == Side::User && source.looksBroken())
        return source.setBroken(); // run() ends it
    const WireRead seen = source.peek();
    if (seen.status == WireStatus::Open && source.isReadable())
        return;
    flow.tokens->leave(flow.turn);
    if (seen.status == WireStatus::Ended)
        flow.sourceEnded = true;
    else if (seen.status == WireStatus::Broken)
        breakOff(isCutBy(from));
}

void StreamRelay::pass(Side from, QByteArrayView bytes)
{
    Flow &flow = flowFrom(from);
    if (from == Side::User)
        m_load.onAsked();
    else
        m_load.onAnswered();
    if (m_tap && !(from == Side::User ? m_tap->onBytesToService(bytes) : m_tap->onBytesToUser(bytes)))
        return breakOff(true);
    flow.uncounted += static_cast<quint64>(bytes.size());
    Stream &to = end(other(from));
    flow.heldBack = end(from).isAboutToEnd(); // one packet, and one wake-up of who gets it, instead of two
    if (to.write(bytes, flow.heldBack))
        countSent(flow, to);
    else
        breakTarget(from);
}

void StreamRelay::flush(Side from)
{
    Stream &to = end(other(from));
    m_load.onPassedOn();
    if (to.flush())
        countSent(flowFrom(from), to);
    else
        breakTarget(from);
}

void StreamRelay::countSent(Flow &flow, const Stream &to)
{
    if (to.hasUnsent())
        return;
    if (flow.bytes && flow.uncounted > 0)
        flow.bytes->fetch_add(flow.uncounted, std::memory_order_relaxed);
    if (flow.ownBytes)
        flow.ownBytes->fetch_add(flow.uncounted, std::memory_order_relaxed);
    flow.uncounted = 0;
}

/// Ends both ways: with a \a reset, unless it is a service that broke because it had been written to after it
/// had said its last word.
void StreamRelay::breakOff(bool reset)
{
    m_reset = reset;
    if (!reset && !end(Side::User).hasUnsent() && end(Side::User).endWriting())
        end(Side::User).endOnClose(); // to him it is an orderly end, of which TLS has to be told
    for (Flow &flow : m_flows)
        flow.ended = true;
}

/// Writing failed: this way is over, but the target may have answered before it went (an HTTP server that
/// refuses a large body does), so the other way runs on to its own end.
void StreamRelay::breakTarget(Side from)
{
    Stream &to = end(other(from));
    if (other(from) == Side::Service && m_serviceSaysEnd)
        m_serviceWasReset = to.writeError() == ECONNRESET;
    else if (other(from) == Side::Service)
        m_serviceRefusesData = true;
    else
        m_userWasReset = to.writeError() == ECONNRESET; // not EPIPE: he had ended in order before
    to.dropUnsent();
    flowFrom(from).ended = true;
}

} // namespace frpx
