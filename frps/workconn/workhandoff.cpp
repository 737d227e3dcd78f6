// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/workconn/workhandoff.h"

#include "common/core/throttledlog.h"
#include "common/net/sockets.h"
#include "common/protocol/framedecoder.h"
#include "common/protocol/messages.h"
#include "common/relay/relaytap.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr LogKind badAnswer{lcWork};

/// At most so many bytes of the visitor are sent before the client accepts.
constexpr size_t maxPeeked = size_t(16) * 1024;
/// A visitor whose TLS records still hold no byte of data after this many reads in one turn is dropped.
constexpr int maxEarlyReads = 16;

const QByteArray &readyFrame()
{
    static const QByteArray frame = proto::encodeFrame(proto::ProxyConnReady{});
    return frame;
}

} // namespace

void WorkHandoff::start(IoLoop &loop, Job job)
{
    const int visitor = job.ticket.visitor.get();
    const int work = job.work.get();
    auto owned = std::make_unique<WorkHandoff>(loop, std::move(job));
    WorkHandoff *handoff = owned.get();
    loop.adopt(std::move(owned));
    // Watching reports a descriptor that is ready now, and that event calls offer().
    if (!loop.watch(handoff, visitorSide, visitor) || !loop.watch(handoff, workSide, work))
        return handoff->abandon(HandoffStats::Outcome::Dropped);
    loop.setTicking(handoff, true);
}

WorkHandoff::WorkHandoff(IoLoop &loop, Job job)
    : RelayHandler(loop)
    , m_job(std::make_unique<Job>(std::move(job)))
    , m_work(std::move(m_job->work.fd), std::move(m_job->work.tls), loop.scratch().records)
{
    PendingConnection &ticket = m_job->ticket;
    if (ticket.tls)
        m_visitor = std::make_unique<Stream>(
            std::move(ticket.visitor), std::move(ticket.tls), loop.scratch().records);
    if (m_job->stats)
        m_job->stats->add(m_job->ticket.id);
}

WorkHandoff::~WorkHandoff()
{
    if (m_job && visitorFd() >= 0)
        net::resetOnClose(visitorFd());
    reportOutcome(HandoffStats::Outcome::VisitorGone); // the loop is stopped
}

void WorkHandoff::reportOutcome(HandoffStats::Outcome outcome)
{
    if (!m_job)
        return; // the relay runs since
    if (HandoffStats *stats = std::exchange(m_job->stats, nullptr))
        stats->remove(m_job->ticket.id, outcome);
}

void WorkHandoff::onIo(int side, IoEvents events)
{
    if (isRelaying())
        return relayIo(side, events);
    remember(side, events);
    if (side == workSide)
        return onWorkIo(events);
    if (events.broken)
        return abandon(HandoffStats::Outcome::VisitorGone);
    m_visitorHungUp |= events.hungUp;
    if (m_visitor && events.readable)
        m_visitor->setReadable();
    if (m_visitor && events.hungUp)
        m_visitor->setHungUp();
    if (events.readable || !m_announced)
        offer();
}

void WorkHandoff::onTick(qint64 nowMs)
{
    if (isRelaying())
        return RelayHandler::onTick(nowMs);
    // With the level-triggered backend the visitor's descriptor is no longer watched once enough has been
    // read.
    if (net::isBroken(visitorFd()))
        return abandon(HandoffStats::Outcome::VisitorGone);
    if (m_job->ticket.hasExpired(nowMs))
        giveBack(u"it does not answer"_s);
}

bool WorkHandoff::cut(const void *key)
{
    if (isRelaying())
        return RelayHandler::cut(key);
    if (m_job->ticket.owner.get() == key) { // the account may serve no more, another client may
        giveBack(u"its login has ended"_s);
        return true;
    }
    if (m_job->ticket.lease.get() != key)
        return false;
    abandon(HandoffStats::Outcome::VisitorGone);
    return true;
}

bool WorkHandoff::wantsRead(int side) const
{
    if (isRelaying())
        return RelayHandler::wantsRead(side);
    if (side == visitorSide && m_visitor)
        return !m_visitorHungUp && !wantsAllBytes() && m_job->ticket.early.size() < qsizetype(maxPeeked);
    return side == workSide
        // With the level-triggered backend, bytes that stay in the kernel would report without end.
        || (m_peeked == 0 && !m_visitorHungUp && !wantsAllBytes());
}

bool WorkHandoff::wantsWrite(int side) const
{
    if (isRelaying())
        return RelayHandler::wantsWrite(side);
    if (side == workSide)
        return m_work.hasUnsent();
    return !m_announced; // the visitor's descriptor is writable: that event calls offer()
}

/// Sends StartProxyConn, and what the visitor has sent since.
void WorkHandoff::offer()
{
    std::vector<char> &buffer = loop().scratch().buffer;
    QByteArray announcement;
    const std::optional<bool> chunks = m_job->reuse ? std::optional(true) : std::nullopt;
    if (!m_announced)
        announcement = proto::encodeFrame(
            proto::StartProxyConn{m_job->ticket.id, m_job->ticket.told, m_job->ticket.tunnelName, chunks});
    const size_t headSize = chunks && m_due == 0 ? ChunkCodec::headSize : 0;
    auto ahead = static_cast<size_t>(announcement.size());
    std::memcpy(buffer.data(), announcement.constData(), ahead);

    ssize_t seen = 0;
    const size_t mayPeek = wantsAllBytes() ? 0 : maxPeeked;
    if (m_visitor) {
        if (!readEarly(mayPeek))
            return abandon(HandoffStats::Outcome::VisitorGone);
        const QByteArray &early = m_job->ticket.early;
        std::memcpy(buffer.data() + ahead + headSize, early.constData(), size_t(early.size()));
        seen = early.size();
    } else if (m_peeked < mayPeek) {
        seen = ::recv(
            m_job->ticket.visitor.get(), buffer.data() + ahead + headSize, mayPeek, MSG_PEEK | MSG_DONTWAIT);
        if (seen == 0)
            m_visitorHungUp = true;
        else if (seen < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            // Recv() has cleared the error: nothing else would see it.
            return abandon(HandoffStats::Outcome::VisitorGone);
    }
    size_t fresh = seen > ssize_t(m_peeked) ? size_t(seen) - m_peeked : 0;
    const bool isCapped = m_due > 0 && fresh > m_due;
    if (isCapped)
        fresh = m_due; // first the rest of the chunk
    char *begin = buffer.data() + (m_announced ? m_peeked : 0);
    if (headSize > 0 && fresh > 0) {
        const ChunkCodec::Head head = ChunkCodec::headOf(fresh);
        std::memcpy(begin + ahead, head.data(), headSize); // over bytes that have been sent
        ahead += headSize;
    }
    const size_t length = ahead + fresh;
    const bool sawAll = !m_visitor && seen >= 0 && !isCapped && m_peeked < mayPeek && size_t(seen) < mayPeek;
    m_peekedAll = sawAll && length == 0; // else it depends on how much is sent
    if (length == 0)
        return;
    m_work.setWritable(); // writability is not tracked before; to try costs no more
    const size_t sent = m_work.writeSome({begin, qsizetype(length)});
    if (sent < ahead || m_work.writeError() != 0) {
        if (!m_announced || m_work.writeError() != 0 || sent > 0) // half a frame cannot be completed
            giveBack(u"its connection is dead"_s);
        return;
    }
    m_announced = true;
    m_peeked += sent - ahead;
    if (chunks)
        m_due = (headSize > 0 ? fresh : m_due) - (sent - ahead);
    m_peekedAll = sawAll && sent == length;
}

/// Reads until there are \a most bytes. False if the visitor's connection is broken, or took too many reads.
bool WorkHandoff::readEarly(size_t most)
{
    QByteArray &early = m_job->ticket.early;
    WireRead got;
    for (int reads = 0;
         m_visitor->isReadable() && size_t(early.size()) < most && got.status == WireStatus::Open; ++reads) {
        if (reads == maxEarlyReads)
            return false;
        const qsizetype before = early.size();
        early.resize(qsizetype(most));
        got = m_visitor->read(early.data() + before, size_t(early.size() - before));
        early.resize(before + qsizetype(got.bytes));
    }
    m_visitorHungUp |= got.status == WireStatus::Ended; // the relay will find it again
    if (!m_visitor->isReadable())
        noteDrained(visitorSide);
    return got.status != WireStatus::Broken;
}

void WorkHandoff::onWorkIo(IoEvents events)
{
    if (events.writable)
        m_work.setWritable();
    if (m_work.hasUnsent() && m_work.isWritable() && !m_work.flush())
        return giveBack(u"its connection is dead"_s);
    if (!events.readable)
        return;
    m_work.setReadable();
    if (events.hungUp)
        m_work.setHungUp();
    readAnswer();
}

void WorkHandoff::readAnswer()
{
    std::vector<char> &buffer = loop().scratch().buffer;
    while (m_work.isReadable()) {
        const WireRead got = m_work.read(buffer.data(), buffer.size());
        if (got.status != WireStatus::Open)
            return giveBack(u"its connection is dead"_s);
        if (!m_work.isReadable())
            noteDrained(workSide);
        m_answer.append(buffer.data(), qsizetype(got.bytes));
        if (m_answer.startsWith(readyFrame()))
            return succeed(m_answer.sliced(readyFrame().size()));
        if (m_answer.size() < proto::frameHeaderSize)
            continue;
        const Result<quint32> length = proto::frameLength(m_answer.constData(), proto::maxFrameBeforeLogin);
        if (!length) {
            logThrottled(badAnswer, u"A work connection is closed: its answer is not a message"_s);
            return abandon(HandoffStats::Outcome::Dropped);
        }
        const qsizetype frameSize = proto::frameHeaderSize + qsizetype(*length);
        if (m_answer.size() >= frameSize)
            return onAnswer(frameSize);
    }
}

void WorkHandoff::onAnswer(qsizetype frameSize)
{
    const Result<proto::Message> message =
        proto::decode(QByteArrayView(m_answer).first(frameSize).sliced(proto::frameHeaderSize));
    if (message) {
        if (const auto *failed = std::get_if<proto::ProxyConnFailed>(&*message))
            return giveBack(logSafe(failed->reason));
        if (std::holds_alternative<proto::ProxyConnReady>(*message))
            return succeed(m_answer.sliced(frameSize)); // the same message, encoded in another way
    }
    logThrottled(badAnswer,
        u"A work connection is closed: "_s
            + (message ? u"the answer is not expected"_s : message.error().detail));
    abandon(HandoffStats::Outcome::Dropped);
}

/// The peeked bytes are delivered: now they are taken out of the visitor's socket. False if the handoff has
/// ended.
bool WorkHandoff::takePeeked()
{
    const auto isSeen = [this](QByteArrayView bytes) {
        if (!m_job->tap || m_job->tap->onBytesToService(bytes))
            return true;
        abandon(HandoffStats::Outcome::Dropped);
        return false;
    };
    if (m_visitor)
        return m_peeked == 0 || isSeen(QByteArrayView(m_job->ticket.early).first(qsizetype(m_peeked)));
    std::vector<char> &buffer = loop().scratch().buffer;
    for (size_t left = m_peeked; left > 0;) {
#ifdef Q_OS_LINUX
        const ssize_t got = m_job->tap
            ? ::recv(m_job->ticket.visitor.get(), buffer.data(), std::min(left, buffer.size()), 0)
            : ::recv(m_job->ticket.visitor.get(), nullptr, left, MSG_TRUNC | MSG_DONTWAIT);
#else
        const ssize_t got =
            ::recv(m_job->ticket.visitor.get(), buffer.data(), std::min(left, buffer.size()), 0);
#endif
        if (got <= 0) {
            abandon(HandoffStats::Outcome::VisitorGone); // since the peek
            return false;
        }
        if (!isSeen({buffer.data(), got}))
            return false;
        left -= size_t(got);
    }
    return true;
}

void WorkHandoff::succeed(QByteArray firstToVisitor)
{
    if (!takePeeked())
        return;
    if (m_job->meter)
        m_job->meter->bytesToService.fetch_add(m_peeked, std::memory_order_relaxed);
    if (m_job->limit)
        m_job->limit->toService.charge(static_cast<qint64>(m_peeked));
    m_session = m_job->ticket.session;
    m_reuse = m_job->reuse;
    std::unique_ptr<ChunkCodec> chunks;
    if (m_reuse) {
        chunks = std::make_unique<ChunkCodec>(!m_work.tls());
        chunks->setDue(m_due);
        firstToVisitor.truncate(
            qsizetype(chunks->decode(firstToVisitor.data(), static_cast<size_t>(firstToVisitor.size()))));
        if (chunks->isViolated()) {
            logThrottled(
                badAnswer, u"A work connection is closed: what follows its answer is not in chunks"_s);
            return abandon(HandoffStats::Outcome::Dropped);
        }
    }
    reportOutcome(HandoffStats::Outcome::Paired);
    loop().setTicking(this, false);
    if (m_peekedAll)
        noteDrained(visitorSide);
    RelayJob job{std::move(m_job->ticket.visitor), {}, {}, std::move(m_job->meter)};
    if (m_visitor) {
        job.visitorTls = m_visitor->takeTls();
        job.visitor = m_visitor->takeFd();
        job.firstToService = std::exchange(m_job->ticket.early, {}).sliced(qsizetype(m_peeked));
        m_visitor.reset();
    }
    job.serviceTls = m_work.takeTls();
    job.service = m_work.takeFd();
    job.serviceChunks = std::move(chunks);
    job.firstToVisitor = std::move(firstToVisitor);
    job.claim = std::move(m_job->ticket.claim);
    job.lease = std::move(m_job->ticket.lease);
    job.owner = std::move(m_job->ticket.owner);
    job.limit = std::move(m_job->limit);
    job.tap = std::move(m_job->tap);
    job.serviceSaysEnd = m_job->clientSaysEnd;
    if (const std::shared_ptr<ConnectionObserver> watch = std::move(m_job->ticket.watch))
        watch->onPaired(job, m_peeked);
    startRelay(std::move(job));
    m_job.reset(); // a relay can last for days: free what it does not need
    m_answer = QByteArray();
    runRelay();
}

void WorkHandoff::onRelayEnded()
{
    QByteArray beyond;
    std::optional<Stream> work = m_reuse ? takeReusable(workSide, beyond) : std::optional<Stream>();
    if (work && beyond.isEmpty()) { // a waiting client must not send anything
        loop().unwatch(this, workSide, work->fd());
        std::unique_ptr<TlsState> tls = work->takeTls();
        m_reuse->add(m_session, WorkConn(work->takeFd(), std::move(tls)));
    }
    loop().finish(this);
}

void WorkHandoff::giveBack(const QString &why)
{
    // A client that answers late finds a connection that takes no ProxyConnReady, so it passes nothing on.
    // This must happen before the next client is asked.
    loop().unwatch(this, workSide, m_work.fd());
    net::resetOnClose(m_work.fd());
    m_work.takeFd().reset();
    loop().unwatch(this, visitorSide, visitorFd());
    if (m_visitor) {
        m_job->ticket.tls = m_visitor->takeTls();
        m_job->ticket.visitor = m_visitor->takeFd();
    }
    reportOutcome(HandoffStats::Outcome::Returned);
    m_job->returned(std::move(m_job->ticket), why);
    loop().finish(this);
}

void WorkHandoff::abandon(HandoffStats::Outcome outcome)
{
    net::resetOnClose(m_work.fd());
    net::resetOnClose(visitorFd());
    reportOutcome(outcome);
    loop().finish(this);
}

} // namespace frpx::server
