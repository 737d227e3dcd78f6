// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/cli/monitortable.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestMonitorTable : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysWhenEmpty();
    void alignsColumns();
    void showsWarningsBelow();
    void alignsWideCharacters();
    void replacesControlCharacters();
    void cutsLongNames();
    void tellsAges_data();
    void tellsAges();
    void measuresWidth_data();
    void measuresWidth();
    void readsAnswers();
    void rejectsOtherAnswers_data();
    void rejectsOtherAnswers();

private:
    static MonitorRow reporting(const QString &id, qint64 age = 3)
    {
        return {id, MonitorRow::Usage{12.34, 50, 100, age}, 1, 10, true};
    }
};

void TestMonitorTable::saysWhenEmpty()
{
    QCOMPARE(formatMonitorTable({}), u"No clients are connected.\n"_s);
}

void TestMonitorTable::alignsColumns()
{
    const QString table = formatMonitorTable(
        {reporting(u"client_B"_s), {u"a"_s, {}, 0, 12345, false}, {u"old"_s, {}, {}, {}, {}}});
    QCOMPARE(table,
        u"CLIENT       CPU  MEMORY     DISK  LAST HEARTBEAT  OPEN/TOTAL    SERVICE\n"
        "a              -       -        -               -     0/12345  unhealthy\n"
        "client_B  12.3 %  50.0 %  100.0 %         3 s ago        1/10    healthy\n"
        "old            -       -        -               -         -/-          -\n"_s);
}

void TestMonitorTable::showsWarningsBelow()
{
    MonitorRow warned = reporting(u"b"_s);
    warned.warning = u"it refuses\nmy.server.org (403): "_s + QString(100, u'x');
    const QStringList lines = formatMonitorTable({warned, reporting(u"a"_s)}).split(u'\n');
    QCOMPARE(lines.size(), 5);
    QVERIFY(lines.at(1).startsWith("a "_L1) && lines.at(1).endsWith(" healthy"_L1));
    QVERIFY(lines.at(2).startsWith("b "_L1) && lines.at(2).endsWith(" warning"_L1));
    QCOMPARE(lines.at(3), u"b: it refuses?my.server.org (403): "_s + QString(100, u'x'));
}

void TestMonitorTable::alignsWideCharacters()
{
    const QString table =
        formatMonitorTable({reporting(u"书房的电脑"_s), reporting(u"kitchen"_s), reporting(u"😀"_s)});
    QList<qsizetype> widths;
    for (const QString &line : table.split(u'\n', Qt::SkipEmptyParts))
        widths.append(displayWidth(line));
    QCOMPARE(widths, QList<qsizetype>(4, widths.first()));
}

void TestMonitorTable::replacesControlCharacters()
{
    const QString table = formatMonitorTable({reporting(u"a\x1b[2Jb\u202ec\nd\u2028e\x9b"_s)});
    QVERIFY2(table.contains(u"a?[2Jb?c?d?e? "_s), qPrintable(table));
    QCOMPARE(table.count(u'\n'), 2);
}

void TestMonitorTable::cutsLongNames()
{
    const QString table = formatMonitorTable({reporting(QString(5000, u'x'))});
    QVERIFY(table.contains(QString(64, u'x') + u'…'));
    QVERIFY(!table.contains(QString(65, u'x')));
}

void TestMonitorTable::tellsAges_data()
{
    QTest::addColumn<qint64>("seconds");
    QTest::addColumn<QString>("text");
    QTest::newRow("clock went back") << qint64(-5) << u"0 s ago"_s;
    QTest::newRow("seconds") << qint64(119) << u"119 s ago"_s;
    QTest::newRow("minutes") << qint64(120) << u"2 min ago"_s;
    QTest::newRow("hours") << qint64(7200) << u"2 h ago"_s;
    QTest::newRow("days") << qint64(172800) << u"2 d ago"_s;
}

void TestMonitorTable::tellsAges()
{
    QFETCH(const qint64, seconds);
    QFETCH(const QString, text);
    QVERIFY(formatMonitorTable({reporting(u"x"_s, seconds)}).contains(u"  "_s + text + u"  "_s));
}

void TestMonitorTable::measuresWidth_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("width");
    QTest::newRow("empty") << QString() << 0;
    QTest::newRow("Latin") << u"abc"_s << 3;
    QTest::newRow("CJK") << u"书房"_s << 4;
    QTest::newRow("Hangul") << u"한국"_s << 4;
    QTest::newRow("full width") << u"ＡＢ"_s << 4;
    QTest::newRow("combining") << u"e\u0301"_s << 1;
    QTest::newRow("emoji") << u"😀"_s << 2;
}

void TestMonitorTable::measuresWidth()
{
    QFETCH(const QString, text);
    QFETCH(const int, width);
    QCOMPARE(displayWidth(text), width);
}

void TestMonitorTable::readsAnswers()
{
    const auto rows = parseMonitorRows(
        R"({"success":true,"message":"x","timestamp":"y","data":[
            {"client_id":"a","authed":true,"connected_at":"z","open_connections":1,"total_connections":2,
             "healthy":false,"health_detail":"x",
             "system_info":{"cpu_usage":1.5,"memory_usage":2,"disk_usage":3,"heartbeat_seconds_ago":4}},
            {"client_id":"b","authed":true,"connected_at":"z","system_info":null},
            {"client_id":"c","healthy":true,"health_warning":"refuses"}]})"_ba);
    QVERIFY(rows.hasValue());
    QCOMPARE(rows->size(), 3U);
    QVERIFY(rows->at(0).warning.isEmpty());
    QCOMPARE(rows->at(2).warning, u"refuses"_s);
    QCOMPARE(rows->at(0).clientId, u"a"_s);
    QVERIFY(rows->at(0).usage.has_value());
    QCOMPARE(rows->at(0).usage->cpu, 1.5);
    QCOMPARE(rows->at(0).usage->heartbeatSecondsAgo, 4);
    QCOMPARE(rows->at(0).openConnections, std::optional<qint64>(1));
    QCOMPARE(rows->at(0).totalConnections, std::optional<qint64>(2));
    QCOMPARE(rows->at(0).healthy, std::optional<bool>(false));
    QVERIFY(!rows->at(1).healthy.has_value());
    QVERIFY(!rows->at(1).usage);
    QVERIFY(!rows->at(1).openConnections);
}

void TestMonitorTable::rejectsOtherAnswers_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("code");
    QTest::newRow("nothing") << QByteArray() << int(Errc::BadJson);
    QTest::newRow("HTML") << "<html>"_ba << int(Errc::BadJson);
    QTest::newRow("array") << "[]"_ba << int(Errc::BadJson);
    QTest::newRow("other object") << "{}"_ba << int(Errc::BadField);
    QTest::newRow("failure") << R"({"success":false,"message":"no"})"_ba << int(Errc::BadField);
    QTest::newRow("data no array") << R"({"success":true,"data":{}})"_ba << int(Errc::BadField);
    QTest::newRow("no id") << R"({"success":true,"data":[{}]})"_ba << int(Errc::BadField);
    QTest::newRow("numbers") << R"({"success":true,"data":[1]})"_ba << int(Errc::BadField);
}

void TestMonitorTable::rejectsOtherAnswers()
{
    QFETCH(const QByteArray, answer);
    QFETCH(const int, code);
    const auto rows = parseMonitorRows(answer);
    QVERIFY(!rows.hasValue());
    QCOMPARE(int(rows.error().code), code);
}

const frpx::test::TestRegistration registration(
    "tst_monitortable", frpx::test::runBareTest<TestMonitorTable>);

#include "tst_monitortable.moc"
