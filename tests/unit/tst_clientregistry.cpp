// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/clientregistry.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestClientRegistry : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsBySessionAndByClientId();
    void freesTheClientIdAtOnce();
    void findsTheSilent();
    void findsTheSilentAgainAndAgain();
    void visitsInOrderOfClientId();
    void countsTheSessionsOfAnAccount();
    void remembersWhoIsDrained();
    void forgetsTheDrainedOnlyWhenTold();

private:
    static ClientRecord record(quint64 session, const QString &clientId, qint64 aliveAt = 0)
    {
        ClientRecord record;
        record.session = SessionId{session};
        record.clientId = clientId;
        record.aliveAtMs = aliveAt;
        record.silenceLimitMs = 1000;
        return record;
    }
};

void TestClientRegistry::findsBySessionAndByClientId()
{
    ClientRegistry registry;
    registry.add(record(1, u"a"_s));
    QCOMPARE(registry.find(SessionId{1})->clientId, u"a"_s);
    QCOMPARE(registry.findByClientId(u"a"_s)->session, SessionId{1});
    QVERIFY(!registry.find(SessionId{2}));
    QVERIFY(!registry.findByClientId(u"b"_s));
}

void TestClientRegistry::freesTheClientIdAtOnce()
{
    ClientRegistry registry;
    registry.add(record(1, u"a"_s));
    registry.remove(SessionId{1});
    registry.remove(SessionId{1});
    QVERIFY(!registry.findByClientId(u"a"_s));
    registry.add(record(2, u"a"_s));
    QCOMPARE(registry.findByClientId(u"a"_s)->session, SessionId{2});
    QCOMPARE(registry.size(), 1);
}

void TestClientRegistry::findsTheSilent()
{
    ClientRegistry registry;
    registry.add(record(1, u"a"_s, 1000));
    registry.add(record(2, u"b"_s, 1000));
    const QDateTime wall = QDateTime::currentDateTimeUtc();
    registry.touch(SessionId{2}, 2000, wall);
    registry.touch(SessionId{9}, 2000, wall);
    QCOMPARE(registry.silent(1999).size(), size_t(0));
    QCOMPARE(registry.silent(2500), std::vector{SessionId{1}});
    registry.find(SessionId{2})->silenceLimitMs = 400; // each has its own
    QCOMPARE(registry.silent(2400).size(), size_t(2));
    QVERIFY(!registry.find(SessionId{1})->lastHeartbeat);
    QCOMPARE(*registry.find(SessionId{2})->lastHeartbeat, wall);
}

void TestClientRegistry::findsTheSilentAgainAndAgain()
{
    ClientRegistry registry;
    const QDateTime wall = QDateTime::currentDateTimeUtc();
    QCOMPARE(registry.silent(6000).size(), size_t(0));
    registry.add(record(1, u"a"_s, 1000));
    registry.add(record(2, u"b"_s, 2000));
    QCOMPARE(registry.silent(2000), std::vector{SessionId{1}});
    QCOMPARE(registry.silent(2000), std::vector{SessionId{1}}); // until it is heard or removed
    registry.touch(SessionId{1}, 3000, wall);
    QCOMPARE(registry.silent(2999).size(), size_t(0));
    QCOMPARE(registry.silent(3000), std::vector{SessionId{2}});
    registry.remove(SessionId{2});
    QCOMPARE(registry.silent(3999).size(), size_t(0));
    registry.add(record(3, u"c"_s, 2500)); // older than the last look
    QCOMPARE(registry.silent(3600), std::vector{SessionId{3}});
    registry.remove(SessionId{3});
    QCOMPARE(registry.silent(4000), std::vector{SessionId{1}});
}

void TestClientRegistry::visitsInOrderOfClientId()
{
    ClientRegistry registry;
    registry.add(record(1, u"b"_s));
    registry.add(record(2, u"a"_s));
    QStringList order;
    registry.forEach([&order](const ClientRecord &client) { order += client.clientId; });
    QCOMPARE(order, (QStringList{u"a"_s, u"b"_s}));
}

void TestClientRegistry::countsTheSessionsOfAnAccount()
{
    ClientRegistry registry;
    ClientRecord other = record(3, u"c"_s);
    other.userId = 7;
    registry.add(record(1, u"a"_s));
    registry.add(record(2, u"b"_s));
    registry.add(other);
    const qint64 account = registry.find(SessionId{1})->userId;
    QVERIFY(account != 7);
    QCOMPARE(registry.sessionsOf(account), 2);
    QCOMPARE(registry.sessionsOf(7), 1);
    registry.remove(SessionId{1});
    registry.remove(SessionId{1});
    registry.remove(SessionId{3});
    QCOMPARE(registry.sessionsOf(account), 1);
    QCOMPARE(registry.sessionsOf(7), 0);
}

void TestClientRegistry::remembersWhoIsDrained()
{
    ClientRegistry registry;
    QVERIFY(!registry.setDrained(u"a"_s, true)); // nobody has ever heard of it
    registry.add(record(1, u"a"_s));
    registry.add(record(2, u"b"_s));
    QVERIFY(registry.setDrained(u"a"_s, true));
    QVERIFY(registry.find(SessionId{1})->isDraining());
    QVERIFY(!registry.find(SessionId{2})->isDraining());
    registry.remove(SessionId{1});
    registry.add(record(3, u"a"_s));
    QVERIFY(registry.find(SessionId{3})->isDraining());
    QVERIFY(registry.setDrained(u"a"_s, false));
    QVERIFY(!registry.find(SessionId{3})->isDraining());
    registry.find(SessionId{3})->leaving = true;
    QVERIFY(registry.setDrained(u"a"_s, false));
    QVERIFY(registry.find(SessionId{3})->isDraining()); // it goes all the same
}

void TestClientRegistry::forgetsTheDrainedOnlyWhenTold()
{
    ClientRegistry registry;
    registry.add(record(1, u"a"_s));
    QVERIFY(registry.setDrained(u"a"_s, true));
    registry.remove(SessionId{1});
    QVERIFY(registry.setDrained(u"a"_s, false));
    QVERIFY(!registry.setDrained(u"a"_s, false));
    registry.add(record(2, u"a"_s));
    QVERIFY(!registry.find(SessionId{2})->isDraining());
}

const frpx::test::TestRegistration registration(
    "tst_clientregistry", frpx::test::runBareTest<TestClientRegistry>);

#include "tst_clientregistry.moc"
