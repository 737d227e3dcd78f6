// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relaypool.h"
#include "common/relay/relaytap.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <csignal>
#include <future>

using namespace frpx;
using namespace frpx::test;

namespace {

/// Keeps what it sees. Read by the test once the bytes have arrived.
class Recorder final : public RelayTap
{
public:
    bool onBytesToService(QByteArrayView bytes) override
    {
        toService.append(bytes);
        return !toService.contains(forbidden);
    }
    bool onBytesToVisitor(QByteArrayView bytes) override
    {
        toUser.append(bytes);
        return !toUser.contains(forbidden);
    }

    const QByteArray forbidden = "forbidden";
    QByteArray toService;
    QByteArray toUser;
};

struct Ends
{
    UniqueFd user;
    UniqueFd service;
};

} // namespace

class TestRelayTap : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { std::signal(SIGPIPE, SIG_IGN); }
    void init();
    void cleanup() { m_pool.reset(); }

    void seesEveryByteInOrder_data() { backends(); }
    void seesEveryByteInOrder();
    void seesWhatIsSentFirst_data() { backends(); }
    void seesWhatIsSentFirst();
    void endsTheRelayByAReset_data() { backends(); }
    void endsTheRelayByAReset();
    void endsWithTheLease_data() { backends(); }
    void endsWithTheLease();
    void goesWithTheRelay_data() { backends(); }
    void goesWithTheRelay();

private:
    static void backends()
    {
        QTest::addColumn<QByteArray>("backend");
        QTest::newRow("epoll") << QByteArray("epoll");
        QTest::newRow("portable") << QByteArray("portable");
    }
    Ends open(std::shared_ptr<RelayTap> tap, const QByteArray &firstToService = {},
        const QByteArray &firstToVisitor = {}, std::shared_ptr<void> lease = {})
    {
        Connection user = m_connector.connection();
        Connection service = m_connector.connection();
        RelayJob job{std::move(user.far), std::move(service.far), firstToService, m_meter};
        job.firstToVisitor = firstToVisitor;
        job.lease = std::move(lease);
        job.tap = std::move(tap);
        m_pool->adopt(std::move(job));
        return {std::move(user.near), std::move(service.near)};
    }

    Connector m_connector;
    std::shared_ptr<RelayMeter> m_meter;
    std::unique_ptr<RelayPool> m_pool;
};

void TestRelayTap::init()
{
    QFETCH(QByteArray, backend);
    qputenv("FRPX_RELAY", backend);
    m_pool = std::make_unique<RelayPool>(1);
    qunsetenv("FRPX_RELAY");
    m_meter = std::make_shared<RelayMeter>();
}

void TestRelayTap::seesEveryByteInOrder()
{
    const auto tap = std::make_shared<Recorder>();
    const Ends ends = open(tap);
    const QByteArray up = noise(2'000'000, 1);
    const QByteArray down = noise(3'000'000, 2);
    const auto send = [](int fd, const QByteArray &bytes) {
        return std::async(
            std::launch::async, [fd, bytes] { return sendAll(fd, bytes) && ::shutdown(fd, SHUT_WR) == 0; });
    };
    auto sentUp = send(ends.user.get(), up);
    auto sentDown = send(ends.service.get(), down);
    auto atUser = std::async(std::launch::async, [&ends] { return receiveAll(ends.user.get()); });
    QVERIFY(receiveAll(ends.service.get()).bytes == up);
    QVERIFY(atUser.get().bytes == down);
    QVERIFY(sentUp.get() && sentDown.get());
    QTRY_COMPARE(m_pool->openRelays(), 0);
    QVERIFY(tap->toService == up);
    QVERIFY(tap->toUser == down);
    QCOMPARE(m_meter->bytesToService.load(), quint64(up.size()));
    QCOMPARE(m_meter->bytesToVisitor.load(), quint64(down.size()));
}

void TestRelayTap::seesWhatIsSentFirst()
{
    const auto tap = std::make_shared<Recorder>();
    const Ends ends = open(tap, "to the service", "to the user");
    QCOMPARE(receive(ends.service.get(), 14).bytes, QByteArray("to the service"));
    QCOMPARE(receive(ends.user.get(), 11).bytes, QByteArray("to the user"));
    m_pool->shutDown();
    QCOMPARE(tap->toService, QByteArray("to the service"));
    QCOMPARE(tap->toUser, QByteArray("to the user"));
}

void TestRelayTap::endsTheRelayByAReset()
{
    for (const bool fromUser : {true, false}) {
        const Ends ends = open(std::make_shared<Recorder>());
        const UniqueFd &sender = fromUser ? ends.user : ends.service;
        const UniqueFd &receiver = fromUser ? ends.service : ends.user;
        QVERIFY(sendAll(sender.get(), "allowed"));
        QCOMPARE(receive(receiver.get(), 7).bytes, QByteArray("allowed"));
        QVERIFY(sendAll(sender.get(), "this is forbidden"));
        const Received rest = receiveAll(receiver.get());
        QVERIFY(rest.bytes.isEmpty());
        QCOMPARE(rest.ending, Ending::Reset);
        QCOMPARE(receiveAll(sender.get()).ending, Ending::Reset);
        QTRY_COMPARE(m_pool->openRelays(), 0);
    }
}

void TestRelayTap::endsWithTheLease()
{
    const auto lease = std::make_shared<int>(0);
    const Ends ends = open(std::make_shared<Recorder>(), "x", {}, lease);
    const Ends others = open(std::make_shared<Recorder>(), "x", {}, std::make_shared<int>(0));
    QCOMPARE(receive(ends.service.get(), 1).bytes, QByteArray("x"));
    m_pool->cut(lease);
    QCOMPARE(receiveAll(ends.service.get()).ending, Ending::Reset);
    QCOMPARE(receiveAll(ends.user.get()).ending, Ending::Reset);
    QVERIFY(sendAll(others.user.get(), "y"));
    QCOMPARE(receive(others.service.get(), 2).bytes, QByteArray("xy"));
}

void TestRelayTap::goesWithTheRelay()
{
    auto tap = std::make_shared<Recorder>();
    const std::weak_ptr<Recorder> seen = tap;
    Ends ends = open(std::move(tap));
    QTRY_COMPARE(m_pool->openRelays(), 1);
    QVERIFY(!seen.expired());
    ends.user.reset();
    ends.service.reset();
    QTRY_VERIFY(seen.expired());
}

const frpx::test::TestRegistration registration("tst_relaytap", frpx::test::runTest<TestRelayTap>);

#include "tst_relaytap.moc"
