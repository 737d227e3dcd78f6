// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/originalclient.h"
#include "tests/support/programs.h"
#include "tests/support/scale.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// Programs that end and come back.
class TestE2eRestart : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void clientsComeBackByToken();
    void clientsComeBackAfterAKilledServer();
    void clientLogsInAfreshWhenItsTokenIsRefused();
    void clientStartsBeforeItsServer();
    void clientEndsOnSigterm();
    void serverEndsOnSigtermWhileServing();
};

namespace {

constexpr int reconnectMs = 5'000; // they look for their server every second

/// Both clients in the pool, and requests served.
void verifyBack(const FrpsProcess &frps, qint64 sinceMs)
{
    QElapsedTimer timer;
    timer.start();
    QVERIFY(frps.waitForClients(2, reconnectMs));
    QVERIFY2(timer.elapsed() + sinceMs <= reconnectMs, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(frps.user().get("/"_ba).isOk());
}

} // namespace

void TestE2eRestart::clientsComeBackByToken()
{
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start());
    FrpcProcess a(u"a"_s);
    FrpcProcess b(u"b"_s);
    for (FrpcProcess *client : {&a, &b}) {
        QVERIFY(client->start(frps, service.port()));
        QVERIFY(QFile::exists(client->tokenFile()));
        // From here on they have nothing but the token.
        QCOMPARE(client->terminate(), 0);
        QVERIFY(client->launch(frps.controlPort(), frps.proxyPort(), service.port(), {}));
        QVERIFY(client->waitForRegistrations(2));
    }
    // Nobody but the owner may read a token.
    QCOMPARE(QFile::permissions(a.tokenFile())
            & (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther),
        QFile::Permissions());
    QVERIFY(frps.waitForClients(2));

    QCOMPARE(frps.terminate(), 0);
    QVERIFY(frps.start());
    verifyBack(frps, 0);
    QCOMPARE(a.registrations(), 3);
    QCOMPARE(b.registrations(), 3);
}

void TestE2eRestart::clientsComeBackAfterAKilledServer()
{
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start());
    FrpcProcess a(u"a"_s);
    FrpcProcess b(u"b"_s);
    QVERIFY(a.start(frps, service.port()));
    QVERIFY(b.start(frps, service.port()));
    frps.kill9();
    QVERIFY(frps.start());
    verifyBack(frps, 0);
}

void TestE2eRestart::clientLogsInAfreshWhenItsTokenIsRefused()
{
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start());
    FrpcProcess client(u"a"_s);
    QVERIFY(client.start(frps, service.port()));
    QCOMPARE(frps.terminate(), 0);
    QVERIFY(QDir(frps.dataDirectory()).removeRecursively());
    QVERIFY(frps.start());
    QVERIFY(client.waitForRegistrations(2, 10'000));
    QVERIFY(frps.user().get("/"_ba).isOk());

    // The new token has taken the place of the refused one.
    QCOMPARE(client.terminate(), 0);
    QVERIFY(client.launch(frps.controlPort(), frps.proxyPort(), service.port(), {}));
    QVERIFY(client.waitForRegistrations(3));
}

void TestE2eRestart::clientStartsBeforeItsServer()
{
    FrpsProcess frps;
    FrpcProcess client(u"early"_s);
    QVERIFY(client.launch(frps.controlPort(), frps.proxyPort(), 1, FrpcProcess::demoAccount()));
    // It has tried, was refused, and says so.
    QTRY_VERIFY(client.logSize() > 0);
    QVERIFY(frps.start());
    QVERIFY(client.waitForRegistrations(1, 10'000));
}

void TestE2eRestart::clientEndsOnSigterm()
{
    FrpsProcess frps;
    QVERIFY(frps.start());
    FrpcProcess client(u"a"_s);
    QVERIFY(client.start(frps, 1));
    QCOMPARE(client.terminate(), 0);
    QVERIFY(frps.waitForClients(0, 2'000));

    FrpcProcess unconnected(u"b"_s);
    QVERIFY(unconnected.launch(freePorts(1).first(), 1, 1, FrpcProcess::demoAccount()));
    QTRY_VERIFY(unconnected.logSize() > 0);
    QCOMPARE(unconnected.terminate(), 0);
}

void TestE2eRestart::serverEndsOnSigtermWhileServing()
{
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start({u"--drain-timeout"_s, u"1"_s}));
    FrpcProcess client(u"a"_s);
    QVERIFY(client.start(frps, service.port()));
    std::thread user([&frps] { frps.user().get("/hold"_ba); });
    const bool held = QTest::qWaitFor([&service] { return service.heldCount() == 1; });
    const int code = frps.terminate(30'000);
    service.releaseHeld();
    user.join();
    QVERIFY(held);
    QCOMPARE(code, 0);
}

const frpx::test::TestRegistration registration("tst_e2e_restart", frpx::test::runTest<TestE2eRestart>);

#include "tst_e2e_restart.moc"
