// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/evictionqueue.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx::net;
using namespace Qt::StringLiterals;

class TestEvictionQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void namesTheOldestOfTheBusiest();
    void sparesWhoIsBusy();
    void prefersTheOldestOfEquals();
    void forgets();
    void tellsSourcesApart();
};

void TestEvictionQueue::namesTheOldestOfTheBusiest()
{
    EvictionQueue list;
    QVERIFY(!list.oldestOfBusiest());
    const SourceKey quiet{0, 1};
    const SourceKey loud{0, 2};
    list.add(1, quiet);
    list.add(2, loud);
    list.add(3, loud);
    QCOMPARE(list.oldestOfBusiest(), std::optional<quint64>(2));
    QCOMPARE(list.oldestOf(quiet), std::optional<quint64>(1));
    QCOMPARE(list.sizeOf(loud), 2);
    list.remove(2);
    QCOMPARE(list.oldestOf(loud), std::optional<quint64>(3));
    list.add(4, quiet);
    QCOMPARE(list.oldestOfBusiest(), std::optional<quint64>(1));
}

void TestEvictionQueue::sparesWhoIsBusy()
{
    EvictionQueue list;
    const SourceKey source{0, 1};
    list.add(1, source);
    list.add(2, source);
    list.setIdle(1, false);
    list.setIdle(1, false);
    QCOMPARE(list.oldestOf(source), std::optional<quint64>(2));
    list.setIdle(2, false);
    QVERIFY(!list.oldestOf(source));
    QVERIFY(!list.oldestOfBusiest());
    QCOMPARE(list.sizeOf(source), 2);
    list.setIdle(1, true);
    QCOMPARE(list.oldestOfBusiest(), std::optional<quint64>(1));
    list.setIdle(7, true); // nobody
    QCOMPARE(list.size(), 2);
}

void TestEvictionQueue::prefersTheOldestOfEquals()
{
    EvictionQueue list;
    for (quint64 id = 1; id <= 1000; ++id)
        list.add(id, {0, 5000 - id});
    QCOMPARE(list.oldestOfBusiest(), std::optional<quint64>(1));
    list.remove(1);
    QCOMPARE(list.oldestOfBusiest(), std::optional<quint64>(2));
    QCOMPARE(list.members().begin()->first, 2U);
}

void TestEvictionQueue::forgets()
{
    EvictionQueue list;
    list.add(1, {0, 1});
    list.remove(1);
    list.remove(1);
    QCOMPARE(list.size(), 0);
    QCOMPARE(list.sizeOf({0, 1}), 0);
    QVERIFY(!list.oldestOf({0, 1}));
    QVERIFY(!list.oldestOfBusiest());
}

void TestEvictionQueue::tellsSourcesApart()
{
    const auto key = [](const QString &text) { return sourceKey(QHostAddress(text)); };
    QCOMPARE(key(u"::ffff:192.0.2.1"_s), key(u"192.0.2.1"_s));
    QVERIFY(key(u"192.0.2.2"_s) != key(u"192.0.2.1"_s));
    QCOMPARE(key(u"2001:db8::1"_s), key(u"2001:db8::ffff:1"_s));
    QVERIFY(key(u"2001:db8:0:1::1"_s) != key(u"2001:db8::1"_s));
    QVERIFY(key(u"::c000:201"_s) != key(u"192.0.2.1"_s));
}

const frpx::test::TestRegistration registration(
    "tst_evictionqueue", frpx::test::runBareTest<TestEvictionQueue>);

#include "tst_evictionqueue.moc"
