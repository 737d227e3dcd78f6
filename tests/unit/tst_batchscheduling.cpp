// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/batchscheduling.h"

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

void TestBatchScheduling::mayBeCalledByAnyThread()
{
    BatchScheduling scheduling;
    for (int i = 0; i < 10'000; ++i)
        scheduling.onWake(); // whatever the policy of this thread is: it does no harm
}

QTEST_GUILESS_MAIN(TestBatchScheduling)
#include "tst_batchscheduling.moc"
