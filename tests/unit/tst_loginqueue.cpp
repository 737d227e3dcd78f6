// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/loginqueue.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestLoginQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void letsSourcesTakeTurns();
    void boundsASource();
    void dropsTheNewestOfTheGreediestWhenFull();
    void takesAnIpv6NetworkForOneSource();

private:
    const QHostAddress m_a{u"192.0.2.1"_s};
    const QHostAddress m_b{u"192.0.2.2"_s};
    const QHostAddress m_c{u"192.0.2.3"_s};
};

void TestLoginQueue::letsSourcesTakeTurns()
{
    LoginQueue queue(10, 10);
    QVERIFY(!queue.pop());
    for (const quint64 id : {1, 2, 3})
        QVERIFY(!queue.push(m_a, id));
    QVERIFY(!queue.push(m_b, 4));
    QVERIFY(!queue.push(m_c, 5));
    QCOMPARE(queue.size(), size_t(5));
    for (const quint64 id : {1, 4, 5, 2, 3})
        QCOMPARE(queue.pop(), std::optional(id));
    QVERIFY(queue.isEmpty() && !queue.pop());
}

void TestLoginQueue::boundsASource()
{
    LoginQueue queue(10, 2);
    QVERIFY(!queue.push(m_a, 1) && !queue.push(m_a, 2));
    QCOMPARE(queue.push(m_a, 3), std::optional<quint64>(3));
    QVERIFY(!queue.push(m_b, 4));
    QCOMPARE(queue.pop(), std::optional<quint64>(1));
    QVERIFY(!queue.push(m_a, 5));
}

void TestLoginQueue::dropsTheNewestOfTheGreediestWhenFull()
{
    LoginQueue queue(4, 4);
    for (const quint64 id : {1, 2, 3})
        QVERIFY(!queue.push(m_a, id));
    QVERIFY(!queue.push(m_b, 4));
    QCOMPARE(queue.push(m_c, 5), std::optional<quint64>(3));
    QCOMPARE(queue.push(m_b, 6), std::optional<quint64>(6)); // it would have as many as the greediest
    QCOMPARE(queue.size(), size_t(4));
    for (const quint64 id : {1, 4, 5, 2})
        QCOMPARE(queue.pop(), std::optional(id));
}

void TestLoginQueue::takesAnIpv6NetworkForOneSource()
{
    LoginQueue queue(10, 1);
    QVERIFY(!queue.push(QHostAddress(u"2001:db8::1"_s), 1));
    QVERIFY(queue.push(QHostAddress(u"2001:db8::2"_s), 2));
    QVERIFY(!queue.push(QHostAddress(u"2001:db8:0:1::1"_s), 3));
    QVERIFY(!queue.push(m_a, 4));
    QVERIFY(queue.push(QHostAddress(u"::ffff:192.0.2.1"_s), 5));
}

const frpx::test::TestRegistration registration("tst_loginqueue", frpx::test::runBareTest<TestLoginQueue>);

#include "tst_loginqueue.moc"
