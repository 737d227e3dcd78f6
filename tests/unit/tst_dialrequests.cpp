// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/dispatch/dialrequests.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestDialRequests : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void givesEachOnce();
    void givesToTheAskedSessionOnly();
    void takesThoseOfASession();
    void countsWhatIsAskedOfAnAddress();
};

void TestDialRequests::givesEachOnce()
{
    DialRequests requests;
    requests.add({u"a"_s, SessionId{1}});
    QVERIFY(!requests.take(u"b"_s));
    const auto taken = requests.take(u"a"_s);
    QVERIFY(taken);
    QCOMPARE(taken->session, SessionId{1});
    QVERIFY(!requests.take(u"a"_s));
    QCOMPARE(requests.size(), 0u);
}

void TestDialRequests::givesToTheAskedSessionOnly()
{
    DialRequests requests;
    requests.add({u"a"_s, SessionId{1}});
    QVERIFY(!requests.take(u"a"_s, SessionId{2}));
    QCOMPARE(requests.size(), 1u);
    QVERIFY(requests.take(u"a"_s, SessionId{1}));
}

void TestDialRequests::takesThoseOfASession()
{
    DialRequests requests;
    requests.add({u"a"_s, SessionId{1}});
    requests.add({u"b"_s, SessionId{2}});
    requests.add({u"c"_s, SessionId{1}});
    QCOMPARE(requests.takeOf(SessionId{1}).size(), 2u);
    QCOMPARE(requests.size(), 1u);
    QVERIFY(requests.take(u"b"_s));
}

void TestDialRequests::countsWhatIsAskedOfAnAddress()
{
    const net::SourceKey here{0, 1};
    const net::SourceKey there{0, 2};
    DialRequests requests;
    requests.add({u"a"_s, SessionId{1}, here});
    requests.add({u"b"_s, SessionId{2}, here});
    requests.add({u"c"_s, SessionId{3}, there});
    QCOMPARE(requests.askedOf(here), 2u);
    QCOMPARE(requests.askedOf(there), 1u);
    QVERIFY(requests.take(u"a"_s));
    QCOMPARE(requests.askedOf(here), 1u);
    QCOMPARE(requests.takeOf(SessionId{3}).size(), 1u);
    QCOMPARE(requests.askedOf(there), 0u);
}

const frpx::test::TestRegistration registration(
    "tst_dialrequests", frpx::test::runBareTest<TestDialRequests>);

#include "tst_dialrequests.moc"
