// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relay.h"

#include "common/net/sockets.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>

namespace frpx {

namespace {

// Measured, see docs/adr/0002: small enough for good latency of newcomers beside bulk, large enough to be
// cheap.
constexpr qint64 budgetPerTurn = qint64(256) * 1024;
constexpr quint8 fullReadsBeforeSplice = 2;
constexpr quint8 thinSplicesBeforeCopy = 8;
constexpr ssize_t thinSplice = ssize_t(16) * 1024;

#ifdef MSG_NOSIGNAL
constexpr int sendFlags = MSG_NOSIGNAL;
#else
constexpr int sendFlags = 0; // SIGPIPE is ignored by the programs
#endif

bool wouldBlock()
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

} // namespace

Relay::Relay(RelayJob job, RelayScratch &scratch)
    : m_scratch(scratch)
    , m_lease(std::move(job.lease))
    , m_meter(std::move(job.meter))
{
    end(Side::User).fd = std::move(job.user);
    end(Side::Service).fd = std::move(job.service);
    flowFrom(Side::User).rest = std::move(job.firstToService);
    flowFrom(Side::Service).rest = std::move(job.firstToUser);
    if (m_meter) {
        m_meter->open.fetch_add(1, std::memory_order_relaxed);
        m_meter->started.fetch_add(1, std::memory_order_relaxed);
        flowFrom(Side::User).bytes = &m_meter->bytesToService;
        flowFrom(Side::Service).bytes = &m_meter->bytesToUser;
    }
}

Relay::~Relay()
{
    for (Flow &flow : m_flows) {
        if (flow.pipe)
            m_scratch.pipes.forget();
    }
    if (m_reset) {
        for (const End &e : m_ends)
            net::resetOnClose(e.fd.get());
    }
    if (m_meter)
        m_meter->lessen(m_meter->open);
}

Relay::Outcome Relay::run()
{
    m_budget = budgetPerTurn;
    const bool moreUp = runFlow(flowFrom(Side::User), end(Side::User), end(Side::Service));
    const bool moreDown = runFlow(flowFrom(Side::Service), end(Side::Service), end(Side::User));
    if (m_flows[0].ended && m_flows[1].ended)
        return Outcome::Ended;
    // A side that broke after its own stream had ended shows up in no read; if there is nothing to write to
    // it either, nobody would ever notice. A user who asked and is gone has no use for an answer: the service
    // is to see that. A service that answered, closed and was sent some more has broken, too, but the user
    // may still be reading its answer.
    for (const Side side : {Side::User, Side::Service}) {
        if (end(side).broken && flowFrom(side).ended) {
            m_reset = side == Side::User;
            return Outcome::Ended;
        }
    }
    return moreUp || moreDown ? Outcome::MoreToDo : Outcome::Waiting;
}

bool Relay::hasLostPeer(const SilenceLimits &limits)
{
    for (const End &e : m_ends)
        m_reset |= net::isUnheard(e.fd.get(), limits.unheardMs, limits.repetitions);
    return m_reset;
}

bool Relay::wantsRead(Side side) const
{
    const Flow &flow = flowFrom(side);
    return !flow.sourceEnded && !flow.ended && !flow.holdsData();
}

bool Relay::wantsWrite(Side side) const
{
    const Side source = side == Side::User ? Side::Service : Side::User;
    return !flowFrom(source).ended && flowFrom(source).holdsData();
}

/// \return true if only the budget stopped it.
bool Relay::runFlow(Flow &flow, End &from, End &to)
{
    while (!flow.ended) {
        if (flow.holdsData()) {
            if (!to.writable)
                return false;
            flush(flow, to);
            continue;
        }
        if (flow.sourceEnded) {
            returnPipe(flow);
            if (from.wasReset) { // the failed write took the error; what reads like an end is none
                breakSource(from);
                return false;
            }
            flow.ended = true;
            // Where the other way is over, too, closing says it all.
            if (!m_flows[0].ended || !m_flows[1].ended)
                ::shutdown(to.fd.get(), SHUT_WR);
            return false;
        }
        if (!from.readable) {
            returnPipe(flow);
            return false;
        }
        if (m_budget <= 0)
            return true;
        if (flow.splicing)
            takeBySplice(flow, from, to);
        else
            takeByCopy(flow, from, to);
    }
    return false;
}

void Relay::flush(Flow &flow, End &to)
{
    ssize_t sent = 0;
    if (!flow.rest.isEmpty()) {
        sent = ::send(to.fd.get(), flow.rest.constData() + flow.restSent,
            static_cast<size_t>(flow.rest.size() - flow.restSent), sendFlags);
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
    if (flow.bytes)
        flow.bytes->fetch_add(static_cast<quint64>(sent), std::memory_order_relaxed);
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

void Relay::takeByCopy(Flow &flow, End &from, End &to)
{
    std::vector<char> &buffer = m_scratch.buffer;
    const ssize_t got = ::recv(from.fd.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) {
        if (wouldBlock())
            from.readable = false;
        else if (errno != EINTR)
            breakSource(from);
        return;
    }
    if (got == 0) {
        flow.sourceEnded = true;
        return;
    }
    m_budget -= got;
    if (static_cast<size_t>(got) < buffer.size()) {
        // A short read means that the socket is drained: spare the call that would only say so.
        from.readable = !from.shortReadsDrain;
        flow.fullReads = 0;
    } else if (flow.fullReads < fullReadsBeforeSplice) {
        ++flow.fullReads;
    }

    // Straight on from the shared buffer; what does not fit is kept.
    ssize_t sent = 0;
    if (to.writable) {
        sent = ::send(to.fd.get(), buffer.data(), static_cast<size_t>(got), sendFlags);
        if (sent < 0) {
            if (!wouldBlock() && errno != EINTR)
                return breakTarget(flow, to);
            to.writable = errno == EINTR;
            sent = 0;
        }
        if (flow.bytes)
            flow.bytes->fetch_add(static_cast<quint64>(sent), std::memory_order_relaxed);
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
}

void Relay::takeBySplice(Flow &flow, End &from, End &to)
{
#ifdef Q_OS_LINUX
    if (!flow.pipe)
        flow.pipe = m_scratch.pipes.take();
    if (!flow.pipe) {
        flow.splicing = false;
        return;
    }
    const ssize_t got = ::splice(from.fd.get(), nullptr, flow.pipe.in.get(), nullptr, flow.pipe.capacity,
        SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    // splice() stops for ever in front of urgent data, with the words for "no more now" or even "the end":
    // only a read knows.
    if (got == 0 || (got < 0 && wouldBlock()))
        return takeByCopy(flow, from, to);
    if (got < 0) {
        if (errno != EINTR)
            breakSource(from);
        return;
    }
    m_budget -= got;
    flow.inPipe = static_cast<size_t>(got);
    flow.thinSplices = got < thinSplice ? quint8(flow.thinSplices + 1) : quint8(0);
    if (flow.thinSplices >= thinSplicesBeforeCopy)
        flow.splicing = false; // the pipe goes back once it is empty
#else
    Q_UNUSED(from)
    Q_UNUSED(to)
    flow.splicing = false;
#endif
}

/// Reading failed: everything that came before has been passed on. The other side is to see a reset, unless
/// it was a service that broke because it had been written to after it had said its last word.
void Relay::breakSource(const End &from)
{
    m_reset = !from.refusesData;
    for (Flow &flow : m_flows)
        flow.ended = true;
}

/// Writing failed: this way is over, but the target may have answered before it went (an HTTP server that
/// refuses a large body does), so the other way runs on to its own end. Called with errno of the write.
void Relay::breakTarget(Flow &flow, End &to)
{
    if (&to == &end(Side::Service))
        to.refusesData = true;
    else
        to.wasReset = errno == ECONNRESET; // not EPIPE: that one had ended in order before
    flow.ended = true;
    flow.rest = QByteArray();
    if (flow.pipe) {
        m_scratch.pipes.forget();
        flow.pipe = Pipe(); // destroyed: it has data in it
    }
    flow.inPipe = 0;
}

void Relay::returnPipe(Flow &flow)
{
    if (flow.pipe)
        m_scratch.pipes.giveBack(std::exchange(flow.pipe, Pipe()));
}

} // namespace frpx
