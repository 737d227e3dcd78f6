// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/bandwidthlimits.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <vector>

using namespace frpx;
using namespace frpx::server;

class TestBandwidthLimits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void hasNoneWithoutARate();
    void isOneForEachAccount();
    void remembersOnlyThoseInUse();
};

void TestBandwidthLimits::hasNoneWithoutARate()
{
    BandwidthLimits limits(0);
    QVERIFY(!limits.of(1));
    QCOMPARE(limits.size(), size_t(0));
}

void TestBandwidthLimits::isOneForEachAccount()
{
    BandwidthLimits limits(5000);
    const auto first = limits.of(1);
    QVERIFY(first);
    QCOMPARE(first->toService.rate(), 5000);
    QCOMPARE(first->toVisitor.rate(), 5000);
    QCOMPARE(limits.of(1), first);
    QVERIFY(limits.of(2) != first);
}

void TestBandwidthLimits::remembersOnlyThoseInUse()
{
    BandwidthLimits limits(5000);
    std::vector<std::shared_ptr<RateLimit>> used;
    for (qint64 user = 0; user < 100; ++user)
        used.push_back(limits.of(user));
    for (qint64 user = 1000; user < 100'000; ++user)
        limits.of(user);
    QVERIFY(limits.size() <= 2 * used.size() + 16);
    for (qint64 user = 0; user < 100; ++user)
        QCOMPARE(limits.of(user), used[size_t(user)]);
}

const frpx::test::TestRegistration registration(
    "tst_bandwidthlimits", frpx::test::runBareTest<TestBandwidthLimits>);

#include "tst_bandwidthlimits.moc"
