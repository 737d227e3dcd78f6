// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relay.h"
#include "common/relay/relaypool.h"
#include "common/relay/relaytap.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <csignal>
#include <future>
#include <numeric>

#include <sys/resource.h>

using namespace frpx;
using namespace frpx::test;

namespace {

constexpr qint64 minBurst = qint64(64) * 1024;

/// A Relay without a loop, under a clock of the test's: the sources always have more, the sinks take all.
class HandDriven
{
public:
    HandDriven(const Connector &connector, LoopScratch &scratch, std::shared_ptr<RateLimit> limit)
    {
        Connection user = connector.connection();
        Connection service = connector.connection();
        m_user = std::move(user.near);
        m_service = std::move(service.near);
        RelayJob job{std::move(user.far), std::move(service.far), {}, nullptr};
        job.limit = std::move(limit);
        m_relay.emplace(std::move(job), scratch);
    }

    /// As a loop would at \a nowMs, with news on every side.
    void step(qint64 nowMs, bool up, bool down)
    {
        if (up)
            fill(m_user.get());
        if (down)
            fill(m_service.get());
        Relay::Outcome outcome = Relay::Outcome::MoreToDo;
        while (outcome == Relay::Outcome::MoreToDo) {
            for (const Relay::Side side : {Relay::Side::Visitor, Relay::Side::Service}) {
                m_relay->setReadable(side);
                m_relay->setWritable(side);
            }
            outcome = m_relay->run(nowMs);
            m_up += drain(m_service.get());
            m_down += drain(m_user.get());
        }
    }

    /// One turn, with all that the kernel takes waiting to go up.
    Relay::Outcome turn()
    {
        fill(m_user.get());
        for (const Relay::Side side : {Relay::Side::Visitor, Relay::Side::Service}) {
            m_relay->setReadable(side);
            m_relay->setWritable(side);
        }
        const Relay::Outcome outcome = m_relay->run(0);
        m_up += drain(m_service.get());
        return outcome;
    }

    const Relay &relay() const { return *m_relay; }
    qint64 up() const { return m_up; }
    qint64 down() const { return m_down; }

private:
    static void fill(int fd)
    {
        static const QByteArray chunk = noise(256 * 1024, 1);
        while (::send(fd, chunk.constData(), size_t(chunk.size()), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) { }
    }
    static qint64 drain(int fd)
    {
        static std::vector<char> buffer(1 << 20);
        qint64 total = 0;
        ssize_t got = 0;
        while ((got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0)
            total += got;
        return total;
    }

    UniqueFd m_user;
    UniqueFd m_service;
    std::optional<Relay> m_relay;
    qint64 m_up = 0;
    qint64 m_down = 0;
};

constexpr std::array kinds = {"epoll", "portable", "epoll, tapped", "portable, tapped"};

/// Looks, and lets everything pass.
class OpenTap final : public RelayTap
{
public:
    bool onBytesToService(QByteArrayView bytes) override { return !bytes.isEmpty(); }
    bool onBytesToVisitor(QByteArrayView bytes) override { return !bytes.isEmpty(); }
};

/// Loops of the wanted kind and limited connections through them.
class Bench
{
public:
    Bench(const QByteArray &kind, qint64 rate, int loops = 1)
        : limit(std::make_shared<RateLimit>(rate))
        , m_tapped(kind.endsWith("tapped"))
    {
        qputenv("FRPX_RELAY", kind.left(kind.indexOf(',')));
        pool = std::make_unique<RelayPool>(loops);
        qunsetenv("FRPX_RELAY");
    }

    struct Ends
    {
        UniqueFd user;
        UniqueFd service;
    };
    Ends open()
    {
        Connection user = m_connector.connection();
        Connection service = m_connector.connection();
        RelayJob job{std::move(user.far), std::move(service.far), {}, meter};
        job.limit = limit;
        if (m_tapped)
            job.tap = std::make_shared<OpenTap>();
        pool->adopt(std::move(job));
        return {std::move(user.near), std::move(service.near)};
    }

    std::shared_ptr<RateLimit> limit;
    std::shared_ptr<RelayMeter> meter = std::make_shared<RelayMeter>();
    std::unique_ptr<RelayPool> pool;

private:
    const bool m_tapped;
    Connector m_connector;
};

double cpuSeconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval &t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

} // namespace

class TestRelayLimit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void movesNoMoreThanItsShareInATurn();
    void keepsTheRate_data();
    void keepsTheRate();
    void limitsEachDirectionForItself();
    void goesOnSplicing();
    void restsWithoutReading();
    void isNeverFasterInALoop_data();
    void isNeverFasterInALoop();
    void passesTheEndOnBehindTheBytes_data();
    void passesTheEndOnBehindTheBytes();
    void noticesAnEndWhileItRests_data();
    void noticesAnEndWhileItRests();
    void noticesAResetWhileItRests_data();
    void noticesAResetWhileItRests();
    void deliversTheAnswerOfAServiceThatBreaks_data();
    void deliversTheAnswerOfAServiceThatBreaks();
    void costsLittleWhileItRests_data();
    void costsLittleWhileItRests();

private:
    static void addBackends();
};

void TestRelayLimit::initTestCase()
{
    std::signal(SIGPIPE, SIG_IGN); // as the programs do
}

void TestRelayLimit::addBackends()
{
    QTest::addColumn<QByteArray>("backend");
    for (const char *backend : kinds)
        QTest::newRow(backend) << QByteArray(backend);
}

/// Without a limit: others that share the loop have their turns in between.
void TestRelayLimit::movesNoMoreThanItsShareInATurn()
{
    LoopScratch scratch;
    const Connector connector;
    HandDriven bulk(connector, scratch, nullptr);
    constexpr qint64 share = qint64(256) * 1024;
    constexpr qint64 lastRead = qint64(1024) * 1024; // at most a pipe
    int cutShort = 0;
    for (int turn = 0; turn < 50; ++turn) {
        const qint64 before = bulk.up();
        cutShort += bulk.turn() == Relay::Outcome::MoreToDo ? 1 : 0;
        QVERIFY2(bulk.up() - before < share + lastRead, qPrintable(QString::number(bulk.up() - before)));
    }
    QVERIFY(cutShort > 0); // there was more
}

void TestRelayLimit::keepsTheRate_data()
{
    QTest::addColumn<qint64>("rate");
    QTest::addColumn<qint64>("seconds");
    QTest::addColumn<int>("relays");
    for (const int relays : {1, 4}) {
        QTest::addRow("10 KB/s, %d", relays) << qint64(10'000) << qint64(20) << relays;
        QTest::addRow("1 MB/s, %d", relays) << qint64(1'000'000) << qint64(4) << relays;
        QTest::addRow("20 MB/s, %d", relays) << qint64(20'000'000) << qint64(2) << relays;
        QTest::addRow("150 MB/s, %d", relays) << qint64(150'000'000) << qint64(1) << relays;
    }
}

void TestRelayLimit::keepsTheRate()
{
    QFETCH(qint64, rate);
    QFETCH(qint64, seconds);
    QFETCH(int, relays);
    const auto limit = std::make_shared<RateLimit>(rate);
    const Connector connector;
    LoopScratch scratch;
    std::vector<std::unique_ptr<HandDriven>> all;
    for (int i = 0; i < relays; ++i)
        all.push_back(std::make_unique<HandDriven>(connector, scratch, limit));
    const qint64 start = 1000;
    for (qint64 now = start; now < start + seconds * 1000; ++now) {
        for (const auto &each : all)
            each->step(now, true, false);
    }
    const qint64 total = std::accumulate(
        all.begin(), all.end(), qint64(0), [](qint64 sum, const auto &each) { return sum + each->up(); });
    const qint64 earned = rate * seconds;
    QVERIFY2(total <= earned + limit->toService.burst(), qPrintable(QString::number(total)));
    QVERIFY2(total >= earned / 100 * 85, qPrintable(QString::number(total)));
    // A socket that holds less than a quantum just then leaves the rest to the others.
    for (const auto &each : all)
        QVERIFY2(each->up() >= earned / relays / 3, qPrintable(QString::number(each->up())));
}

void TestRelayLimit::limitsEachDirectionForItself()
{
    constexpr qint64 rate = 5'000'000;
    const auto limit = std::make_shared<RateLimit>(rate);
    const Connector connector;
    LoopScratch scratch;
    HandDriven relay(connector, scratch, limit);
    for (qint64 now = 1; now <= 2000; ++now)
        relay.step(now, true, true);
    for (const qint64 carried : {relay.up(), relay.down()}) {
        QVERIFY2(carried <= 2 * rate + limit->toVisitor.burst(), qPrintable(QString::number(carried)));
        QVERIFY2(carried >= 2 * rate / 100 * 85, qPrintable(QString::number(carried)));
    }
}

void TestRelayLimit::goesOnSplicing()
{
#ifdef Q_OS_LINUX
    const auto limit = std::make_shared<RateLimit>(20'000'000);
    const Connector connector;
    LoopScratch scratch;
    HandDriven relay(connector, scratch, limit);
    for (qint64 now = 1; now <= 500; ++now)
        relay.step(now, true, false);
    // What is copied goes through this buffer.
    std::fill(scratch.buffer.begin(), scratch.buffer.end(), '\x55');
    const qint64 before = relay.up();
    for (qint64 now = 501; now <= 1500; ++now)
        relay.step(now, true, false);
    QVERIFY(relay.up() - before > 15'000'000);
    QVERIFY(std::all_of(scratch.buffer.begin(), scratch.buffer.end(), [](char c) { return c == '\x55'; }));
#else
    QSKIP("There is no splice() here.");
#endif
}

void TestRelayLimit::restsWithoutReading()
{
    const auto limit = std::make_shared<RateLimit>(10'000);
    const Connector connector;
    LoopScratch scratch;
    HandDriven relay(connector, scratch, limit);
    relay.step(1, true, false);
    QVERIFY(relay.relay().isLimited());
    QVERIFY(!relay.relay().wantsRead(Relay::Side::Visitor)); // a level-triggered loop would spin
    QVERIFY(relay.relay().wantsRead(Relay::Side::Service));
    qint64 resume = relay.relay().resumeAtMs();
    QVERIFY(resume > 1 && resume <= 101);
    const qint64 before = relay.up();
    qint64 rests = 0;
    while (resume < 1000) {
        const qint64 was = relay.up();
        relay.step(resume, true, false);
        QVERIFY(relay.up() - was <= 1024);
        QVERIFY(relay.relay().resumeAtMs() > resume);
        resume = relay.relay().resumeAtMs();
        ++rests;
    }
    QVERIFY2(rests >= 10 && rests <= 100, qPrintable(QString::number(rests)));
    QVERIFY(relay.up() - before > 8'000);
}

void TestRelayLimit::isNeverFasterInALoop_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<int>("relays");
    for (const char *backend : kinds) {
        for (const int relays : {1, 4})
            QTest::addRow("%s, %d", backend, relays) << QByteArray(backend) << relays;
    }
}

void TestRelayLimit::isNeverFasterInALoop()
{
    QFETCH(QByteArray, backend);
    QFETCH(int, relays);
    constexpr qint64 rate = 20'000'000;
    constexpr qint64 burst = rate / 10;
    constexpr qint64 total = burst + rate; // a second, whoever reads them
    Bench bench(backend, rate, 2); // two threads share the limit
    const QByteArray bytes = noise(total / relays, 2);
    std::vector<Bench::Ends> ends;
    std::vector<std::future<bool>> running;
    for (int i = 0; i < relays; ++i)
        ends.push_back(bench.open());
    QElapsedTimer clock;
    clock.start();
    for (const Bench::Ends &each : ends) {
        running.push_back(std::async(std::launch::async, [&bytes, fd = each.service.get()] {
            return sendAll(fd, bytes) && ::shutdown(fd, SHUT_WR) == 0;
        }));
        running.push_back(std::async(std::launch::async, [&bytes, fd = each.user.get()] {
            const Received received = receiveAll(fd);
            return received.ending == Ending::Orderly && received.bytes == bytes;
        }));
    }
    for (auto &each : running)
        QVERIFY(each.get());
    const qint64 took = clock.elapsed();
    QVERIFY2(took >= 995, qPrintable(QString::number(took))); // the clocks count whole milliseconds
    QVERIFY2(took < 6'000, qPrintable(QString::number(took)));
}

void TestRelayLimit::passesTheEndOnBehindTheBytes_data()
{
    addBackends();
}

void TestRelayLimit::passesTheEndOnBehindTheBytes()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, 100'000);
    const Bench::Ends ends = bench.open();
    const QByteArray bytes = noise(minBurst + 40'000, 3);
    QElapsedTimer clock;
    clock.start();
    QVERIFY(sendAll(ends.user.get(), bytes));
    ::shutdown(ends.user.get(), SHUT_WR);
    const Received received = receiveAll(ends.service.get());
    QVERIFY(clock.elapsed() >= 395);
    QCOMPARE(received.ending, Ending::Orderly);
    QVERIFY(received.bytes == bytes);
    QVERIFY(sendAll(ends.service.get(), "the answer"));
    QCOMPARE(receive(ends.user.get(), 10).bytes, QByteArray("the answer"));
    QCOMPARE(bench.pool->openRelays(), 1);
    ::shutdown(ends.service.get(), SHUT_WR);
    QTRY_COMPARE(bench.pool->openRelays(), 0);
}

void TestRelayLimit::noticesAnEndWhileItRests_data()
{
    addBackends();
}

void TestRelayLimit::noticesAnEndWhileItRests()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, 10); // the next tokens come in a minute
    const Bench::Ends ends = bench.open();
    // However the reads fall, they find more than a quantum each time, and less than one is left.
    for (const qsizetype size : {minBurst - 1024, qint64(768)}) {
        QVERIFY(sendAll(ends.user.get(), noise(size, 4)));
        QCOMPARE(receive(ends.service.get(), size).bytes.size(), size);
    }
    ::shutdown(ends.user.get(), SHUT_WR); // nothing is left to be carried
    QCOMPARE(receive(ends.service.get(), 1).ending, Ending::Orderly);
    QVERIFY(sendAll(ends.service.get(), "the answer"));
    ::shutdown(ends.service.get(), SHUT_WR);
    QCOMPARE(receiveAll(ends.user.get()).bytes, QByteArray("the answer"));
    QTRY_COMPARE(bench.pool->openRelays(), 0);
}

void TestRelayLimit::noticesAResetWhileItRests_data()
{
    addBackends();
}

void TestRelayLimit::noticesAResetWhileItRests()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, 10);
    constexpr qsizetype sure = minBurst - 512; // less than a quantum may be left over
    // With and without bytes that wait for tokens.
    for (const qsizetype more : {0, 50'000}) {
        bench.limit = std::make_shared<RateLimit>(10);
        Bench::Ends ends = bench.open();
        QVERIFY(sendAll(ends.user.get(), noise(minBurst + more, 5)));
        QCOMPARE(receive(ends.service.get(), sure).bytes.size(), sure);
        QElapsedTimer clock;
        clock.start();
        reset(ends.user);
        QCOMPARE(receiveAll(ends.service.get()).ending, Ending::Reset);
        QTRY_COMPARE(bench.pool->openRelays(), 0);
        QVERIFY(clock.elapsed() < 10'000);
    }
    // A user who goes while he is sent to.
    bench.limit = std::make_shared<RateLimit>(10);
    Bench::Ends ends = bench.open();
    auto sending = std::async(
        std::launch::async, [fd = ends.service.get()] { return sendAll(fd, noise(64'000'000, 6)); });
    QCOMPARE(receive(ends.user.get(), sure).bytes.size(), sure);
    reset(ends.user);
    QVERIFY(!sending.get());
    QTRY_COMPARE(bench.pool->openRelays(), 0);
}

void TestRelayLimit::deliversTheAnswerOfAServiceThatBreaks_data()
{
    addBackends();
}

/// The user is still there, so he gets what the service said before.
void TestRelayLimit::deliversTheAnswerOfAServiceThatBreaks()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, 200'000);
    Bench::Ends ends = bench.open();
    const QByteArray answer = noise(minBurst + 40'000, 7);
    QVERIFY(sendAll(ends.service.get(), answer));
    // What its own kernel still held would be lost with the connection, relay or not.
    QTRY_VERIFY(bench.meter->bytesToVisitor.load() >= quint64(minBurst - 2000));
    reset(ends.service);
    const Received received = receiveAll(ends.user.get());
    QVERIFY(received.bytes == answer);
    QCOMPARE(received.ending, Ending::Reset);
    QTRY_COMPARE(bench.pool->openRelays(), 0);
}

void TestRelayLimit::costsLittleWhileItRests_data()
{
    addBackends();
}

void TestRelayLimit::costsLittleWhileItRests()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, 1000);
    std::vector<Bench::Ends> all;
    for (int i = 0; i < 50; ++i) {
        all.push_back(bench.open());
        QVERIFY(sendAll(all.back().user.get(), noise(30'000, 8)));
    }
    QTRY_VERIFY(bench.meter->bytesToService.load() >= quint64(minBurst - 512));
    const double before = cpuSeconds();
    QTest::qWait(500);
    const double cost = cpuSeconds() - before;
    QVERIFY2(cost < 0.2, qPrintable(QString::number(cost)));
    bench.pool->shutDown(); // with all of them in the queue
    QCOMPARE(bench.pool->openRelays(), 0);
}

const frpx::test::TestRegistration registration("tst_relaylimit", frpx::test::runTest<TestRelayLimit>);

#include "tst_relaylimit.moc"
