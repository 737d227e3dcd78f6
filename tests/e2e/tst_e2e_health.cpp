// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/testregistry.h"

#include <QJsonObject>
#include <QSet>
#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// Two clients that look after their services.
class TestE2eHealth : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takesAnIllServiceOutOfThePool();
    void noticesAServiceThatIsDown();
    void checksAServiceThatDoesNotAnswer_data();
    void checksAServiceThatDoesNotAnswer();

private:
    static QSet<QByteArray> answers(const FrpsProcess &frps, int requests);
    static QJsonObject told(const FrpsProcess &frps, const QByteArray &client)
    {
        return frps.api("/api/clients/" + client).toObject();
    }
};

/// Who has answered; a failed request counts as an empty answer.
QSet<QByteArray> TestE2eHealth::answers(const FrpsProcess &frps, int requests)
{
    QSet<QByteArray> names;
    for (int i = 0; i < requests; ++i)
        names += frps.user().get("/"_ba).body;
    return names;
}

void TestE2eHealth::takesAnIllServiceOutOfThePool()
{
    HttpService serviceA("service A"_ba);
    HttpService serviceB("service B"_ba);
    FrpsProcess frps;
    FrpcProcess clientA(u"client_A"_s);
    FrpcProcess clientB(u"client_B"_s);
    QVERIFY(serviceA.start() && serviceB.start());
    QVERIFY(frps.start());
    const QStringList check{u"--health-check"_s, u"http"_s, u"--health-path"_s, u"/health"_s,
        u"--health-interval"_s, u"1"_s, u"--health-fall"_s, u"2"_s, u"--health-rise"_s, u"1"_s};
    QVERIFY(clientA.start(frps, serviceA.port(), check));
    QVERIFY(clientB.start(frps, serviceB.port(), check));
    QVERIFY(frps.waitForClients(2));
    // A fair coin falls on one side sixty times less than once in 10^17 runs.
    QCOMPARE(answers(frps, 60), (QSet{"service A"_ba, "service B"_ba}));

    serviceA.setHealth(500);
    QTRY_VERIFY_WITH_TIMEOUT(!told(frps, "client_A"_ba).value("healthy"_L1).toBool(true), 10'000);
    QCOMPARE(told(frps, "client_A"_ba).value("health_detail"_L1).toString(), u"GET /health answered 500"_s);
    QVERIFY(told(frps, "client_B"_ba).value("healthy"_L1).toBool());
    QVERIFY(clientA.waitForLog(u"The local service is unhealthy: GET /health answered 500"_s));
    QVERIFY(frps.waitForLog(u"Client client_A is unhealthy: GET /health answered 500"_s));
    QCOMPARE(answers(frps, 60), QSet{"service B"_ba});

    serviceA.setHealth(200);
    QTRY_VERIFY_WITH_TIMEOUT(told(frps, "client_A"_ba).value("healthy"_L1).toBool(), 10'000);
    QVERIFY(frps.waitForLog(u"Client client_A is healthy again."_s));
    QCOMPARE(answers(frps, 60), (QSet{"service A"_ba, "service B"_ba}));
}

void TestE2eHealth::noticesAServiceThatIsDown()
{
    HttpService service("service"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    FrpcProcess client(u"client"_s);
    QVERIFY(frps.start());
    QVERIFY(client.start(frps, service.port(),
        {u"--health-check"_s, u"tcp"_s, u"--health-interval"_s, u"1"_s, u"--health-fall"_s, u"1"_s,
            u"--health-rise"_s, u"1"_s}));
    service.stop();
    QTRY_VERIFY_WITH_TIMEOUT(!told(frps, "client"_ba).value("healthy"_L1).toBool(true), 10'000);
    QCOMPARE(told(frps, "client"_ba).value("health_detail"_L1).toString(),
        u"127.0.0.1:%1 refused the connection"_s.arg(service.port()));
    QByteArray output;
    QCOMPARE(Process::run(frpsProgram(), frps.arguments() << u"--monitor"_s, {}, &output), 0);
    QVERIFY2(output.contains("unhealthy"), output.constData());
    QVERIFY(service.start()); // on its port of before
    // The server does not wait for the next check: the only client there is gets the user in any case.
    QCOMPARE(answers(frps, 1), QSet{"service"_ba});
    QTRY_VERIFY_WITH_TIMEOUT(told(frps, "client"_ba).value("healthy"_L1).toBool(), 10'000);
}

void TestE2eHealth::checksAServiceThatDoesNotAnswer_data()
{
    QTest::addColumn<bool>("isFrozen");
    QTest::addColumn<QStringList>("options");
    const QStringList onRequest{u"--pool-max"_s, u"0"_s};
    const QStringList tls{u"--tls"_s, u"on"_s, u"--trust-on-first-use"_s};
    QTest::newRow("frozen") << true << QStringList();
    QTest::newRow("frozen, on request") << true << onRequest;
    QTest::newRow("frozen, on request with TLS") << true << onRequest + tls;
    QTest::newRow("slow") << false << QStringList();
}

/// Long before the next check of its own.
void TestE2eHealth::checksAServiceThatDoesNotAnswer()
{
    QFETCH(const bool, isFrozen);
    QFETCH(const QStringList, options);
    HttpService service("service"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    FrpcProcess client(u"client"_s);
    QVERIFY(frps.start());
    QVERIFY(client.start(frps, service.port(),
        QStringList{u"--health-check"_s, u"http"_s, u"--health-path"_s, u"/health"_s, u"--health-interval"_s,
            u"300"_s, u"--health-timeout"_s, u"1"_s, u"--health-fall"_s, u"1"_s}
            + options));
    constexpr int before = 2; // the check at the beginning, and the question for the public name
    QTRY_COMPARE(service.healthCount(), before);
    if (isFrozen)
        service.setHealth(500); // stands for one that does not answer any more
    RawPeer visitor(frps.publicPort());
    QVERIFY(visitor.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    QTRY_COMPARE(service.heldCount(), 1);
    QTRY_COMPARE_WITH_TIMEOUT(service.healthCount(), before + 1, 10'000);
    QTRY_COMPARE(told(frps, "client"_ba).value("healthy"_L1).toBool(), !isFrozen);
    QVERIFY(!QTest::qWaitFor([&] { return service.healthCount() > before + 2; }, 5000)); // one in 5 s
    service.releaseHeld();
    QVERIFY(visitor.waitForClosed());
    QVERIFY(visitor.received().endsWith("service"));
    const int checks = service.healthCount();
    QVERIFY(!QTest::qWaitFor([&] { return service.healthCount() > checks + 1; }, 3000));
}

const frpx::test::TestRegistration registration("tst_e2e_health", frpx::test::runTest<TestE2eHealth>);

#include "tst_e2e_health.moc"
