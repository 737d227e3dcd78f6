// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/ebb.h"

#include <QTest>

using frpx::Ebb;

class TestEbb : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void followsAFlood();
    void looksForTheRest();
    void isSilentAboutAFew();
    void isSilentAboutWaves();
    void comesNotTooOften();
};

void TestEbb::followsAFlood()
{
    Ebb ebb;
    QVERIFY(!ebb.hasCome(10, 0));
    QVERIFY(!ebb.hasCome(4000, 250));
    QVERIFY(!ebb.hasCome(2001, 500));
    QVERIFY(ebb.hasCome(2000, 750));
    QVERIFY(!ebb.hasCome(10, 750 + Ebb::intervalMs - 1));
    QVERIFY(ebb.hasCome(10, 750 + Ebb::intervalMs));
    for (qint64 now = 750 + Ebb::intervalMs; now < 200'000; now += 250)
        QVERIFY(!ebb.hasCome(10, now)); // that was all
}

/// A few hundred that were still there when the others went hold tens of megabytes, too.
void TestEbb::looksForTheRest()
{
    Ebb ebb;
    QVERIFY(!ebb.hasCome(4000, 0));
    QVERIFY(ebb.hasCome(250, 250));
    QVERIFY(!ebb.hasCome(10, 500));
    QVERIFY(ebb.hasCome(10, 250 + Ebb::intervalMs));
    QVERIFY(!ebb.hasCome(10, 250 + 2 * Ebb::intervalMs));
    QVERIFY(!ebb.hasCome(0, 250 + 3 * Ebb::intervalMs)); // too few
    QVERIFY(!ebb.hasCome(200, 250 + 4 * Ebb::intervalMs));
    QVERIFY(!ebb.hasCome(0, 250 + 5 * Ebb::intervalMs)); // no longer of that flood
}

void TestEbb::isSilentAboutAFew()
{
    Ebb ebb;
    QVERIFY(!ebb.hasCome(Ebb::minFall - 1, 0));
    QVERIFY(!ebb.hasCome(0, 1000));
}

void TestEbb::isSilentAboutWaves()
{
    Ebb ebb;
    for (qint64 now = 0; now < 1'000'000; now += 10'000)
        QVERIFY(!ebb.hasCome(now % 20'000 == 0 ? 10'000 : 6'000, now));
}

void TestEbb::comesNotTooOften()
{
    Ebb ebb;
    int times = 0;
    for (qint64 now = 0; now < 100'000; now += 250)
        times += ebb.hasCome(now % 500 == 0 ? 10'000 : 0, now) ? 1 : 0;
    QCOMPARE(times, 10);
}

QTEST_APPLESS_MAIN(TestEbb)
#include "tst_ebb.moc"
