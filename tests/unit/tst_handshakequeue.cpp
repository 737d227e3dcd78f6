// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/handshakequeue.h"
#include "tests/support/testregistry.h"

#include <QTest>

using frpx::net::HandshakeQueue;
using frpx::net::SourceKey;

class TestHandshakeQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void givesSoManyPlaces();
    void prefersTheSourceWithTheFewest();
    void namesWhoTakesTooLongForOthers();
    void sparesWhoHasNoMoreThanOthers();
    void forgetsWhoLeaves();
};

using Next = std::optional<quint64>;

static const SourceKey loud{0, 1};
static const SourceKey quiet{0, 2};

void TestHandshakeQueue::givesSoManyPlaces()
{
    HandshakeQueue line(2);
    QCOMPARE(line.next(0), Next());
    for (quint64 id = 1; id <= 3; ++id)
        line.join(id, loud);
    QCOMPARE(line.next(0), Next(1));
    QCOMPARE(line.next(0), Next(2));
    QCOMPARE(line.next(0), Next());
    QCOMPARE(line.placesTaken(), 2U);
    QCOMPARE(line.waiting(), 1U);
    QCOMPARE(line.waitingOf(loud), 1U);
    QCOMPARE(line.waitingOf(quiet), 0U);
    line.leave(1);
    QCOMPARE(line.next(0), Next(3));
    QCOMPARE(line.waitingOf(loud), 0U);
    QCOMPARE(line.next(0), Next());
}

void TestHandshakeQueue::prefersTheSourceWithTheFewest()
{
    HandshakeQueue line(3);
    for (quint64 id = 1; id <= 10; ++id)
        line.join(id, loud);
    for (int i = 0; i < 3; ++i)
        QVERIFY(line.next(0));
    line.join(11, quiet);
    line.join(12, quiet);
    line.leave(1);
    QCOMPARE(line.next(0), Next(11));
    line.leave(2);
    QCOMPARE(line.next(0), Next(4)); // they have one each: who came first
    line.leave(3);
    QCOMPARE(line.next(0), Next(5)); // likewise
    line.leave(4);
    line.leave(5);
    QCOMPARE(line.next(0), Next(6));
    QCOMPARE(line.next(0), Next(7));
    line.leave(6);
    line.leave(7);
    line.leave(8); // one who waits may leave as well
    line.leave(11);
    QCOMPARE(line.next(0), Next(9));
    QCOMPARE(line.next(0), Next(12));
}

void TestHandshakeQueue::namesWhoTakesTooLongForOthers()
{
    HandshakeQueue line(2);
    line.join(1, loud);
    line.join(2, loud);
    QVERIFY(line.next(1000));
    QVERIFY(line.next(1500));
    QVERIFY(line.overdue(9000).empty()); // nobody waits
    line.join(3, quiet);
    QVERIFY(line.overdue(999 + HandshakeQueue::patienceMs).empty());
    QCOMPARE(line.overdue(9000), std::vector<quint64>{1}); // one waits
    line.join(4, quiet);
    QCOMPARE(line.overdue(1000 + HandshakeQueue::patienceMs), std::vector<quint64>{1});
    QCOMPARE(line.overdue(1500 + HandshakeQueue::patienceMs), (std::vector<quint64>{1, 2}));
    line.leave(1);
    QVERIFY(line.overdue(9000).empty()); // there is a place
}

void TestHandshakeQueue::sparesWhoHasNoMoreThanOthers()
{
    HandshakeQueue line(3);
    line.join(1, quiet);
    line.join(2, loud);
    line.join(3, loud);
    for (int i = 0; i < 3; ++i)
        QVERIFY(line.next(0));
    line.join(4, loud);
    QVERIFY(line.overdue(9000).empty()); // it would be for its own sake
    line.join(5, quiet);
    QCOMPARE(line.overdue(9000), std::vector<quint64>{2});
    line.leave(2);
    QCOMPARE(line.next(9000), Next(4)); // they have one each
    line.join(6, {1, 1});
    line.join(7, {1, 1});
    QCOMPARE(line.overdue(9000), (std::vector<quint64>{1, 3}));
}

void TestHandshakeQueue::forgetsWhoLeaves()
{
    HandshakeQueue line(1);
    line.join(1, loud);
    line.join(2, loud);
    QVERIFY(line.next(0));
    QCOMPARE(line.sizeOf(loud), 2U);
    line.leave(1);
    line.leave(1);
    line.leave(2);
    line.leave(77);
    QCOMPARE(line.sizeOf(loud), 0U);
    QCOMPARE(line.waiting(), 0U);
    QCOMPARE(line.placesTaken(), 0U);
    QCOMPARE(line.next(0), Next());
}

const frpx::test::TestRegistration registration(
    "tst_handshakequeue", frpx::test::runBareTest<TestHandshakeQueue>);

#include "tst_handshakequeue.moc"
