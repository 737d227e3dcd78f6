// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/cidrlist.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::net;
using namespace Qt::StringLiterals;

class TestCidrList : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void contains_data();
    void contains();
    void refusesBadEntries_data();
    void refusesBadEntries();
    void isEmptyWithoutEntries();
    void isBounded();
};

void TestCidrList::contains_data()
{
    QTest::addColumn<QString>("list");
    QTest::addColumn<QString>("address");
    QTest::addColumn<bool>("inside");
    const auto row = [](const char *list, const char *address, bool inside) {
        QTest::addRow("%s in %s", address, list)
            << QString::fromLatin1(list) << QString::fromLatin1(address) << inside;
    };
    row("192.0.2.0/24", "192.0.2.0", true);
    row("192.0.2.0/24", "192.0.2.255", true);
    row("192.0.2.0/24", "192.0.1.255", false);
    row("192.0.2.0/24", "192.0.3.0", false);
    row("192.0.2.8/29", "192.0.2.7", false);
    row("192.0.2.8/29", "192.0.2.15", true);
    row("192.0.2.8/29", "192.0.2.16", false);
    row("192.0.2.1", "192.0.2.1", true);
    row("192.0.2.1/32", "192.0.2.1", true);
    row("192.0.2.1", "192.0.2.2", false);
    row("128.0.0.0/1", "127.255.255.255", false);
    row("128.0.0.0/1", "255.255.255.255", true);
    row("0.0.0.0/0", "0.0.0.0", true);
    row("0.0.0.0/0", "255.255.255.255", true);
    row("0.0.0.0/0", "::1", false);
    row("::/0", "2001:db8::1", true);
    row("::/0", "::", true);
    row("::/0", "192.0.2.1", false);
    row("::/0", "::ffff:192.0.2.1", false);
    row("192.0.2.0/24", "::ffff:192.0.2.1", true);
    row("::ffff:192.0.2.0/120", "192.0.2.1", true);
    row("::ffff:192.0.2.0/120", "192.0.3.1", false);
    row("::ffff:0.0.0.0/96", "10.0.0.1", true);
    row("::ffff:192.0.2.1", "192.0.2.1", true);
    row("2001:db8::/33", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", true);
    row("2001:db8::/33", "2001:db8:8000::", false);
    row("2001:db8::1", "2001:db8::1", true);
    row("2001:db8::1/128", "2001:db8::2", false);
    row("fe80::/10", "fe80::1%eth0", true);
    row(" 10.0.0.0/8 , 192.0.2.0/24 ,::1", "10.255.0.1", true);
    row(" 10.0.0.0/8 , 192.0.2.0/24 ,::1", "192.0.2.9", true);
    row(" 10.0.0.0/8 , 192.0.2.0/24 ,::1", "::1", true);
    row(" 10.0.0.0/8 , 192.0.2.0/24 ,::1", "11.0.0.0", false);
    // One within another, the same twice, and side by side.
    row("10.0.0.0/8,10.1.0.0/16,10.0.0.0/8", "10.200.0.1", true);
    row("10.1.0.0/16,10.0.0.0/8", "10.0.0.0", true);
    row("10.0.0.0/25,10.0.0.128/25,10.0.2.0/24", "10.0.0.128", true);
    row("10.0.0.0/25,10.0.0.128/25,10.0.2.0/24", "10.0.1.0", false);
    row("0.0.0.0,0.0.0.0/0", "9.9.9.9", true);
    row("10.0.0.0/8", "", false);
    // As addresses are written with a port behind them.
    row("[2001:db8::1]", "2001:db8::1", true);
    row("[2001:db8::]/32", "2001:db8:1::1", true);
}

void TestCidrList::contains()
{
    QFETCH(const QString, list);
    QFETCH(const QString, address);
    QFETCH(const bool, inside);
    const Result<CidrList> parsed = CidrList::parse(list);
    QVERIFY2(parsed, qPrintable(parsed ? QString() : parsed.error().detail));
    QVERIFY(!parsed->isEmpty());
    QCOMPARE(parsed->contains(QHostAddress(address)), inside);
}

void TestCidrList::refusesBadEntries_data()
{
    QTest::addColumn<QString>("list");
    QTest::addColumn<QString>("named");
    const auto row = [](const char *list, const char *named) {
        QTest::newRow(list) << QString::fromLatin1(list) << QString::fromLatin1(named);
    };
    row("home", "home");
    row("10", "10");
    row("10.0.0", "10.0.0");
    row("010.0.0.1", "010.0.0.1");
    row("10.0.0.1,", "\"\"");
    row("10.0.0.1,,10.0.0.2", "\"\"");
    row("/8", "/8");
    row("[10.0.0.1]", "[10.0.0.1]");
    row("[::1", "[::1");
    row("[::1]:80", "[::1]:80");
    row("[]", "[]");
    row("10.0.0.1:80", "10.0.0.1:80");
    row("fe80::1%eth0", "fe80::1%eth0");
    row("10.0.0.0/", "10.0.0.0/");
    row("10.0.0.0/33", "from 0 to 32");
    row("10.0.0.0/-1", "from 0 to 32");
    row("10.0.0.0/+8", "from 0 to 32");
    row("10.0.0.0/8/8", "from 0 to 32");
    row("10.0.0.0/255.0.0.0", "from 0 to 32");
    row("2001:db8::/129", "from 0 to 128");
    row("::ffff:10.0.0.0/95", "from 96 to 128");
    row("10.0.0.1/8", "behind its prefix");
    row("2001:db8::1/64", "behind its prefix");
    row("fe80::1%eth0", "fe80::1%eth0");
    row("10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2");
}

void TestCidrList::refusesBadEntries()
{
    QFETCH(const QString, list);
    QFETCH(const QString, named);
    const Result<CidrList> parsed = CidrList::parse(list);
    QVERIFY(!parsed);
    QCOMPARE(int(parsed.error().code), int(Errc::InvalidArgument));
    QVERIFY2(parsed.error().detail.contains(named), qPrintable(parsed.error().detail));
}

void TestCidrList::isEmptyWithoutEntries()
{
    for (const QString &text : {QString(), u" "_s}) {
        const Result<CidrList> parsed = CidrList::parse(text);
        QVERIFY(parsed && parsed->isEmpty());
        QVERIFY(!parsed->contains(QHostAddress(u"192.0.2.1"_s)));
    }
}

void TestCidrList::isBounded()
{
    QStringList entries;
    for (int i = 0; i < CidrList::maxEntries; ++i)
        entries += u"10.%1.%2.0/25"_s.arg(i / 256).arg(i % 256);
    const Result<CidrList> parsed = CidrList::parse(entries.join(u','));
    QVERIFY(parsed);
    for (int i = 0; i < CidrList::maxEntries; ++i) {
        QVERIFY(parsed->contains(QHostAddress(u"10.%1.%2.127"_s.arg(i / 256).arg(i % 256))));
        QVERIFY(!parsed->contains(QHostAddress(u"10.%1.%2.128"_s.arg(i / 256).arg(i % 256))));
    }
    entries += u"192.0.2.1"_s;
    QVERIFY(!CidrList::parse(entries.join(u',')));
}

const frpx::test::TestRegistration registration("tst_cidrlist", frpx::test::runBareTest<TestCidrList>);

#include "tst_cidrlist.moc"
