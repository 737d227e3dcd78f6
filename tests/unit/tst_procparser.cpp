// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/procparser.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace Qt::StringLiterals;

class TestProcParser : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsStat_data();
    void readsStat();
    void refusesStat_data();
    void refusesStat();
    void readsMeminfo_data();
    void readsMeminfo();
    void refusesMeminfo_data();
    void refusesMeminfo();
    void survivesEveryCut();
};

void TestProcParser::readsStat_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<quint64>("busy");
    QTest::addColumn<quint64>("total");
    QTest::newRow("today's kernels") << "cpu  10 1 5 100 20 2 3 4 7 7\ncpu0 1 1 1 1 1\n"_ba << quint64(25)
                                     << quint64(145);
    QTest::newRow("four columns") << "cpu 10 1 5 100\n"_ba << quint64(16) << quint64(116);
    QTest::newRow("tabs, odd order") << "intr 5 6\ncpu0 9 9 9 9\ncpu\t1\t1\t1\t1\n"_ba << quint64(3)
                                     << quint64(4);
    QTest::newRow("all zero") << "cpu 0 0 0 0\n"_ba << quint64(0) << quint64(0);
    QTest::newRow("garbage after the eighth") << "cpu 1 1 1 1 1 1 1 1 zzz\n"_ba << quint64(6) << quint64(8);
}

void TestProcParser::readsStat()
{
    QFETCH(const QByteArray, text);
    QFETCH(const quint64, busy);
    QFETCH(const quint64, total);
    const std::optional<CpuTicks> ticks = parseProcStat(text);
    QVERIFY(ticks.has_value());
    QCOMPARE(ticks->busy, busy);
    QCOMPARE(ticks->total, total);
}

void TestProcParser::refusesStat_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("only newlines") << "\n\n\n"_ba;
    QTest::newRow("only one core") << "cpu0 1 2 3 4 5\n"_ba;
    QTest::newRow("name alone") << "cpu\n"_ba;
    QTest::newRow("three columns") << "cpu 1 2 3\n"_ba;
    QTest::newRow("cut in a number") << "cpu 1 2 3 400 5"_ba;
    QTest::newRow("letters") << "cpu 1 2 x 4\n"_ba;
    QTest::newRow("negative") << "cpu 1 2 -3 4\n"_ba;
    QTest::newRow("beyond 64 bits") << "cpu 1 2 3 99999999999999999999999\n"_ba;
    QTest::newRow("would overflow the sum") << "cpu 18446744073709551615 18446744073709551615 1 1\n"_ba;
    QTest::newRow("NUL bytes") << QByteArray(64, '\0');
    QTest::newRow("high bytes") << QByteArray(64, '\xff') + '\n';
}

void TestProcParser::refusesStat()
{
    QFETCH(const QByteArray, text);
    QVERIFY(!parseProcStat(text).has_value());
}

void TestProcParser::readsMeminfo_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<quint64>("total");
    QTest::addColumn<quint64>("available");
    QTest::newRow("today's kernels")
        << "MemTotal:  1000 kB\nMemFree: 100 kB\nMemAvailable:  600 kB\nCached: 300 kB\n"_ba << quint64(1000)
        << quint64(600);
    QTest::newRow("old kernel") << "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 300 kB\n"_ba
                                << quint64(1000) << quint64(450);
    QTest::newRow("more available than there is")
        << "MemTotal: 10 kB\nMemAvailable: 11 kB\n"_ba << quint64(10) << quint64(10);
    QTest::newRow("nonsense between")
        << "%%%\nMemTotal: 10 kB\n: : :\nMemAvailable: 4 kB\nMem"_ba << quint64(10) << quint64(4);
}

void TestProcParser::readsMeminfo()
{
    QFETCH(const QByteArray, text);
    QFETCH(const quint64, total);
    QFETCH(const quint64, available);
    const std::optional<MemoryAmounts> memory = parseProcMeminfo(text);
    QVERIFY(memory.has_value());
    QCOMPARE(memory->totalKiB, total);
    QCOMPARE(memory->availableKiB, available);
}

void TestProcParser::refusesMeminfo_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("no total") << "MemAvailable: 5 kB\n"_ba;
    QTest::newRow("total of zero") << "MemTotal: 0 kB\nMemAvailable: 0 kB\n"_ba;
    QTest::newRow("nothing about what is free") << "MemTotal: 5 kB\nCached: 1 kB\n"_ba;
    QTest::newRow("cut") << "MemTotal: 5 kB\nMemAvailable: 4"_ba;
    QTest::newRow("no number") << "MemTotal: five kB\nMemAvailable: 4 kB\n"_ba;
    QTest::newRow("beyond 64 bits") << "MemTotal: 99999999999999999999 kB\nMemAvailable: 4 kB\n"_ba;
}

void TestProcParser::refusesMeminfo()
{
    QFETCH(const QByteArray, text);
    QVERIFY(!parseProcMeminfo(text).has_value());
}

void TestProcParser::survivesEveryCut()
{
    const QByteArray stat = "cpu  10 1 5 100 20 2 3 4 7 7\n"_ba;
    for (qsizetype length = 0; length < stat.size(); ++length)
        QVERIFY(!parseProcStat(stat.first(length)).has_value());
    const QByteArray memory = "MemTotal: 1000 kB\nMemAvailable: 600 kB\n"_ba;
    for (qsizetype length = 0; length < memory.size(); ++length)
        QVERIFY(!parseProcMeminfo(memory.first(length)).has_value());
}

const frpx::test::TestRegistration registration("tst_procparser", frpx::test::runBareTest<TestProcParser>);

#include "tst_procparser.moc"
