// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/frames.h"
#include "tests/support/httpservice.h"
#include "tests/support/load.h"
#include "tests/support/programs.h"
#include "tests/support/scale.h"
#include "tests/support/testregistry.h"

#include <QSslSocket>
#include <QTest>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

using namespace frpx::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

/// Thousands of connections that mean no good, from addresses of their own: on all ports at once, and logins.
class TestE2eHostile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void servesTheGoodOnes();
    void answersLoginsInAFloodOfLogins();
};

namespace {

constexpr int hostileConnections = scaled(10'000, 2'000);
constexpr int goodRequests = scaled(1'000, 200);
constexpr qint64 maxGrowthKib = qint64(scaled(64, 256)) * 1024;
/// What may stay: pages that hold something still in use, libraries first needed then, a relay thread's heap.
constexpr qint64 maxRemainderKib = qint64(scaled(16, 128)) * 1024;
constexpr int sourceCount = 20;

/// What one of them sends: at once, or a byte now and then.
struct Manner
{
    QByteArray bytes;
    bool slowly = false;
};
using Manners = std::array<Manner, 6>;

/// How a TLS client begins.
QByteArray clientHello()
{
    const Fd listener = listenLoopback(0);
    QSslSocket client;
    client.connectToHostEncrypted(u"127.0.0.1"_s, localPort(listener));
    QByteArray hello(4096, '\0');
    size_t size = 0;
    Fd accepted;
    const bool came = QTest::qWaitFor([&] {
        if (!accepted.isValid())
            accepted = Fd(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        return accepted.isValid()
            && readSome(accepted, hello.data(), static_cast<size_t>(hello.size()), &size) == Io::Done;
    });
    client.abort();
    return came ? hello.first(static_cast<qsizetype>(size)) : QByteArray();
}

/// Silent, slow, garbage, too much, half of a TLS handshake, and a TLS handshake that is not gone on with.
Manners mannersOf(bool speaksHttp, const QByteArray &hello)
{
    QByteArray garbage(400, Qt::Uninitialized);
    for (qsizetype i = 0; i < garbage.size(); ++i)
        garbage[i] = static_cast<char>((i * 167 + 41) % 251);
    const QByteArray oversize = speaksHttp ? "GET /" + QByteArray(20'000, 'a')
                                           : QByteArray("\x7f\xff\xff\xff", 4) + QByteArray(8'000, '{');
    // So long that it is never all there: passwords that are checked cost 64 MiB each, two at a time, while
    // that lasts. This is about what comes on top.
    const QByteArray message = speaksHttp
        ? "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + QByteArray(4'000, 'x')
        : frame(R"({"Login":{"email":"nobody@example.org","pass":")" + QByteArray(3'000, 'x') + R"("}})");
    return {{{{}, false}, {message, true}, {garbage, false}, {oversize, false}, {hello.first(60), false},
        {hello, false}}};
}

Fd connectFrom(quint32 source, quint16 port)
{
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(source);
    const int on = 1;
    // Ports are chosen by connect(): otherwise each would be used once for all destinations.
    ::setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        return {};
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0
        && errno != EINPROGRESS)
        return {};
    return fd;
}

/// Opens its connections from a thread of its own, and keeps them open.
class Attack
{
public:
    Attack(const FrpsProcess &frps, const QByteArray &hello)
        : m_ports{frps.controlPort(), frps.controlPort(), frps.proxyPort(), frps.publicPort(), frps.apiPort()}
        , m_frames(mannersOf(false, hello))
        , m_http(mannersOf(true, hello))
        , m_apiPort(frps.apiPort())
        , m_publicPort(frps.publicPort())
        , m_thread([this] { run(); })
    { }
    ~Attack()
    {
        m_stopping = true;
        m_thread.join();
    }
    Q_DISABLE_COPY_MOVE(Attack)

    int opened() const { return m_opened; }
    int failed() const { return m_failed; }

private:
    struct Slow
    {
        size_t connection;
        const Manner *manner;
        qsizetype sent = 0;
    };

    void run()
    {
        std::vector<Fd> connections;
        std::vector<Slow> slow;
        connections.reserve(hostileConnections);
        while (!m_stopping) {
            for (int i = 0; i < 50 && m_opened + m_failed < hostileConnections; ++i)
                open(connections, slow);
            for (Slow &one : slow) {
                (void)::send(connections[one.connection].get(), one.manner->bytes.constData() + one.sent, 1,
                    MSG_NOSIGNAL);
                ++one.sent;
            }
            std::erase_if(slow, [](const Slow &one) { return one.sent == one.manner->bytes.size(); });
            std::this_thread::sleep_for(20ms);
        }
    }

    void open(std::vector<Fd> &connections, std::vector<Slow> &slow)
    {
        const auto number = static_cast<size_t>(m_opened + m_failed);
        const quint16 port = m_ports[number % m_ports.size()];
        // All addresses come to all ports, and in all manners.
        const auto source = static_cast<quint32>(number / m_ports.size() / m_frames.size() % sourceCount);
        Fd fd = connectFrom(INADDR_LOOPBACK + 1 + source, port);
        if (!fd.isValid()) {
            ++m_failed;
            return;
        }
        const Manners &manners = port == m_apiPort || port == m_publicPort ? m_http : m_frames;
        const Manner &manner = manners[(number / m_ports.size()) % manners.size()];
        connections.push_back(std::move(fd));
        if (manner.slowly)
            slow.push_back({connections.size() - 1, &manner});
        else if (!manner.bytes.isEmpty()) // on loopback it is connected by now
            (void)::send(connections.back().get(), manner.bytes.constData(),
                static_cast<size_t>(manner.bytes.size()), MSG_NOSIGNAL);
        ++m_opened;
    }

    const std::array<quint16, 5> m_ports;
    const Manners m_frames;
    const Manners m_http;
    const quint16 m_apiPort;
    const quint16 m_publicPort;
    std::atomic<int> m_opened = 0;
    std::atomic<int> m_failed = 0;
    std::atomic<bool> m_stopping = false;
    std::thread m_thread;
};

/// Logs in with wrong passwords, from a thread of its own and from 60 addresses, several times at once from
/// each; so many logins in all and no more.
class LoginFlood
{
public:
    explicit LoginFlood(quint16 port)
        : m_port(port)
        , m_thread([this] { run(); })
    { }
    ~LoginFlood()
    {
        m_stopping = true;
        m_thread.join();
    }
    Q_DISABLE_COPY_MOVE(LoginFlood)

    static constexpr int maxLogins = 5'000;
    static constexpr quint32 addresses = 60;

    int begun() const { return m_begun; }
    int ended() const { return m_ended; }
    bool isOver() const { return m_ended == maxLogins; }

private:
    static constexpr size_t perAddress =
        5; // 300 in all: more than may wait for their passwords to be checked
    static constexpr auto rest = 500ms; // before the next one

    struct Login
    {
        Fd fd;
        QByteArray unsent;
        std::chrono::steady_clock::time_point restsUntil{};
    };

    void run()
    {
        std::vector<Login> logins(addresses * perAddress);
        while (!m_stopping) {
            for (size_t i = 0; i < logins.size(); ++i)
                goOn(logins[i], static_cast<quint32>(i % addresses));
            std::this_thread::sleep_for(10ms);
        }
    }

    void goOn(Login &login, quint32 address)
    {
        const auto now = std::chrono::steady_clock::now();
        if (!login.fd.isValid()) {
            if (m_begun == maxLogins || now < login.restsUntil)
                return;
            login.fd = connectFrom(INADDR_LOOPBACK + 1 + address, m_port);
            // Each another account: what is limited by account is not what this is about.
            login.unsent = frame(R"({"Login":{"email":"nobody)" + QByteArray::number(m_begun)
                + R"(@example.org","pass":"wrong"}})");
            ++m_begun;
        }
        size_t count = 0;
        std::array<char, 4096> buffer;
        Io io = Io::Done;
        if (!login.unsent.isEmpty()) {
            io = writeSome(login.fd, login.unsent, &count);
            login.unsent.remove(0, static_cast<qsizetype>(count));
            if (io == Io::Done || io == Io::Again)
                return;
        }
        if (readSome(login.fd, buffer.data(), buffer.size(), &count) == Io::Again)
            return;
        login.fd.reset(); // answered, or ended by the server
        login.restsUntil = now + rest;
        ++m_ended;
    }

    const quint16 m_port;
    std::atomic<int> m_begun = 0;
    std::atomic<int> m_ended = 0;
    std::atomic<bool> m_stopping = false;
    std::thread m_thread;
};

} // namespace

void TestE2eHostile::initTestCase()
{
    raiseDescriptorLimit();
}

void TestE2eHostile::servesTheGoodOnes()
{
    const QByteArray hello = clientHello();
    QVERIFY(hello.size() > 60);
    HttpService service{"good"_ba};
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start({u"--max-connections-per-source"_s, u"25"_s}));
    QByteArray fingerprint;
    QCOMPARE(Process::run(
                 frpsProgram(), {u"fingerprint"_s, u"--data-dir"_s, frps.dataDirectory()}, {}, &fingerprint),
        0);
    // With TLS, as from another machine: they need handshakes in the middle of it.
    const QStringList tls{
        u"--tls"_s, u"on"_s, u"--tls-fingerprint"_s, QString::fromLatin1(fingerprint.trimmed())};
    FrpcProcess newcomer(u"newcomer"_s);
    QVERIFY(newcomer.start(frps, service.port(), tls));
    QCOMPARE(newcomer.terminate(), 0); // it has its token now
    FrpcProcess frpc(u"good"_s);
    QVERIFY(frpc.start(frps, service.port(), tls));
    Load warmUp(frps.publicPort(), "/"_ba, 8);
    warmUp.start();
    QVERIFY(warmUp.waitForMore(500));
    warmUp.stop();
    QCOMPARE(warmUp.failureCount(), 0);
    const qint64 before = frps.rssKib();
    const int descriptors = frps.descriptorCount();

    Load good(frps.publicPort(), "/slow/5"_ba, 8);
    good.start();
    qint64 peak = 0;
    int apiAnswers = 0;
    {
        Attack attack(frps, hello);
        QElapsedTimer timer;
        timer.start();
        const int finishedBefore = good.finished();
        bool newcomerCame = false;
        while (attack.opened() + attack.failed() < hostileConnections || !newcomerCame
            || good.finished() - finishedBefore < goodRequests || timer.elapsed() < 5'000) {
            QVERIFY2(timer.elapsed() < 80'000, qPrintable(QString::number(good.finished())));
            QTest::qWait(50);
            peak = std::max(peak, frps.rssKib());
            // The API answers, and a client can log in, in the middle of it.
            QVERIFY(frps.activeClients() >= 1);
            ++apiAnswers;
            if (!newcomer.isRunning() && attack.opened() > hostileConnections / 2)
                QVERIFY(newcomer.launch(frps.controlPort(), frps.proxyPort(), service.port(), tls));
            newcomerCame = newcomer.registrations() == 2;
        }
        QCOMPARE(attack.failed(), 0);
        qInfo().noquote()
            << u"%1 hostile connections, %2 good requests and %3 API answers in %4 s; %5 KiB, at most %6"_s
                   .arg(attack.opened())
                   .arg(good.finished() - finishedBefore)
                   .arg(apiAnswers)
                   .arg(double(timer.elapsed()) / 1000)
                   .arg(before)
                   .arg(peak);
    }
    good.stop();
    QVERIFY2(good.failureCount() == 0, qPrintable(good.failures()));
    QCOMPARE(frpc.registrations(), 1);
    QVERIFY2(peak - before < maxGrowthKib, qPrintable(u"from %1 to %2 KiB"_s.arg(before).arg(peak)));

    // And then it is as before.
    QCOMPARE(newcomer.terminate(), 0);
    QTRY_VERIFY_WITH_TIMEOUT(frps.descriptorCount() <= descriptors + 160, 20'000); // --pool-max and some
    QTRY_VERIFY2_WITH_TIMEOUT(frps.rssKib() - before < maxRemainderKib,
        qPrintable(u"from %1 to %2 KiB"_s.arg(before).arg(frps.rssKib())), 20'000);
    qInfo().noquote() << u"%1 KiB afterwards"_s.arg(frps.rssKib());
    QVERIFY(frps.user().get("/"_ba).isOk());
    QCOMPARE(frpc.terminate(), 0);
    QCOMPARE(frps.terminate(), 0);
}

/// Passwords are hashed two at a time, and each address has its turn: a login is answered in time, or told to
/// come again, whatever others try, and visitors do not notice.
void TestE2eHostile::answersLoginsInAFloodOfLogins()
{
    constexpr int promiseMs = 10'000; // for the answer to a login
    HttpService service{"good"_ba};
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start());
    FrpcProcess present(u"present"_s);
    QVERIFY(present.start(frps, service.port()));
    Load visitors(frps.publicPort(), "/"_ba, 4);
    visitors.setPause(20);
    visitors.start();
    FrpcProcess newcomer(u"newcomer"_s);
    {
        LoginFlood flood(frps.controlPort());
        QTRY_VERIFY_WITH_TIMEOUT(flood.ended() >= 200, 30'000); // the queue has been full
        QElapsedTimer timer;
        timer.start();
        QVERIFY(newcomer.launch(
            frps.controlPort(), frps.proxyPort(), service.port(), FrpcProcess::demoAccount()));
        const auto loggedIn = [&newcomer] { return newcomer.countInLog("Successfully logged in.") > 0; };
        const auto toldToWait = [&newcomer] {
            return newcomer.countInLog("The server does not accept the login now") > 0;
        };
        QTRY_VERIFY2_WITH_TIMEOUT(loggedIn() || toldToWait(), newcomer.log().constData(), promiseMs);
        qInfo("answered after %lld ms: %s; the flood has begun %d logins, %d have ended", timer.elapsed(),
            loggedIn() ? "logged in" : "to wait", flood.begun(), flood.ended());
        QVERIFY(!flood.isOver()); // it was there all the time
        QVERIFY(visitors.waitForMore(goodRequests, 60'000));
    }
    QVERIFY(newcomer.waitForRegistrations(1, 60'000)); // when it was told to wait, it has come again
    visitors.stop();
    QVERIFY2(visitors.failureCount() == 0, qPrintable(visitors.failures()));
    QCOMPARE(present.registrations(), 1);
    QCOMPARE(frps.activeClients(), 2);
    QCOMPARE(newcomer.terminate(), 0);
    QCOMPARE(present.terminate(), 0);
    QCOMPARE(frps.terminate(), 0);
}

const frpx::test::TestRegistration registration("tst_e2e_hostile", frpx::test::runTest<TestE2eHostile>);

#include "tst_e2e_hostile.moc"
