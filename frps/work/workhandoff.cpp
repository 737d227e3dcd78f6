// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/work/workhandoff.h"

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

/// Of what the user has sent before the client accepts, so much is sent ahead.
constexpr size_t maxPeeked = size_t(16) * 1024;
/// A user's TLS that has more to say than so many reads take, and no byte for anybody, is not listened to.
constexpr int maxEarlyReads = 16;

/// The usual answer.
const QByteArray &readyFrame()
{
    static const QByteArray frame = proto::encodeFrame(proto::ProxyConnReady{});
    return frame;
}

} // namespace

void WorkHandoff::start(IoLoop &loop, Job job)
{
    const int user = job.ticket.user.get();
    const int work = job.work.get();
    auto owned = std::make_unique<WorkHandoff>(loop, std::move(job));
    WorkHandoff *pairing = owned.get();
    loop.adopt(std::move(owned));
    // Watching reports the readiness there is, which makes the offer.
    if (!loop.watch(pairing, userSide, user) || !loop.watch(pairing, workSide, work))
        return pairing->abandon(HandoffStats::Outcome::Dropped);
    loop.setTicking(pairing, true);
}

WorkHandoff::WorkHandoff(IoLoop &loop, Job job)
    : RelayHandler(loop)
    , m_job(std::make_unique<Job>(std::move(job)))
    , m_work(std::move(m_job->work.fd), std::move(m_job->work.tls), loop.scratch().records)
{
    PendingConnection &ticket = m_job->ticket;
    if (ticket.tls)
        m_user =
            std::make_unique<Stream>(std::move(ticket.user), std::move(ticket.tls), loop.scratch().records);
    if (m_job->board)
        m_job->board->add(m_job->ticket.id);
}

WorkHandoff::~WorkHandoff()
{
    if (m_job && userFd() >= 0)
        net::resetOnClose(userFd());
    leaveBoard(HandoffStats::Outcome::UserGone); // the loop is stopped
}

void WorkHandoff::leaveBoard(HandoffStats::Outcome outcome)
{
    if (!m_job)
        return; // long ago
    if (HandoffStats *board = std::exchange(m_job->board, nullptr))
        board->remove(m_job->ticket.id, outcome);
}

void WorkHandoff::onIo(int side, IoEvents events)
{
    if (isRelaying())
        return relayIo(side, events);
    remember(side, events);
    if (side == workSide)
        return onWorkIo(events);
    if (events.broken)
        return abandon(HandoffStats::Outcome::UserGone);
    m_userHungUp |= events.hungUp;
    if (m_user && events.readable)
        m_user->setReadable();
    if (m_user && events.hungUp)
        m_user->setHungUp();
    if (events.readable || !m_announced)
        offer();
}

void WorkHandoff::onTick(qint64 nowMs)
{
    if (isRelaying())
        return RelayHandler::onTick(nowMs);
    // A level-triggered loop does not watch a user of whom enough is known.
    if (net::isBroken(userFd()))
        return abandon(HandoffStats::Outcome::UserGone);
    if (m_job->ticket.hasExpired(nowMs))
        giveBack(u"it does not answer"_s);
}

bool WorkHandoff::cut(const void *key)
{
    if (isRelaying())
        return RelayHandler::cut(key);
    if (m_job->ticket.owner.get() == key) { // the client may serve nobody any more; another one may
        giveBack(u"its login has ended"_s);
        return true;
    }
    if (m_job->ticket.lease.get() != key)
        return false;
    abandon(HandoffStats::Outcome::UserGone);
    return true;
}

bool WorkHandoff::wantsRead(int side) const
{
    if (isRelaying())
        return RelayHandler::wantsRead(side);
    if (side == userSide && m_user)
        return !m_userHungUp && !wantsAllBytes() && m_job->ticket.early.size() < qsizetype(maxPeeked);
    return side == workSide
        // A level-triggered loop would spin on bytes that stay where they are.
        || (m_peeked == 0 && !m_userHungUp && !wantsAllBytes());
}

bool WorkHandoff::wantsWrite(int side) const
{
    if (isRelaying())
        return RelayHandler::wantsWrite(side);
    if (side == workSide)
        return m_work.hasUnsent();
    return !m_announced; // he can be written to: that is the event which makes the offer
}

/// Sends the announcement, and what the user has said since.
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
    if (m_user) {
        if (!readEarly(mayPeek))
            return abandon(HandoffStats::Outcome::UserGone);
        const QByteArray &early = m_job->ticket.early;
        std::memcpy(buffer.data() + ahead + headSize, early.constData(), size_t(early.size()));
        seen = early.size();
    } else if (m_peeked < mayPeek) {
        seen = ::recv(
            m_job->ticket.user.get(), buffer.data() + ahead + headSize, mayPeek, MSG_PEEK | MSG_DONTWAIT);
        if (seen == 0)
            m_userHungUp = true;
        else if (seen < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            return abandon(HandoffStats::Outcome::UserGone); // this took the error: nobody else would see it
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
    const bool sawAll = !m_user && seen >= 0 && !isCapped && m_peeked < mayPeek && size_t(seen) < mayPeek;
    m_peekedAll = sawAll && length == 0; // else it depends on how much is sent
    if (length == 0)
        return;
    m_work.setWritable(); // whether it is has not been noted; to ask costs no more
    const size_t sent = m_work.writeSome({begin, qsizetype(length)});
    if (sent < ahead || m_work.writeError() != 0) {
        if (!m_announced || m_work.writeError() != 0 || sent > 0) // half a head is of no use
            giveBack(u"its connection is dead"_s);
        return;
    }
    m_announced = true;
    m_peeked += sent - ahead;
    if (chunks)
        m_due = (headSize > 0 ? fresh : m_due) - (sent - ahead);
    m_peekedAll = sawAll && sent == length;
}

/// Reads on, until there are \a most bytes. False if the user is gone.
bool WorkHandoff::readEarly(size_t most)
{
    QByteArray &early = m_job->ticket.early;
    WireRead got;
    for (int reads = 0; m_user->isReadable() && size_t(early.size()) < most && got.status == WireStatus::Open;
         ++reads) {
        if (reads == maxEarlyReads)
            return false;
        const qsizetype before = early.size();
        early.resize(qsizetype(most));
        got = m_user->read(early.data() + before, size_t(early.size() - before));
        early.resize(before + qsizetype(got.bytes));
    }
    m_userHungUp |= got.status == WireStatus::Ended; // which the relay will find again
    if (!m_user->isReadable())
        noteDrained(userSide);
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
            return succeed(m_answer.sliced(frameSize)); // in other words than ours
    }
    logThrottled(badAnswer,
        u"A work connection is closed: "_s
            + (message ? u"the answer is not expected"_s : message.error().detail));
    abandon(HandoffStats::Outcome::Dropped);
}

/// What was peeked at is delivered: now it is taken out of the user's socket. False if this ends here.
bool WorkHandoff::takePeeked()
{
    const auto isSeen = [this](QByteArrayView bytes) {
        if (!m_job->tap || m_job->tap->onBytesToService(bytes))
            return true;
        abandon(HandoffStats::Outcome::Dropped);
        return false;
    };
    if (m_user)
        return m_peeked == 0 || isSeen(QByteArrayView(m_job->ticket.early).first(qsizetype(m_peeked)));
    std::vector<char> &buffer = loop().scratch().buffer;
    for (size_t left = m_peeked; left > 0;) {
#ifdef Q_OS_LINUX
        const ssize_t got = m_job->tap
            ? ::recv(m_job->ticket.user.get(), buffer.data(), std::min(left, buffer.size()), 0)
            : ::recv(m_job->ticket.user.get(), nullptr, left, MSG_TRUNC | MSG_DONTWAIT);
#else
        const ssize_t got = ::recv(m_job->ticket.user.get(), buffer.data(), std::min(left, buffer.size()), 0);
#endif
        if (got <= 0) {
            abandon(HandoffStats::Outcome::UserGone); // meanwhile
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
    leaveBoard(HandoffStats::Outcome::Paired);
    loop().setTicking(this, false);
    if (m_peekedAll)
        noteDrained(userSide);
    RelayJob job{std::move(m_job->ticket.user), {}, {}, std::move(m_job->meter)};
    if (m_user) {
        job.visitorTls = m_user->takeTls();
        job.visitor = m_user->takeFd();
        job.firstToService = std::exchange(m_job->ticket.early, {}).sliced(qsizetype(m_peeked));
        m_user.reset();
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
    m_job.reset(); // it may last for days: what it needs no more is not kept
    m_answer = QByteArray();
    runRelay();
}

void WorkHandoff::onRelayEnded()
{
    QByteArray beyond;
    std::optional<Stream> work = m_reuse ? takeReusable(workSide, beyond) : std::optional<Stream>();
    if (work && beyond.isEmpty()) { // a waiting client has nothing to say
        loop().unwatch(this, workSide, work->fd());
        std::unique_ptr<TlsState> tls = work->takeTls();
        m_reuse->add(m_session, WorkConn(work->takeFd(), std::move(tls)));
    }
    loop().finish(this);
}

void WorkHandoff::giveBack(const QString &why)
{
    // A client that comes back to life finds a connection that takes no ProxyConnReady, so it passes nothing
    // on. Before the next one is asked.
    loop().unwatch(this, workSide, m_work.fd());
    net::resetOnClose(m_work.fd());
    m_work.takeFd().reset();
    loop().unwatch(this, userSide, userFd());
    if (m_user) {
        m_job->ticket.tls = m_user->takeTls();
        m_job->ticket.user = m_user->takeFd();
    }
    leaveBoard(HandoffStats::Outcome::Returned);
    m_job->returned(std::move(m_job->ticket), why);
    loop().finish(this);
}

void WorkHandoff::abandon(HandoffStats::Outcome outcome)
{
    net::resetOnClose(m_work.fd());
    net::resetOnClose(userFd());
    leaveBoard(outcome);
    loop().finish(this);
}

} // namespace frpx::server
