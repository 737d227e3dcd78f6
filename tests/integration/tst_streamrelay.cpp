// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/streamrelay.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <sys/ioctl.h>

using namespace frpx;
using namespace frpx::test;

namespace {

using Side = StreamRelay::Side;

const QByteArray endMark(4, '\0');
const QByteArray rawMark(4, '\xff');

QByteArray chunk(const QByteArray &bytes)
{
    const ChunkCodec::Head head = ChunkCodec::headOf(size_t(bytes.size()));
    return QByteArray(head.data(), head.size()) + bytes;
}

/// A pair that takes hundreds of kilobytes without a reader, at once.
Connection roomyPair()
{
    int fds[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return {};
    Connection pair{UniqueFd(fds[0]), UniqueFd(fds[1])};
    const int room = 1024 * 1024;
    for (const int fd : fds)
        ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    ::fcntl(pair.far.get(), F_SETFL, O_RDWR | O_NONBLOCK);
    return pair;
}

int waiting(int fd)
{
    int bytes = 0;
    return ::ioctl(fd, FIONREAD, &bytes) == 0 ? bytes : -1;
}

bool hasEnded(int fd)
{
    char next = 0;
    return ::recv(fd, &next, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

} // namespace

/// A StreamRelay without a loop, at moments that hardly ever come together in one.
class TestStreamRelay : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void passesTheEndOnThatItsBudgetLeft();
    void doesNotTakeACutForAnEndWhileItRests();
    void answersARawMarkOfBefore();
    void staysWithAUserWhoHasReset();

private:
    /// Its service side is in chunks, as told by \a chunks.
    void start(Connection user, Connection service, std::unique_ptr<ChunkCodec> chunks,
        std::shared_ptr<RateLimit> limit = {});

    LoopScratch m_scratch;
    Connector m_connector;
    UniqueFd m_user;
    UniqueFd m_service;
    std::optional<StreamRelay> m_relay;
};

void TestStreamRelay::start(
    Connection user, Connection service, std::unique_ptr<ChunkCodec> chunks, std::shared_ptr<RateLimit> limit)
{
    m_user = std::move(user.near);
    m_service = std::move(service.near);
    RelayJob job{std::move(user.far), std::move(service.far), {}, nullptr};
    job.serviceChunks = std::move(chunks);
    job.limit = std::move(limit);
    m_relay.emplace(std::move(job), m_scratch);
    m_relay->setWritable(Side::Visitor);
    m_relay->setWritable(Side::Service);
}

/// The service answers and ends while the user still uploads. Its end is read by the last read of a turn.
void TestStreamRelay::passesTheEndOnThatItsBudgetLeft()
{
    start(roomyPair(), roomyPair(), std::make_unique<ChunkCodec>());
    // Its four reads leave enough of a turn's 256 KiB for one read more, and for no two.
    constexpr int upload = 261'000;
    const int relayFd = m_relay->fd(Side::Visitor);
    QVERIFY(sendAll(m_user.get(), noise(upload, 1)));
    QCOMPARE(waiting(relayFd), upload);
    QVERIFY(sendAll(m_service.get(), endMark));
    m_relay->setReadable(Side::Visitor);
    m_relay->setReadable(Side::Service);
    QCOMPARE(m_relay->run(0), StreamRelay::Outcome::MoreToDo);
    QVERIFY(waiting(m_service.get()) > upload); // all of it, and on the way it went raw
    QVERIFY(!m_relay->hasEnded(Side::Service));
    QVERIFY(!m_relay->isOutgrown());
    m_relay->run(0);
    QVERIFY(m_relay->hasEnded(Side::Service));
    QCOMPARE(receiveAll(m_user.get()).ending, Ending::Orderly);
    QVERIFY(m_relay->isOutgrown());
    m_relay.reset();
}

/// A client that is killed while what it sends has to wait for the limit of its account.
void TestStreamRelay::doesNotTakeACutForAnEndWhileItRests()
{
    start(m_connector.connection(), m_connector.connection(), std::make_unique<ChunkCodec>(),
        std::make_shared<RateLimit>(1000));
    const qint64 burst = 64 * 1024;
    const QByteArray bytes = noise(burst - qsizetype(ChunkCodec::headSize), 2);
    QVERIFY(sendAll(m_service.get(), chunk(bytes)));
    QTRY_COMPARE(waiting(m_relay->fd(Side::Service)), int(burst));
    m_relay->setReadable(Side::Service);
    QCOMPARE(m_relay->run(0), StreamRelay::Outcome::Waiting);
    QVERIFY(m_relay->resumeAtMs() > 0); // all has been read, and it rests
    QCOMPARE(receive(m_user.get(), bytes.size()).bytes, bytes);
    ::shutdown(m_service.get(), SHUT_WR);
    QTRY_VERIFY(hasEnded(m_relay->fd(Side::Service)));
    const qint64 askAgain = m_relay->resumeAtMs();
    QCOMPARE(m_relay->run(askAgain), StreamRelay::Outcome::Ended);
    m_relay.reset();
    QCOMPARE(receiveAll(m_user.get()).ending, Ending::Reset);
}

/// It came together with what was read before there was a relay.
void TestStreamRelay::answersARawMarkOfBefore()
{
    auto chunks = std::make_unique<ChunkCodec>();
    QByteArray before = rawMark + "bulk";
    before.truncate(qsizetype(chunks->decode(before.data(), size_t(before.size()))));
    QCOMPARE(before, QByteArray("bulk"));
    start(m_connector.connection(), m_connector.connection(), std::move(chunks));
    QVERIFY(sendAll(m_service.get(), "more"));
    QTRY_COMPARE(waiting(m_relay->fd(Side::Service)), 4);
    m_relay->setReadable(Side::Service);
    QCOMPARE(m_relay->run(0), StreamRelay::Outcome::Waiting);
    QCOMPARE(receive(m_user.get(), 4).bytes, QByteArray("more"));
    QCOMPARE(receive(m_service.get(), 4).bytes, rawMark);
    QVERIFY(m_relay->isOutgrown());
    m_relay.reset();
}

/// A Relay would take what it reads of him then for an orderly end.
void TestStreamRelay::staysWithAUserWhoHasReset()
{
    start(m_connector.connection(), m_connector.connection(), std::make_unique<ChunkCodec>());
    const int relayFd = m_relay->fd(Side::Visitor);
    reset(m_user);
    QTRY_VERIFY(net::isBroken(relayFd));
    QVERIFY(sendAll(m_service.get(), rawMark + "answer"));
    QTRY_COMPARE(waiting(m_relay->fd(Side::Service)), 10);
    m_relay->setReadable(Side::Service);
    m_relay->run(0);
    QVERIFY(m_relay->hasEnded(Side::Service)); // this way is broken
    QVERIFY(!m_relay->isOutgrown());
    m_relay->setReadable(Side::Visitor);
    QCOMPARE(m_relay->run(0), StreamRelay::Outcome::Ended);
    m_relay.reset();
    QCOMPARE(receiveAll(m_service.get()).ending, Ending::Reset);
}

const frpx::test::TestRegistration registration("tst_streamrelay", frpx::test::runBareTest<TestStreamRelay>);

#include "tst_streamrelay.moc"
