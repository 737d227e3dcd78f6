// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/portranges.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace Qt::StringLiterals;

class TestPortRanges : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takesPortsOut();
    void readsLists_data();
    void readsLists();
    void refusesBadLists_data();
    void refusesBadLists();
    void refusesBadIntervals();
    void knowsItsPorts();
    void saysWhatCanBeDone();
};

void TestPortRanges::readsLists_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("ranges");
    QTest::addColumn<int>("count");
    QTest::newRow("none") << u""_s << u""_s << 0;
    QTest::newRow("one port") << u"10000"_s << u"10000"_s << 1;
    QTest::newRow("a range and a port") << u"9930-9932,10000"_s << u"9930-9932,10000"_s << 4;
    QTest::newRow("blanks") << u" 9930 - 9932 , 10000 "_s << u"9930-9932,10000"_s << 4;
    QTest::newRow("out of order") << u"7000,6000"_s << u"6000,7000"_s << 2;
    QTest::newRow("overlapping") << u"6000-6010,6005-6020"_s << u"6000-6020"_s << 21;
    QTest::newRow("one within another") << u"6000-6020,6005"_s << u"6000-6020"_s << 21;
    QTest::newRow("touching") << u"6000-6001,6002-6003"_s << u"6000-6003"_s << 4;
    QTest::newRow("everything") << u"1024-65535"_s << u"1024-65535"_s << 64'512;
    QTest::newRow("the last port twice") << u"65535,65535"_s << u"65535"_s << 1;
}

void TestPortRanges::readsLists()
{
    QFETCH(const QString, text);
    QFETCH(const QString, ranges);
    QFETCH(const int, count);
    const Result<PortRanges> parsed = PortRanges::parse(text);
    QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().detail));
    QCOMPARE(parsed->toString(), ranges);
    QCOMPARE(parsed->count(), count);
    QCOMPARE(parsed->isEmpty(), count == 0);
}

void TestPortRanges::refusesBadLists_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("says");
    QTest::newRow("reversed") << u"9932-9930"_s << u"reversed"_s;
    QTest::newRow("below 1024") << u"80-9000"_s << u"out of bounds"_s;
    QTest::newRow("zero") << u"0"_s << u"out of bounds"_s;
    QTest::newRow("above 65535") << u"65536"_s << u"out of bounds"_s;
    QTest::newRow("huge") << u"99999999999999999999"_s << u"not a port"_s;
    QTest::newRow("negative") << u"-5"_s << u"not a port"_s;
    QTest::newRow("three ends") << u"1024-2000-3000"_s << u"not a port"_s;
    QTest::newRow("empty part") << u"9930,,9931"_s << u"not a port"_s;
    QTest::newRow("open end") << u"9930-"_s << u"not a port"_s;
    QTest::newRow("word") << u"9930,http"_s << u"'http'"_s;
    QTest::newRow("too many") << u"2000,"_s.repeated(5000) << u"4096"_s;
}

void TestPortRanges::refusesBadLists()
{
    QFETCH(const QString, text);
    QFETCH(const QString, says);
    const Result<PortRanges> parsed = PortRanges::parse(text);
    QVERIFY(!parsed);
    QCOMPARE(parsed.error().code, Errc::InvalidArgument);
    QVERIFY2(parsed.error().detail.contains(says), qPrintable(parsed.error().detail));
}

void TestPortRanges::refusesBadIntervals()
{
    PortRanges ranges;
    QVERIFY(!ranges.add(7000, 6000));
    QVERIFY(!ranges.add(1023, 2000));
    QVERIFY(ranges.isEmpty());
    QVERIFY(ranges.add(1024, 65535));
}

void TestPortRanges::knowsItsPorts()
{
    const Result<PortRanges> ranges = PortRanges::parse(u"6000-6002,7000,65534-65535");
    QVERIFY(ranges);
    const std::vector<quint16> ports{6000, 6001, 6002, 7000, 65534, 65535};
    QCOMPARE(ranges->count(), int(ports.size()));
    for (int i = 0; i < ranges->count(); ++i) {
        QCOMPARE(ranges->at(i), ports.at(size_t(i)));
        QVERIFY(ranges->contains(ranges->at(i)));
    }
    for (const int port : {0, 1024, 5999, 6003, 6999, 7001, 65533})
        QVERIFY(!ranges->contains(static_cast<quint16>(port)));
}

/// A refusal names what whoever runs the server has to do.
void TestPortRanges::saysWhatCanBeDone()
{
    QVERIFY(PortRanges().refusalOf(6000).contains(u"start frps with --allow-ports"_s));
    QVERIFY(PortRanges().refusalOf(0).contains(u"start frps with --allow-ports"_s));
    const PortRanges ranges = *PortRanges::parse(u"9930-9932,10000");
    const QString other = ranges.refusalOf(6000);
    QVERIFY2(other.contains(
                 u"Port 6000 is not among those that this server assigns to tunnels (9930-9932,10000)"_s)
            && other.contains(u"adds it to --allow-ports"_s),
        qPrintable(other));
    QVERIFY(!ranges.refusalOf(80).contains(u"adds it"_s)); // which would be refused
    QString many = u"1024"_s;
    for (int port = 1026; port < 8000; port += 2)
        many += u",%1"_s.arg(port);
    QVERIFY(PortRanges::parse(many)->refusalOf(9000).size() < 512); // as long as the protocol takes
}

void TestPortRanges::takesPortsOut()
{
    PortRanges ranges = *PortRanges::parse(u"9930-9933,10000");
    for (const int port : {9931, 9930, 10000, 5000})
        ranges.remove(static_cast<quint16>(port));
    QCOMPARE(ranges.toString(), u"9932-9933"_s);
    ranges.remove(9933);
    ranges.remove(9932);
    QVERIFY(ranges.isEmpty());
}

const frpx::test::TestRegistration registration("tst_portranges", frpx::test::runTest<TestPortRanges>);

#include "tst_portranges.moc"
