// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/unservedvisitors.h"
#include "tests/support/loopback.h"
#include "tests/support/sockets.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <csignal>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// Users whom no client serves, in the loops.
class TestUnservedVisitors : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        std::signal(SIGPIPE, SIG_IGN);
        test::raiseDescriptorLimit();
    }
    void init();
    void cleanup();

    void answersWhatComesInPieces_data() { backends(); }
    void answersWhatComesInPieces();
    void answersWhatWasReadEarlier_data() { backends(); }
    void answersWhatWasReadEarlier();
    void readsSoMuchAfterTheAnswer_data() { backends(); }
    void readsSoMuchAfterTheAnswer();
    void waitsForTheUsersEnd_data() { backends(); }
    void waitsForTheUsersEnd();
    void answersSoManyAtATime_data() { backends(); }
    void answersSoManyAtATime();
    void keepsTheLeaseUntilTheEnd_data() { backends(); }
    void keepsTheLeaseUntilTheEnd();
    void cutsByTheLease_data() { backends(); }
    void cutsByTheLease();

private:
    static void backends()
    {
        QTest::addColumn<QByteArray>("backend");
        QTest::newRow("epoll") << "epoll"_ba;
        QTest::newRow("portable") << "portable"_ba;
    }
    /// A user who is to be answered; the near end is the user's.
    UniqueFd arrive(std::shared_ptr<void> lease = {}, const QByteArray &early = {})
    {
        Connection connection = m_connector.connection();
        VisitorConnection visitor;
        visitor.fd = std::move(connection.far);
        visitor.lease = std::move(lease);
        visitor.early = early;
        m_users->answer(std::move(visitor));
        return std::move(connection.near);
    }

    Connector m_connector;
    std::unique_ptr<RelayPool> m_pool;
    std::unique_ptr<UnservedVisitors> m_users;
};

void TestUnservedVisitors::init()
{
    QFETCH(const QByteArray, backend);
    qputenv("FRPX_RELAY", backend);
    m_pool = std::make_unique<RelayPool>(1);
    qunsetenv("FRPX_RELAY");
    m_users = std::make_unique<UnservedVisitors>(*m_pool);
}

void TestUnservedVisitors::cleanup()
{
    m_pool->shutDown();
    QCOMPARE(m_users->count(), 0);
    m_users.reset();
    m_pool.reset();
}

void TestUnservedVisitors::answersWhatComesInPieces()
{
    UniqueFd user = arrive();
    for (const char piece : "GET / HTTP/1.1\r\nAccept: text/html\r\n\r\n"_ba)
        QVERIFY(sendAll(user.get(), {&piece, 1}));
    const Received answer = receiveAll(user.get());
    QCOMPARE(answer.ending, Ending::Orderly);
    QVERIFY(answer.bytes.startsWith("HTTP/1.1 503 "));
    QVERIFY(answer.bytes.endsWith("</html>\n"));
    user.reset();
    QTRY_COMPARE(m_users->count(), 0);
}

void TestUnservedVisitors::answersWhatWasReadEarlier()
{
    const UniqueFd user = arrive({}, "GET / HTTP/1.1\r\n\r\n");
    QVERIFY(receiveAll(user.get()).bytes.startsWith("HTTP/1.1 503 "));
}

void TestUnservedVisitors::readsSoMuchAfterTheAnswer()
{
    const UniqueFd user = arrive();
    QVERIFY(sendAll(user.get(), "POST / HTTP/1.1\r\n\r\n"));
    QVERIFY(receive(user.get(), 13).bytes.startsWith("HTTP/1.1 503 "));
    const QByteArray block(1 << 16, 'x');
    qint64 sent = 0;
    while (sent < 100 * UnservedVisitors::maxDiscarded && sendAll(user.get(), block))
        sent += block.size();
    QVERIFY(sent < 100 * UnservedVisitors::maxDiscarded);
    QTRY_COMPARE(m_users->count(), 0);
}

void TestUnservedVisitors::waitsForTheUsersEnd()
{
    const UniqueFd user = arrive();
    QVERIFY(sendAll(user.get(), "GET / HTTP/1.1\r\n\r\n"));
    QCOMPARE(receiveAll(user.get()).ending, Ending::Orderly);
    QCOMPARE(m_users->count(), 1); // the user has not ended
    QTRY_COMPARE(m_users->count(), 0); // goodbyeMs
}

void TestUnservedVisitors::answersSoManyAtATime()
{
    const auto lease = std::make_shared<int>();
    std::vector<UniqueFd> silent;
    while (m_users->count() < UnservedVisitors::maxAtOnce)
        silent.push_back(arrive(lease));
    const auto kept = lease.use_count();
    const UniqueFd tooMany = arrive(lease);
    QCOMPARE(lease.use_count(), kept);
    QCOMPARE(receiveAll(tooMany.get()).ending, Ending::Reset);
    for (const UniqueFd &user : silent) // after firstBytesMs
        QCOMPARE(receiveAll(user.get()).ending, Ending::Reset);
    QTRY_COMPARE(m_users->count(), 0);
}

void TestUnservedVisitors::keepsTheLeaseUntilTheEnd()
{
    const std::weak_ptr<int> lease = [this] {
        auto fresh = std::make_shared<int>();
        const UniqueFd user = arrive(fresh);
        if (!sendAll(user.get(), "GET / HTTP/1.1\r\n\r\n")
            || receiveAll(user.get()).ending != Ending::Orderly)
            return std::weak_ptr<int>();
        return std::weak_ptr<int>(fresh);
    }();
    QTRY_VERIFY(lease.expired());
    QTRY_COMPARE(m_users->count(), 0);
}

void TestUnservedVisitors::cutsByTheLease()
{
    const auto lease = std::make_shared<int>();
    const UniqueFd user = arrive(lease);
    m_pool->cut(lease);
    QCOMPARE(receiveAll(user.get()).ending, Ending::Reset);
    QTRY_COMPARE(m_users->count(), 0);
}

const frpx::test::TestRegistration registration(
    "tst_unservedvisitors", frpx::test::runTest<TestUnservedVisitors>);

#include "tst_unservedvisitors.moc"
