// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/app/descriptorshares.h"
#include "tests/support/testregistry.h"

#include <QTest>

using frpx::server::DescriptorShares;

class TestDescriptorShares : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void leavesRoomForEach_data();
    void leavesRoomForEach();
    void limitsNothingUnknown();
};

void TestDescriptorShares::leavesRoomForEach_data()
{
    QTest::addColumn<quint64>("limit");
    for (const quint64 limit :
        {quint64(64), quint64(256), quint64(1024), quint64(20'000), quint64(524'288), quint64(1) << 40})
        QTest::addRow("%llu", static_cast<unsigned long long>(limit)) << limit;
}

void TestDescriptorShares::leavesRoomForEach()
{
    QFETCH(quint64, limit);
    const DescriptorShares shares = DescriptorShares::of(limit);
    for (const int share :
        {shares.sessions, shares.newcomers, shares.unopened, shares.idleWork, shares.apiConnections})
        QVERIFY(share > 0);
    // Clients and what waits leave descriptors to visitors.
    const qint64 ofClients = qint64(shares.sessions) + shares.newcomers + shares.idleWork;
    QVERIFY(ofClients < shares.visitorsBelow);
    // Visitors leave some to clients, and both to the API.
    QVERIFY(shares.visitorsBelow < shares.clientsBelow);
    QVERIFY(static_cast<quint64>(shares.clientsBelow) < limit);
    // As before on machines with many.
    if (limit >= 524'288) {
        QCOMPARE(shares.newcomers, 4096);
        QCOMPARE(shares.unopened, 8192);
        QCOMPARE(shares.apiConnections, 256);
    }
}

void TestDescriptorShares::limitsNothingUnknown()
{
    const DescriptorShares shares = DescriptorShares::of(0);
    QCOMPARE(shares.sessions, 0);
    QCOMPARE(shares.visitorsBelow, std::numeric_limits<int>::max());
    QCOMPARE(shares.clientsBelow, std::numeric_limits<int>::max());
}

const frpx::test::TestRegistration registration(
    "tst_descriptorshares", frpx::test::runBareTest<TestDescriptorShares>);

#include "tst_descriptorshares.moc"
