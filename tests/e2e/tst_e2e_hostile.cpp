// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/frames.h"
#include "tests/support/httpservice.h"
#include "tests/support/load.h"
#include "tests/support/programs.h"
#include "tests/support/scale.h"

#include <QJsonObject>
#include <QTest>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

using namespace frpx::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

/// Thousands of connections that mean no good, from addresses of their own, on all ports at once.
class TestE2eHostile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void servesTheGoodOnes();
};

namespace {

constexpr int hostileConnections = scaled(10'000, 2'000);
constexpr int goodRequests = scaled(1'000, 200);
constexpr qint64 maxGrowthKib = qint64(scaled(64, 256)) * 1024;
constexpr int sourceCount = 20;

/// What one of them sends: at once, or a byte now and then.
struct Manner
{
    QByteArray bytes;
    bool slowly = false;
};

std::array<Manner, 6> mannersOf(bool speaksHttp)
{
    QByteArray garbage(400, Qt::Uninitialized);
    for (qsizetype i = 0; i < garbage.size(); ++i)
        garbage[i] = static_cast<char>((i * 167 + 41) % 251);
    const QByteArray oversize = speaksHttp ? "GET /" + QByteArray(20'000, 'a')
                                           : QByteArray("\x7f\xff\xff\xff", 4) + QByteArray(8'000, '{');
    const QByteArray message = speaksHttp ? "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + QByteArray(400, 'x')
                                          : frame(R"({"Login":{"email":"nobody@example.org","pass":"x"}})");
    const QByteArray clientHello =
        QByteArray::fromHex("16030102000100") + QByteArray::fromHex("01fc0303") + garbage;
    return {{{{}, false}, {message, true}, {garbage, false}, {oversize, false},
        {clientHello.first(60), false}, {clientHello, true}}};
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

/// Opens its connections from a thread of its own, and keeps them open for as long as the other side does.
class Attack
{
public:
    explicit Attack(const FrpsProcess &frps)
        : m_ports{frps.controlPort(), frps.controlPort(), frps.proxyPort(), frps.publicPort(), frps.apiPort()}
        , m_frames(mannersOf(false))
        , m_http(mannersOf(true))
        , m_apiPort(frps.apiPort())
        , m_publicPort(frps.publicPort())
        , m_thread([this] { run(); })
    { }
    ~Attack() { stop(); }
    Q_DISABLE_COPY_MOVE(Attack)

    int opened() const { return m_opened; }
    int failed() const { return m_failed; }
    void stop()
    {
        m_stopping = true;
        if (m_thread.joinable())
            m_thread.join();
    }

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
            for (int i = 0; i < 100 && m_opened + m_failed < hostileConnections; ++i)
                open(connections, slow);
            for (Slow &one : slow) {
                if (one.sent < one.manner->bytes.size()) {
                    (void)::send(connections[one.connection].get(), one.manner->bytes.constData() + one.sent,
                        1, MSG_NOSIGNAL);
                    ++one.sent;
                }
            }
            std::this_thread::sleep_for(20ms);
        }
    }

    void open(std::vector<Fd> &connections, std::vector<Slow> &slow)
    {
        const auto number = static_cast<size_t>(m_opened + m_failed);
        const quint16 port = m_ports[number % m_ports.size()];
        Fd fd = connectFrom(INADDR_LOOPBACK + 1 + quint32(number % sourceCount), port);
        if (!fd.isValid()) {
            ++m_failed;
            return;
        }
        const auto &manners = port == m_apiPort || port == m_publicPort ? m_http : m_frames;
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
    const std::array<Manner, 6> m_frames;
    const std::array<Manner, 6> m_http;
    const quint16 m_apiPort;
    const quint16 m_publicPort;
    std::atomic<int> m_opened = 0;
    std::atomic<int> m_failed = 0;
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
    HttpService service{"good"_ba};
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start({u"--max-connections-per-source"_s, u"50"_s}));
    FrpcProcess frpc(u"good"_s);
    QVERIFY(frpc.start(frps, service.port()));
    Load warmUp(frps.publicPort(), "/"_ba, 8);
    warmUp.start();
    QVERIFY(warmUp.waitForMore(500));
    warmUp.stop();
    const qint64 before = frps.rssKib();
    const int descriptors = frps.descriptorCount();

    Load good(frps.publicPort(), "/slow/5"_ba, 8);
    good.start();
    qint64 peak = 0;
    int apiAnswers = 0;
    std::unique_ptr<FrpcProcess> newcomer;
    {
        Attack attack(frps);
        QElapsedTimer timer;
        timer.start();
        const int finishedBefore = good.finished();
        while (attack.opened() + attack.failed() < hostileConnections
            || good.finished() - finishedBefore < goodRequests || timer.elapsed() < 5'000) {
            QVERIFY2(timer.elapsed() < scaled(60'000, 100'000), qPrintable(QString::number(good.finished())));
            QTest::qWait(50);
            peak = std::max(peak, frps.rssKib());
            // The API answers, and a client can log in, in the middle of it.
            QVERIFY(frps.activeClients() >= 1);
            ++apiAnswers;
            if (!newcomer && attack.opened() > hostileConnections / 2) {
                newcomer = std::make_unique<FrpcProcess>(u"newcomer"_s);
                QVERIFY(newcomer->start(frps, service.port()));
            }
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
    QVERIFY(newcomer);
    QCOMPARE(frpc.registrations(), 1);
    QCOMPARE(newcomer->registrations(), 1);
    QVERIFY2(peak - before < maxGrowthKib, qPrintable(u"from %1 to %2 KiB"_s.arg(before).arg(peak)));

    // And then it is as before.
    QCOMPARE(newcomer->terminate(), 0);
    QTRY_VERIFY_WITH_TIMEOUT(frps.descriptorCount() <= descriptors + 32, 20'000);
    QTRY_VERIFY2_WITH_TIMEOUT(frps.rssKib() - before < maxGrowthKib / 4,
        qPrintable(u"from %1 to %2 KiB"_s.arg(before).arg(frps.rssKib())), 10'000);
    qInfo().noquote() << u"%1 KiB afterwards"_s.arg(frps.rssKib());
    QVERIFY(frps.user().get("/"_ba).isOk());
    QVERIFY2(frps.logSize() < 512 * 1024, qPrintable(QString::number(frps.logSize())));
    QCOMPARE(frpc.terminate(), 0);
    QCOMPARE(frps.terminate(), 0);
}

QTEST_GUILESS_MAIN(TestE2eHostile)
#include "tst_e2e_hostile.moc"
