// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/streamrelay.h"

#include "common/net/sockets.h"
#include "common/relay/relaytap.h"

#include <algorithm>
#include <cerrno>

namespace frpx {

constexpr qint64 budgetPerTurn = qint64(256) * 1024; // the same as in Relay
constexpr size_t costOfARead = 256; // of the budget: a peer may send many TLS records without data

StreamRelay::StreamRelay(RelayJob job, LoopScratch &scratch)
    : m_scratch(scratch)
    , m_lease(std::move(job.lease))
    , m_owner(std::move(job.owner))
    , m_ends{Stream(std::move(job.visitor), std::move(job.visitorTls), scratch.records),
          Stream(std::move(job.service), std::move(job.serviceTls), scratch.records)}
    , m_tap(std::move(job.tap))
    , m_load(std::move(job.meter))
    , m_limit(std::move(job.limit))
    , m_totals(std::move(job.totals))
    , m_serviceSaysEnd(job.serviceSaysEnd)
{
    end(Side::Visitor).setChunks(std::move(job.visitorChunks));
    end(Side::Service).setChunks(std::move(job.serviceChunks));
    for (const Stream &each : m_ends) {
        if (!each.chunks()) // chunks mark the end
            each.resetOnClose();
    }
    Flow &fromUser = flowFrom(Side::Visitor);
    Flow &fromService = flowFrom(Side::Service);
    fromUser.first = std::move(job.firstToService);
    fromService.first = std::move(job.firstToVisitor);
    if (RelayMeter *meter = m_load.meter()) {
        fromUser.bytes = &meter->bytesToService;
        fromService.bytes = &meter->bytesToVisitor;
    }
    if (m_totals) {
        fromUser.ownBytes = &m_totals->toService;
        fromService.ownBytes = &m_totals->toVisitor;
    }
    if (m_limit) {
        fromUser.tokens = &m_limit->toService;
        fromService.tokens = &m_limit->toVisitor;
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
    if (m_budget <= 0) // a bulk transfer must not delay the end of the other direction
        m_first = other(first);
    if (m_flows[0].ended && m_flows[1].ended)
        return Outcome::Ended;
    // For the reasons see Relay::run().
    for (const Side side : {Side::Visitor, Side::Service}) {
        if (end(side).isBroken() && flowFrom(side).ended) {
            m_reset = side == Side::Visitor;
            return Outcome::Ended;
        }
    }
    if (end(Side::Visitor).isBroken() && flowFrom(Side::Visitor).turn.isQueued()) {
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
    for (const Side side : {Side::Visitor, Side::Service}) {
        const Flow &flow = flowFrom(side);
        if (end(other(side)).hasUnsent())
            continue; // it is run when those are sent
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
    // These have no place in a Relay.
    if (m_tap || m_visitorWasReset || m_serviceRefusesData || m_serviceWasReset)
        return false;
    bool wasChunked = false;
    for (const Side side : {Side::Visitor, Side::Service}) {
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
    RelayJob job{end(Side::Visitor).takeFd(), end(Side::Service).takeFd(), {}, nullptr};
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
    if (std::exchange(flowFrom(from).heldBack, false)) // the expected end has not come
        net::sendHeldBack(end(other(from)).fd());
    return more;
}

/// Like runFlow(), without sending the bytes that the kernel holds back.
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
                continue; // it has ended while it rested
        }
        take(from, most);
    }
    return false;
}

void StreamRelay::passEndOn(Side from)
{
    if (from == Side::Visitor ? m_visitorWasReset : m_serviceWasReset && !end(from).hasLastWord())
        return breakOff(true); // the failed write has cleared the error, so a read would report an end
    flowFrom(from).ending = true;
    if (from == Side::Service)
        m_load.onAnswered(); // no answer will follow
    const bool heldBack = std::exchange(flowFrom(from).heldBack, false); // the end sends them
    // If the other direction has ended, too, the close alone sends the end to a plain side; but with unread
    // bytes of the peer a close would lose bytes that the kernel holds back.
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

/// The side \a from has broken: is its stream truncated? Not for a service that broke because it received
/// data after its end; where the end is marked, only the mark counts.
bool StreamRelay::isCutBy(Side from) const
{
    return from == Side::Visitor || !m_serviceRefusesData || end(from).hasLastWord();
}

/// \return the number of bytes that may be read now; 0: none, or there are none to read.
size_t StreamRelay::takeTokens(Side from, qint64 nowMs)
{
    Flow &flow = flowFrom(from);
    const bool rested = flow.turn.isQueued();
    if (rested && nowMs < flow.turn.askAgainMs())
        return 0; // the event was for something else
    const qint64 granted = flow.tokens->take(flow.turn, static_cast<qint64>(m_scratch.buffer.size()), nowMs);
    if (granted == 0 && rested)
        lookAtResting(from);
    return static_cast<size_t>(granted);
}

/// While nothing is read, the loss of the source would stay unnoticed; see Relay::lookAtResting().
void StreamRelay::lookAtResting(Side from)
{
    Flow &flow = flowFrom(from);
    Stream &source = end(from);
    if (from == Side::Visitor && source.looksBroken())
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
    if (from == Side::Visitor)
        m_load.onAsked();
    else
        m_load.onAnswered();
    if (m_tap && !(from == Side::Visitor ? m_tap->onBytesToService(bytes) : m_tap->onBytesToVisitor(bytes)))
        return breakOff(true);
    flow.uncounted += static_cast<quint64>(bytes.size());
    Stream &to = end(other(from));
    flow.heldBack = end(from).isAboutToEnd(); // the receiver gets one packet, and one wake-up, instead of two
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

/// Ends both directions: with a \a reset, unless the source is a service that broke because it received data
/// after its end.
void StreamRelay::breakOff(bool reset)
{
    m_reset = reset;
    if (!reset && !end(Side::Visitor).hasUnsent() && end(Side::Visitor).endWriting())
        end(Side::Visitor).endOnClose(); // for the visitor it is an orderly end, which TLS has to send
    for (Flow &flow : m_flows)
        flow.ended = true;
}

/// Writing failed: this direction has ended, but the target may have answered before it closed (as an HTTP
/// server does that refuses a large body), so the other direction continues to its own end.
void StreamRelay::breakTarget(Side from)
{
    Stream &to = end(other(from));
    if (other(from) == Side::Service && m_serviceSaysEnd)
        m_serviceWasReset = to.writeError() == ECONNRESET;
    else if (other(from) == Side::Service)
        m_serviceRefusesData = true;
    else
        m_visitorWasReset = to.writeError() == ECONNRESET; // not EPIPE: then it has ended in order before
    to.dropUnsent();
    flowFrom(from).ended = true;
}

} // namespace frpx
