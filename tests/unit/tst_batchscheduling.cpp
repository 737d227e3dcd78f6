// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/batchscheduling.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;

class TestBatchScheduling : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isBusyFromTheThresholdOn_data();
    void isBusyFromTheThresholdOn();
    void staysBusyUntilItIsCalm_data();
    void staysBusyUntilItIsCalm();
    void isCalmAfterAPause();
    void seesACrowdByLongWaits();
    void forgetsACrowdAfterAWhile();
    void mayBeCalledByAnyThread();
};

namespace {

/// Wakes for half a second, \a perSecond times a second. \return the last word.
bool wake(WakeRate &rate, int perSecond, qint64 &nowMs)
{
    bool busy = false;
    const qint64 begin = nowMs;
    for (int i = 1; i <= perSecond / 2; ++i) {
        nowMs = begin + qint64(i) * 1000 / perSecond;
        busy = rate.onWake(nowMs);
    }
    return busy;
}

} // namespace

void TestBatchScheduling::isBusyFromTheThresholdOn_data()
{
    QTest::addColumn<int>("perSecond");
    QTest::addColumn<bool>("busy");
    QTest::newRow("a few streams of text") << 200 << false;
    QTest::newRow("just under") << WakeRate::busyPerSecond * 9 / 10 << false;
    QTest::newRow("just over") << WakeRate::busyPerSecond * 11 / 10 << true;
    QTest::newRow("full load") << 100'000 << true;
}

void TestBatchScheduling::isBusyFromTheThresholdOn()
{
    QFETCH(const int, perSecond);
    QFETCH(const bool, busy);
    WakeRate rate;
    qint64 nowMs = 1'000'000;
    QCOMPARE(wake(rate, perSecond, nowMs), busy);
}

void TestBatchScheduling::staysBusyUntilItIsCalm_data()
{
    QTest::addColumn<int>("perSecond");
    QTest::addColumn<bool>("busy");
    QTest::newRow("fewer, for it finds more each time") << WakeRate::calmPerSecond * 12 / 10 << true;
    QTest::newRow("hardly any") << WakeRate::calmPerSecond * 8 / 10 << false;
}

void TestBatchScheduling::staysBusyUntilItIsCalm()
{
    QFETCH(const int, perSecond);
    QFETCH(const bool, busy);
    WakeRate rate;
    qint64 nowMs = 1'000'000;
    QVERIFY(wake(rate, WakeRate::busyPerSecond * 2, nowMs));
    QCOMPARE(wake(rate, perSecond, nowMs), busy);
}

void TestBatchScheduling::isCalmAfterAPause()
{
    WakeRate rate;
    qint64 nowMs = 1'000'000;
    QVERIFY(wake(rate, WakeRate::busyPerSecond * 2, nowMs));
    QVERIFY(!rate.onWake(nowMs + 1000)); // the very wake-up that ends it
}

void TestBatchScheduling::seesACrowdByLongWaits()
{
    CpuContention crowd;
    qint64 waitedNs = 77'000'000'000; // of its life so far
    qint64 turns = 50'000;
    crowd.onSample(1000, waitedNs, turns);
    QVERIFY(!crowd.isThere(1000));
    const auto sample = [&](qint64 more, qint64 eachNs) {
        turns += more;
        waitedNs += more * eachNs;
        crowd.onSample(1000, waitedNs, turns);
        return crowd.isThere(1000);
    };
    QVERIFY(!sample(100, CpuContention::longWaitNs));
    QVERIFY(!sample(CpuContention::fewestTurns - 1, 100 * CpuContention::longWaitNs)); // too few to tell
    QVERIFY(sample(1, 0)); // together they are enough
    CpuContention other;
    other.onSample(1000, waitedNs, turns);
    other.forget();
    other.onSample(1000, 2 * waitedNs, turns + 100); // of a time when it insisted
    QVERIFY(!other.isThere(1000));
}

void TestBatchScheduling::forgetsACrowdAfterAWhile()
{
    CpuContention crowd;
    crowd.onSample(1000, 0, 0);
    crowd.onSample(1050, 100 * (CpuContention::longWaitNs + 1), 100);
    QVERIFY(crowd.isThere(1050));
    QVERIFY(crowd.isThere(1049 + CpuContention::restMs));
    QVERIFY(!crowd.isThere(1050 + CpuContention::restMs));
}

void TestBatchScheduling::mayBeCalledByAnyThread()
{
    BatchScheduling scheduling;
    for (int i = 0; i < 10'000; ++i)
        scheduling.onWake(); // whatever the policy of this thread is: it does no harm
}

const frpx::test::TestRegistration registration(
    "tst_batchscheduling", frpx::test::runTest<TestBatchScheduling>);

#include "tst_batchscheduling.moc"
