// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/load.h"
#include "tests/support/programs.h"
#include "tests/support/testregistry.h"
#include "tests/support/threads.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// One server, two clients, each with a service that tells its name.
class TestE2eBalance : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void sharesTwoHundredRequests();
    void losesOnlyWhatFlowedThroughAKilledClient();
    void reportsBothClients();
    void monitorPrintsBothClients();

private:
    struct Fleet
    {
        FrpsProcess frps;
        HttpService serviceA{"service A"_ba};
        HttpService serviceB{"service B"_ba};
        FrpcProcess clientA{u"client_A"_s};
        FrpcProcess clientB{u"client_B"_s};
    };

    std::unique_ptr<Fleet> m_fleet;
};

void TestE2eBalance::init()
{
    m_fleet = std::make_unique<Fleet>();
    QVERIFY(m_fleet->serviceA.start() && m_fleet->serviceB.start());
    QVERIFY(m_fleet->frps.start());
    const QStringList often{u"--heartbeat-interval"_s, u"1"_s};
    QVERIFY(m_fleet->clientA.start(m_fleet->frps, m_fleet->serviceA.port(), often));
    QVERIFY(m_fleet->clientB.start(m_fleet->frps, m_fleet->serviceB.port(), often));
    QVERIFY(m_fleet->frps.waitForClients(2));
}

void TestE2eBalance::cleanup()
{
    m_fleet.reset();
}

void TestE2eBalance::sharesTwoHundredRequests()
{
    constexpr int users = 8;
    constexpr int each = 25;
    std::atomic<int> fromA = 0;
    std::atomic<int> fromB = 0;
    QElapsedTimer clock;
    clock.start();
    inThreads(users, [&](int) {
        for (int i = 0; i < each; ++i) {
            const HttpReply reply = m_fleet->frps.user().get("/"_ba);
            fromA += reply.isOk() && reply.body == "service A" ? 1 : 0;
            fromB += reply.isOk() && reply.body == "service B" ? 1 : 0;
        }
    });
    QCOMPARE(fromA + fromB, users * each);
    // A fair coin stays below 40 of 200 less than once in 10^17 runs.
    QVERIFY2(fromA >= 40 && fromB >= 40, qPrintable(u"%1 and %2"_s.arg(fromA).arg(fromB)));
    const int lines = m_fleet->frps.countInLog("Chose client 'client_"_ba);
    const qint64 mostLines = 10 + 10 * (clock.elapsed() / 1000 + 1); // the others are counted
    QVERIFY2(lines >= 10 && lines <= mostLines, qPrintable(QString::number(lines)));
    const QJsonArray clients = m_fleet->frps.api("/api/clients"_ba).toArray();
    QCOMPARE(clients.size(), 2);
    for (const auto &value : clients) {
        const QJsonObject client = value.toObject();
        const bool isA = client.value("client_id"_L1).toString() == "client_A"_L1;
        QCOMPARE(client.value("total_connections"_L1).toInt(), isA ? fromA : fromB);
    }

    const QJsonObject stats = m_fleet->frps.api("/api/stats"_ba).toObject();
    QCOMPARE(stats.value("active_clients"_L1).toInt(), 2);
    QCOMPARE(stats.value("total_connections"_L1).toInt(), users * each);
    QCOMPARE(stats.value("pending_connections"_L1).toInt(), 0);
}

void TestE2eBalance::losesOnlyWhatFlowedThroughAKilledClient()
{
    constexpr int users = 8;
    Load load(m_fleet->frps.publicPort(), "/slow/5"_ba, users);
    load.start();
    QVERIFY(load.waitForMore(200));
    QVERIFY(m_fleet->serviceA.requestCount() > 0);
    const qint64 killing = Load::nowMs();
    m_fleet->clientA.kill9();
    const qint64 killed = Load::nowMs();
    QVERIFY(load.waitForMore(300));

    int flowing = 0;
    for (const Load::Sample &sample : load.stop()) {
        if (sample.error.isEmpty()) {
            QVERIFY2(sample.startedMs <= killed || sample.body == "service B", sample.body.constData());
            continue;
        }
        QVERIFY2(sample.startedMs <= killed && sample.endedMs >= killing,
            qPrintable(
                u"%1, started %2 ms after the kill"_s.arg(sample.error).arg(sample.startedMs - killed)));
        ++flowing;
    }
    QVERIFY2(flowing <= users, qPrintable(load.failures()));
    QVERIFY(m_fleet->frps.waitForClients(1, 2'000));
    QCOMPARE(m_fleet->frps.clientIds(), QStringList{u"client_B"_s});
}

void TestE2eBalance::reportsBothClients()
{
    QCOMPARE(m_fleet->frps.clientIds(), (QStringList{u"client_A"_s, u"client_B"_s}));
    const QJsonArray clients = m_fleet->frps.api("/api/clients"_ba).toArray();
    for (const auto &client : clients) {
        QVERIFY(client.toObject().value("authed"_L1).toBool());
        QVERIFY(!client.toObject().value("connected_at"_L1).toString().isEmpty());
    }
    const auto cpuOf = [this](const QByteArray &id) {
        return m_fleet->frps.api("/api/clients/" + id)
            .toObject()
            .value("system_info"_L1)
            .toObject()
            .value("cpu_usage"_L1);
    };
    QTRY_VERIFY_WITH_TIMEOUT(cpuOf("client_A"_ba).isDouble() && cpuOf("client_B"_ba).isDouble(), 10'000);
    QCOMPARE(m_fleet->frps.api("/api/monitoring"_ba).toArray().size(), 2);
    const QJsonObject connections = m_fleet->frps.api("/api/connections"_ba).toObject();
    QCOMPARE(connections.value("client_ids"_L1).toArray().size(), 2);
    QCOMPARE(m_fleet->frps.api("/api/ports"_ba).toObject().value("public_port"_L1).toInt(),
        m_fleet->frps.publicPort());

    QCOMPARE(m_fleet->clientA.terminate(), 0);
    QVERIFY(m_fleet->frps.waitForClients(1, 2'000));
    QCOMPARE(m_fleet->frps.clientIds(), QStringList{u"client_B"_s});
}

void TestE2eBalance::monitorPrintsBothClients()
{
    const auto reported = [this] { return m_fleet->frps.api("/api/monitoring"_ba).toArray().size(); };
    QTRY_COMPARE_WITH_TIMEOUT(reported(), 2, 10'000);
    QByteArray output;
    QCOMPARE(Process::run(frpsProgram(), m_fleet->frps.arguments() << u"--monitor"_s, {}, &output), 0);
    QVERIFY2(output.contains("client_A") && output.contains("client_B"), output.constData());
}

const frpx::test::TestRegistration registration("tst_e2e_balance", frpx::test::runTest<TestE2eBalance>);

#include "tst_e2e_balance.moc"
