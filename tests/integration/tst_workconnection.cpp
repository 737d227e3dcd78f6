// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/workconnection.h"
#include "frpc/work/workconnectionmanager.h"
#include "tests/support/frames.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"
#include "tests/support/tlspair.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QScopeGuard>
#include <QSignalSpy>
#include <QTest>

#include <array>
#include <thread>

#include <poll.h>

using namespace frpx;
using namespace frpx::client;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray introduction = frame(R"({"NewWorkConn":{"session":"secret"}})");
const QByteArray ready = frame(R"("ProxyConnReady")");
const QByteArray startOne = frame(R"({"StartProxyConn":{"proxy_conn_id":"one"}})");

/// For tests that wait for these times.
constexpr WorkTiming quick{.refillIntervalMs = 250, .reachTimeoutMs = 1000};
constexpr int afterRefillMs = quick.refillIntervalMs + 100;

/// A port of this machine whose connections the test takes one by one, while its event loop runs.
class Port
{
public:
    explicit Port(quint16 port = 0, int backlog = 128)
        : m_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        const int on = 1;
        ::setsockopt(m_fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address = loopback(port);
        socklen_t length = sizeof address;
        auto *generic = reinterpret_cast<sockaddr *>(&address);
        if (::bind(m_fd.get(), generic, length) == 0 && ::listen(m_fd.get(), backlog) == 0
            && ::getsockname(m_fd.get(), generic, &length) == 0)
            m_port = ntohs(address.sin_port);
    }
    quint16 number() const { return m_port; }
    int fd() const { return m_fd.get(); }

    /// The next connection, or an invalid descriptor if none comes within \a ms.
    UniqueFd next(int ms = 5000) const
    {
        pollfd watched{m_fd.get(), POLLIN, 0};
        if (!QTest::qWaitFor([&watched] { return ::poll(&watched, 1, 0) == 1; }, ms))
            return {};
        UniqueFd fd(::accept4(m_fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
        giveUpAfter(fd.get(), 10);
        return fd;
    }
    void close() { m_fd.reset(); }

private:
    UniqueFd m_fd;
    quint16 m_port = 0;
};

/// A client's pool between two ports the test plays.
class Bench
{
public:
    Bench(const QByteArray &backend, WorkConnectionManager::Size size, const WorkTiming &timing = {})
    {
        qputenv("FRPX_RELAY", backend);
        m_relays = std::make_unique<RelayPool>(2);
        qunsetenv("FRPX_RELAY");
        m_pool = std::make_unique<WorkConnectionManager>(*m_relays, size, services, timing);
    }

    void open(const std::shared_ptr<TlsClientContext> &tls = {})
    {
        serve({net::dialTarget(u"127.0.0.1"_s, service.number())});
        WorkRoute route{{QHostAddress(QHostAddress::LocalHost), server.number()}};
        route.tls = tls;
        m_pool->open(route, u"secret"_s, meter);
    }
    /// Where connections go from now on.
    void serve(const TunnelTarget &target) const { services->set({{QString(), target}}); }
    /// The next work connection, introduced; invalid if there is none.
    UniqueFd work(int ms = 5000) const
    {
        UniqueFd fd = server.next(ms);
        if (fd && receive(fd.get(), introduction.size()).bytes != introduction)
            fd.reset();
        return fd;
    }
    std::vector<UniqueFd> works(int count) const
    {
        std::vector<UniqueFd> list;
        for (int i = 0; i < count; ++i)
            list.push_back(work());
        std::erase_if(list, [](const UniqueFd &fd) { return !fd; });
        return list;
    }
    bool dialsNoMore(int ms = 200) const { return !server.next(ms); }

    WorkConnectionManager &pool() { return *m_pool; }
    RelayPool &relays() { return *m_relays; }
    void destroyPool() { m_pool.reset(); }
    void destroyRelays() { m_relays.reset(); }

    Port server;
    Port service;
    std::shared_ptr<RelayMeter> meter = std::make_shared<RelayMeter>();
    std::shared_ptr<ServiceMap> services = std::make_shared<ServiceMap>();

private:
    std::unique_ptr<RelayPool> m_relays;
    std::unique_ptr<WorkConnectionManager> m_pool;
};

QByteArray take(int fd, qsizetype size)
{
    return receive(fd, size).bytes;
}

bool isOpen(const UniqueFd &fd)
{
    return net::isQuiet(fd.get());
}

bool closes(const UniqueFd &fd)
{
    return QTest::qWaitFor([&fd] { return !isOpen(fd); });
}

/// The ProxyConnFailed that \a fd says before it ends, or an empty object.
QJsonObject failure(int fd)
{
    FrameBuffer frames;
    frames.append(receiveAll(fd).bytes);
    const std::optional<QByteArray> payload = frames.takeFrame();
    const WireMessage message = parseMessage(payload.value_or(QByteArray()));
    return message.variant == u"ProxyConnFailed"_s && frames.rest().isEmpty() ? message.fields
                                                                              : QJsonObject();
}

} // namespace

class TestWorkConnection : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void keepsTheLeastReady_data() { backends(); }
    void keepsTheLeastReady();
    void servesAUserAndReplacesItself_data() { backends(); }
    void servesAUserAndReplacesItself();
    void spreadsUsersOverTheLoops_data() { backends(); }
    void spreadsUsersOverTheLoops();
    void movesUsersToTheCalmerLoop_data() { backends(); }
    void movesUsersToTheCalmerLoop();
    void takesTheStartInPieces_data() { backends(); }
    void takesTheStartInPieces();
    void passesOnMuchSentAhead_data() { backends(); }
    void passesOnMuchSentAhead();
    void letsTheServiceSpeakFirstAndClose_data() { backends(); }
    void letsTheServiceSpeakFirstAndClose();
    void saysThatAServiceThatResetsHadTheUser_data() { backends(); }
    void saysThatAServiceThatResetsHadTheUser();
    void keepsTheHalfClosedUser_data() { backends(); }
    void keepsTheHalfClosedUser();
    void saysThatTheServiceIsDown_data() { backends(); }
    void saysThatTheServiceIsDown();
    void saysThatTheServiceDoesNotAnswer_data() { backends(); }
    void saysThatTheServiceDoesNotAnswer();
    void growsWhenMissed_data() { backends(); }
    void growsWhenMissed();
    void spacesHandshakesInAdvance_data() { backends(); }
    void spacesHandshakesInAdvance();
    void shrinksWithTheServer_data() { backends(); }
    void shrinksWithTheServer();
    void endsWithTheSession_data() { backends(); }
    void endsWithTheSession();
    void refusesGarbage_data();
    void refusesGarbage();
    void slowsDownWhenItDialsInVain();
    void comesBackWhenThePortOpens_data() { backends(); }
    void comesBackWhenThePortOpens();
    void isBoundedWhenFlooded_data() { backends(); }
    void isBoundedWhenFlooded();
    void mayEndAtAnyMoment_data() { backends(); }
    void mayEndAtAnyMoment();

private:
    static void backends();

    int m_descriptors = 0;
};

void TestWorkConnection::backends()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::newRow("native") << QByteArray();
    QTest::newRow("portable") << "portable"_ba;
}

void TestWorkConnection::init()
{
    m_descriptors = openDescriptors();
}

void TestWorkConnection::cleanup()
{
    QCOMPARE(openDescriptors(), m_descriptors);
}

void TestWorkConnection::keepsTheLeastReady()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {3, 8}, quick);
    bench.open();
    std::vector<UniqueFd> works = bench.works(3);
    QCOMPARE(works.size(), 3u);
    QVERIFY(bench.dialsNoMore(afterRefillMs)); // nor when it looks again
    reset(works[0]);
    works[1].reset();
    QCOMPARE(bench.works(2).size(), 2u);
    QVERIFY(isOpen(works[2]));
}

void TestWorkConnection::servesAUserAndReplacesItself()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {2, 8});
    bench.open();
    const std::vector<UniqueFd> works = bench.works(2);
    QCOMPARE(works.size(), 2u);
    QVERIFY(sendAll(works[0].get(), startOne + "early"));
    const UniqueFd service = bench.service.next();
    QVERIFY(service);
    const UniqueFd replacement = bench.work(500); // at once, not when the pool looks
    QVERIFY(replacement);
    QCOMPARE(take(works[0].get(), ready.size()), ready);
    QCOMPARE(take(service.get(), 5), "early"_ba);
    QVERIFY(sendAll(service.get(), "answer"));
    QCOMPARE(take(works[0].get(), 6), "answer"_ba);
    QVERIFY(sendAll(works[0].get(), "more"));
    QCOMPARE(take(service.get(), 4), "more"_ba);
    QVERIFY(bench.dialsNoMore());
    QCOMPARE(bench.meter->open.load(), 1);
    ::shutdown(service.get(), SHUT_WR);
    QCOMPARE(receiveAll(works[0].get()).ending, Ending::Orderly);
    ::shutdown(works[0].get(), SHUT_WR);
    QCOMPARE(receiveAll(service.get()).ending, Ending::Orderly);
    QTRY_COMPARE(bench.meter->open.load(), 0);
    QCOMPARE(bench.meter->bytesToService.load(), 9u);
    QCOMPARE(bench.meter->bytesToVisitor.load(), 6u);
}

void TestWorkConnection::spreadsUsersOverTheLoops()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {1, 1});
    bench.open();
    std::vector<UniqueFd> open;
    constexpr int users = 16;
    for (int i = 0; i < users; ++i) { // the newest connection is taken first, which here is the only one
        open.push_back(bench.work());
        QVERIFY(open.back());
        QVERIFY(sendAll(open.back().get(), startOne));
        open.push_back(bench.service.next());
        QVERIFY(open.back());
        QTRY_COMPARE(bench.relays().openRelays(), i + 1);
    }
    for (size_t i = 0; i < bench.relays().size(); ++i)
        QVERIFY(bench.relays().loop(i).openRelays() >= users / 4);
}

void TestWorkConnection::movesUsersToTheCalmerLoop()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {12, 12});
    bench.open();
    const QByteArray startChunks = frame(R"({"StartProxyConn":{"proxy_conn_id":"one","chunks":true}})");
    const QByteArray end(4, '\0');
    const QByteArray word = QByteArray("\0\0\0\4", 4) + "word";

    // One user at a time tells where each connection lives; with his end it waits again.
    std::vector<UniqueFd> works = bench.works(12);
    QCOMPARE(works.size(), 12u);
    std::array<std::vector<int>, 2> worksOf;
    for (const UniqueFd &work : works) {
        QVERIFY(sendAll(work.get(), startChunks));
        {
            const UniqueFd service = bench.service.next();
            QTRY_COMPARE(bench.relays().openRelays(), 1);
            worksOf[bench.relays().loop(0).openRelays() == 1 ? 0 : 1].push_back(work.get());
            QVERIFY(sendAll(work.get(), end));
            QCOMPARE(receiveAll(service.get()).ending, Ending::Orderly);
        }
        QCOMPARE(take(work.get(), ready.size() + end.size()), ready + end);
        QTRY_COMPARE(bench.relays().openRelays(), 0);
    }
    const std::vector<int> &together = worksOf[worksOf[0].size() < worksOf[1].size() ? 1 : 0];
    QVERIFY(together.size() >= 6);

    // All users come to one loop, as it may happen: some go on in the other one, and nothing is lost.
    std::vector<UniqueFd> services;
    for (const int work : together) {
        QVERIFY(sendAll(work, startChunks + word));
        services.push_back(bench.service.next());
        QCOMPARE(take(services.back().get(), 4), "word"_ba);
        QVERIFY(sendAll(services.back().get(), "word"));
        QCOMPARE(take(work, ready.size() + word.size()), ready + word);
    }
    const auto count = static_cast<qint64>(together.size());
    QCOMPARE(bench.relays().openRelays(), count);
    for (size_t i = 0; i < bench.relays().size(); ++i)
        QVERIFY(bench.relays().loop(i).openRelays() >= (count - 3) / 2);

    // There they wait for the next users.
    services.clear();
    for (const int work : together) {
        QVERIFY(sendAll(work, end));
        QCOMPARE(take(work, end.size()), end);
    }
    QTRY_COMPARE(bench.relays().openRelays(), 0);
    for (const int work : together) {
        QVERIFY(sendAll(work, startOne));
        services.push_back(bench.service.next());
        QCOMPARE(take(work, ready.size()), ready);
    }
}

void TestWorkConnection::takesTheStartInPieces()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {1, 1});
    bench.open();
    const UniqueFd work = bench.work();
    QVERIFY(work);
    for (const char byte : startOne + "ear")
        QVERIFY(sendAll(work.get(), QByteArrayView(&byte, 1)));
    const UniqueFd service = bench.service.next();
    QVERIFY(sendAll(work.get(), "ly"));
    QCOMPARE(take(service.get(), 5), "early"_ba);
}

void TestWorkConnection::passesOnMuchSentAhead()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {1, 1});
    bench.open();
    const UniqueFd work = bench.work();
    const QByteArray bytes = noise(400'000, 5);
    QVERIFY(sendAll(work.get(), startOne + bytes));
    ::shutdown(work.get(), SHUT_WR);
    const UniqueFd service = bench.service.next();
    const Received got = receiveAll(service.get());
    QCOMPARE(got.ending, Ending::Orderly);
    QVERIFY(got.bytes == bytes);
    QVERIFY(sendAll(service.get(), "thanks"));
    QCOMPARE(take(work.get(), ready.size() + 6), ready + "thanks");
}

void TestWorkConnection::letsTheServiceSpeakFirstAndClose()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {1, 1});
    bench.open();
    const UniqueFd work = bench.work();
    const QByteArray banner = noise(100'000, 6);
    QVERIFY(sendAll(work.get(), startOne));
    {
        const UniqueFd service = bench.service.next();
        QVERIFY(sendAll(service.get(), banner));
    }
    const Received got = receiveAll(work.get());
    QCOMPARE(got.ending, Ending::Orderly);
    QVERIFY(got.bytes == ready + banner);
}

/// Else the server would offer him, with the bytes the service has had, to another client.
void TestWorkConnection::saysThatAServiceThatResetsHadTheUser()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {1, 1});
    bench.open();
    constexpr int rounds = 20;
    std::thread service([&bench] { // quicker than the client's patience with what it holds back
        for (int i = 0; i < rounds; ++i) {
            pollfd watched{bench.service.fd(), POLLIN, 0};
            UniqueFd user;
            if (::poll(&watched, 1, 5000) == 1)
                user.reset(::accept4(bench.service.fd(), nullptr, nullptr, SOCK_CLOEXEC));
            reset(user);
        }
    });
    const auto join = qScopeGuard([&service] { service.join(); });
    for (int i = 0; i < rounds; ++i) {
        const UniqueFd work = bench.work();
        QVERIFY(sendAll(work.get(), startOne + "request"));
        const Received got = receiveAll(work.get());
        QCOMPARE(got.bytes, ready);
        QCOMPARE(got.ending, Ending::Reset);
    }
}

void TestWorkConnection::keepsTheHalfClosedUser()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {1, 1});
    bench.open();
    const UniqueFd work = bench.work();
    QVERIFY(sendAll(work.get(), startOne + "request"));
    ::shutdown(work.get(), SHUT_WR);
    const UniqueFd service = bench.service.next();
    const Received got = receiveAll(service.get());
    QCOMPARE(got.bytes, "request"_ba);
    QCOMPARE(got.ending, Ending::Orderly);
    QVERIFY(sendAll(service.get(), "answer"));
    ::shutdown(service.get(), SHUT_WR);
    QCOMPARE(receiveAll(work.get()).bytes, ready + "answer");
    QTRY_COMPARE(bench.relays().openRelays(), 0);
}

void TestWorkConnection::saysThatTheServiceIsDown()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {1, 1});
    QSignalSpy failed(&bench.pool(), &WorkConnectionManager::serviceFailed);
    bench.service.close();
    bench.open();
    for (int i = 0; i < 3; ++i) {
        const UniqueFd work = bench.work();
        QVERIFY(work);
        QVERIFY(sendAll(work.get(), startOne + "early"));
        const QJsonObject message = failure(work.get());
        QCOMPARE(message.value("proxy_conn_id"_L1).toString(), u"one"_s);
        QVERIFY(message.value("reason"_L1).toString().contains(QString::number(bench.service.number())));
    }
    QVERIFY(bench.work(500)); // the pool is as full as before
    QCOMPARE(bench.relays().openRelays(), 0);
    QTRY_VERIFY(!failed.isEmpty());
}

void TestWorkConnection::saysThatTheServiceDoesNotAnswer()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {1, 1}, quick);
    // One that accepts nothing: its queue is full.
    bench.service.close();
    bench.service = Port(0, 0);
    std::vector<UniqueFd> queue;
    for (int i = 0; i < 3; ++i) {
        queue.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const sockaddr_in address = loopback(bench.service.number());
        ::connect(queue.back().get(), reinterpret_cast<const sockaddr *>(&address), sizeof address);
    }
    bench.open();
    const UniqueFd work = bench.work();
    UniqueFd impatient;
    QVERIFY(sendAll(work.get(), startOne + "early"));
    impatient = bench.work();
    QVERIFY(sendAll(impatient.get(), startOne + "early"));
    reset(impatient); // its user goes meanwhile
    QElapsedTimer clock;
    clock.start();
    const QJsonObject message = failure(work.get());
    // To dial the server may take ten seconds.
    QVERIFY2(clock.elapsed() > quick.reachTimeoutMs * 3 / 4 && clock.elapsed() < 9000,
        qPrintable(QString::number(clock.elapsed())));
    QVERIFY(message.value("reason"_L1).toString().contains("does not answer"_L1));
    QCOMPARE(bench.relays().openRelays(), 0);
}

void TestWorkConnection::growsWhenMissed()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {3, 10}, quick);
    bench.pool().onMissed(); // no session: nothing
    bench.open();
    std::vector<UniqueFd> works = bench.works(3);
    QCOMPARE(works.size(), 3u);
    bench.pool().onMissed();
    const std::vector<UniqueFd> more = bench.works(4);
    QCOMPARE(more.size(), 4u);
    QVERIFY(bench.dialsNoMore());
    for (int i = 0; i < 100; ++i)
        bench.pool().onMissed();
    const std::vector<UniqueFd> most = bench.works(3);
    QCOMPARE(most.size(), 3u);
    QVERIFY(bench.dialsNoMore(afterRefillMs));

    Bench none(backend, {0, 0}, quick); // the pool is switched off
    none.open();
    none.pool().onMissed();
    QVERIFY(none.dialsNoMore(afterRefillMs));
}

/// More are wanted in the middle of a burst: their handshakes leave time to the users.
void TestWorkConnection::spacesHandshakesInAdvance()
{
    QFETCH(QByteArray, backend);
    constexpr int few = 2;
    constexpr int many = 34;
    Bench bench(backend, {few, many});
    const auto tls = TlsClientContext::create(targetOf(makeIdentity()));
    QVERIFY(tls);
    bench.open(*tls);
    std::vector<UniqueFd> works;
    for (int i = 0; i < few; ++i)
        works.push_back(bench.server.next());
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < 10; ++i)
        bench.pool().onMissed();
    for (int i = few; i < many; ++i) {
        works.push_back(bench.server.next());
        QVERIFY(works.back());
    }
    const qint64 least = WorkContext::restMs + (many - few - 1) * WorkContext::secureEveryMs;
    QVERIFY2(clock.elapsed() >= least - 5, qPrintable(QString::number(clock.elapsed())));
    QVERIFY(bench.dialsNoMore());
}

void TestWorkConnection::shrinksWithTheServer()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {2, 8}, quick);
    bench.open();
    std::vector<UniqueFd> works = bench.works(2);
    bench.pool().onMissed();
    for (UniqueFd &work : bench.works(4))
        works.push_back(std::move(work));
    QCOMPARE(works.size(), 6u);
    for (size_t i = 0; i < 3; ++i)
        works[i].reset();
    QVERIFY(bench.dialsNoMore(afterRefillMs)); // it has understood
    for (size_t i = 3; i < 6; ++i)
        works[i].reset();
    const std::vector<UniqueFd> least = bench.works(2);
    QCOMPARE(least.size(), 2u);
    QVERIFY(bench.dialsNoMore());
}

void TestWorkConnection::endsWithTheSession()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {3, 8}, quick);
    bench.open();
    const std::vector<UniqueFd> works = bench.works(3);
    QCOMPARE(works.size(), 3u);
    QVERIFY(sendAll(works[0].get(), startOne + "early"));
    const UniqueFd service = bench.service.next();
    QCOMPARE(take(service.get(), 5), "early"_ba);
    const UniqueFd replacement = bench.work();
    bench.pool().close();
    QVERIFY(closes(works[1]));
    QVERIFY(closes(works[2]));
    QVERIFY(closes(replacement));
    QVERIFY(bench.dialsNoMore(afterRefillMs));
    QVERIFY(sendAll(service.get(), "still here")); // a user is served to the end
    QCOMPARE(take(works[0].get(), ready.size() + 10), ready + "still here");

    bench.open(); // the next session
    const std::vector<UniqueFd> again = bench.works(3);
    QCOMPARE(again.size(), 3u);
    bench.open(); // and one that comes without an end of the one before
    QCOMPARE(bench.works(3).size(), 3u);
    for (const UniqueFd &work : again)
        QVERIFY(closes(work));
}

void TestWorkConnection::refusesGarbage_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::addColumn<QByteArray>("bytes");
    for (const QByteArray &backend : {QByteArray(), "portable"_ba}) {
        const QByteArray name = backend.isEmpty() ? "native"_ba : backend;
        const auto row = [&](const char *what, const QByteArray &bytes) {
            QTest::addRow("%s, %s", name.constData(), what) << backend << bytes;
        };
        row("zero", QByteArray(4, '\0'));
        row("4 GiB", QByteArray(4, '\xff'));
        row("HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"_ba);
        row("no JSON", frame("abc"));
        row("another message", frame(R"("Pong")"));
        row("bad field", frame(R"({"StartProxyConn":{"proxy_conn_id":5}})"));
        row("much", QByteArray(3'000'000, 'x'));
    }
}

void TestWorkConnection::refusesGarbage()
{
    QFETCH(QByteArray, backend);
    QFETCH(QByteArray, bytes);
    Bench bench(backend, {2, 4});
    bench.open();
    const std::vector<UniqueFd> works = bench.works(2);
    QCOMPARE(works.size(), 2u);
    sendAll(works[0].get(), bytes); // the end of it may find nobody any more
    const Received got = receiveAll(works[0].get());
    QVERIFY(got.ending == Ending::Orderly || got.ending == Ending::Reset);
    QCOMPARE(got.bytes, QByteArray());
    QVERIFY(isOpen(works[1]));
    QVERIFY(!bench.service.next(0));
    bench.pool().onMissed(); // four wanted, one left
    QCOMPARE(bench.works(3).size(), 3u);
    QVERIFY(bench.dialsNoMore(50));
}

void TestWorkConnection::slowsDownWhenItDialsInVain()
{
    constexpr int refillMs = 400;
    Bench bench({}, {2, 8}, {.refillIntervalMs = refillMs});
    bench.open();
    int dialled = 0;
    QElapsedTimer clock;
    clock.start();
    while (clock.elapsed() < refillMs * 5) {
        if (bench.server.next(50)) // closed at once
            ++dialled;
    }
    // Both at once, then one to see whether it is any use after one interval and after three, and then after
    // seven.
    QCOMPARE(dialled, 4);
}

void TestWorkConnection::comesBackWhenThePortOpens()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {3, 8}, quick);
    const quint16 number = bench.server.number();
    bench.server.close();
    bench.open();
    QTest::qWait(300);
    bench.server = Port(number);
    QCOMPARE(bench.server.number(), number);
    QCOMPARE(bench.works(3).size(), 3u);
    QVERIFY(bench.dialsNoMore());
}

void TestWorkConnection::isBoundedWhenFlooded()
{
    QFETCH(QByteArray, backend);
    Bench bench(backend, {2, 4});
    bench.open();
    for (int i = 0; i < 100'000; ++i)
        bench.pool().onMissed();
    const std::vector<UniqueFd> works = bench.works(4);
    QCOMPARE(works.size(), 4u);
    QVERIFY(bench.dialsNoMore());
    // Every one is started at once, more than once.
    for (const UniqueFd &work : works)
        QVERIFY(sendAll(work.get(), startOne + startOne + startOne));
    std::vector<UniqueFd> services;
    for (int i = 0; i < 4; ++i) {
        services.push_back(bench.service.next());
        QVERIFY(take(services.back().get(), 2 * startOne.size()) == startOne + startOne);
    }
    QVERIFY(!bench.service.next(50));
    QCOMPARE(bench.works(4).size(), 4u);
}

void TestWorkConnection::mayEndAtAnyMoment()
{
    QFETCH(QByteArray, backend);
    for (const bool poolFirst : {true, false}) {
        Bench bench(backend, {20, 40});
        bench.open();
        std::vector<UniqueFd> works = bench.works(12); // the others are being dialled
        QCOMPARE(works.size(), 12u);
        for (size_t i = 0; i < 6; ++i)
            QVERIFY(sendAll(works[i].get(), startOne + "early"));
        const UniqueFd service = bench.service.next();
        QVERIFY(service);
        if (!poolFirst)
            bench.relays().shutDown(); // the pool finds only closed loops
        bench.pool().onMissed();
        bench.destroyPool();
        bench.destroyRelays();
        for (const UniqueFd &work : works)
            QVERIFY(receiveAll(work.get()).ending != Ending::TimedOut);
        QVERIFY(receiveAll(service.get()).ending != Ending::TimedOut);
        QCOMPARE(bench.meter->open.load(), 0);
    }
}

const frpx::test::TestRegistration registration(
    "tst_workconnection", frpx::test::runTest<TestWorkConnection>);

#include "tst_workconnection.moc"
