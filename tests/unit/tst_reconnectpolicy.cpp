// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/reconnectpolicy.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx::client;

class TestReconnectPolicy : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void doublesUpToTheLongest();
    void shortensByUpToHalf();
    void beginsWithAnotherDelay();
    void beginsAnewAfterSuccess();
    void staysInBoundsWithItsOwnRandomness();
};

void TestReconnectPolicy::doublesUpToTheLongest()
{
    ReconnectPolicy policy([] { return 0.0; });
    for (const qint64 expected : {1000, 2000, 4000, 8000, 16'000, 30'000, 30'000, 30'000})
        QCOMPARE(policy.nextDelayMs(), expected);
    for (int i = 0; i < 1000; ++i)
        QCOMPARE(policy.nextDelayMs(), ReconnectPolicy::longestMs);
}

void TestReconnectPolicy::shortensByUpToHalf()
{
    ReconnectPolicy policy([] { return 1.0; });
    QCOMPARE(policy.nextDelayMs(), 500);
    QCOMPARE(policy.nextDelayMs(), 1000);
}

void TestReconnectPolicy::beginsWithAnotherDelay()
{
    ReconnectPolicy policy([] { return 0.0; }, 400);
    for (const qint64 expected : {400, 800, 1600, 3200, 6400, 12'800, 25'600, 30'000, 30'000})
        QCOMPARE(policy.nextDelayMs(), expected);
    for (int i = 0; i < 1000; ++i)
        QCOMPARE(policy.nextDelayMs(), ReconnectPolicy::longestMs);
}

void TestReconnectPolicy::beginsAnewAfterSuccess()
{
    ReconnectPolicy policy([] { return 0.0; });
    policy.nextDelayMs();
    policy.nextDelayMs();
    QCOMPARE(policy.failures(), 2);
    policy.reset();
    QCOMPARE(policy.failures(), 0);
    QCOMPARE(policy.nextDelayMs(), ReconnectPolicy::firstMs);
}

void TestReconnectPolicy::staysInBoundsWithItsOwnRandomness()
{
    ReconnectPolicy policy;
    for (int i = 0; i < 100; ++i) {
        const qint64 delay = policy.nextDelayMs();
        QVERIFY(delay >= ReconnectPolicy::firstMs / 2 && delay <= ReconnectPolicy::longestMs);
    }
}

const frpx::test::TestRegistration registration(
    "tst_reconnectpolicy", frpx::test::runBareTest<TestReconnectPolicy>);

#include "tst_reconnectpolicy.moc"
