// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/activelogins.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx::server;

class TestActiveLogins : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void knowsWhatSomebodyHas();
    void endsNothingWithoutAToken();
    void forgets();
};

void TestActiveLogins::knowsWhatSomebodyHas()
{
    ActiveLogins logins;
    QVERIFY(!logins.find(7));
    auto session = logins.hold({1, 7});
    const auto relay = logins.hold({1, 7});
    QCOMPARE(session, relay);
    const auto other = logins.hold({1, 8});
    QVERIFY(other != relay);
    QCOMPARE(logins.all().size(), 2U);
    session.reset();
    QCOMPARE(logins.find(7), relay);
}

void TestActiveLogins::endsNothingWithoutAToken()
{
    ActiveLogins logins;
    QVERIFY(!logins.hold({1, 0}));
    QVERIFY(logins.all().empty());
}

void TestActiveLogins::forgets()
{
    ActiveLogins logins;
    logins.hold({1, 7});
    QVERIFY(!logins.find(7));
    QVERIFY(logins.all().empty());
    for (qint64 token = 1; token <= 1000; ++token)
        logins.hold({1, token});
    QVERIFY(logins.size() < 40);
}

const frpx::test::TestRegistration registration(
    "tst_activelogins", frpx::test::runBareTest<TestActiveLogins>);

#include "tst_activelogins.moc"
