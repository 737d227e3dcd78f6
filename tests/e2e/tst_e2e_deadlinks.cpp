// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/faultrelay.h"
#include "tests/support/httpservice.h"
#include "tests/support/load.h"
#include "tests/support/programs.h"
#include "tests/support/scale.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

using Fault = FaultRelay::Fault;

/// The real programs on a network that goes dark and comes back.
class TestE2eDeadLinks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void threeBlackHolesLeaveNothing();
};

void TestE2eDeadLinks::threeBlackHolesLeaveNothing()
{
    HttpService serviceA("A"_ba);
    HttpService serviceB("B"_ba);
    QVERIFY(serviceA.start() && serviceB.start());
    FrpsProcess frps;
    QVERIFY(frps.start());
    FaultRelay control(frps.controlPort());
    FaultRelay work(frps.proxyPort());
    QVERIFY(control.start() && work.start());
    const QStringList often{u"--heartbeat-interval"_s, u"1"_s, u"--pool-max"_s, u"16"_s};
    FrpcProcess a(u"a"_s);
    FrpcProcess b(u"b"_s);
    QVERIFY(a.launch(control.port(), work.port(), serviceA.port(), FrpcProcess::demoAccount() + often));
    QVERIFY(a.waitForRegistrations(1));
    QVERIFY(b.start(frps, serviceB.port(), often));
    const QStringList both{u"a"_s, u"b"_s};
    QTRY_COMPARE(frps.clientIds(), both);
    const auto bothServe = [&] {
        QByteArrayList seen;
        return QTest::qWaitFor([&] {
            seen += frps.user().get("/"_ba).body;
            return seen.contains("A"_ba) && seen.contains("B"_ba);
        });
    };
    QVERIFY(bothServe());
    // What is open with full pools and without users: the same for a while.
    int serverDescriptors = 0;
    int clientDescriptors = 0;
    int unchanged = 0;
    QVERIFY(QTest::qWaitFor(
        [&] {
            const int server = std::exchange(serverDescriptors, frps.descriptorCount());
            const int client = std::exchange(clientDescriptors, a.descriptorCount());
            const bool same = server == serverDescriptors && client == clientDescriptors;
            unchanged = same && work.openCount() == 16 ? unchanged + 1 : 0;
            return unchanged == 20;
        },
        10'000));

    for (int round = 1; round <= 3; ++round) {
        const qsizetype aFrom = a.logSize();
        const qsizetype frpsFrom = frps.logSize();
        Load flowing(frps.publicPort(), "/"_ba, 4);
        flowing.start();
        QVERIFY(flowing.waitForMore(20));
        control.setMode(Fault::BlackHole);
        work.setMode(Fault::BlackHole);
        const qint64 darkAt = Load::nowMs();
        Load late(frps.publicPort(), "/"_ba, 4);
        late.start();
        QVERIFY(a.waitForLog(u"The server has not acknowledged a heartbeat for too long"_s, 10'000, aFrom));
        // Three heartbeats of a second; the usual ones would take three or six times as long.
        QVERIFY2(Load::nowMs() - darkAt < 8000, qPrintable(QString::number(Load::nowMs() - darkAt)));
        QVERIFY(frps.waitForLog(u"Client a from"_s, 10'000, frpsFrom));
        QVERIFY2(Load::nowMs() - darkAt < 8000, qPrintable(QString::number(Load::nowMs() - darkAt)));
        QCOMPARE(frps.clientIds(), QStringList{u"b"_s});
        QVERIFY(late.waitForMore(20));

        control.setMode(Fault::None);
        work.setMode(Fault::None);
        QVERIFY(a.waitForRegistrations(round + 1));
        QVERIFY(bothServe());
        late.stop();
        QVERIFY2(late.failureCount() == 0, qPrintable(late.failures()));
        for (const Load::Sample &sample : flowing.stop()) // these may have flowed through a
            QVERIFY2(sample.error.isEmpty() || sample.startedMs <= darkAt, qPrintable(flowing.failures()));
    }

    QCOMPARE(frps.clientIds(), both);
    QTRY_COMPARE_WITH_TIMEOUT(frps.descriptorCount(), serverDescriptors, 10'000);
    QTRY_COMPARE_WITH_TIMEOUT(a.descriptorCount(), clientDescriptors, 10'000);
    QTRY_COMPARE(work.openCount(), 16);
    QTRY_COMPARE(control.openCount(), 1);
    QCOMPARE(a.terminate(), 0);
    QTRY_COMPARE(frps.clientIds(), QStringList{u"b"_s});
}

const frpx::test::TestRegistration registration("tst_e2e_deadlinks", frpx::test::runTest<TestE2eDeadLinks>);

#include "tst_e2e_deadlinks.moc"
