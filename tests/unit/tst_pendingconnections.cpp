// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/dispatch/pendingconnections.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestPendingConnections : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void redeemsOnce();
    void redeemsForTheAskedSessionOnly();
    void takesTheTicketsOfASession();
    void takesWhatIsDue();
    void countsWhatIsAskedOfAnAddress();

private:
    static PendingConnection ticket(
        const QString &id, SessionId session, qint64 attemptUntil = 100, qint64 giveUpAt = 200)
    {
        return {id, UniqueFd(), session, attemptUntil, giveUpAt, {session}};
    }
};

void TestPendingConnections::redeemsOnce()
{
    PendingConnections book;
    book.issue(ticket(u"a"_s, SessionId{1}));
    QVERIFY(!book.redeem(u"b"_s));
    const auto redeemed = book.redeem(u"a"_s);
    QVERIFY(redeemed);
    QCOMPARE(redeemed->session, SessionId{1});
    QVERIFY(!book.redeem(u"a"_s));
    QCOMPARE(book.size(), 0);
}

void TestPendingConnections::redeemsForTheAskedSessionOnly()
{
    PendingConnections book;
    book.issue(ticket(u"a"_s, SessionId{1}));
    QVERIFY(!book.redeem(u"a"_s, SessionId{2}));
    QCOMPARE(book.size(), 1);
    QVERIFY(book.redeem(u"a"_s, SessionId{1}));
}

void TestPendingConnections::takesTheTicketsOfASession()
{
    PendingConnections book;
    book.issue(ticket(u"a"_s, SessionId{1}));
    book.issue(ticket(u"b"_s, SessionId{2}));
    book.issue(ticket(u"c"_s, SessionId{1}));
    QCOMPARE(book.takeOf(SessionId{1}).size(), size_t(2));
    QCOMPARE(book.ids(), QStringList{u"b"_s});
}

void TestPendingConnections::takesWhatIsDue()
{
    PendingConnections book;
    book.issue(ticket(u"attempt over"_s, SessionId{1}, 50, 200));
    book.issue(ticket(u"all over"_s, SessionId{1}, 80, 90));
    book.issue(ticket(u"fresh"_s, SessionId{1}, 101, 200));
    QCOMPARE(book.takeDue(49).size(), size_t(0));
    QCOMPARE(book.takeDue(100).size(), size_t(2));
    QCOMPARE(book.ids(), QStringList{u"fresh"_s});
}

void TestPendingConnections::countsWhatIsAskedOfAnAddress()
{
    const net::SourceKey here{0, 1};
    const net::SourceKey there{0, 2};
    PendingConnections book;
    for (const auto &[id, session, source] :
        {std::tuple(u"a"_s, SessionId{1}, here), std::tuple(u"b"_s, SessionId{2}, here),
            std::tuple(u"c"_s, SessionId{3}, there), std::tuple(u"nobody is asked"_s, SessionId{}, here)}) {
        PendingConnection asked = ticket(id, session);
        asked.askedSource = source;
        book.issue(std::move(asked));
    }
    QCOMPARE(book.askedOf(here), 2u);
    QCOMPARE(book.askedOf(there), 1u);
    QVERIFY(book.redeem(u"a"_s));
    QVERIFY(book.redeem(u"nobody is asked"_s));
    QCOMPARE(book.askedOf(here), 1u);
    QCOMPARE(book.takeOf(SessionId{3}).size(), 1u);
    QCOMPARE(book.askedOf(there), 0u);
    QCOMPARE(book.takeDue(1000).size(), 1u);
    QCOMPARE(book.askedOf(here), 0u);
}

const frpx::test::TestRegistration registration(
    "tst_pendingconnections", frpx::test::runBareTest<TestPendingConnections>);

#include "tst_pendingconnections.moc"
