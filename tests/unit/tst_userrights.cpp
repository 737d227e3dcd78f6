// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/store/userrights.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestUserRights : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void matchesPatterns_data();
    void matchesPatterns();
    void needsNoEndlessTime();
    void allowsEverythingUnlessSaid();
};

void TestUserRights::matchesPatterns_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("matches");
    QTest::newRow("equal") << u"web"_s << u"web"_s << true;
    QTest::newRow("longer") << u"web"_s << u"web1"_s << false;
    QTest::newRow("capitals") << u"web"_s << u"Web"_s << false;
    QTest::newRow("one") << u"db-?"_s << u"db-1"_s << true;
    QTest::newRow("one is not none") << u"db-?"_s << u"db-"_s << false;
    QTest::newRow("any behind") << u"web-*"_s << u"web-"_s << true;
    QTest::newRow("any in between") << u"a*b*c"_s << u"aXbYbZc"_s << true;
    QTest::newRow("not to the end") << u"a*b"_s << u"aXbY"_s << false;
    QTest::newRow("all") << u"*"_s << u"whatever"_s << true;
    QTest::newRow("all, nothing") << u"*"_s << QString() << true;
    QTest::newRow("nothing") << QString() << u"a"_s << false;
    QTest::newRow("no expression") << u"a.c"_s << u"abc"_s << false;
}

void TestUserRights::matchesPatterns()
{
    QFETCH(const QString, pattern);
    QFETCH(const QString, name);
    QTEST(matchesPattern(pattern, name), "matches");
}

void TestUserRights::needsNoEndlessTime()
{
    const QString pattern = u"*a"_s.repeated(100);
    QVERIFY(!matchesPattern(pattern, QString(128, u'a').chopped(1) + u'b'));
}

void TestUserRights::allowsEverythingUnlessSaid()
{
    UserRights rights;
    QVERIFY(rights.mayUseClientId(u"x") && rights.mayUseTunnelName(u"x") && rights.mayUsePort(9000));
    rights.clientIds = QStringList();
    rights.ports = PortRanges();
    QVERIFY(!rights.mayUseClientId(u"x") && rights.mayUseTunnelName(u"x") && !rights.mayUsePort(9000));
}

const frpx::test::TestRegistration registration("tst_userrights", frpx::test::runBareTest<TestUserRights>);

#include "tst_userrights.moc"
