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
    void forgetsWhatIsTooMuch();

private:
    const TimeShare::TimePoint m_start{1h};
};

void TestTimeShare::givesABurst()
{
    TimeShare share;
    QVERIFY(share.hasTime(m_start));
    QCOMPARE(share.wait(m_start).count(), 0);
    share.spend(1ms, m_start);
    QVERIFY(share.hasTime(m_start));
    share.spend(1ms, m_start);
    QVERIFY(!share.hasTime(m_start));
    QVERIFY(share.hasTime(m_start + share.wait(m_start)));
    // No more than that is saved up.
    QVERIFY(share.hasTime(m_start + 1h));
    share.spend(TimeShare::burst, m_start + 1h);
    QVERIFY(!share.hasTime(m_start + 1h));
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
                share.spend(step, now);
            }
            now += share.wait(now);
        }
        const double part = double(taken.count()) / double((now - m_start).count());
        QVERIFY2(part < 1.02 / TimeShare::oneIn, qPrintable(QString::number(part)));
        QVERIFY2(part > 0.5 / TimeShare::oneIn, qPrintable(QString::number(part)));
    }
}

/// Such as an hour for which the program was stopped.
void TestTimeShare::forgetsWhatIsTooMuch()
{
    TimeShare share;
    share.spend(1h, m_start);
    QVERIFY(!share.hasTime(m_start));
    QVERIFY(share.wait(m_start) <= TimeShare::oneIn * TimeShare::maxDebt + 1ms);
    QVERIFY(share.hasTime(m_start + TimeShare::oneIn * TimeShare::maxDebt + 1ms));
}

const frpx::test::TestRegistration registration("tst_timeshare", frpx::test::runBareTest<TestTimeShare>);

#include "tst_timeshare.moc"
