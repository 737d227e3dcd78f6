// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/timeshare.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace std::chrono_literals;
using frpx::server::TimeShare;

class TestTimeShare : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void givesABurst();
    void givesAShare();
    void chargesNoTimeThatOthersTook();
    void endsItsTurnOnABusyMachine();
    void forgetsWhatIsTooMuch();

private:
    /// A step that ends at \a end and had a processor all the time.
    static void spend(TimeShare &share, TimeShare::Duration taken, TimeShare::TimePoint end)
    {
        share.spend(taken, end - taken, end);
    }

    const TimeShare::TimePoint m_start{1h};
};

void TestTimeShare::givesABurst()
{
    TimeShare share;
    QVERIFY(share.hasTime(m_start));
    QCOMPARE(share.wait(m_start).count(), 0);
    spend(share, 1ms, m_start + 1ms);
    QVERIFY(share.hasTime(m_start + 1ms));
    spend(share, 2ms, m_start + 3ms);
    QVERIFY(!share.hasTime(m_start + 3ms));
    QVERIFY(share.hasTime(m_start + 3ms + share.wait(m_start + 3ms)));
    // No more than that is saved up.
    QVERIFY(share.hasTime(m_start + 1h));
    spend(share, TimeShare::burst * 3 / 2, m_start + 1h + TimeShare::burst * 3 / 2);
    QVERIFY(!share.hasTime(m_start + 1h + TimeShare::burst * 3 / 2));
}

/// Steps of any length, as soon as it may: in the long run it is a share of all time.
void TestTimeShare::givesAShare()
{
    for (const TimeShare::Duration step : {TimeShare::Duration(20us), TimeShare::Duration(5ms)}) {
        TimeShare share;
        TimeShare::TimePoint now = m_start;
        TimeShare::Duration taken{};
        while (now < m_start + 10s) {
            while (share.hasTime(now)) {
                now += step;
                taken += step;
                spend(share, step, now);
            }
            now += share.wait(now);
        }
        const double part = double(taken.count()) / double((now - m_start).count());
        QVERIFY2(part < 1.02 / TimeShare::oneIn, qPrintable(QString::number(part)));
        QVERIFY2(part > 0.5 / TimeShare::oneIn, qPrintable(QString::number(part)));
    }
}

/// Such as an hour for which the program was stopped.
void TestTimeShare::chargesNoTimeThatOthersTook()
{
    TimeShare share;
    const TimeShare::TimePoint end = m_start + 1h;
    share.spend(1ms, m_start, end);
    QVERIFY(share.hasTime(end));
    share.spend(2ms, end, end + 1h);
    QVERIFY(!share.hasTime(end + 1h)); // in which nothing was earned, either
    QVERIFY(share.wait(end + 1h) <= 2ms);
}

/// Where each step waits much longer for a processor than it needs one, a turn takes as much as elsewhere.
void TestTimeShare::endsItsTurnOnABusyMachine()
{
    TimeShare share;
    TimeShare::TimePoint now = m_start;
    TimeShare::Duration taken{};
    while (share.hasTime(now) && taken < 1s) {
        share.spend(100us, now, now + 10ms);
        now += 10ms;
        taken += 100us;
    }
    QVERIFY2(taken <= TimeShare::burst * 3 / 2 + 100us, qPrintable(QString::number(taken.count())));
}

void TestTimeShare::forgetsWhatIsTooMuch()
{
    TimeShare share;
    const TimeShare::TimePoint end = m_start + 1h;
    spend(share, 1h, end);
    QVERIFY(!share.hasTime(end));
    QVERIFY(share.wait(end) <= TimeShare::oneIn * TimeShare::maxDebt + 1ms);
    QVERIFY(share.hasTime(end + TimeShare::oneIn * TimeShare::maxDebt + 1ms));
}

const frpx::test::TestRegistration registration("tst_timeshare", frpx::test::runBareTest<TestTimeShare>);

#include "tst_timeshare.moc"
