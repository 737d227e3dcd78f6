// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/load.h"
#include "tests/support/programs.h"
#include "tests/support/scale.h"
#include "tests/support/sockets.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace frpx::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

constexpr int floodConnections = scaled(200, 50);
constexpr int goodRequests = scaled(150, 40);
constexpr int patienceMs = 5'000;
constexpr qint64 maxRemainderKib = qint64(scaled(4, 128)) * 1024; // after a flood

/// Asks the API on many connections, without a pause, and without waiting for answers.
class ApiFlood
{
public:
    ApiFlood(quint16 port, const QByteArray &path, bool reads)
        : m_port(port)
        , m_requests(("GET "_ba + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"_ba).repeated(200))
        , m_reads(reads)
        , m_thread([this] { run(); })
    { }
    ~ApiFlood()
    {
        m_stopping = true;
        m_thread.join();
    }
    Q_DISABLE_COPY_MOVE(ApiFlood)

    int connections() const { return m_connections; }
    qint64 received() const { return m_received; }

private:
    struct Connection
    {
        Fd fd;
        qsizetype sent = 0;
    };

    void run()
    {
        std::vector<Connection> connections;
        std::vector<char> buffer(size_t(64) * 1024);
        while (!m_stopping) {
            if (connections.size() < floodConnections) {
                connections.push_back({connectLoopback(m_port, QDeadlineTimer(patienceMs)), 0});
                ++m_connections;
            }
            for (Connection &one : connections) {
                size_t count = 0;
                if (writeSome(one.fd, QByteArrayView(m_requests).sliced(one.sent), &count) == Io::Done)
                    one.sent = (one.sent + qsizetype(count)) % m_requests.size();
                if (m_reads && readSome(one.fd, buffer.data(), buffer.size(), &count) == Io::Done)
                    m_received += qint64(count);
            }
            if (connections.size() == floodConnections)
                std::this_thread::sleep_for(1ms); // the programs of this test share two processors with it
        }
    }

    const quint16 m_port;
    const QByteArray m_requests;
    const bool m_reads;
    std::atomic<int> m_connections = 0;
    std::atomic<qint64> m_received = 0;
    std::atomic<bool> m_stopping = false;
    std::thread m_thread;
};

} // namespace

/// One who asks the API for all it can give takes nothing from visitors and logins.
class TestE2eApiFlood : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void servesVisitorsAndLogins_data();
    void servesVisitorsAndLogins();
    void givesMemoryBack();
};

void TestE2eApiFlood::servesVisitorsAndLogins_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<bool>("reads");
    QTest::addColumn<bool>("tokens");
    QTest::newRow("what needs no token") << "/ping"_ba << true << false;
    QTest::newRow("lists") << "/api/clients"_ba << true << false;
    QTest::newRow("answers that are not read") << "/api/stats"_ba << false << false;
    QTest::newRow("refusals") << "/api/stats"_ba << true << true;
}

void TestE2eApiFlood::servesVisitorsAndLogins()
{
    QFETCH(const QByteArray, path);
    QFETCH(const bool, reads);
    QFETCH(const bool, tokens);
    raiseDescriptorLimit();
    HttpService service{"good"_ba};
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start(tokens ? QStringList{u"--api-require-token"_s} : QStringList()));
    FrpcProcess frpc(u"good"_s);
    QVERIFY(frpc.start(frps, service.port()));
    Load visitors(frps.publicPort(), "/"_ba, 4);
    visitors.setPause(20);
    visitors.setTimeout(patienceMs);
    {
        ApiFlood flood(frps.apiPort(), path, reads);
        QTRY_COMPARE_WITH_TIMEOUT(flood.connections(), floodConnections, 20'000);
        const qint64 received = flood.received();
        visitors.start();
        FrpcProcess newcomer(u"newcomer"_s); // logs in with its password, and has a few seconds for it
        QVERIFY(newcomer.start(frps, service.port()));
        QVERIFY(visitors.waitForMore(goodRequests, 60'000));
        QCOMPARE(newcomer.terminate(), 0);
        if (reads)
            QTRY_VERIFY(flood.received() > received); // it has its share
    }
    visitors.stop();
    QVERIFY2(visitors.failureCount() == 0, qPrintable(visitors.failures()));
    QVERIFY(frps.user().get("/"_ba).isOk());
    // With refusals the address of both has to pay first.
    QTRY_COMPARE_WITH_TIMEOUT(HttpClient(frps.apiPort()).get("/api/health"_ba).status, 200, 20'000);
    QCOMPARE(frpc.terminate(), 0);
    QCOMPARE(frps.terminate(), 0);
}

void TestE2eApiFlood::givesMemoryBack()
{
    FrpsProcess frps;
    QVERIFY(frps.start());
    QCOMPARE(HttpClient(frps.apiPort()).get("/api/stats"_ba).status, 200);
    const qint64 before = frps.rssKib();
    qint64 peak = before;
    for (const bool reads : {true, false}) {
        ApiFlood flood(frps.apiPort(), "/api/stats"_ba, reads);
        QTRY_COMPARE_WITH_TIMEOUT(flood.connections(), floodConnections, 20'000);
        QTest::qWait(500);
        peak = std::max(peak, frps.rssKib());
    }
    QTRY_VERIFY2_WITH_TIMEOUT(frps.rssKib() - before < maxRemainderKib,
        qPrintable(u"from %1 by %2 to %3 KiB"_s.arg(before).arg(peak).arg(frps.rssKib())), 25'000);
    QCOMPARE(frps.terminate(), 0);
}

const frpx::test::TestRegistration registration("tst_e2e_apiflood", frpx::test::runTest<TestE2eApiFlood>);

#include "tst_e2e_apiflood.moc"
