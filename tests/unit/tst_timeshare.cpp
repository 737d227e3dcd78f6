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
    const TimeShare::TimePoint m_start{1h};
};

void TestTimeShare::givesABurst()
{
    constexpr TimeShare::Duration most = TimeShare::burst * TimeShare::oneIn / (TimeShare::oneIn - 1);
    TimeShare share;
    QVERIFY(share.hasTime());
    QCOMPARE(share.wait(m_start).count(), 0);
    share.spend(most / 2);
    QVERIFY(share.hasTime());
    share.spend(most / 2);
    QVERIFY(!share.hasTime());
    share.endTurn(m_start + most);
    const TimeShare::TimePoint next = m_start + most + share.wait(m_start + most);
    share.beginTurn(next);
    QVERIFY(share.hasTime());
    // No more than that is saved up.
    share.beginTurn(m_start + 1h);
    share.spend(most);
    QVERIFY(!share.hasTime());
}

/// Steps of any length, as soon as it may: in the long run it is a share of all time.
void TestTimeShare::givesAShare()
{
    for (const TimeShare::Duration step : {TimeShare::Duration(20us), TimeShare::Duration(5ms)}) {
        TimeShare share;
        TimeShare::TimePoint now = m_start;
        TimeShare::Duration taken{};
        while (now < m_start + 10s) {
            share.beginTurn(now);
            while (share.hasTime()) {
                now += step;
                taken += step;
                share.spend(step);
            }
            share.endTurn(now);
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
    share.beginTurn(m_start);
    share.spend(1ms);
    share.endTurn(m_start + 1h);
    QVERIFY(share.hasTime());
    share.beginTurn(m_start + 1h);
    share.spend(4ms);
    share.endTurn(m_start + 2h);
    QVERIFY(!share.hasTime());
    QVERIFY(share.wait(m_start + 2h) > 1ms); // nothing was earned in that hour, either
}

/// Where each step waits much longer for a processor than it needs one, a turn takes as much as elsewhere.
void TestTimeShare::endsItsTurnOnABusyMachine()
{
    TimeShare share;
    TimeShare::TimePoint now = m_start;
    for (int turn = 0; turn < 100; ++turn) {
        TimeShare::Duration taken{};
        share.beginTurn(now);
        while (share.hasTime() && taken < 1s) {
            now += 10ms;
            taken += 100us;
            share.spend(100us);
        }
        share.endTurn(now);
        QVERIFY2(taken <= TimeShare::burst * 3 / 2 + 100us, qPrintable(QString::number(taken.count())));
        now += 10ms;
    }
}

void TestTimeShare::forgetsWhatIsTooMuch()
{
    TimeShare share;
    share.beginTurn(m_start);
    share.spend(1h);
    share.endTurn(m_start + 1h);
    QVERIFY(!share.hasTime());
    QVERIFY(share.wait(m_start + 1h) <= TimeShare::oneIn * TimeShare::maxDebt + 1ms);
    share.beginTurn(m_start + 1h + TimeShare::oneIn * TimeShare::maxDebt + 1ms);
    QVERIFY(share.hasTime());
}

const frpx::test::TestRegistration registration("tst_timeshare", frpx::test::runBareTest<TestTimeShare>);

#include "tst_timeshare.moc"
