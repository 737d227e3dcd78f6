// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relay.h"

#include "common/net/sockets.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

namespace frpx {

namespace {

// Measured, see docs/adr/0002: small enough for a low latency of new connections beside bulk transfers, large
// enough to be cheap.
constexpr qint64 budgetPerTurn = qint64(256) * 1024;
constexpr quint8 fullReadsBeforeSplice = 2;
constexpr quint8 thinSplicesBeforeCopy = 8;
constexpr size_t thinSplice = size_t(16) * 1024;
constexpr size_t mostAtOnce = size_t(1024) * 1024; ///< more than a pipe or the buffer holds

#ifdef MSG_NOSIGNAL
constexpr int sendFlags = MSG_NOSIGNAL;
#else
constexpr int sendFlags = 0; // SIGPIPE is ignored by the programs
#endif

bool wouldBlock()
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

/// Does not clear the error.
bool isInError(int fd)
{
    pollfd watched{fd, 0, 0};
    return ::poll(&watched, 1, 0) > 0 && (watched.revents & POLLERR) != 0;
}

} // namespace

Relay::Relay(RelayJob job, LoopScratch &scratch)
    : m_scratch(scratch)
    , m_lease(std::move(job.lease))
    , m_owner(std::move(job.owner))
    , m_load(job.load.meter() ? std::move(job.load) : RelayLoad(std::move(job.meter)))
    , m_limit(std::move(job.limit))
    , m_totals(std::move(job.totals))
    , m_serviceSaysEnd(job.serviceSaysEnd)
{
    end(Side::Visitor).fd = std::move(job.visitor);
    end(Side::Service).fd = std::move(job.service);
    for (const End &e : m_ends)
        net::resetOnClose(e.fd.get());
    flowFrom(Side::Visitor).rest = std::move(job.firstToService);
    flowFrom(Side::Service).rest = std::move(job.firstToVisitor);
    if (!flowFrom(Side::Service).rest.isEmpty())
        m_load.onAnswered();
    if (RelayMeter *meter = m_load.meter()) {
        flowFrom(Side::Visitor).bytes = &meter->bytesToService;
        flowFrom(Side::Service).bytes = &meter->bytesToVisitor;
    }
    if (m_totals) {
        flowFrom(Side::Visitor).ownBytes = &m_totals->toService;
        flowFrom(Side::Service).ownBytes = &m_totals->toVisitor;
    }
    if (m_limit) {
        flowFrom(Side::Visitor).tokens = &m_limit->toService;
        flowFrom(Side::Service).tokens = &m_limit->toVisitor;
        for (const Flow &flow : m_flows)
            flow.tokens->charge(flow.rest.size());
    }
}

Relay::~Relay()
{
    for (Flow &flow : m_flows) {
        if (flow.pipe)
            m_scratch.pipes.forget();
        if (flow.tokens)
            flow.tokens->leave(flow.turn);
    }
    if (m_reset) {
        for (const End &e : m_ends)
            net::resetOnClose(e.fd.get());
    }
}

void Relay::setEnded(Side side)
{
    flowFrom(side).ended = true;
    // The constructor has armed a reset: bytes before the end may still be in the kernel.
    net::endOnClose(end(side == Side::Visitor ? Side::Service : Side::Visitor).fd.get());
}

Relay::Outcome Relay::run(qint64 nowMs)
{
    m_budget = budgetPerTurn;
    const Side first = m_first;
    const Side second = first == Side::Visitor ? Side::Service : Side::Visitor;
    const bool moreOfFirst = runFlow(flowFrom(first), end(first), end(second), nowMs);
    const bool moreOfSecond = runFlow(flowFrom(second), end(second), end(first), nowMs);
    if (m_budget <= 0) // a bulk transfer must not delay the end of the other direction
        m_first = second;
    if (m_flows[0].ended && m_flows[1].ended)
        return Outcome::Ended;
    // A side that broke after its own stream had ended is not found by a read; without data to write to it,
    // it would stay unnoticed. If the visitor has sent a request and is gone, it needs no answer: the service
    // gets a reset. A service that answered, closed and then received more data has broken, too, but the
    // visitor may still be reading the answer.
    for (const Side side : {Side::Visitor, Side::Service}) {
        if (end(side).broken && flowFrom(side).ended) {
            m_reset = side == Side::Visitor;
            return Outcome::Ended;
        }
    }
    // A visitor that broke while its bytes waited for tokens must not keep the relay until they are sent.
    if (end(Side::Visitor).broken && flowFrom(Side::Visitor).turn.isQueued()) {
        m_reset = true;
        return Outcome::Ended;
    }
    return moreOfFirst || moreOfSecond ? Outcome::MoreToDo : Outcome::Waiting;
}

bool Relay::hasLostPeer(const SilenceLimits &limits)
{
    for (const End &e : m_ends)
        m_reset |= net::isUnheard(e.fd.get(), limits.unheardMs, limits.repetitions);
    return m_reset;
}

qint64 Relay::resumeAtMs() const
{
    qint64 earliest = 0;
    for (const Flow &flow : m_flows) {
        if (flow.turn.isQueued() && (earliest == 0 || flow.turn.askAgainMs() < earliest))
            earliest = flow.turn.askAgainMs();
    }
    return earliest;
}

bool Relay::wantsRead(Side side) const
{
    const Flow &flow = flowFrom(side);
    return !flow.sourceEnded && !flow.ended && !flow.holdsData() && !flow.turn.isQueued();
}

bool Relay::wantsWrite(Side side) const
{
    const Side source = side == Side::Visitor ? Side::Service : Side::Visitor;
    return !flowFrom(source).ended && flowFrom(source).holdsData();
}

/// \return true if only the budget stopped it.
bool Relay::runFlow(Flow &flow, End &from, End &to, qint64 nowMs)
{
    const bool more = carry(flow, from, to, nowMs);
    if (std::exchange(flow.heldBack, false)) // the expected end has not come
        net::sendHeldBack(to.fd.get());
    return more;
}

/// Like runFlow(), without sending the bytes that the kernel holds back.
bool Relay::carry(Flow &flow, End &from, End &to, qint64 nowMs)
{
    while (!flow.ended) {
        if (flow.holdsData()) {
            if (!to.writable)
                return false;
            flush(flow, from, to);
            continue;
        }
        if (flow.sourceEnded) {
            returnPipe(flow);
            if (from.wasReset) { // the failed write has cleared the error, so a read would report an end
                breakSource(from);
                return false;
            }
            flow.ended = true;
            if (&from == &end(Side::Service))
                m_load.onAnswered(); // no answer will follow
            // If the target has ended its stream too, the close alone sends the end.
            const Flow &back = &flow == &m_flows[0] ? m_flows[1] : m_flows[0];
            const bool closingSaysIt = back.ended && back.sourceEnded;
            endInOrder(to, closingSaysIt);
            flow.heldBack &= closingSaysIt; // otherwise the end has sent them
            return false;
        }
        if (!from.readable) {
            returnPipe(flow);
            return false;
        }
        if (m_budget <= 0)
            return true;
        size_t most = mostAtOnce;
        if (flow.tokens) {
            most = takeTokens(flow, from, nowMs);
            if (most == 0 && (flow.turn.isQueued() || !from.readable)) {
                returnPipe(flow);
                return false;
            }
            if (most == 0)
                continue; // it has ended while it rested
        }
        const size_t taken =
            flow.splicing ? takeBySplice(flow, from, to, most) : takeByCopy(flow, from, to, most);
        if (flow.tokens && taken < most)
            flow.tokens->giveBack(static_cast<qint64>(most - taken));
    }
    return false;
}

/// \return the number of bytes that may be read now; 0: none, or there are none to read.
size_t Relay::takeTokens(Flow &flow, End &from, qint64 nowMs)
{
    const bool rested = flow.turn.isQueued();
    if (rested && nowMs < flow.turn.askAgainMs())
        return 0; // the event was for something else
    const size_t want = flow.splicing ? mostAtOnce : m_scratch.buffer.size();
    const qint64 granted = flow.tokens->take(flow.turn, static_cast<qint64>(want), nowMs);
    if (granted == 0 && rested)
        lookAtResting(flow, from);
    return static_cast<size_t>(granted);
}

/// While nothing is read, the loss of the source would stay unnoticed, and the turn may be long after. An
/// orderly end after unread bytes has to wait for these; everything else is found here.
void Relay::lookAtResting(Flow &flow, End &from)
{
    // run() ends it
    if (&from == &end(Side::Visitor) && isInError(from.fd.get())) {
        from.broken = true;
        return;
    }
    char next = 0;
    const ssize_t seen = ::recv(from.fd.get(), &next, 1, MSG_PEEK);
    if (seen > 0 || (seen < 0 && errno == EINTR))
        return;
    flow.tokens->leave(flow.turn);
    if (seen == 0)
        flow.sourceEnded = true;
    else if (wouldBlock())
        from.readable = false;
    else
        breakSource(from);
}

void Relay::count(const Flow &flow, ssize_t sent)
{
    if (flow.bytes)
        flow.bytes->fetch_add(static_cast<quint64>(sent), std::memory_order_relaxed);
    if (flow.ownBytes)
        flow.ownBytes->fetch_add(static_cast<quint64>(sent), std::memory_order_relaxed);
}

/// Like send(). The last bytes before an end are held back for it: the receiver gets one packet, and one
/// wake-up, instead of two. Not when the close is to send the end: unread bytes of the peer would turn it
/// into a reset, and the held back bytes would be lost.
ssize_t Relay::sendOn(Flow &flow, const End &from, const End &to, const char *bytes, size_t length)
{
    int flags = sendFlags;
#ifdef Q_OS_LINUX
    const Flow &back = &flow == &m_flows[0] ? m_flows[1] : m_flows[0];
    if (from.hungUp && !from.broken && !back.ended) {
        flags |= MSG_MORE;
        flow.heldBack = true;
    }
#else
    Q_UNUSED(flow)
    Q_UNUSED(from)
#endif
    return ::send(to.fd.get(), bytes, length, flags);
}

void Relay::flush(Flow &flow, const End &from, End &to)
{
    ssize_t sent = 0;
    if (!flow.rest.isEmpty()) {
        sent = sendOn(flow, from, to, flow.rest.constData() + flow.restSent,
            static_cast<size_t>(flow.rest.size() - flow.restSent));
    } else {
#ifdef Q_OS_LINUX
        sent = ::splice(flow.pipe.out.get(), nullptr, to.fd.get(), nullptr, flow.inPipe,
            SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
#endif
    }
    if (sent < 0) {
        if (wouldBlock())
            to.writable = false;
        else if (errno != EINTR)
            breakTarget(flow, to);
        return;
    }
    count(flow, sent);
    m_load.onPassedOn();
    if (flow.rest.isEmpty()) {
        flow.inPipe -= static_cast<size_t>(sent);
        return;
    }
    flow.restSent += sent;
    if (flow.restSent == flow.rest.size()) {
        flow.rest = QByteArray();
        flow.restSent = 0;
    }
}

/// \return the number of bytes read, at most \a most.
size_t Relay::takeByCopy(Flow &flow, End &from, End &to, size_t most)
{
    std::vector<char> &buffer = m_scratch.buffer;
    const size_t room = std::min(buffer.size(), most);
    const ssize_t got = ::recv(from.fd.get(), buffer.data(), room, 0);
    if (got < 0) {
        if (wouldBlock())
            from.readable = false;
        else if (errno != EINTR)
            breakSource(from);
        return 0;
    }
    if (got == 0) {
        flow.sourceEnded = true;
        return 0;
    }
    const auto taken = static_cast<size_t>(got);
    m_budget -= got;
    noteRead(from);
    if (taken < room) {
        // A short read means that the receive buffer is empty: skip the call that would only report that.
        from.readable = !from.shortReadsDrain;
        flow.fullReads = 0;
    } else if (flow.fullReads < fullReadsBeforeSplice && room >= thinSplice) {
        ++flow.fullReads;
    }

    // Sent directly from the shared buffer; only the unsent rest is copied.
    ssize_t sent = 0;
    if (to.writable) {
        sent = sendOn(flow, from, to, buffer.data(), taken);
        if (sent < 0) {
            if (!wouldBlock() && errno != EINTR) {
                breakTarget(flow, to);
                return taken;
            }
            to.writable = errno == EINTR;
            sent = 0;
        }
        count(flow, sent);
    }
    if (sent < got) {
        flow.rest = QByteArray(buffer.data() + sent, got - sent);
        flow.restSent = 0;
    }
    if (flow.fullReads >= fullReadsBeforeSplice && !flow.splicing) {
        flow.pipe = m_scratch.pipes.take();
        flow.splicing = static_cast<bool>(flow.pipe);
        flow.thinSplices = 0;
        flow.fullReads = 0;
    }
    return taken;
}

/// Like takeByCopy().
size_t Relay::takeBySplice(Flow &flow, End &from, End &to, size_t most)
{
#ifdef Q_OS_LINUX
    if (!flow.pipe)
        flow.pipe = m_scratch.pipes.take();
    if (!flow.pipe) {
        flow.splicing = false;
        return 0;
    }
    const ssize_t got = ::splice(from.fd.get(), nullptr, flow.pipe.in.get(), nullptr,
        std::min(flow.pipe.capacity, most), SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    // splice() stops before urgent data with the same result as for an empty buffer or even an end: only a
    // read shows the difference.
    if (got == 0 || (got < 0 && wouldBlock()))
        return takeByCopy(flow, from, to, most);
    if (got < 0) {
        if (errno != EINTR)
            breakSource(from);
        return 0;
    }
    m_budget -= got;
    noteRead(from);
    flow.inPipe = static_cast<size_t>(got);
    flow.thinSplices = flow.inPipe < thinSplice ? quint8(flow.thinSplices + 1) : quint8(0);
    if (flow.thinSplices >= thinSplicesBeforeCopy)
        flow.splicing = false; // the pipe is returned once it is empty
    return flow.inPipe;
#else
    Q_UNUSED(from)
    Q_UNUSED(to)
    Q_UNUSED(most)
    flow.splicing = false;
    return 0;
#endif
}

/// Reading failed: all earlier bytes have been passed on. The other side gets a reset, unless the source is a
/// service that broke because it received data after its end.
void Relay::breakSource(const End &from)
{
    m_reset = !from.refusesData;
    for (Flow &flow : m_flows)
        flow.ended = true;
    if (!m_reset)
        endInOrder(end(Side::Visitor), false);
}

/// Writing failed: this direction has ended, but the target may have answered before it closed (as an HTTP
/// server does that refuses a large body), so the other direction continues to its own end. Called with the
/// errno of the write.
void Relay::breakTarget(Flow &flow, End &to)
{
    if (&to == &end(Side::Service) && !m_serviceSaysEnd)
        to.refusesData = true;
    else
        to.wasReset = errno == ECONNRESET; // not EPIPE: then it has ended in order before
    flow.ended = true;
    flow.rest = QByteArray();
    if (flow.pipe) {
        m_scratch.pipes.forget();
        flow.pipe = Pipe(); // destroyed: it contains data
    }
    flow.inPipe = 0;
}

/// All bytes for \a to are in the kernel. A close alone would not send the end if \a to has sent unread
/// bytes: then it is a reset.
void Relay::endInOrder(const End &to, bool closingSaysIt)
{
    net::endOnClose(to.fd.get());
    if (!closingSaysIt)
        net::endSending(to.fd.get());
}

void Relay::returnPipe(Flow &flow)
{
    if (flow.pipe)
        m_scratch.pipes.giveBack(std::exchange(flow.pipe, Pipe()));
}

} // namespace frpx
