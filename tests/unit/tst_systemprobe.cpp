// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/cpumeter.h"
#include "common/system/systemprobe.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace Qt::StringLiterals;

class TestSystemProbe : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void percentStaysInRange();
    void countsSinceTheLastReading();
    void keepsTheLastValueWhileNoTimePasses();
    void startsAnewWhenCountersJumpBack();
    void staysInRangeWhenCountersDisagree();
    void samplesSaneValues();
    void unknownDiskIsNoError();
};

void TestSystemProbe::percentStaysInRange()
{
    QCOMPARE(percentOf(0, 0), 0.0);
    QCOMPARE(percentOf(5, 0), 0.0);
    QCOMPARE(percentOf(1, 4), 25.0);
    QCOMPARE(percentOf(9, 4), 100.0);
    QCOMPARE(percentOf(~quint64(0), ~quint64(0)), 100.0);
}

void TestSystemProbe::countsSinceTheLastReading()
{
    CpuMeter meter(CpuTicks{1000, 2000});
    QCOMPARE(meter.update({1025, 2100}), 25.0);
    QCOMPARE(meter.update({1125, 2200}), 100.0);
    QCOMPARE(meter.update({1125, 2300}), 0.0);
}

void TestSystemProbe::keepsTheLastValueWhileNoTimePasses()
{
    CpuMeter meter(CpuTicks{10, 20});
    QCOMPARE(meter.update({10, 20}), 0.0);
    QCOMPARE(meter.update({15, 30}), 50.0);
    QCOMPARE(meter.update({15, 30}), 50.0);
}

void TestSystemProbe::startsAnewWhenCountersJumpBack()
{
    CpuMeter meter(CpuTicks{1000, 2000});
    QCOMPARE(meter.update({1050, 2100}), 50.0);
    QCOMPARE(meter.update({10, 20}), 50.0);
    QCOMPARE(meter.update({20, 60}), 25.0);
}

void TestSystemProbe::staysInRangeWhenCountersDisagree()
{
    CpuMeter meter(CpuTicks{1000, 2000});
    QCOMPARE(meter.update({990, 2010}), 0.0); // idle grew by more than the total
    QCOMPARE(meter.update({1100, 2020}), 100.0); // busy grew by more than the total
}

void TestSystemProbe::samplesSaneValues()
{
    const std::unique_ptr<SystemProbe> probe = SystemProbe::create();
    for (int i = 0; i < 3; ++i) {
        const SystemUsage usage = probe->sample();
        QVERIFY(usage.cpuPercent >= 0 && usage.cpuPercent <= 100);
        QVERIFY(usage.memoryPercent > 0 && usage.memoryPercent <= 100);
        QVERIFY(usage.diskPercent >= 0 && usage.diskPercent <= 100);
    }
}

void TestSystemProbe::unknownDiskIsNoError()
{
    const std::unique_ptr<SystemProbe> probe = SystemProbe::create(u"/no/such/directory"_s);
    const SystemUsage usage = probe->sample();
    QCOMPARE(usage.diskPercent, 0.0);
    QVERIFY(usage.memoryPercent > 0);
}

const frpx::test::TestRegistration registration("tst_systemprobe", frpx::test::runBareTest<TestSystemProbe>);

#include "tst_systemprobe.moc"
