// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/workhandoff.h"

#include "common/core/throttledlog.h"
#include "common/net/sockets.h"
#include "frps/backends/hashring.h"

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

} // namespace

void WorkHandoff::start(IoLoop &loop, Job job)
{
    const int visitor = job.visitor.fd.get();
    auto owned = std::make_unique<WorkHandoff>(loop, std::move(job));
    WorkHandoff *handoff = owned.get();
    loop.adopt(std::move(owned));
    if (!loop.watch(handoff, visitorSide, visitor))
        return handoff->abandon(DispatchStats::Outcome::Failed);
    loop.setTicking(handoff, true);
    handoff->m_pending->acquisition.start();
}

WorkHandoff::WorkHandoff(IoLoop &loop, Job job)
    : RelayHandler(loop)
    , m_pending(std::make_unique<Pending>(*this, loop, std::move(job)))
{
    VisitorConnection &visitor = m_pending->job.visitor;
    if (visitor.tls)
        m_pending->visitor =
            std::make_unique<Stream>(std::move(visitor.fd), std::move(visitor.tls), loop.scratch().records);
}

WorkHandoff::~WorkHandoff()
{
    if (m_pending && visitorFd() >= 0) // the loop is stopped
        net::resetOnClose(visitorFd());
}

/// The same hash for IPv4, also on a socket for both families.
quint64 WorkHandoff::sourceHash()
{
    const Q_IPV6ADDR address = sourceOf(m_pending->job.visitor).address.toIPv6Address();
    return stableHash({address.c, sizeof address.c});
}

void WorkHandoff::onWork(AcquiredWork work)
{
    if (work.isAccepted)
        return acceptDialledIn(std::move(work));
    m_pending->stream = std::make_unique<Stream>(
        std::move(work.connection.fd), std::move(work.connection.tls), loop().scratch().records);
    m_pending->work = std::move(work);
    // Watching reports a descriptor that is ready now.
    if (!loop().watch(this, workSide, m_pending->stream->fd()))
        return abandon(DispatchStats::Outcome::Failed);
    offer();
}

/// The client has dialled in and has reached its service: nothing is left to ask.
void WorkHandoff::acceptDialledIn(AcquiredWork work)
{
    if (!loop().watch(this, workSide, work.connection.get())) {
        net::resetOnClose(work.connection.get());
        return abandon(DispatchStats::Outcome::Failed);
    }
    RelayJob job = relayJob(work);
    job.service = std::move(work.connection.fd);
    job.serviceTls = std::move(work.connection.tls);
    relay(std::move(job), 0);
}

void WorkHandoff::onUnserved(DispatchStats::Outcome why)
{
    if (why == DispatchStats::Outcome::Failed)
        return abandon(why);
    loop().unwatch(this, visitorSide, visitorFd());
    VisitorConnection &visitor = m_pending->job.visitor;
    if (m_pending->visitor) {
        visitor.tls = m_pending->visitor->takeTls();
        visitor.fd = m_pending->visitor->takeFd();
    }
    m_pending->job.unserved(std::move(visitor));
    loop().finish(this);
}

void WorkHandoff::onIo(int side, IoEvents events)
{
    if (isRelaying())
        return relayIo(side, events);
    remember(side, events);
    if (side == workSide)
        return onWorkIo(events);
    if (events.broken)
        return abandon(DispatchStats::Outcome::VisitorGone);
    m_pending->visitorHungUp |= events.hungUp;
    if (m_pending->visitor && events.readable)
        m_pending->visitor->setReadable();
    if (m_pending->visitor && events.hungUp)
        m_pending->visitor->setHungUp();
    if (m_pending->stream && (events.readable || !m_pending->announced))
        offer();
}

void WorkHandoff::onTick(qint64 nowMs)
{
    if (isRelaying())
        return RelayHandler::onTick(nowMs);
    // With the level-triggered backend the visitor's descriptor is no longer watched once enough has been
    // read.
    if (net::isBroken(visitorFd()))
        return abandon(DispatchStats::Outcome::VisitorGone);
    if (!m_pending->stream)
        return m_pending->acquisition.onTick(nowMs);
    if (m_pending->acquisition.hasExpired(nowMs))
        tryAnother(u"it does not answer"_s);
}

bool WorkHandoff::cut(const void *key)
{
    if (isRelaying())
        return RelayHandler::cut(key);
    if (m_pending->stream && m_pending->work.client->login.get() == key) {
        tryAnother(u"its login has ended"_s); // the account may serve no more, another client may
        return true;
    }
    if (m_pending->job.visitor.lease.get() != key)
        return false;
    abandon(DispatchStats::Outcome::Failed); // its tunnel is closed
    return true;
}

bool WorkHandoff::wantsRead(int side) const
{
    if (isRelaying())
        return RelayHandler::wantsRead(side);
    const Pending &now = *m_pending;
    if (side == workSide)
        return true;
    if (!now.stream || now.visitorHungUp || wantsAllBytes())
        return false;
    if (now.visitor)
        return now.job.visitor.early.size() < qsizetype(maxPeeked);
    // With the level-triggered backend, bytes that stay in the kernel would report without end.
    return now.peeked == 0;
}

bool WorkHandoff::wantsWrite(int side) const
{
    if (isRelaying())
        return RelayHandler::wantsWrite(side);
    if (!m_pending->stream)
        return false;
    if (side == workSide)
        return m_pending->stream->hasUnsent();
    return !m_pending->announced; // the visitor's descriptor is writable: that event calls offer()
}

/// Sends the offer, and what the visitor has sent since.
void WorkHandoff::offer()
{
    Pending &now = *m_pending;
    std::vector<char> &buffer = loop().scratch().buffer;
    QByteArray announcement;
    const bool inChunks = now.work.client->reusesWork;
    if (!now.announced)
        announcement = encodeOffer({now.work.id, now.work.visitor, now.job.request.tunnel, inChunks});
    const size_t headSize = inChunks && now.due == 0 ? ChunkCodec::headSize : 0;
    auto ahead = static_cast<size_t>(announcement.size());
    std::memcpy(buffer.data(), announcement.constData(), ahead);

    ssize_t seen = 0;
    const size_t mayPeek = wantsAllBytes() ? 0 : maxPeeked;
    if (now.visitor) {
        if (!readEarly(mayPeek))
            return abandon(DispatchStats::Outcome::VisitorGone);
        const QByteArray &early = now.job.visitor.early;
        std::memcpy(buffer.data() + ahead + headSize, early.constData(), size_t(early.size()));
        seen = early.size();
    } else if (now.peeked < mayPeek) {
        seen = ::recv(visitorFd(), buffer.data() + ahead + headSize, mayPeek, MSG_PEEK | MSG_DONTWAIT);
        if (seen == 0)
            now.visitorHungUp = true;
        else if (seen < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            // Recv() has cleared the error: nothing else would see it.
            return abandon(DispatchStats::Outcome::VisitorGone);
    }
    size_t fresh = seen > ssize_t(now.peeked) ? size_t(seen) - now.peeked : 0;
    const bool isCapped = now.due > 0 && fresh > now.due;
    if (isCapped)
        fresh = now.due; // first the rest of the chunk
    char *begin = buffer.data() + (now.announced ? now.peeked : 0);
    if (headSize > 0 && fresh > 0) {
        const ChunkCodec::Head head = ChunkCodec::headOf(fresh);
        std::memcpy(begin + ahead, head.data(), headSize); // over bytes that have been sent
        ahead += headSize;
    }
    const size_t length = ahead + fresh;
    const bool sawAll =
        !now.visitor && seen >= 0 && !isCapped && now.peeked < mayPeek && size_t(seen) < mayPeek;
    now.peekedAll = sawAll && length == 0; // else it depends on how much is sent
    if (length == 0)
        return;
    now.stream->setWritable(); // writability is not tracked before; to try costs no more
    const size_t sent = now.stream->writeSome({begin, qsizetype(length)});
    if (sent < ahead || now.stream->writeError() != 0) {
        // Half a frame cannot be completed.
        if (!now.announced || now.stream->writeError() != 0 || sent > 0)
            tryAnother(u"its connection is dead"_s);
        return;
    }
    now.announced = true;
    now.peeked += sent - ahead;
    if (inChunks)
        now.due = (headSize > 0 ? fresh : now.due) - (sent - ahead);
    now.peekedAll = sawAll && sent == length;
}

/// Reads until there are \a most bytes. False if the visitor's connection is broken, or took too many reads.
bool WorkHandoff::readEarly(size_t most)
{
    Stream &visitor = *m_pending->visitor;
    QByteArray &early = m_pending->job.visitor.early;
    WireRead got;
    for (int reads = 0; visitor.isReadable() && size_t(early.size()) < most && got.status == WireStatus::Open;
         ++reads) {
        if (reads == maxEarlyReads)
            return false;
        const qsizetype before = early.size();
        early.resize(qsizetype(most));
        got = visitor.read(early.data() + before, size_t(early.size() - before));
        early.resize(before + qsizetype(got.bytes));
    }
    m_pending->visitorHungUp |= got.status == WireStatus::Ended; // the relay will find it again
    if (!visitor.isReadable())
        noteDrained(visitorSide);
    return got.status != WireStatus::Broken;
}

void WorkHandoff::onWorkIo(IoEvents events)
{
    Stream &work = *m_pending->stream;
    if (events.writable)
        work.setWritable();
    if (work.hasUnsent() && work.isWritable() && !work.flush())
        return tryAnother(u"its connection is dead"_s);
    if (!events.readable)
        return;
    work.setReadable();
    if (events.hungUp)
        work.setHungUp();
    readAnswer();
}

void WorkHandoff::readAnswer()
{
    std::vector<char> &buffer = loop().scratch().buffer;
    Stream &work = *m_pending->stream;
    OfferAnswer &answer = m_pending->answer;
    while (work.isReadable()) {
        const WireRead got = work.read(buffer.data(), buffer.size());
        if (got.status != WireStatus::Open)
            return tryAnother(u"its connection is dead"_s);
        if (!work.isReadable())
            noteDrained(workSide);
        switch (answer.add({buffer.data(), qsizetype(got.bytes)})) {
        case OfferAnswer::Kind::MoreNeeded:
            break;
        case OfferAnswer::Kind::Accepted:
            return succeed(answer.rest());
        case OfferAnswer::Kind::Refused:
            return tryAnother(QString(answer.text())); // a copy: the answer is reset
        case OfferAnswer::Kind::Broken:
            logThrottled(badAnswer, u"A work connection is closed: "_s + answer.text());
            return abandon(DispatchStats::Outcome::Failed);
        }
    }
}

/// The peeked bytes are delivered: now they are taken out of the visitor's socket. False if the handoff has
/// ended.
bool WorkHandoff::takePeeked()
{
    if (m_pending->visitor)
        return true;
    for (size_t left = m_pending->peeked; left > 0;) {
#ifdef Q_OS_LINUX
        const ssize_t got = ::recv(visitorFd(), nullptr, left, MSG_TRUNC | MSG_DONTWAIT);
#else
        std::vector<char> &buffer = loop().scratch().buffer;
        const ssize_t got = ::recv(visitorFd(), buffer.data(), std::min(left, buffer.size()), 0);
#endif
        if (got <= 0) {
            abandon(DispatchStats::Outcome::VisitorGone); // since the peek
            return false;
        }
        left -= size_t(got);
    }
    return true;
}

void WorkHandoff::succeed(QByteArray firstToVisitor)
{
    if (!takePeeked())
        return;
    Pending &now = *m_pending;
    const ServingClient &client = *now.work.client;
    if (now.work.meter)
        now.work.meter->bytesToService.fetch_add(now.peeked, std::memory_order_relaxed);
    if (const std::shared_ptr<RateLimit> limit = client.limit())
        limit->toService.charge(static_cast<qint64>(now.peeked));
    std::unique_ptr<ChunkCodec> chunks;
    if (client.reusesWork) {
        chunks = std::make_unique<ChunkCodec>(!now.stream->tls());
        chunks->setDue(now.due);
        firstToVisitor.truncate(
            qsizetype(chunks->decode(firstToVisitor.data(), static_cast<size_t>(firstToVisitor.size()))));
        if (chunks->isViolated()) {
            logThrottled(
                badAnswer, u"A work connection is closed: what follows its answer is not in chunks"_s);
            return abandon(DispatchStats::Outcome::Failed);
        }
        m_session = client.session;
        m_reuse = &now.job.state->work;
    }
    if (now.peekedAll)
        noteDrained(visitorSide);
    if (now.visitor)
        now.job.visitor.early.remove(0, qsizetype(now.peeked));
    RelayJob job = relayJob(now.work);
    job.serviceTls = now.stream->takeTls();
    job.service = now.stream->takeFd();
    job.serviceChunks = std::move(chunks);
    job.firstToVisitor = std::move(firstToVisitor);
    relay(std::move(job), now.peeked);
}

/// All but the service's end of the connection.
RelayJob WorkHandoff::relayJob(AcquiredWork &work)
{
    VisitorConnection &visitor = m_pending->job.visitor;
    RelayJob job{std::move(visitor.fd), {}, std::exchange(visitor.early, {}), std::move(work.meter)};
    if (m_pending->visitor) {
        job.visitorTls = m_pending->visitor->takeTls();
        job.visitor = m_pending->visitor->takeFd();
        m_pending->visitor.reset();
    }
    job.lease = std::move(visitor.lease);
    job.claim = std::move(work.claim);
    job.owner = work.client->login;
    job.limit = work.client->limit();
    job.serviceSaysEnd = work.client->saysStreamEnds;
    return job;
}

void WorkHandoff::relay(RelayJob job, quint64 passedOn)
{
    m_pending->acquisition.end(DispatchStats::Outcome::Served);
    loop().setTicking(this, false);
    if (const std::shared_ptr<ConnectionObserver> watch = std::move(m_pending->job.visitor.watch))
        watch->onPaired(job, passedOn);
    startRelay(std::move(job));
    m_pending.reset(); // a relay can last for days: free what it does not need
    runRelay();
}

void WorkHandoff::onRelayEnded()
{
    QByteArray beyond;
    std::optional<Stream> work = m_reuse ? takeReusable(workSide, beyond) : std::optional<Stream>();
    if (work && beyond.isEmpty()) { // a waiting client must not send anything
        loop().unwatch(this, workSide, work->fd());
        std::unique_ptr<TlsState> tls = work->takeTls();
        m_reuse->putBack(m_session, WorkConn(work->takeFd(), std::move(tls)));
    }
    loop().finish(this);
}

void WorkHandoff::dropWork()
{
    loop().unwatch(this, workSide, m_pending->stream->fd());
    net::resetOnClose(m_pending->stream->fd());
    m_pending->stream.reset();
    forget(workSide);
}

void WorkHandoff::tryAnother(const QString &why)
{
    // A client that answers late finds a connection that takes no answer, so it passes nothing on. This must
    // happen before the next client is asked.
    dropWork();
    m_pending->work = {};
    m_pending->announced = false;
    m_pending->peeked = 0;
    m_pending->due = 0;
    m_pending->peekedAll = false;
    m_pending->answer = {};
    m_pending->acquisition.failed(why); // last: it may start the relay
}

void WorkHandoff::abandon(DispatchStats::Outcome outcome)
{
    if (m_pending->stream)
        net::resetOnClose(m_pending->stream->fd());
    net::resetOnClose(visitorFd());
    m_pending->acquisition.end(outcome);
    loop().finish(this);
}

} // namespace frpx::server
