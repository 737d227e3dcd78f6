// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/walltime.h"
#include "tests/support/testregistry.h"

#include <QDateTime>
#include <QTest>

using namespace frpx;
using namespace Qt::StringLiterals;

class TestWallTime : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theBuildIsADayInThePast();
    void aClockBehindTheBuildIsNotBelieved();
};

void TestWallTime::theBuildIsADayInThePast()
{
    const QDateTime built = QDateTime::fromMSecsSinceEpoch(buildDateMs(), Qt::UTC);
    QCOMPARE(built.time(), QTime(0, 0));
    QVERIFY2(built.date() > QDate(2026, 1, 1), qPrintable(built.toString(Qt::ISODate)));
    QVERIFY(wallMs() >= buildDateMs());
    QVERIFY(wallMs() >= QDateTime::currentMSecsSinceEpoch() - 1000);
}

void TestWallTime::aClockBehindTheBuildIsNotBelieved()
{
    qint64 now = 1000;
    const auto clock = plausibleClock([&now] { return now; });
    QCOMPARE(clock(), buildDateMs());
    now = buildDateMs() + 1;
    QCOMPARE(clock(), now);
    QVERIFY(plausibleClock({})() >= buildDateMs());
}

const frpx::test::TestRegistration registration("tst_walltime", frpx::test::runTest<TestWallTime>);

#include "tst_walltime.moc"
