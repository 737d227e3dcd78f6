// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/loaddropdetector.h"
#include "tests/support/testregistry.h"

#include <QTest>

using frpx::LoadDropDetector;

class TestLoadDropDetector : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void followsAFlood();
    void looksForTheRest();
    void isSilentAboutAFew();
    void isSilentAboutWaves();
    void comesNotTooOften();
};

void TestLoadDropDetector::followsAFlood()
{
    LoadDropDetector detector;
    QVERIFY(!detector.hasCome(10, 0));
    QVERIFY(!detector.hasCome(4000, 250));
    QVERIFY(!detector.hasCome(2001, 500));
    QVERIFY(detector.hasCome(2000, 750));
    QVERIFY(!detector.hasCome(10, 750 + LoadDropDetector::intervalMs - 1));
    QVERIFY(detector.hasCome(10, 750 + LoadDropDetector::intervalMs));
    for (qint64 now = 750 + LoadDropDetector::intervalMs; now < 200'000; now += 250)
        QVERIFY(!detector.hasCome(10, now)); // that was all
}

/// A few hundred that were still there when the others went hold tens of megabytes, too.
void TestLoadDropDetector::looksForTheRest()
{
    LoadDropDetector detector;
    QVERIFY(!detector.hasCome(4000, 0));
    QVERIFY(detector.hasCome(250, 250));
    QVERIFY(!detector.hasCome(10, 500));
    QVERIFY(detector.hasCome(10, 250 + LoadDropDetector::intervalMs));
    QVERIFY(!detector.hasCome(10, 250 + 2 * LoadDropDetector::intervalMs));
    QVERIFY(!detector.hasCome(0, 250 + 3 * LoadDropDetector::intervalMs)); // too few
    QVERIFY(!detector.hasCome(200, 250 + 4 * LoadDropDetector::intervalMs));
    QVERIFY(!detector.hasCome(0, 250 + 5 * LoadDropDetector::intervalMs)); // no longer of that flood
}

void TestLoadDropDetector::isSilentAboutAFew()
{
    LoadDropDetector detector;
    QVERIFY(!detector.hasCome(LoadDropDetector::minFall - 1, 0));
    QVERIFY(!detector.hasCome(0, 1000));
}

void TestLoadDropDetector::isSilentAboutWaves()
{
    LoadDropDetector detector;
    for (qint64 now = 0; now < 1'000'000; now += 10'000)
        QVERIFY(!detector.hasCome(now % 20'000 == 0 ? 10'000 : 6'000, now));
}

void TestLoadDropDetector::comesNotTooOften()
{
    LoadDropDetector detector;
    int times = 0;
    for (qint64 now = 0; now < 100'000; now += 250)
        times += detector.hasCome(now % 500 == 0 ? 10'000 : 0, now) ? 1 : 0;
    QCOMPARE(times, 10);
}

const frpx::test::TestRegistration registration(
    "tst_loaddropdetector", frpx::test::runBareTest<TestLoadDropDetector>);

#include "tst_loaddropdetector.moc"
