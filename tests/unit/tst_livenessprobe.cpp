// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/livenessprobe.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx::server;

using Finding = LivenessProbe::Finding;

class TestLivenessProbe : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void asksNobodyWithoutADoubt();
    void findsTheSilentOnce();
    void trustsAnyMessage();
    void asksNotMoreThanOnceASecond();
    void takesBackWhatItSaid();
};

void TestLivenessProbe::asksNobodyWithoutADoubt()
{
    LivenessProbe pulse;
    QCOMPARE(pulse.check(10'000), Finding::Nothing);
    QCOMPARE(pulse.check(100'000), Finding::Nothing);
    QVERIFY(!pulse.isSilent());
}

void TestLivenessProbe::findsTheSilentOnce()
{
    LivenessProbe pulse;
    pulse.doubt();
    QCOMPARE(pulse.check(10'000), Finding::Doubtful);
    pulse.doubt();
    QCOMPARE(pulse.check(10'999), Finding::Nothing);
    QCOMPARE(pulse.check(11'000), Finding::Silent);
    QVERIFY(pulse.isSilent());
    pulse.doubt();
    QCOMPARE(pulse.check(20'000), Finding::Nothing);
}

void TestLivenessProbe::trustsAnyMessage()
{
    LivenessProbe pulse;
    pulse.doubt();
    QCOMPARE(pulse.check(10'000), Finding::Doubtful);
    QVERIFY(!pulse.heard(10'500));
    QCOMPARE(pulse.check(11'000), Finding::Nothing);
    QVERIFY(!pulse.isSilent());
}

void TestLivenessProbe::asksNotMoreThanOnceASecond()
{
    LivenessProbe pulse;
    pulse.heard(10'000);
    pulse.doubt();
    QCOMPARE(pulse.check(10'250), Finding::Nothing); // it has just spoken
    QCOMPARE(pulse.check(11'250), Finding::Nothing); // and nobody waits any more
    pulse.doubt();
    QCOMPARE(pulse.check(11'500), Finding::Doubtful);
}

void TestLivenessProbe::takesBackWhatItSaid()
{
    LivenessProbe pulse;
    pulse.doubt();
    pulse.check(10'000);
    QCOMPARE(pulse.check(11'000), Finding::Silent);
    QVERIFY(pulse.heard(15'000));
    QVERIFY(!pulse.isSilent());
    QVERIFY(!pulse.heard(15'001));
    pulse.doubt();
    QCOMPARE(pulse.check(17'000), Finding::Doubtful);
}

const frpx::test::TestRegistration registration(
    "tst_livenessprobe", frpx::test::runBareTest<TestLivenessProbe>);

#include "tst_livenessprobe.moc"
