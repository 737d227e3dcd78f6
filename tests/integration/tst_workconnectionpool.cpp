// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/messages.h"
#include "frps/workconn/workconnectionpool.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

constexpr auto alice = SessionId{1};
constexpr auto bob = SessionId{2};
constexpr qint64 review = 30'000; // the intervals of WorkConnectionPool
constexpr qint64 check = 5000;
constexpr qint64 start = 1'000'000;

} // namespace

class TestWorkConnectionPool : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void givesEachSessionItsOwn();
    void givesTheNewestFirst();
    void refusesUnknownSecrets();
    void closesWithTheSession();
    void takesNoMoreOfARetiredSession();
    void isBounded();
    void skipsBrokenOnes_data();
    void skipsBrokenOnes();
    void dropsBrokenOnesInTime();
    void dropsHalfOfWhatNobodyNeeds();
    void keepsWhatABurstNeeded();

private:
    /// A connection put into the pool under \a secret; the far end is the client's.
    UniqueFd add(WorkConnectionPool &pool, const QString &secret, bool *taken = nullptr)
    {
        Connection connection = m_connector.connection();
        const bool added = pool.add(secret, std::move(connection.far));
        if (taken)
            *taken = added;
        return std::move(connection.near);
    }
    static bool isOpen(const UniqueFd &client) { return net::isQuiet(client.get()); }
    static bool areJoined(const WorkConn &work, const UniqueFd &client)
    {
        return sendAll(work.get(), "x") && receive(client.get(), 1).bytes == "x";
    }

    Connector m_connector;
    int m_descriptors = 0;
};

void TestWorkConnectionPool::init()
{
    m_descriptors = openDescriptors();
}

void TestWorkConnectionPool::cleanup()
{
    QCOMPARE(openDescriptors(), m_descriptors);
}

void TestWorkConnectionPool::givesEachSessionItsOwn()
{
    WorkConnectionPool pool(10);
    pool.open(alice, u"a"_s, 1, start);
    pool.open(bob, u"b"_s, 1, start);
    const UniqueFd ofAlice = add(pool, u"a"_s);
    const UniqueFd ofBob = add(pool, u"b"_s);
    QCOMPARE(pool.idle(), 2u);
    QCOMPARE(pool.idleOf(alice), 1u);
    const WorkConn work = pool.take(bob);
    QVERIFY(areJoined(work, ofBob));
    QVERIFY(!pool.take(bob));
    QCOMPARE(pool.idle(), 1u);
    QVERIFY(areJoined(pool.take(alice), ofAlice));
    QCOMPARE(pool.idle(), 0u);
    QVERIFY(!pool.take(SessionId{3}));
}

void TestWorkConnectionPool::givesTheNewestFirst()
{
    WorkConnectionPool pool(10);
    pool.open(alice, u"a"_s, 1, start);
    const UniqueFd older = add(pool, u"a"_s);
    const UniqueFd newer = add(pool, u"a"_s);
    QVERIFY(areJoined(pool.take(alice), newer));
    QVERIFY(areJoined(pool.take(alice), older));
}

void TestWorkConnectionPool::refusesUnknownSecrets()
{
    WorkConnectionPool pool(10);
    pool.open(alice, u"a"_s, 1, start);
    QVERIFY(pool.knows(u"a"_s));
    for (const QString &secret : {QString(), u"A"_s, u"aa"_s, u"b"_s}) {
        QVERIFY(!pool.knows(secret));
        bool taken = true;
        const UniqueFd client = add(pool, secret, &taken);
        QVERIFY(!taken);
        QVERIFY(!isOpen(client));
    }
    QCOMPARE(pool.idle(), 0u);
}

void TestWorkConnectionPool::closesWithTheSession()
{
    WorkConnectionPool pool(10);
    pool.open(alice, u"a"_s, 1, start);
    pool.open(bob, u"b"_s, 1, start);
    const UniqueFd ofAlice = add(pool, u"a"_s);
    const UniqueFd ofBob = add(pool, u"b"_s);
    pool.close(alice);
    pool.close(alice);
    pool.close(SessionId{3});
    QVERIFY(!isOpen(ofAlice));
    QVERIFY(isOpen(ofBob));
    QVERIFY(!pool.knows(u"a"_s));
    QVERIFY(!pool.take(alice));
    QCOMPARE(pool.idleOf(alice), 0u);
    QCOMPARE(pool.idle(), 1u);
}

void TestWorkConnectionPool::takesNoMoreOfARetiredSession()
{
    WorkConnectionPool pool(10);
    pool.open(alice, u"a"_s, 1, start);
    pool.open(bob, u"b"_s, 1, start);
    const UniqueFd early = add(pool, u"a"_s);
    const UniqueFd ofBob = add(pool, u"b"_s);
    pool.retire(alice);
    pool.retire(SessionId{3});
    QVERIFY(!isOpen(early));
    QVERIFY(isOpen(ofBob));
    QCOMPARE(pool.idle(), 1u);
    QVERIFY(pool.knows(u"a"_s)); // one that is on its way has done nothing wrong
    bool taken = true;
    const UniqueFd late = add(pool, u"a"_s, &taken);
    QVERIFY(!taken && !isOpen(late));
    QVERIFY(!pool.take(alice));
}

void TestWorkConnectionPool::isBounded()
{
    constexpr auto perClient = size_t(proto::maxPooledPerClient);
    WorkConnectionPool pool(perClient + 10);
    pool.open(alice, u"a"_s, 1, start);
    pool.open(bob, u"b"_s, 1, start);
    std::vector<UniqueFd> clients;
    bool taken = false;
    for (size_t i = 0; i < perClient; ++i) {
        clients.push_back(add(pool, u"a"_s, &taken));
        QVERIFY(taken);
    }
    QVERIFY(!isOpen(add(pool, u"a"_s, &taken))); // one client alone
    QVERIFY(!taken);
    for (size_t i = 0; i < 10; ++i) {
        clients.push_back(add(pool, u"b"_s, &taken));
        QVERIFY(taken);
    }
    QVERIFY(!isOpen(add(pool, u"b"_s, &taken))); // all together
    QVERIFY(!taken);
    QCOMPARE(pool.idle(), perClient + 10);
    QVERIFY(pool.take(alice));
    clients.push_back(add(pool, u"b"_s, &taken));
    QVERIFY(taken);
    pool.close(alice);
    QCOMPARE(pool.idle(), 11u);
}

void TestWorkConnectionPool::skipsBrokenOnes_data()
{
    QTest::addColumn<int>("how");
    QTest::newRow("closed") << 0;
    QTest::newRow("reset") << 1;
    QTest::newRow("speaks out of turn") << 2;
}

void TestWorkConnectionPool::skipsBrokenOnes()
{
    QFETCH(int, how);
    WorkConnectionPool pool(10);
    pool.open(alice, u"a"_s, 1, start);
    const UniqueFd whole = add(pool, u"a"_s);
    UniqueFd broken = add(pool, u"a"_s);
    if (how == 0)
        broken.reset();
    else if (how == 1)
        reset(broken);
    else
        QVERIFY(sendAll(broken.get(), "me"));
    QVERIFY(areJoined(pool.take(alice), whole));
    QCOMPARE(pool.idle(), 0u);
    QVERIFY(how != 2 || !isOpen(broken));
}

void TestWorkConnectionPool::dropsBrokenOnesInTime()
{
    WorkConnectionPool pool(10);
    pool.open(alice, u"a"_s, 10, start);
    pool.open(bob, u"b"_s, 10, start);
    pool.sweep(start);
    const UniqueFd first = add(pool, u"a"_s);
    UniqueFd second = add(pool, u"a"_s);
    const UniqueFd third = add(pool, u"a"_s);
    UniqueFd other = add(pool, u"b"_s);
    second.reset();
    reset(other);
    QVERIFY(sendAll(third.get(), "me"));
    pool.sweep(start + check - 1);
    QCOMPARE(pool.idle(), 4u);
    pool.sweep(start + check);
    QCOMPARE(pool.idleOf(alice), 1u);
    QCOMPARE(pool.idleOf(bob), 0u);
    QCOMPARE(pool.idle(), 1u);
    QVERIFY(areJoined(pool.take(alice), first));
}

void TestWorkConnectionPool::dropsHalfOfWhatNobodyNeeds()
{
    WorkConnectionPool pool(100);
    pool.open(alice, u"a"_s, 4, start);
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 20; ++i)
        clients.push_back(add(pool, u"a"_s));
    pool.sweep(start + review); // only now it is known how many there are
    QCOMPARE(pool.idle(), 20u);
    pool.sweep(start + 2 * review - check);
    QCOMPARE(pool.idle(), 20u);
    qint64 now = start + 2 * review;
    for (const size_t left : {12U, 8U, 6U, 5U, 4U, 4U, 4U}) {
        pool.sweep(now);
        QCOMPARE(pool.idle(), size_t(left));
        QCOMPARE(pool.idleOf(alice), size_t(left));
        now += review;
    }
    QVERIFY(!isOpen(clients[0])); // the oldest go
    QVERIFY(!isOpen(clients[15]));
    QVERIFY(isOpen(clients[16]));
}

void TestWorkConnectionPool::keepsWhatABurstNeeded()
{
    WorkConnectionPool pool(100);
    pool.open(alice, u"a"_s, 0, start);
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 10; ++i)
        clients.push_back(add(pool, u"a"_s));
    pool.sweep(start + review);
    for (int i = 0; i < 8; ++i) // a burst takes all but two
        QVERIFY(pool.take(alice));
    for (int i = 0; i < 8; ++i) // and the client refills
        clients.push_back(add(pool, u"a"_s));
    pool.sweep(start + 2 * review);
    QCOMPARE(pool.idle(), 9u); // half of those two
    pool.sweep(start + 3 * review);
    QCOMPARE(pool.idle(), 4u);
}

const frpx::test::TestRegistration registration(
    "tst_workconnectionpool", frpx::test::runTest<TestWorkConnectionPool>);

#include "tst_workconnectionpool.moc"
