// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/clock.h"
#include "common/relay/relaypool.h"
#include "tests/support/frames.h"
#include "tests/support/handoffbench.h"
#include "tests/support/loopback.h"
#include "tests/support/shortage.h"
#include "tests/support/testregistry.h"

#include <QRandomGenerator>
#include <QScopeGuard>
#include <QTest>

#include <condition_variable>
#include <deque>
#include <future>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 longTime = 20'000;
const QByteArray ready = frame(R"("ProxyConnReady")");

QByteArray startFrame(const QString &id)
{
    return frame(R"({"StartProxyConn":{"proxy_conn_id":")" + id.toUtf8() + R"("}})");
}

QByteArray failedFrame(const QString &id)
{
    return frame(
        R"({"ProxyConnFailed":{"proxy_conn_id":")" + id.toUtf8() + R"(","reason":"no service here"}})");
}

const QString one = u"waiting-1"_s; ///< the id of a test's first visitor

/// A relay loop of the wanted kind. The first member of a test function.
class Bench : public HandoffBench
{
public:
    explicit Bench(const QByteArray &backend, qint64 attemptMs = longTime)
        : HandoffBench(attemptMs)
    {
        qputenv("FRPX_RELAY", backend);
        m_pool = std::make_unique<RelayPool>(1);
        qunsetenv("FRPX_RELAY");
    }

    Connection connection() { return m_connector.connection(); }

    /// Offers \a user to a client; the near end is the client's.
    UniqueFd offer(UniqueFd user, int workRoom = 0)
    {
        Connection work = m_connector.connection(workRoom);
        VisitorConnection visitor;
        visitor.fd = std::move(user);
        HandoffBench::offer(*m_pool, std::move(visitor), std::move(work.far));
        waitUntilTaken(m_isStopped ? 0 : 5000);
        return std::move(work.near);
    }
    /// One more client for the same visitor, if the first one cannot serve.
    UniqueFd next()
    {
        Connection work = m_connector.connection();
        addClient(std::move(work.far));
        return std::move(work.near);
    }
    /// What was posted so far has run.
    void sync()
    {
        std::promise<void> done;
        m_pool->nextLoop().post([&done](IoLoop &) { done.set_value(); });
        done.get_future().wait();
    }

    void shutDown()
    {
        m_pool->shutDown();
        m_isStopped = true;
    }

    RelayPool &pool() { return *m_pool; }
    DispatchStats &stats() { return state.stats; }

private:
    Connector m_connector;
    bool m_isStopped = false;
    std::unique_ptr<RelayPool> m_pool; // last: its loops use the rest
};

QByteArray take(int fd, qsizetype size)
{
    return receive(fd, size).bytes;
}

std::future<bool> sendLater(int fd, const QByteArray &bytes, quint32 seed)
{
    return std::async(std::launch::async, [fd, bytes, seed] {
        QRandomGenerator random(seed);
        QByteArrayView rest(bytes);
        while (!rest.isEmpty()) {
            const qsizetype slice = std::min<qsizetype>(rest.size(), random.bounded(9000) + 1);
            if (!sendAll(fd, rest.first(slice)))
                return false;
            rest = rest.sliced(slice);
            if (random.bounded(4) == 0)
                std::this_thread::sleep_for(std::chrono::microseconds(random.bounded(300)));
        }
        return ::shutdown(fd, SHUT_WR) == 0;
    });
}

} // namespace

class TestWorkHandoff : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void sendsEarlyBytesAhead_data() { backends(); }
    void sendsEarlyBytesAhead();
    void sendsAheadWhatComesLater_data() { backends(); }
    void sendsAheadWhatComesLater();
    void losesNothingOfMuch_data();
    void losesNothingOfMuch();
    void carriesWhatDidNotFit_data() { backends(); }
    void carriesWhatDidNotFit();
    void carriesUrgentDataSentEarly_data() { backends(); }
    void carriesUrgentDataSentEarly();
    void givesTheUserBackWithHisBytes_data();
    void givesTheUserBackWithHisBytes();
    void deliversOnceAfterAnyFailures_data() { backends(); }
    void deliversOnceAfterAnyFailures();
    void dropsTheUserOfAClientThatBreaksTheRules_data();
    void dropsTheUserOfAClientThatBreaksTheRules();
    void resetsTheUserOfAClientThatDoesNotSpeakInChunks_data() { backends(); }
    void resetsTheUserOfAClientThatDoesNotSpeakInChunks();
    void takesReadyInOtherWords_data() { backends(); }
    void takesReadyInOtherWords();
    void resetsASilentClient_data() { backends(); }
    void resetsASilentClient();
    void endsWithTheLoginOfItsClient_data() { backends(); }
    void endsWithTheLoginOfItsClient();
    void keepsTheDeadlineOfABusyLoop_data() { backends(); }
    void keepsTheDeadlineOfABusyLoop();
    void freesTheClientOfAUserWhoIsGone_data();
    void freesTheClientOfAUserWhoIsGone();
    void keepsTheHalfClosedUser_data();
    void keepsTheHalfClosedUser();
    void letsTheServiceSpeakFirst_data();
    void letsTheServiceSpeakFirst();
    void mayEndAtAnyMoment_data() { backends(); }
    void mayEndAtAnyMoment();

private:
    static void backends();

    int m_descriptors = 0;
};

void TestWorkHandoff::backends()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::newRow("native") << QByteArray();
    QTest::newRow("portable") << "portable"_ba;
}

void TestWorkHandoff::init()
{
    m_descriptors = openDescriptors();
}

void TestWorkHandoff::cleanup()
{
    QCOMPARE(openDescriptors(), m_descriptors);
}

void TestWorkHandoff::sendsEarlyBytesAhead()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    Connection user = bench.connection();
    QVERIFY(sendAll(user.near.get(), "early"));
    const UniqueFd client = bench.offer(std::move(user.far));
    const QByteArray begin = startFrame(one) + "early"; // not a byte is held back until the answer
    QCOMPARE(take(client.get(), begin.size()), begin);
    QCOMPARE(bench.stats().ids(), QStringList{one});
    QVERIFY(sendAll(client.get(), ready + "hello"));
    QCOMPARE(take(user.near.get(), 5), "hello"_ba);
    QCOMPARE(bench.stats().size(), 0);
    QCOMPARE(bench.stats().counters().served, 1u);
    QCOMPARE(bench.pool().openRelays(), 1);
    QVERIFY(sendAll(user.near.get(), " and late"));
    QCOMPARE(take(client.get(), 9), " and late"_ba);
    ::shutdown(user.near.get(), SHUT_WR);
    QCOMPARE(receiveAll(client.get()).ending, Ending::Orderly);
    QVERIFY(sendAll(client.get(), "bye"));
    ::shutdown(client.get(), SHUT_WR);
    const Received rest = receiveAll(user.near.get());
    QCOMPARE(rest.bytes, "bye"_ba);
    QCOMPARE(rest.ending, Ending::Orderly);
    QTRY_COMPARE(bench.pool().openRelays(), 0);
    QCOMPARE(bench.meter().bytesToService.load(), 14u);
    QCOMPARE(bench.meter().bytesToVisitor.load(), 8u);
    QCOMPARE(bench.meter().open.load(), 0);
}

void TestWorkHandoff::sendsAheadWhatComesLater()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    Connection user = bench.connection();
    const UniqueFd client = bench.offer(std::move(user.far));
    QCOMPARE(take(client.get(), startFrame(one).size()), startFrame(one));
    QVERIFY(sendAll(user.near.get(), "first"));
    QCOMPARE(take(client.get(), 5), "first"_ba);
    QVERIFY(sendAll(user.near.get(), "second"));
    QVERIFY(sendAll(client.get(), ready + "!"));
    QCOMPARE(take(user.near.get(), 1), "!"_ba);
    QVERIFY(sendAll(user.near.get(), "third"));
    QCOMPARE(take(client.get(), 11), "secondthird"_ba);
}

void TestWorkHandoff::losesNothingOfMuch_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<int>("size");
    QTest::addColumn<bool>("answerFirst"); // before the client has read what was sent ahead
    for (const QByteArray &backend : {QByteArray(), "portable"_ba}) {
        const QByteArray name = backend.isEmpty() ? "native"_ba : backend;
        for (const int size : {0, 1, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 70'000, 3'000'000}) {
            for (const bool first : {false, true})
                QTest::addRow("%s %d %d", name.constData(), size, int(first)) << backend << size << first;
        }
    }
}

void TestWorkHandoff::losesNothingOfMuch()
{
    QFETCH(QByteArray, backend);
    QFETCH(int, size);
    QFETCH(bool, answerFirst);
    Bench bench(backend);
    const QByteArray up = noise(size, 1);
    const QByteArray down = noise(200'000, 2);
    Connection user = bench.connection();
    auto sending = sendLater(user.near.get(), up, quint32(size));
    const UniqueFd client = bench.offer(std::move(user.far));
    QCOMPARE(take(client.get(), startFrame(one).size()), startFrame(one));
    QByteArray received;
    if (!answerFirst)
        received = take(client.get(), std::min(size, 1)); // how much is sent ahead depends on the loop
    QVERIFY(sendAll(client.get(), ready));
    auto receiving = std::async(std::launch::async, [fd = user.near.get()] { return receiveAll(fd); });
    const Received rest = receiveAll(client.get());
    QCOMPARE(rest.ending, Ending::Orderly);
    QVERIFY(received + rest.bytes == up);
    QVERIFY(sending.get());
    QVERIFY(sendAll(client.get(), down));
    ::shutdown(client.get(), SHUT_WR);
    QVERIFY(receiving.get().bytes == down);
    QTRY_COMPARE(bench.pool().openRelays(), 0);
    QCOMPARE(bench.meter().bytesToService.load(), quint64(size));
}

void TestWorkHandoff::carriesWhatDidNotFit()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    const QByteArray up = noise(12'000, 5);
    Connection user = bench.connection();
    constexpr int later = 8; // fewer than need to be acknowledged
    net::prepareLocalStream(user.near.get()); // each byte for itself
    QVERIFY(sendAll(user.near.get(), up.chopped(later)));
    const UniqueFd client = bench.offer(std::move(user.far), 1024);
    for (int i = later; i >= 0; --i) {
        bench.sync(); // twice: a task may run before an event of the same round
        bench.sync();
        if (i > 0) // in the end there is room for nothing
            QVERIFY(sendAll(user.near.get(), up.last(i).first(1)));
    }
    QVERIFY(sendAll(client.get(), ready));
    QCOMPARE(take(client.get(), startFrame(one).size()), startFrame(one));
    QVERIFY(take(client.get(), up.size()) == up);
}

void TestWorkHandoff::carriesUrgentDataSentEarly()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    Connection user = bench.connection();
    QVERIFY(sendAll(user.near.get(), "abc"));
    QCOMPARE(::send(user.near.get(), "!", 1, MSG_OOB), 1);
    QVERIFY(sendAll(user.near.get(), "def"));
    const UniqueFd client = bench.offer(std::move(user.far));
    QCOMPARE(take(client.get(), startFrame(one).size()), startFrame(one));
    QVERIFY(sendAll(client.get(), ready));
    QCOMPARE(take(client.get(), 7), "abc!def"_ba);
}

void TestWorkHandoff::givesTheUserBackWithHisBytes_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<bool>("resets");
    QTest::addColumn<QString>("reason");
    for (const QByteArray &backend : {QByteArray(), "portable"_ba}) {
        const QByteArray name = backend.isEmpty() ? "native"_ba : backend;
        const auto row = [&](const char *what, const QByteArray &answer, bool resets, const QString &reason) {
            QTest::addRow("%s, %s", name.constData(), what) << backend << answer << resets << reason;
        };
        row("says so", failedFrame(u"first"_s), false, u"no service here"_s);
        row("says so and resets", failedFrame(u"first"_s), true, {}); // the words may be lost with it
        row("closes", {}, false, u"its connection is dead"_s);
        row("resets", {}, true, u"its connection is dead"_s);
        row("breaks off", ready.chopped(1), false, u"its connection is dead"_s);
        row("breaks off a failure", failedFrame(u"first"_s).chopped(1), false, u"its connection is dead"_s);
    }
}

void TestWorkHandoff::givesTheUserBackWithHisBytes()
{
    QFETCH(QByteArray, backend);
    QFETCH(QByteArray, answer);
    QFETCH(bool, resets);
    QFETCH(QString, reason);
    Bench bench(backend);
    const QByteArray early = noise(30'000, 3);
    Connection user = bench.connection();
    QVERIFY(sendAll(user.near.get(), early));
    UniqueFd first = bench.offer(std::move(user.far));
    const QByteArray begin = startFrame(one) + early.first(16 * 1024);
    QVERIFY(take(first.get(), begin.size()) == begin);
    const UniqueFd second = bench.next();
    QVERIFY(sendAll(first.get(), answer));
    if (resets)
        reset(first);
    else
        ::shutdown(first.get(), SHUT_WR);
    QVERIFY(take(second.get(), begin.size()) == begin);
    QVERIFY(reason.isEmpty() || bench.reasons() == QStringList{reason});
    QCOMPARE(bench.stats().ids(), QStringList{one});
    QCOMPARE(bench.stats().counters().served + bench.stats().counters().failed, 0u);
    if (!resets) { // by now, so that nothing it might still say counts
        QCOMPARE(receiveAll(first.get()).ending, Ending::Reset);
    }

    QVERIFY(sendAll(user.near.get(), "more"));
    ::shutdown(user.near.get(), SHUT_WR);
    QVERIFY(sendAll(second.get(), ready + "served"));
    const Received got = receiveAll(second.get());
    QCOMPARE(got.ending, Ending::Orderly);
    QVERIFY(got.bytes == early.sliced(16 * 1024) + "more");
    QCOMPARE(take(user.near.get(), 6), "served"_ba);
}

void TestWorkHandoff::deliversOnceAfterAnyFailures()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    for (quint32 round = 0; round < 30; ++round) {
        QRandomGenerator random(round);
        const QByteArray up = noise(random.bounded(60'000), round);
        Connection user = bench.connection();
        auto sending = sendLater(user.near.get(), up, round);
        const QByteArray start = startFrame(u"waiting-%1"_s.arg(round + 1));
        UniqueFd client = bench.offer(std::move(user.far));
        for (int tries = int(random.bounded(3)); tries > 0; --tries) {
            take(client.get(), random.bounded(int(start.size())));
            UniqueFd next = bench.next();
            const auto way = random.bounded(3);
            if (way == 0)
                QVERIFY(sendAll(client.get(), failedFrame(u"1"_s)));
            else if (way == 1)
                reset(client);
            client = std::move(next);
            QVERIFY(bench.waitUntilTaken());
        }
        if (random.bounded(2) == 0)
            QCOMPARE(take(client.get(), 4), start.first(4));
        else
            QCOMPARE(take(client.get(), 0), QByteArray());
        QVERIFY(sendAll(client.get(), ready + "x"));
        const Received got = receiveAll(client.get());
        QCOMPARE(got.ending, Ending::Orderly);
        QVERIFY(got.bytes.endsWith(up));
        QVERIFY(start.endsWith(got.bytes.chopped(up.size())));
        QVERIFY(got.bytes.size() >= start.size() - 4 + up.size());
        QCOMPARE(take(user.near.get(), 1), "x"_ba);
        QVERIFY(sending.get());
    }
    QCOMPARE(bench.stats().counters().served, 30u);
    QCOMPARE(bench.stats().size(), 0);
}

void TestWorkHandoff::dropsTheUserOfAClientThatBreaksTheRules_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<QByteArray>("answer");
    for (const QByteArray &backend : {QByteArray(), "portable"_ba}) {
        const QByteArray name = backend.isEmpty() ? "native"_ba : backend;
        const auto row = [&](const char *what, const QByteArray &answer) {
            QTest::addRow("%s, %s", name.constData(), what) << backend << answer;
        };
        row("no frame", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"_ba);
        row("zero", QByteArray(20, '\0'));
        row("4 GiB", QByteArray(20, '\xff'));
        row("too large", QByteArray::fromHex("00001001") + QByteArray(5000, ' '));
        row("short message", frame(R"("Pong")") + QByteArray(20, ' '));
        row("as long as the right one", frame(R"("ProxyConnReadx")"));
        row("no JSON", frame("{{{{{{{{{{{{{{{{{{{{"));
        row("another message", frame(R"({"NewProxyConn":{"proxy_conn_id":"one"}})"));
        row("unknown", frame(R"({"SomethingNobodyHasEverHeardOf":{}})"));
    }
}

void TestWorkHandoff::dropsTheUserOfAClientThatBreaksTheRules()
{
    QFETCH(QByteArray, backend);
    QFETCH(QByteArray, answer);
    Bench bench(backend);
    Connection user = bench.connection();
    const UniqueFd client = bench.offer(std::move(user.far));
    QVERIFY(sendAll(client.get(), answer));
    const Received got = receiveAll(user.near.get());
    QCOMPARE(got.ending, Ending::Reset);
    QCOMPARE(got.bytes, QByteArray());
    QCOMPARE(receiveAll(client.get()).ending, Ending::Reset);
    QCOMPARE(bench.stats().counters().failed, 1u);
    QCOMPARE(bench.stats().size(), 0);
    bench.sync();
    QVERIFY(bench.reasons().isEmpty());
}

/// By then the user's bytes have been taken from him: he must not take their fate for an end in order.
void TestWorkHandoff::resetsTheUserOfAClientThatDoesNotSpeakInChunks()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    bench.reuses = true;
    Connection user = bench.connection();
    QVERIFY(sendAll(user.near.get(), "early"));
    const UniqueFd client = bench.offer(std::move(user.far));
    QVERIFY(sendAll(client.get(), ready + QByteArray::fromHex("80000000")));
    const Received got = receiveAll(user.near.get());
    QCOMPARE(got.ending, Ending::Reset);
    QCOMPARE(got.bytes, QByteArray());
    QCOMPARE(receiveAll(client.get()).ending, Ending::Reset);
}

void TestWorkHandoff::takesReadyInOtherWords()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    Connection user = bench.connection();
    QVERIFY(sendAll(user.near.get(), "early"));
    const UniqueFd client = bench.offer(std::move(user.far));
    QVERIFY(sendAll(client.get(), frame(R"({ "ProxyConnReady" : {} })") + "hello"));
    QCOMPARE(take(user.near.get(), 5), "hello"_ba);
}

void TestWorkHandoff::resetsASilentClient()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, 300);
    Connection user = bench.connection();
    QVERIFY(sendAll(user.near.get(), "early"));
    const qint64 begin = steadyMs();
    const UniqueFd client = bench.offer(std::move(user.far));
    const UniqueFd second = bench.next();
    QVERIFY(sendAll(client.get(), ready.first(7))); // a slow answer is none
    const QByteArray offered = startFrame(one) + "early"; // all still there
    QVERIFY(take(second.get(), offered.size()) == offered);
    QVERIFY(steadyMs() - begin >= 300);
    QVERIFY(steadyMs() - begin < 5000);
    QCOMPARE(bench.reasons(), QStringList{u"it does not answer"_s});
    const Received got = receiveAll(client.get());
    QCOMPARE(got.ending, Ending::Reset);
    QVERIFY(!sendAll(client.get(), ready.sliced(7)));
}

void TestWorkHandoff::endsWithTheLoginOfItsClient()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    const auto login = std::make_shared<int>(1);
    const auto other = std::make_shared<int>(2);
    Connection user = bench.connection();
    QVERIFY(sendAll(user.near.get(), "early"));
    bench.login = login;

    // One on its way may go to another client.
    const UniqueFd first = bench.offer(std::move(user.far));
    const QByteArray begin = startFrame(one) + "early";
    QVERIFY(take(first.get(), begin.size()) == begin);
    const UniqueFd second = bench.next();
    bench.pool().cut(other);
    bench.pool().cut(login);
    QVERIFY(take(second.get(), begin.size()) == begin);
    QCOMPARE(bench.reasons(), QStringList{u"its login has ended"_s});
    QCOMPARE(receiveAll(first.get()).ending, Ending::Reset);

    // One that is served is cut.
    QVERIFY(sendAll(second.get(), ready + "served"));
    QCOMPARE(take(user.near.get(), 6), "served"_ba);
    bench.pool().cut(other);
    bench.sync();
    QCOMPARE(bench.pool().openRelays(), 1);
    bench.pool().cut(login);
    QCOMPARE(receiveAll(user.near.get()).ending, Ending::Reset);
    QCOMPARE(receiveAll(second.get()).ending, Ending::Reset);
    bench.sync();
    bench.login.reset();
    bench.forgetClients();
    QCOMPARE(login.use_count(), 1);
}

void TestWorkHandoff::keepsTheDeadlineOfABusyLoop()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, 300);
    // A relay beside it with something to do every 50 ms: the loop never waits for a whole tick.
    Connection user = bench.connection();
    Connection service = bench.connection();
    bench.pool().adopt({std::move(user.far), std::move(service.far), {}, nullptr});
    std::atomic<bool> stopping = false;
    auto talking = std::async(std::launch::async, [&] {
        while (!stopping && sendAll(user.near.get(), "x"))
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
    });
    const auto stop = qScopeGuard([&] { stopping = true; });
    Connection waiting = bench.connection();
    const qint64 begin = steadyMs();
    const UniqueFd client = bench.offer(std::move(waiting.far));
    QVERIFY(bench.waitForReason());
    QVERIFY2(steadyMs() - begin < 5000, qPrintable(QString::number(steadyMs() - begin)));
}

void TestWorkHandoff::freesTheClientOfAUserWhoIsGone_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<QByteArray>("early");
    QTest::addColumn<bool>("before"); // the client is even asked
    for (const QByteArray &backend : {QByteArray(), "portable"_ba}) {
        const QByteArray name = backend.isEmpty() ? "native"_ba : backend;
        for (const bool before : {true, false}) {
            QTest::addRow("%s, silent, %d", name.constData(), int(before))
                << backend << QByteArray() << before;
            QTest::addRow("%s, few bytes, %d", name.constData(), int(before))
                << backend << "early"_ba << before;
            QTest::addRow("%s, many bytes, %d", name.constData(), int(before))
                << backend << QByteArray(40'000, 'e') << before;
        }
    }
}

void TestWorkHandoff::freesTheClientOfAUserWhoIsGone()
{
    QFETCH(QByteArray, backend);
    QFETCH(QByteArray, early);
    QFETCH(bool, before);
    Bench bench(backend);
    Connection user = bench.connection();
    QVERIFY(sendAll(user.near.get(), early));
    if (before)
        reset(user.near);
    const qint64 begin = steadyMs();
    const UniqueFd client = bench.offer(std::move(user.far));
    if (!before) {
        QCOMPARE(take(client.get(), startFrame(one).size()), startFrame(one));
        QCOMPARE(bench.stats().size(), 1);
        reset(user.near);
    }
    QCOMPARE(receiveAll(client.get()).ending, Ending::Reset); // what it has got may be cut off
    QVERIFY(steadyMs() - begin < 5000);
    QCOMPARE(bench.stats().size(), 0);
    QCOMPARE(bench.stats().counters().served + bench.stats().counters().failed, 0u);
    bench.sync();
    QVERIFY(bench.reasons().isEmpty());
}

void TestWorkHandoff::keepsTheHalfClosedUser_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<QByteArray>("request");
    for (const QByteArray &backend : {QByteArray(), "portable"_ba}) {
        const QByteArray name = backend.isEmpty() ? "native"_ba : backend;
        QTest::addRow("%s, nothing", name.constData()) << backend << QByteArray();
        QTest::addRow("%s, few bytes", name.constData()) << backend << "request"_ba;
        QTest::addRow("%s, many bytes", name.constData()) << backend << noise(50'000, 9);
    }
}

void TestWorkHandoff::keepsTheHalfClosedUser()
{
    QFETCH(QByteArray, backend);
    QFETCH(QByteArray, request);
    Bench bench(backend);
    Connection user = bench.connection();
    const UniqueFd client = bench.offer(std::move(user.far));
    QVERIFY(sendAll(user.near.get(), request));
    ::shutdown(user.near.get(), SHUT_WR);
    QCOMPARE(take(client.get(), startFrame(one).size()), startFrame(one));
    const qint64 cpu = cpuMs();
    QTest::qWait(400);
    QVERIFY2(cpuMs() - cpu < 150, "it spins");
    QVERIFY(sendAll(client.get(), ready));
    const Received got = receiveAll(client.get());
    QCOMPARE(got.ending, Ending::Orderly);
    QVERIFY(got.bytes == request);
    QVERIFY(sendAll(client.get(), "answer"));
    ::shutdown(client.get(), SHUT_WR);
    const Received answer = receiveAll(user.near.get());
    QCOMPARE(answer.bytes, "answer"_ba);
    QCOMPARE(answer.ending, Ending::Orderly);
    QTRY_COMPARE(bench.pool().openRelays(), 0);
}

void TestWorkHandoff::letsTheServiceSpeakFirst_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<bool>("inOne");
    QTest::addColumn<bool>("closes");
    for (const QByteArray &backend : {QByteArray(), "portable"_ba}) {
        const QByteArray name = backend.isEmpty() ? "native"_ba : backend;
        for (const bool inOne : {false, true}) {
            for (const bool closes : {false, true})
                QTest::addRow("%s %d %d", name.constData(), int(inOne), int(closes))
                    << backend << inOne << closes;
        }
    }
}

void TestWorkHandoff::letsTheServiceSpeakFirst()
{
    QFETCH(QByteArray, backend);
    QFETCH(bool, inOne);
    QFETCH(bool, closes);
    Bench bench(backend);
    const QByteArray banner = noise(100'000, 4);
    Connection user = bench.connection();
    const UniqueFd client = bench.offer(std::move(user.far));
    if (inOne) {
        QVERIFY(sendAll(client.get(), ready + banner));
    } else {
        for (const char byte : ready)
            QVERIFY(sendAll(client.get(), QByteArrayView(&byte, 1)));
        QVERIFY(sendAll(client.get(), banner));
    }
    if (closes)
        ::shutdown(client.get(), SHUT_WR);
    QVERIFY(take(user.near.get(), banner.size()) == banner);
    if (closes)
        QCOMPARE(receiveAll(user.near.get()).ending, Ending::Orderly);
    QVERIFY(sendAll(user.near.get(), "thanks"));
    ::shutdown(user.near.get(), SHUT_WR);
    QCOMPARE(receiveAll(client.get()).bytes, startFrame(one) + "thanks");
}

void TestWorkHandoff::mayEndAtAnyMoment()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend);
    std::vector<Connection> users;
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 30; ++i) {
        Connection user = bench.connection();
        QVERIFY(sendAll(user.near.get(), "early"));
        clients.push_back(bench.offer(std::move(user.far)));
        if (i % 3 == 0)
            QVERIFY(sendAll(clients.back().get(), ready));
        users.push_back(std::move(user));
    }
    bench.shutDown(); // some are paired, some wait, some have not even begun
    QCOMPARE(bench.stats().size(), 0);
    QCOMPARE(bench.pool().openRelays(), 0);
    Connection late = bench.connection();
    const UniqueFd lateClient = bench.offer(std::move(late.far));
    users.push_back(std::move(late));
    for (const Connection &user : users)
        QVERIFY(receiveAll(user.near.get()).ending != Ending::TimedOut);
}

const frpx::test::TestRegistration registration("tst_workhandoff", frpx::test::runTest<TestWorkHandoff>);

#include "tst_workhandoff.moc"
