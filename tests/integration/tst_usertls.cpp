// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/clock.h"
#include "common/relay/relaytap.h"
#include "frps/frontend/tlsterminator.h"
#include "tests/support/frames.h"
#include "tests/support/handoffbench.h"
#include "tests/support/loopback.h"
#include "tests/support/testca.h"
#include "tests/support/testregistry.h"
#include "tests/support/tlsuser.h"

#include <QTest>

#include <deque>
#include <future>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray ready = frame(R"("ProxyConnReady")");

QByteArray startFrame(const QByteArray &id)
{
    return frame(R"({"StartProxyConn":{"proxy_conn_id":")" + id + R"("}})");
}

QByteArray failedFrame(const QByteArray &id)
{
    return frame(R"({"ProxyConnFailed":{"proxy_conn_id":")" + id + R"(","reason":"no service here"}})");
}

/// What \a work returns, done in a thread: the door needs the event loop here.
template <typename Work>
auto aside(Work work)
{
    auto future = std::async(std::launch::async, work);
    [[maybe_unused]] const bool done = QTest::qWaitFor(
        [&future] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }, 60'000);
    return future.get();
}

/// Keeps what goes to the service.
class Recorder : public RelayTap
{
public:
    bool onBytesToService(QByteArrayView bytes) override
    {
        const std::scoped_lock lock(m_mutex);
        m_bytes.append(bytes);
        return true;
    }
    bool onBytesToVisitor(QByteArrayView /*bytes*/) override { return true; }
    QByteArray bytes() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_bytes;
    }

private:
    mutable std::mutex m_mutex;
    QByteArray m_bytes;
};

/// Watches a user without looking at what he sends before he is served.
class Follower : public ConnectionObserver
{
public:
    explicit Follower(bool all)
        : m_all(all)
    { }
    bool wantsBytes() const override { return m_all; }
    void onPaired(RelayJob & /*job*/, quint64 passedOn) override { passed = passedOn; }

    std::atomic<quint64> passed = 0;

private:
    const bool m_all;
};

} // namespace

/// Users under TLS, from the accepted connection to the relay.
class TestUserTls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void shakesHands_data() { backends(); }
    void shakesHands();
    void cutsWhoDoesNotComeToAnEnd_data() { backends(); }
    void cutsWhoDoesNotComeToAnEnd();
    void refusesWhatIsNoTls_data();
    void refusesWhatIsNoTls();
    void boundsHandshakes_data();
    void boundsHandshakes();
    void letsOthersWaitInLine_data() { backends(); }
    void letsOthersWaitInLine();
    void givesAPlaceToWhoHasNone_data() { backends(); }
    void givesAPlaceToWhoHasNone();
    void losesNothingByARetry_data();
    void losesNothingByARetry();
    void passesAnEarlyEndOn_data() { backends(); }
    void passesAnEarlyEndOn();
    void sendsAheadWhatComesLater_data() { backends(); }
    void sendsAheadWhatComesLater();
    void keepsTheBytesOfAWatchedUser_data() { backends(); }
    void keepsTheBytesOfAWatchedUser();
    void noticesThatTheUserHasGone_data();
    void noticesThatTheUserHasGone();

private:
    static void backends();
    void makeDoor(const TlsTerminatorLimits &limits);
    /// A connection at the door; the near end is the user's.
    UniqueFd arrive(TunnelId tunnel = {});
    /// Lets \a user in; his ticket.
    VisitorConnection enter(TlsUser &user);
    /// Offers him to a client; the near end is its work connection.
    UniqueFd offer(VisitorConnection visitor);
    /// One more client for the same visitor, if the first one cannot serve.
    UniqueFd next();

    const TestCa m_ca;
    std::shared_ptr<const TlsServerContext> m_context; // as the product shares it
    Connector m_connector;
    std::deque<VisitorConnection> m_entered;
    std::unique_ptr<HandoffBench> m_bench;
    std::unique_ptr<RelayPool> m_pool;
    std::unique_ptr<TlsTerminator> m_door;
};

void TestUserTls::initTestCase()
{
    const PemPair pair = m_ca.issue();
    m_context = *TlsServerContext::create({pair.certificate, pair.key});
}

void TestUserTls::backends()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::newRow("epoll") << "epoll"_ba;
    QTest::newRow("portable") << "portable"_ba;
}

void TestUserTls::init()
{
    QFETCH(const QByteArray, backend);
    qputenv("FRPX_RELAY", backend);
    m_pool = std::make_unique<RelayPool>(1);
    qunsetenv("FRPX_RELAY");
    m_bench = std::make_unique<HandoffBench>();
    makeDoor({});
}

void TestUserTls::cleanup()
{
    m_pool->shutDown(); // what runs there uses the rest
    m_door.reset();
    m_pool.reset();
    m_bench.reset();
    m_entered.clear();
}

void TestUserTls::makeDoor(const TlsTerminatorLimits &limits)
{
    m_door = std::make_unique<TlsTerminator>(
        limits, *m_pool, [this](VisitorConnection ticket) { m_entered.push_back(std::move(ticket)); });
}

UniqueFd TestUserTls::arrive(TunnelId tunnel)
{
    Connection connection = m_connector.connection();
    VisitorConnection ticket;
    ticket.fd = std::move(connection.far);
    ticket.tunnel = tunnel;
    m_door->receive(std::move(ticket), m_context);
    return std::move(connection.near);
}

VisitorConnection TestUserTls::enter(TlsUser &user)
{
    UniqueFd near = arrive();
    const bool secured = aside([&] { return user.secure(Fd(near.release())); });
    if (!secured || !QTest::qWaitFor([this] { return !m_entered.empty(); }))
        return {};
    VisitorConnection ticket = std::move(m_entered.front());
    m_entered.pop_front();
    return ticket;
}

UniqueFd TestUserTls::offer(VisitorConnection visitor)
{
    Connection work = m_connector.connection();
    m_bench->offer(*m_pool, std::move(visitor), std::move(work.far));
    m_bench->waitUntilTaken();
    return std::move(work.near);
}

UniqueFd TestUserTls::next()
{
    Connection work = m_connector.connection();
    m_bench->addClient(std::move(work.far));
    return std::move(work.near);
}

void TestUserTls::shakesHands()
{
    for (const int version : {0x0304, 0x0303}) {
        TlsUser user(m_ca.certificate());
        user.setMaxVersion(version);
        for (const bool again : {false, true}) {
            VisitorConnection ticket = enter(user);
            QVERIFY2(ticket.tls, qPrintable(user.error()));
            QCOMPARE(user.version(), version);
            QCOMPARE(user.isResumed(), again);
            QVERIFY(!ticket.tls->hasUnsent());
            QCOMPARE(m_door->waiting(), 0);
            UniqueFd work = offer(std::move(ticket));
            QVERIFY(sendAll(work.get(), ready + "hello"));
            QCOMPARE(user.receive(5), "hello"_ba);
        }
    }
    QCOMPARE(m_door->failed(), 0U);
}

void TestUserTls::cutsWhoDoesNotComeToAnEnd()
{
    makeDoor({.timeoutMs = 400});
    const UniqueFd silent = arrive();
    const UniqueFd slow = arrive();
    QVERIFY(sendAll(slow.get(), QByteArray::fromHex("1603010200010001fc")));
    QCOMPARE(m_door->waiting(), 2);
    QTRY_COMPARE(m_door->waiting(), 0);
    QCOMPARE(receiveAll(silent.get()).ending, Ending::Orderly);
    QVERIFY(receiveAll(slow.get()).ending != Ending::TimedOut);
    QCOMPARE(m_door->failed(), 2U);
    QVERIFY(m_entered.empty());
}

void TestUserTls::refusesWhatIsNoTls_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<QByteArray>("said");
    QTest::addColumn<bool>("answered");
    QTest::addColumn<quint64>("failed");
    for (const char *backend : {"epoll", "portable"}) {
        QTest::addRow("%s, HTTP", backend)
            << QByteArray(backend) << "GET / HTTP/1.1\r\nHost: x\r\n\r\n"_ba << true << quint64(1);
        QTest::addRow("%s, something else", backend)
            << QByteArray(backend) << QByteArray(300, '\1') << false << quint64(1);
        QTest::addRow("%s, like TLS at first", backend)
            << QByteArray(backend) << "\x16" + QByteArray(300, 'x') << false << quint64(1);
        QTest::addRow("%s, nothing", backend) << QByteArray(backend) << QByteArray() << false << quint64(0);
    }
}

void TestUserTls::refusesWhatIsNoTls()
{
    QFETCH(const QByteArray, said);
    QFETCH(const bool, answered);
    QFETCH(const quint64, failed);
    const UniqueFd user = arrive();
    QVERIFY(sendAll(user.get(), said));
    if (said.isEmpty())
        ::shutdown(user.get(), SHUT_WR);
    const Received got = receiveAll(user.get());
    QVERIFY(got.ending != Ending::TimedOut);
    QCOMPARE(got.bytes.startsWith("HTTP/1.0 400 "), answered);
    if (answered) {
        QCOMPARE(got.ending, Ending::Orderly);
        QVERIFY(got.bytes.contains("https"));
    }
    QTRY_COMPARE(m_door->waiting(), 0);
    QCOMPARE(m_door->failed(), failed);
}

void TestUserTls::boundsHandshakes_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<int>("total");
    QTest::addColumn<int>("ofPort");
    QTest::addColumn<int>("ofSource");
    QTest::newRow("in all") << "epoll"_ba << 2 << 10 << 10;
    QTest::newRow("of a port") << "epoll"_ba << 10 << 2 << 10;
    QTest::newRow("of an address") << "epoll"_ba << 10 << 10 << 2;
}

void TestUserTls::boundsHandshakes()
{
    QFETCH(const int, total);
    QFETCH(const int, ofPort);
    QFETCH(const int, ofSource);
    makeDoor({.total = total, .ofPort = ofPort, .ofSource = ofSource});
    UniqueFd first = arrive();
    const UniqueFd second = arrive();
    const UniqueFd third = arrive();
    QCOMPARE(m_door->waiting(), 2);
    QCOMPARE(receiveAll(third.get()).ending, Ending::Orderly);
    QCOMPARE(m_door->failed(), 1U);
    if (ofPort == 2) {
        const UniqueFd elsewhere = arrive(TunnelId{7});
        QCOMPARE(m_door->waiting(), 3);
    }
    first.reset();
    TlsUser user(m_ca.certificate());
    QTRY_VERIFY(m_door->waiting() == 1);
    QVERIFY(enter(user).tls);
}

/// Two who say nothing have the places; whoever comes then is served when they are cut, or is cut himself if
/// it takes too long.
void TestUserTls::letsOthersWaitInLine()
{
    makeDoor({.atOnce = 2, .timeoutMs = 600});
    const UniqueFd first = arrive();
    const UniqueFd second = arrive();
    TlsUser user(m_ca.certificate());
    QVERIFY2(enter(user).tls, qPrintable(user.error()));
    QCOMPARE(m_door->failed(), 2U);

    const UniqueFd third = arrive();
    const UniqueFd fourth = arrive();
    const UniqueFd late = arrive();
    QVERIFY(net::isQuiet(late.get()));
    m_door->sweep(steadyMs() + 600);
    QCOMPARE(receiveAll(late.get()).ending, Ending::Orderly);
    QTRY_COMPARE(m_door->waiting(), 0);
    QCOMPARE(m_door->failed(), 5U);
}

/// An address that holds all places and is slow with it makes room for another one.
void TestUserTls::givesAPlaceToWhoHasNone()
{
    makeDoor({.atOnce = 2, .timeoutMs = 20'000});
    const UniqueFd first = arrive();
    const UniqueFd second = arrive();
    TlsUser user(m_ca.certificate());
    Connection connection = m_connector.connection();
    VisitorConnection ticket;
    ticket.fd = std::move(connection.far);
    ticket.source = {QHostAddress(u"192.0.2.9"_s), 4711}; // as the header of a front proxy says
    m_door->receive(std::move(ticket), m_context);
    QCOMPARE(m_door->waiting(), 3);
    m_door->sweep(steadyMs() + net::HandshakeQueue::patienceMs);
    QVERIFY(aside([&] { return user.secure(Fd(connection.near.release())); }));
    QTRY_COMPARE(m_entered.size(), 1u);
    QCOMPARE(m_door->failed(), 1U);
    QCOMPARE(m_door->waiting(), 1); // the other one of the slow address
}

void TestUserTls::losesNothingByARetry_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<qsizetype>("size");
    for (const char *backend : {"epoll", "portable"}) {
        for (const int size : {0, 5, 16'384, 16'385, 3'000'000})
            QTest::addRow("%s, %d", backend, size) << QByteArray(backend) << qsizetype(size);
    }
}

void TestUserTls::losesNothingByARetry()
{
    QFETCH(const qsizetype, size);
    const QByteArray question = noise(size, 1);
    const QByteArray answer = noise(500'000, 2);
    TlsUser user(m_ca.certificate());
    VisitorConnection ticket = enter(user);
    QVERIFY(ticket.tls);
    auto talk = std::async(std::launch::async, [&] {
        const bool sent = user.send(question) && user.endSending();
        return std::pair(sent, user.receiveAll());
    });
    const qsizetype ahead = std::min<qsizetype>(size, 16'384);
    const QByteArray offered = startFrame("waiting-1") + question.first(ahead);
    UniqueFd work = offer(std::move(ticket));
    for (int refusals = 0; refusals < 2; ++refusals) {
        QCOMPARE(receive(work.get(), offered.size()).bytes, offered);
        UniqueFd another = next();
        QVERIFY(sendAll(work.get(), failedFrame("waiting-1")));
        work = std::move(another);
    }
    QCOMPARE(receive(work.get(), startFrame("waiting-1").size()).bytes, startFrame("waiting-1"));
    QVERIFY(sendAll(work.get(), ready + answer.first(1000)));
    const Received got = receiveAll(work.get());
    QCOMPARE(got.ending, Ending::Orderly);
    QVERIFY(got.bytes == question);
    QVERIFY(sendAll(work.get(), answer.sliced(1000)));
    ::shutdown(work.get(), SHUT_WR);
    const auto [sent, received] = talk.get();
    QVERIFY(sent);
    QVERIFY(received == answer);
    QVERIFY(user.endedInOrder());
    QTRY_COMPARE(m_bench->meter().open.load(), 0);
    QCOMPARE(m_bench->meter().bytesToService.load(), quint64(question.size()));
    QCOMPARE(m_bench->meter().bytesToVisitor.load(), quint64(answer.size()));
    QCOMPARE(m_bench->state.stats.counters().served, 1U);
    QCOMPARE(m_bench->state.stats.counters().failed, 0U);
}

void TestUserTls::passesAnEarlyEndOn()
{
    TlsUser user(m_ca.certificate());
    VisitorConnection ticket = enter(user);
    QVERIFY(ticket.tls);
    QVERIFY(user.send("all there is") && user.endSending());
    const UniqueFd work = offer(std::move(ticket));
    const QByteArray offered = startFrame("waiting-1") + "all there is";
    QCOMPARE(receive(work.get(), offered.size()).bytes, offered);
    QVERIFY(sendAll(work.get(), ready));
    QCOMPARE(receiveAll(work.get()).ending, Ending::Orderly);
    QVERIFY(sendAll(work.get(), "answer"));
    ::shutdown(work.get(), SHUT_WR);
    QCOMPARE(user.receiveAll(), "answer"_ba);
    QVERIFY(user.endedInOrder());
}

void TestUserTls::sendsAheadWhatComesLater()
{
    TlsUser user(m_ca.certificate());
    VisitorConnection ticket = enter(user);
    QVERIFY(ticket.tls);
    const UniqueFd work = offer(std::move(ticket));
    QCOMPARE(receive(work.get(), startFrame("waiting-1").size()).bytes, startFrame("waiting-1"));
    for (const QByteArray &word : {"one"_ba, "two"_ba, "six"_ba}) {
        QVERIFY(user.send(word));
        QCOMPARE(receive(work.get(), 3).bytes, word);
    }
    QVERIFY(sendAll(work.get(), ready + "yes"));
    QCOMPARE(user.receive(3), "yes"_ba);
    QVERIFY(user.send("ten"));
    QCOMPARE(receive(work.get(), 3).bytes, "ten"_ba);
}

void TestUserTls::keepsTheBytesOfAWatchedUser()
{
    TlsUser user(m_ca.certificate());
    for (const bool all : {true, false}) {
        VisitorConnection ticket = enter(user);
        QVERIFY(ticket.tls);
        const auto follower = std::make_shared<Follower>(all); // shared with the relay
        ticket.watch = follower;
        QVERIFY(user.send("hello"));
        const UniqueFd work = offer(std::move(ticket));
        const QByteArray start = startFrame(all ? "waiting-1" : "waiting-2");
        QCOMPARE(receive(work.get(), start.size()).bytes, start);
        if (!all)
            QCOMPARE(receive(work.get(), 5).bytes, "hello"_ba);
        QVERIFY(sendAll(work.get(), ready + "yes"));
        if (all)
            QCOMPARE(receive(work.get(), 5).bytes, "hello"_ba);
        QCOMPARE(user.receive(3), "yes"_ba);
        QCOMPARE(follower->passed.load(), all ? 0U : 5U);
    }
}

void TestUserTls::noticesThatTheUserHasGone_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<bool>("reset");
    for (const char *backend : {"epoll", "portable"}) {
        QTest::addRow("%s, by a reset", backend) << QByteArray(backend) << true;
        QTest::addRow("%s, without a word", backend) << QByteArray(backend) << false;
    }
}

void TestUserTls::noticesThatTheUserHasGone()
{
    QFETCH(const bool, reset);
    TlsUser user(m_ca.certificate());
    VisitorConnection ticket = enter(user);
    QVERIFY(ticket.tls);
    const UniqueFd work = offer(std::move(ticket));
    QCOMPARE(receive(work.get(), startFrame("waiting-1").size()).bytes, startFrame("waiting-1"));
    QCOMPARE(m_bench->state.stats.size(), 1);
    if (reset)
        user.abort();
    else
        user.close();
    QCOMPARE(receiveAll(work.get()).ending, Ending::Reset);
    QCOMPARE(m_bench->state.stats.size(), 0);
    QVERIFY(m_bench->reasons().isEmpty());
}

const frpx::test::TestRegistration registration("tst_usertls", frpx::test::runTest<TestUserTls>);

#include "tst_usertls.moc"
