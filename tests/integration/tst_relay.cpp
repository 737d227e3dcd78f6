// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relay.h"
#include "common/relay/relaypool.h"
#include "common/relay/relaytap.h"
#include "common/system/openfilelimit.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"
#include "tests/support/tlspair.h"

#include <QRandomGenerator>
#include <QScopeGuard>
#include <QTest>

#include <csignal>
#include <future>
#include <thread>

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>

using namespace frpx;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype bulk = 8 * 1024 * 1024; // enough to reach splice()

/// What the user and the service hold of one relayed connection.
struct Ends
{
    UniqueFd user;
    UniqueFd service;
};

/// How a relay may be run: the backend; tapped, so that its bytes pass through memory; under TLS, which are
/// two relays in a row, as in the server and the client, and TLS between them.
constexpr std::array kinds = {
    "epoll", "portable", "epoll, tapped", "portable, tapped", "epoll, TLS", "portable, TLS"};

/// Looks, and lets everything pass.
class OpenTap final : public RelayTap
{
public:
    bool onBytesToService(QByteArrayView bytes) override { return !bytes.isEmpty(); }
    bool onBytesToVisitor(QByteArrayView bytes) override { return !bytes.isEmpty(); }
};

/// A worker of the wanted kind and connections through it. The first member of a test function.
class Bench
{
public:
    explicit Bench(const QByteArray &kind)
        : m_tapped(kind.endsWith("tapped"))
        , m_secured(kind.endsWith("TLS"))
    {
        qputenv("FRPX_RELAY", kind.left(kind.indexOf(',')));
        m_pool = std::make_unique<RelayPool>(1);
        qunsetenv("FRPX_RELAY");
    }

    /// With \a receiveBuffer (bytes) the kernel does not make more room than that, as it would for a quick
    /// sender: up to 32 MiB for each socket.
    Ends open(const QByteArray &firstToService = {}, std::shared_ptr<RelayMeter> meter = nullptr,
        int receiveBuffer = 0)
    {
        Connection user = m_connector.connection();
        Connection service = m_connector.connection();
        if (receiveBuffer > 0) {
            for (const UniqueFd *fd : {&user.near, &user.far, &service.near, &service.far})
                ::setsockopt(fd->get(), SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
        }
        adopt({std::move(user.far), std::move(service.far), firstToService, std::move(meter)});
        return {std::move(user.near), std::move(service.near)};
    }
    void adopt(RelayJob job)
    {
        if (m_tapped)
            job.tap = std::make_shared<OpenTap>();
        if (m_secured && job.visitor && job.service) {
            TlsPair middle = tls().pair(m_connector.connection());
            RelayJob second{std::move(middle.server.fd),
                std::exchange(job.service, std::move(middle.client.fd)), {}, nullptr};
            second.visitorTls = std::move(middle.serverTls);
            job.serviceTls = std::move(middle.clientTls);
            m_pool->adopt(std::move(second));
        }
        m_pool->adopt(std::move(job));
    }
    /// Two relays in a row: the farther one cannot hear of a break where the nearer one has said its last
    /// word.
    bool isChained() const { return m_secured; }
    /// Connections that are being relayed.
    qint64 openRelays() const
    {
        const qint64 relays = m_pool->openRelays();
        return m_secured ? (relays + 1) / 2 : relays;
    }

    RelayPool &pool() { return *m_pool; }
    void destroyPool() { m_pool.reset(); }
    Connector &connector() { return m_connector; }

private:
    /// Of all tests, so that the library's own descriptors and memory are there before anything is counted.
    static TlsPairs &tls()
    {
        static TlsPairs pairs;
        return pairs;
    }

    Connector m_connector;
    std::unique_ptr<RelayPool> m_pool;
    bool m_tapped;
    bool m_secured;
};

std::future<Received> receiveAllLater(int fd)
{
    return std::async(std::launch::async, [fd] { return receiveAll(fd); });
}

/// Sends in slices of random size up to \a longest, then ends this way of the stream.
std::future<bool> sendAndEndLater(int fd, const QByteArray &bytes, qsizetype longest)
{
    return std::async(std::launch::async, [fd, bytes, longest] {
        QRandomGenerator random(static_cast<quint32>(longest));
        QByteArrayView rest(bytes);
        while (!rest.isEmpty()) {
            const qsizetype slice =
                std::min(rest.size(), qsizetype(random.bounded(static_cast<int>(longest)) + 1));
            if (!sendAll(fd, rest.first(slice)))
                return false;
            rest = rest.sliced(slice);
        }
        return ::shutdown(fd, SHUT_WR) == 0;
    });
}

/// Sends until nothing moves for a while: everything between here and the reader is full.
qsizetype sendUntilStuck(int fd, const QByteArray &bytes)
{
    qsizetype total = 0;
    while (total < bytes.size()) {
        pollfd watched{fd, POLLOUT, 0};
        if (::poll(&watched, 1, 500) != 1)
            break;
        const ssize_t sent =
            ::send(fd, bytes.constData() + total, size_t(bytes.size() - total), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
            break;
        total += sent;
    }
    return total;
}

#ifdef Q_OS_LINUX
/// The kernel's tcp_info, of which the C library knows the beginning.
struct SegmentInfo
{
    tcp_info known;
    quint64 ratesAndBytes[4];
    quint32 segmentsOut;
    quint32 segmentsIn;
};
#endif

double cpuSeconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval &t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

} // namespace

class TestRelay : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void carriesEveryByteBothWays_data();
    void carriesEveryByteBothWays();
    void keepsTheAnswerAfterHalfClose_data();
    void keepsTheAnswerAfterHalfClose();
    void sendsTheEndWithTheLastBytes();
    void passesAResetOnAfterTheData_data();
    void passesAResetOnAfterTheData();
    void passesOnTheResetOfAUserWhoWasBeingSentTo_data();
    void passesOnTheResetOfAUserWhoWasBeingSentTo();
    void passesOnACutThatIsFoundByWriting_data() { addBackends(); }
    void passesOnACutThatIsFoundByWriting();
    void endsWhenAHalfClosedSideResets_data();
    void endsWhenAHalfClosedSideResets();
    void deliversTheAnswerToARefusedUpload_data();
    void deliversTheAnswerToARefusedUpload();
    void deliversTheWholeAnswerToASlowReader_data();
    void deliversTheWholeAnswerToASlowReader();
    void stopsReadingForAReaderThatStops_data();
    void stopsReadingForAReaderThatStops();
    void sendsTheFirstBytesFirst_data();
    void sendsTheFirstBytesFirst();
    void countsExactly_data();
    void countsExactly();
    void carriesUrgentData_data();
    void carriesUrgentData();
    void letsOthersFlowBesideBulk_data();
    void letsOthersFlowBesideBulk();
    void keepsAnEndFromBefore_data();
    void keepsAnEndFromBefore();
    void answersBesideItsOwnBulk_data();
    void answersBesideItsOwnBulk();
    void costsNothingWhileIdle_data();
    void costsNothingWhileIdle();
    void closesAThousandRelays_data();
    void closesAThousandRelays();
    void survivesAbortedConnections_data();
    void survivesAbortedConnections();
    void closesEverythingWhenDestroyed_data();
    void closesEverythingWhenDestroyed();
    void adoptsWhatIsDeadAlready_data();
    void adoptsWhatIsDeadAlready();

private:
    static void addBackends();
    static void addBackendsAndSides();
};

void TestRelay::initTestCase()
{
    std::signal(SIGPIPE, SIG_IGN); // as the programs do
    QVERIFY(raiseOpenFileLimit());
}

void TestRelay::addBackends()
{
    QTest::addColumn<QByteArray>("backend");
    for (const char *backend : kinds)
        QTest::newRow(backend) << QByteArray(backend);
}

void TestRelay::addBackendsAndSides()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<bool>("fromUser");
    for (const char *backend : kinds) {
        QTest::addRow("%s, user first", backend) << QByteArray(backend) << true;
        QTest::addRow("%s, service first", backend) << QByteArray(backend) << false;
    }
}

void TestRelay::carriesEveryByteBothWays_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<qsizetype>("size");
    QTest::addColumn<qsizetype>("slice");
    for (const char *backend : kinds) {
        for (const qsizetype size : {1, 100, 65'535, 65'536, 65'537})
            QTest::addRow("%s, %lld", backend, qlonglong(size)) << QByteArray(backend) << size << size;
        QTest::addRow("%s, bulk", backend) << QByteArray(backend) << bulk << bulk;
        QTest::addRow("%s, bulk in small pieces", backend) << QByteArray(backend) << bulk << qsizetype(9000);
        QTest::addRow("%s, bulk in large pieces", backend)
            << QByteArray(backend) << bulk << qsizetype(300'000);
    }
}

void TestRelay::carriesEveryByteBothWays()
{
    QFETCH(QByteArray, backend);
    QFETCH(qsizetype, size);
    QFETCH(qsizetype, slice);
    Bench bench(backend);
    const Ends ends = bench.open();
    const QByteArray up = noise(size, 1);
    const QByteArray down = noise(size, 2);

    auto atService = receiveAllLater(ends.service.get());
    auto atUser = receiveAllLater(ends.user.get());
    auto sentUp = sendAndEndLater(ends.user.get(), up, slice);
    auto sentDown = sendAndEndLater(ends.service.get(), down, slice);
    QVERIFY(sentUp.get());
    QVERIFY(sentDown.get());
    const Received gotUp = atService.get();
    const Received gotDown = atUser.get();
    QCOMPARE(gotUp.ending, Ending::Orderly);
    QCOMPARE(gotDown.ending, Ending::Orderly);
    QVERIFY(gotUp.bytes == up);
    QVERIFY(gotDown.bytes == down);
    QTRY_COMPARE(bench.openRelays(), 0);
}

void TestRelay::keepsTheAnswerAfterHalfClose_data()
{
    addBackendsAndSides();
}

void TestRelay::keepsTheAnswerAfterHalfClose()
{
    QFETCH(QByteArray, backend);
    QFETCH(bool, fromUser);
    Bench bench(backend);
    Ends ends = bench.open();
    const UniqueFd &asking = fromUser ? ends.user : ends.service;
    UniqueFd &answering = fromUser ? ends.service : ends.user;
    const QByteArray question = noise(300'000, 3);
    const QByteArray answer = noise(bulk, 4);

    auto sent = sendAndEndLater(asking.get(), question, 50'000);
    const Received heard = receiveAll(answering.get());
    QVERIFY(sent.get());
    QCOMPARE(heard.ending, Ending::Orderly);
    QVERIFY(heard.bytes == question);
    QCOMPARE(bench.openRelays(), 1);

    auto received = receiveAllLater(asking.get());
    QVERIFY(sendAll(answering.get(), answer));
    answering.reset();
    const Received result = received.get();
    QCOMPARE(result.ending, Ending::Orderly);
    QVERIFY(result.bytes == answer);
    QTRY_COMPARE(bench.openRelays(), 0);
}

void TestRelay::sendsTheEndWithTheLastBytes()
{
#ifdef Q_OS_LINUX
    Bench bench("");
    Connection user = bench.connector().connection();
    Connection service = bench.connector().connection();
    QVERIFY(sendAll(user.near.get(), "last words"));
    QCOMPARE(::shutdown(user.near.get(), SHUT_WR), 0);
    const auto segments = [fd = service.near.get()] {
        SegmentInfo info{};
        socklen_t length = sizeof info;
        ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length);
        return info.segmentsIn;
    };
    const auto before = segments();
    bench.pool().adopt({std::move(user.far), std::move(service.far), {}, nullptr});
    const Received heard = receiveAll(service.near.get());
    QCOMPARE(heard.bytes, "last words"_ba);
    QCOMPARE(heard.ending, Ending::Orderly);
    QCOMPARE(segments() - before, 1U);
    QVERIFY(sendAll(service.near.get(), "answer")); // the way back is open
    service.near.reset();
    QCOMPARE(receiveAll(user.near.get()).bytes, "answer"_ba);
#endif
}

void TestRelay::passesAResetOnAfterTheData_data()
{
    addBackendsAndSides();
}

void TestRelay::passesAResetOnAfterTheData()
{
    QFETCH(QByteArray, backend);
    QFETCH(bool, fromUser);
    Bench bench(backend);
    for (int i = 0; i < 50; ++i) {
        Ends ends = bench.open();
        UniqueFd &breaking = fromUser ? ends.user : ends.service;
        const UniqueFd &other = fromUser ? ends.service : ends.user;
        const QByteArray before = noise(32'000, quint64(i));
        QVERIFY(sendAll(breaking.get(), before)); // fits into the first window: it is there when this returns
        reset(breaking);
        const Received received = receiveAll(other.get());
        QVERIFY(received.bytes == before);
        QCOMPARE(received.ending, Ending::Reset);
    }
    QTRY_COMPARE(bench.openRelays(), 0);
}

void TestRelay::passesOnTheResetOfAUserWhoWasBeingSentTo_data()
{
    addBackends();
}

void TestRelay::passesOnTheResetOfAUserWhoWasBeingSentTo()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    for (int i = 0; i < 100; ++i) {
        Ends ends = bench.open();
        // The service sends without pause, so that the break is often found by writing, not by reading.
        auto sending = std::async(std::launch::async, [fd = ends.service.get()] {
            const QByteArray chunk = noise(20'000, 5);
            while (sendAll(fd, chunk)) { }
        });
        QVERIFY(sendAll(ends.user.get(), "the beginning of an upload"));
        QCOMPARE(receive(ends.user.get(), 100'000).ending, Ending::None);
        QCOMPARE(receive(ends.service.get(), 26).ending, Ending::None);
        reset(ends.user);
        sending.get(); // it has seen the break, and by what error is not known here any more
        QCOMPARE(::send(ends.service.get(), "x", 1, MSG_NOSIGNAL), -1);
    }
    QTRY_COMPARE(bench.openRelays(), 0);

    // Now the service only listens at the end: it must not take the upload for whole.
    for (int i = 0; i < 100; ++i) {
        Ends ends = bench.open();
        auto sending = std::async(std::launch::async, [fd = ends.service.get()] {
            sendAll(fd, noise(200'000, 6)); // some of it stays unread
        });
        QVERIFY(sendAll(ends.user.get(), "the beginning of an upload"));
        QCOMPARE(receive(ends.user.get(), 1000).ending, Ending::None);
        reset(ends.user);
        const Received heard = receiveAll(ends.service.get());
        sending.get();
        QCOMPARE(heard.ending, Ending::Reset);
    }
    QTRY_COMPARE(bench.openRelays(), 0);
}

/// A client says its end before it closes, also where it has not read all: without that it was cut off.
void TestRelay::passesOnACutThatIsFoundByWriting()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    if (bench.isChained())
        QSKIP("the relay in between stands for a client itself");
    const QByteArray answer = noise(10'000, 8);
    for (int i = 0; i < 60; ++i) {
        const bool inOrder = i % 2 == 0;
        Connection user = bench.connector().connection();
        Connection service = bench.connector().connection(4'096);
        RelayJob job{std::move(user.far), std::move(service.far), {}, nullptr};
        job.serviceSaysEnd = true;
        bench.adopt(std::move(job));
        // More than the service has room for, so that the relay has something to write when that goes.
        QVERIFY(sendAll(user.near.get(), noise(100'000, 9)));
        QCOMPARE(receive(service.near.get(), 5'000).ending, Ending::None);
        QVERIFY(sendAll(service.near.get(), answer));
        QVERIFY(receive(user.near.get(), answer.size()).bytes == answer);
        if (inOrder) {
            ::shutdown(service.near.get(), SHUT_WR);
            service.near.reset(); // with some of the upload unread
        } else {
            reset(service.near);
        }
        QCOMPARE(receiveAll(user.near.get()).ending, inOrder ? Ending::Orderly : Ending::Reset);
    }
    QTRY_COMPARE(bench.openRelays(), 0);
}

void TestRelay::endsWhenAHalfClosedSideResets_data()
{
    addBackendsAndSides();
}

void TestRelay::endsWhenAHalfClosedSideResets()
{
    QFETCH(QByteArray, backend);
    QFETCH(bool, fromUser);
    Bench bench(backend);
    Ends ends = bench.open();
    UniqueFd &breaking = fromUser ? ends.user : ends.service;
    const UniqueFd &other = fromUser ? ends.service : ends.user;
    QVERIFY(sendAll(breaking.get(), "question"));
    ::shutdown(breaking.get(), SHUT_WR);
    QCOMPARE(receiveAll(other.get()).bytes, QByteArray("question"));
    reset(breaking); // nobody sends anything any more: only the reset tells
    if (!bench.isChained() || fromUser)
        QTRY_COMPARE(bench.openRelays(), 0);
    QVERIFY(!sendAll(other.get(), noise(bulk, 7)));
    QTRY_COMPARE(bench.openRelays(), 0);
}

void TestRelay::deliversTheAnswerToARefusedUpload_data()
{
    addBackends();
}

void TestRelay::deliversTheAnswerToARefusedUpload()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    const QByteArray answer = noise(10'000, 8);
    for (int i = 0; i < 30; ++i) {
        Ends ends = bench.open();
        auto upload = std::async(std::launch::async, [fd = ends.user.get()] { sendAll(fd, noise(bulk, 9)); });
        QCOMPARE(receive(ends.service.get(), 64'000).ending, Ending::None);
        QVERIFY(sendAll(ends.service.get(), answer));
        ends.service.reset(); // with some of the upload unread: this is a reset on the wire
        upload.get();
        const Received received = receiveAll(ends.user.get());
        QVERIFY(received.bytes == answer);
    }
    QTRY_COMPARE(bench.openRelays(), 0);
}

void TestRelay::deliversTheWholeAnswerToASlowReader_data()
{
    addBackends();
}

/// The service answers, ends in order, and is gone when the user sends a little more before he reads.
void TestRelay::deliversTheWholeAnswerToASlowReader()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    const QByteArray answer = noise(300'000, 10);
    auto meter = std::make_shared<RelayMeter>();
    Ends ends = bench.open({}, meter);
    QVERIFY(sendAll(ends.user.get(), "question"));
    QCOMPARE(receive(ends.service.get(), 8).bytes, QByteArray("question"));
    QVERIFY(sendAll(ends.service.get(), answer));
    ends.service.reset();
    // What the service's own kernel still held would be lost with its connection, relay or not.
    QTRY_COMPARE(meter->bytesToVisitor.load(), quint64(answer.size()));
    QVERIFY(sendAll(ends.user.get(), "one more question"));
    if (!bench.isChained())
        QTRY_COMPARE(bench.openRelays(), 0);
    const Received received = receiveAll(ends.user.get());
    QCOMPARE(received.bytes.size(), answer.size());
    QVERIFY(received.bytes == answer);
}

void TestRelay::stopsReadingForAReaderThatStops_data()
{
    addBackendsAndSides();
}

void TestRelay::stopsReadingForAReaderThatStops()
{
    QFETCH(QByteArray, backend);
    QFETCH(bool, fromUser);
    Bench bench(backend);
    const Ends ends = bench.open({}, nullptr, 1024 * 1024);
    const UniqueFd &writer = fromUser ? ends.user : ends.service;
    const UniqueFd &reader = fromUser ? ends.service : ends.user;
    const QByteArray data = noise(64 * 1024 * 1024, 11);
    const qsizetype taken = sendUntilStuck(writer.get(), data);
    QVERIFY2(taken < data.size() / 2, qPrintable(QString::number(taken)));

    const double before = cpuSeconds();
    // The way back and the other relays flow on.
    QVERIFY(sendAll(reader.get(), "the way back"));
    QCOMPARE(receive(writer.get(), 12).bytes, QByteArray("the way back"));
    const Ends others = bench.open();
    QVERIFY(sendAll(others.user.get(), "hello"));
    QCOMPARE(receive(others.service.get(), 5).bytes, QByteArray("hello"));
    QTest::qWait(300);
    QVERIFY2(cpuSeconds() - before < 0.2, "a stalled relay turns the processor");

    auto rest = std::async(std::launch::async, [&writer, &data, taken] {
        return sendAll(writer.get(), QByteArrayView(data).sliced(taken))
            && ::shutdown(writer.get(), SHUT_WR) == 0;
    });
    const Received received = receiveAll(reader.get());
    QVERIFY(rest.get());
    QCOMPARE(received.ending, Ending::Orderly);
    QVERIFY(received.bytes == data);
}

void TestRelay::sendsTheFirstBytesFirst_data()
{
    addBackends();
}

void TestRelay::sendsTheFirstBytesFirst()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    // Also alone, while the user is silent.
    const Ends silent = bench.open("frame");
    QCOMPARE(receive(silent.service.get(), 5).bytes, QByteArray("frame"));

    Connection user = bench.connector().connection();
    Connection service = bench.connector().connection();
    QVERIFY(sendAll(user.near.get(), "early"));
    ::shutdown(user.near.get(), SHUT_WR);
    bench.adopt({std::move(user.far), std::move(service.far), noise(100'000, 12), nullptr});
    const Received received = receiveAll(service.near.get());
    QCOMPARE(received.ending, Ending::Orderly);
    QVERIFY(received.bytes == noise(100'000, 12) + "early");
}

void TestRelay::countsExactly_data()
{
    addBackends();
}

void TestRelay::countsExactly()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    auto meter = std::make_shared<RelayMeter>();
    constexpr qsizetype up = 3'000'001;
    constexpr qsizetype down = 5'000'003;
    for (quint64 i = 1; i <= 3; ++i) {
        const Ends ends = bench.open({}, meter);
        QTRY_COMPARE(meter->open.load(), 1);
        auto atService = receiveAllLater(ends.service.get());
        auto atUser = receiveAllLater(ends.user.get());
        auto sentUp = sendAndEndLater(ends.user.get(), noise(up, i), 100'000);
        auto sentDown = sendAndEndLater(ends.service.get(), noise(down, i), 100'000);
        QVERIFY(sentUp.get() && sentDown.get());
        QCOMPARE(atService.get().bytes.size(), up);
        QCOMPARE(atUser.get().bytes.size(), down);
        QTRY_COMPARE(meter->open.load(), 0);
        QCOMPARE(meter->bytesToService.load(), i * up);
        QCOMPARE(meter->bytesToVisitor.load(), i * down);
    }
    const Ends ends = bench.open("x", meter);
    QCOMPARE(receive(ends.service.get(), 1).bytes, QByteArray("x"));
    QCOMPARE(meter->open.load(), 1);
    bench.destroyPool();
    QCOMPARE(meter->open.load(), 0);
}

void TestRelay::carriesUrgentData_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<qsizetype>("before");
    for (const char *backend : kinds) {
        QTest::addRow("%s, copied", backend) << QByteArray(backend) << qsizetype(1000);
        QTest::addRow("%s, spliced", backend) << QByteArray(backend) << bulk;
    }
}

/// Reads stop short at an urgent byte, and splice() never gets past it.
void TestRelay::carriesUrgentData()
{
    QFETCH(QByteArray, backend);
    QFETCH(qsizetype, before);
    Bench bench(backend);
    Ends ends = bench.open();
    auto received = std::async(
        std::launch::async, [fd = ends.service.get(), before] { return receive(fd, before + 1 + 1000); });
    QVERIFY(sendAll(ends.user.get(), noise(before, 13)));
    QCOMPARE(::send(ends.user.get(), "!", 1, MSG_OOB | MSG_NOSIGNAL), 1);
    QVERIFY(sendAll(ends.user.get(), noise(1000, 14)));
    const Received whole = received.get(); // the connection stays open: nothing else pushes the tail on
    QCOMPARE(whole.ending, Ending::None);
    QVERIFY(whole.bytes == noise(before, 13) + "!" + noise(1000, 14));
}

void TestRelay::letsOthersFlowBesideBulk_data()
{
    addBackends();
}

/// How much of a turn bulk takes, tst_relaylimit tells, and who is next, tst_ioloop.
void TestRelay::letsOthersFlowBesideBulk()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    std::vector<Ends> bulks;
    std::vector<std::future<void>> running;
    std::atomic<bool> stop = false;
    for (int i = 0; i < 4; ++i) {
        bulks.push_back(bench.open());
        running.push_back(std::async(std::launch::async, [fd = bulks.back().user.get(), &stop] {
            const QByteArray chunk = noise(1'000'000, 15);
            while (!stop && sendAll(fd, chunk)) { }
            ::shutdown(fd, SHUT_WR);
        }));
        running.push_back(std::async(std::launch::async, [fd = bulks.back().service.get()] {
            std::vector<char> buffer(1 << 20);
            while (::recv(fd, buffer.data(), buffer.size(), 0) > 0) { }
        }));
    }
    const Ends small = bench.open();
    const int rounds = bench.isChained() ? 25 : 50; // twice as many relays, and each is slower under TLS
    for (int i = 0; i < rounds; ++i) {
        QVERIFY(sendAll(small.user.get(), "ping"));
        QCOMPARE(receive(small.service.get(), 4).bytes, QByteArray("ping"));
        QVERIFY(sendAll(small.service.get(), "pong"));
        QCOMPARE(receive(small.user.get(), 4).bytes, QByteArray("pong"));
    }
    stop = true;
    for (auto &task : running)
        task.get();
}

void TestRelay::keepsAnEndFromBefore_data()
{
    QTest::addColumn<bool>("upload");
    QTest::newRow("upload") << true;
    QTest::newRow("download") << false;
}

/// A relay may take over connections when one way has ended (RelayHandler::outgrow()). The last bytes of that
/// way are still in the kernel, as their receiver is slow: the close must not throw them away.
void TestRelay::keepsAnEndFromBefore()
{
    QFETCH(bool, upload);
    const Connector connector;
    constexpr int room = 4096;
    Connection user = connector.connection(upload ? 0 : room);
    Connection service = connector.connection(upload ? room : 0);
    Connection &receiver = upload ? service : user;
    const QByteArray bytes = noise(1 << 20, 3);
    const ssize_t sent =
        ::send(receiver.far.get(), bytes.constData(), size_t(bytes.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
    QVERIFY(sent > 0);
    net::endSending(receiver.far.get());
    {
        LoopScratch scratch;
        Relay relay({std::move(user.far), std::move(service.far), {}, nullptr}, scratch);
        relay.setEnded(upload ? Relay::Side::Visitor : Relay::Side::Service);
        // Now the other way ends, too.
        ::shutdown(receiver.near.get(), SHUT_WR);
        const Relay::Side source = upload ? Relay::Side::Service : Relay::Side::Visitor;
        relay.setWritable(Relay::Side::Visitor);
        relay.setWritable(Relay::Side::Service);
        QTRY_COMPARE((relay.setReadable(source), relay.run(0)), Relay::Outcome::Ended);
    }
    const Received got = receiveAll(receiver.near.get());
    QVERIFY(got.bytes == bytes.first(sent));
    QCOMPARE(got.ending, Ending::Orderly);
}

void TestRelay::answersBesideItsOwnBulk_data()
{
    QTest::addColumn<bool>("upload");
    QTest::newRow("upload") << true;
    QTest::newRow("download") << false;
}

/// The sender always has more than a turn's worth ready, and the receiver takes it at once.
void TestRelay::answersBesideItsOwnBulk()
{
    QFETCH(bool, upload);
    const Connector connector;
    Connection user = connector.connection();
    Connection service = connector.connection();
    const int sender = (upload ? user : service).near.get();
    const int receiver = (upload ? service : user).near.get();
    LoopScratch scratch;
    Relay relay({std::move(user.far), std::move(service.far), {}, nullptr}, scratch);
    const QByteArray bytes = noise(64 * 1024, 7);
    QByteArray sink(1 << 20, Qt::Uninitialized);
    QCOMPARE(::send(receiver, "!", 1, MSG_NOSIGNAL), 1);
    char answer = 0;
    for (int turn = 0; turn < 50 && answer == 0; ++turn) {
        while (::send(sender, bytes.constData(), size_t(bytes.size()), MSG_NOSIGNAL | MSG_DONTWAIT) > 0) { }
        for (const Relay::Side side : {Relay::Side::Visitor, Relay::Side::Service}) {
            relay.setReadable(side);
            relay.setWritable(side);
        }
        QVERIFY(relay.run(0) != Relay::Outcome::Ended);
        while (::recv(receiver, sink.data(), size_t(sink.size()), MSG_DONTWAIT) > 0) { }
        (void)::recv(sender, &answer, 1, MSG_DONTWAIT);
    }
    QCOMPARE(answer, '!');
}

void TestRelay::costsNothingWhileIdle_data()
{
    addBackends();
}

void TestRelay::costsNothingWhileIdle()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    std::vector<Ends> idle;
    for (int i = 0; i < 50; ++i) {
        idle.push_back(bench.open());
        if (i % 3 == 1)
            ::shutdown(idle.back().user.get(), SHUT_WR);
        if (i % 3 == 2)
            ::shutdown(idle.back().service.get(), SHUT_WR);
    }
    QTest::qWait(100);
    const double before = cpuSeconds();
    QTest::qWait(500);
    QVERIFY2(cpuSeconds() - before < 0.2, "idle relays turn the processor");
    QCOMPARE(bench.openRelays(), 50);
}

void TestRelay::closesAThousandRelays_data()
{
    addBackends();
}

void TestRelay::closesAThousandRelays()
{
    QFETCH(QByteArray, backend);
    const int atFirst = openDescriptors();
    {
        Bench bench(backend);
        QTRY_VERIFY(openDescriptors() >= atFirst + 1);
        const int before = openDescriptors();
        std::vector<Ends> relays;
        for (int i = 0; i < 1000; ++i) {
            relays.push_back(bench.open());
            QVERIFY(relays.back().user && relays.back().service);
        }
        for (const Ends &ends : relays)
            QVERIFY(sendAll(ends.user.get(), "x"));
        for (const Ends &ends : relays)
            QCOMPARE(receive(ends.service.get(), 1).bytes, QByteArray("x"));
        QCOMPARE(bench.openRelays(), 1000);
        relays.clear();
        QTRY_COMPARE_WITH_TIMEOUT(bench.openRelays(), 0, 20'000);
        QTRY_VERIFY(openDescriptors() <= before + 3); // the portable thread opens its own two when it starts
    }
    QCOMPARE(openDescriptors(), atFirst);
}

void TestRelay::survivesAbortedConnections_data()
{
    addBackends();
}

void TestRelay::survivesAbortedConnections()
{
    QFETCH(QByteArray, backend);
    const int atFirst = openDescriptors();
    {
        Bench bench(backend);
        QRandomGenerator random(16);
        const QByteArray data = noise(1'000'000, 17);
        for (int i = 0; i < 2000; ++i) {
            Ends ends = bench.open();
            UniqueFd &first = i % 2 == 0 ? ends.user : ends.service;
            UniqueFd &second = i % 2 == 0 ? ends.service : ends.user;
            // Every tenth with bulk in flight, so that pipes are in use and full.
            ::send(first.get(), data.constData(), i % 10 == 0 ? size_t(data.size()) : 10,
                MSG_DONTWAIT | MSG_NOSIGNAL);
            if (random.bounded(2) == 0)
                reset(first);
            else
                reset(second);
        }
        QTRY_COMPARE_WITH_TIMEOUT(bench.openRelays(), 0, 20'000);
        constexpr int idlePipes = 2 * 16;
        QTRY_VERIFY(openDescriptors() <= atFirst + 5 + idlePipes);
        const Ends alive = bench.open();
        QVERIFY(sendAll(alive.user.get(), "alive"));
        QCOMPARE(receive(alive.service.get(), 5).bytes, QByteArray("alive"));
    }
    QCOMPARE(openDescriptors(), atFirst);
}

void TestRelay::closesEverythingWhenDestroyed_data()
{
    addBackends();
}

void TestRelay::closesEverythingWhenDestroyed()
{
    QFETCH(QByteArray, backend);
    const int atFirst = openDescriptors();
    {
        Bench bench(backend);
        std::vector<Ends> relays;
        for (int i = 0; i < 50; ++i)
            relays.push_back(bench.open());
        sendUntilStuck(relays.front().user.get(), noise(64 * 1024 * 1024, 18)); // one has its pipe full
        bench.destroyPool();
        for (size_t i = 1; i < relays.size(); ++i) {
            QVERIFY(receiveAll(relays[i].user.get()).ending != Ending::TimedOut);
            QVERIFY(receiveAll(relays[i].service.get()).ending != Ending::TimedOut);
        }
    }
    QCOMPARE(openDescriptors(), atFirst);
}

void TestRelay::adoptsWhatIsDeadAlready_data()
{
    addBackends();
}

void TestRelay::adoptsWhatIsDeadAlready()
{
    QFETCH(QByteArray, backend);
    const int atFirst = openDescriptors();
    {
        Bench bench(backend);
        auto meter = std::make_shared<RelayMeter>();
        for (const bool userDead : {true, false}) {
            for (const bool byReset : {true, false}) {
                Connection user = bench.connector().connection();
                Connection service = bench.connector().connection();
                UniqueFd &dead = userDead ? user.near : service.near;
                UniqueFd &alive = userDead ? service.near : user.near;
                QVERIFY(sendAll(dead.get(), "last words"));
                if (byReset)
                    reset(dead);
                else
                    dead.reset();
                bench.adopt({std::move(user.far), std::move(service.far), {}, meter});
                const Received received = receiveAll(alive.get());
                QCOMPARE(received.bytes, QByteArray("last words"));
                QCOMPARE(received.ending, byReset ? Ending::Reset : Ending::Orderly);
            }
        }
        for (int i = 0; i < 2; ++i) {
            Connection both = bench.connector().connection();
            Connection other = bench.connector().connection();
            bench.adopt({i == 0 ? UniqueFd() : std::move(both.far),
                i == 0 ? std::move(other.far) : UniqueFd(), {}, meter});
            QVERIFY(receiveAll(i == 0 ? other.near.get() : both.near.get()).ending != Ending::TimedOut);
        }
        QTRY_COMPARE(bench.openRelays(), 0);
        QTRY_COMPARE(meter->open.load(), 0);
    }
    QCOMPARE(openDescriptors(), atFirst);
}

const frpx::test::TestRegistration registration("tst_relay", frpx::test::runTest<TestRelay>);

#include "tst_relay.moc"
