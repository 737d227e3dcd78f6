// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/clock.h"
#include "common/relay/relaypool.h"
#include "frps/dispatch/acquisition.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

using Outcome = DispatchStats::Outcome;

/// The test's thread takes the place of a loop.
class TestAcquisition : public QObject, public Acquisition::Receiver
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void takesAWaitingConnection();
    void hasTheClientDialIn();
    void sendsTheAddressesToThoseThatWantThem();
    void asksTheNextClientAfterARefusal();
    void resetsOneThatComesTooLate();
    void restsAndAsksAgain();
    void givesUpWhenTheTimeIsOver();
    void endsWithItsTunnel();
    void answersAtOnceWithoutClients();
    void withdrawsItsRequest();
    void probesAClientThatKeepsItWaiting();

private:
    quint64 sourceHash() override { return 1; }
    net::LinkEnds visitorEnds() override
    {
        return {{QHostAddress(u"192.0.2.1"_s), 80}, {QHostAddress(u"192.0.2.2"_s), 4711}};
    }
    void onWork(AcquiredWork work) override { m_work = std::move(work); }
    void onUnserved(Outcome why) override { m_unserved = why; }

    std::shared_ptr<ServingClient> addClient()
    {
        auto client = std::make_shared<ServingClient>(); // shared as the server does
        client->session = SessionId{++m_lastSession};
        client->clientId = QString::number(m_lastSession);
        m_state->work.open(client->session, client->clientId, 1, steadyMs());
        m_pool->join(client, 1, std::make_shared<RelayMeter>());
        return client;
    }
    /// The near end of a connection that waits in the pool.
    UniqueFd addWaiting(const ServingClient &client)
    {
        Connection work = m_connector.connection();
        m_state->work.add(client.clientId, std::move(work.far));
        return std::move(work.near);
    }
    void acquire(qint64 forMs = 10'000)
    {
        m_acquisition = std::make_unique<Acquisition>(
            *m_state, m_loops->nextLoop(), *this, Acquisition::Request{m_pool, u"web"_s, steadyMs() + forMs});
        m_acquisition->start();
    }

    std::unique_ptr<RelayPool> m_loops;
    std::unique_ptr<DispatchState> m_state;
    std::shared_ptr<BackendPool> m_pool;
    Connector m_connector;
    std::vector<DialOrder> m_orders;
    QStringList m_failures;
    AcquiredWork m_work;
    std::optional<Outcome> m_unserved;
    quint64 m_lastSession = 0;
    std::unique_ptr<Acquisition> m_acquisition; // last: it uses the rest
};

void TestAcquisition::init()
{
    m_loops = std::make_unique<RelayPool>(1);
    m_state = std::make_unique<DispatchState>(DispatchLimits());
    m_state->dial = [this](const DialOrder &order) { m_orders.push_back(order); };
    m_state->report = [this](const DispatchFailure &failure) {
        m_failures += failure.client->clientId + (failure.counts ? u": "_s : u" again: "_s) + failure.why;
    };
    m_pool = std::make_shared<BackendPool>(u"web"_s);
    m_orders.clear();
    m_failures.clear();
    m_work = {};
    m_unserved.reset();
    m_lastSession = 0;
}

void TestAcquisition::cleanup()
{
    m_acquisition.reset();
    QCOMPARE(m_state->stats.size(), 0);
    QCOMPARE(m_state->requests.size(), 0u);
}

void TestAcquisition::takesAWaitingConnection()
{
    const auto client = addClient();
    const UniqueFd near = addWaiting(*client);
    acquire();
    QVERIFY(m_work.connection);
    QVERIFY(!m_work.isAccepted);
    QCOMPARE(m_work.client, client);
    QCOMPARE(m_work.meter->claimed.load(), 1);
    QCOMPARE(m_state->stats.ids(), QStringList{m_work.id});
    QCOMPARE(client->totalConnections.load(), 1u);
    QVERIFY(m_orders.empty());
    m_acquisition->end(Outcome::Served);
    QCOMPARE(m_state->stats.size(), 0);
    QCOMPARE(m_state->stats.counters().served, 1u);
}

void TestAcquisition::hasTheClientDialIn()
{
    const auto client = addClient();
    acquire();
    QCOMPARE(m_orders.size(), 1u);
    QCOMPARE(m_orders[0].session, client->session);
    QCOMPARE(m_orders[0].request.tunnel, u"web"_s);
    QVERIFY(!m_orders[0].request.visitor);
    QCOMPARE(m_state->stats.ids(), QStringList{m_orders[0].request.id}); // as the API shows it
    const auto request = m_state->requests.take(m_orders[0].request.id);
    QVERIFY(request);
    QCOMPARE(request->waiting->acquisition, m_acquisition.get());
    Connection work = m_connector.connection();
    m_acquisition->onDialledIn(request->id, std::move(work.far));
    QVERIFY(m_work.connection && m_work.isAccepted);
    m_acquisition->end(Outcome::Served);
    QVERIFY(!request->waiting->acquisition);
}

void TestAcquisition::sendsTheAddressesToThoseThatWantThem()
{
    addClient()->wantsVisitorAddress = true;
    acquire();
    QVERIFY(m_orders.at(0).request.visitor);
    QCOMPARE(m_orders[0].request.visitor->remote.toString(), u"192.0.2.2:4711"_s);
    QCOMPARE(m_orders[0].request.visitor->local.toString(), u"192.0.2.1:80"_s);
}

void TestAcquisition::asksTheNextClientAfterARefusal()
{
    addClient();
    acquire();
    const QString first = m_orders.at(0).request.id;
    const auto second = addClient();
    const UniqueFd near = addWaiting(*second);
    m_acquisition->onRefused(u"another request"_s, u"no"_s);
    QVERIFY(m_failures.isEmpty());
    m_state->requests.take(first); // as the dispatcher does
    m_acquisition->onRefused(first, u"no service"_s);
    QCOMPARE(m_failures, QStringList{u"1: no service"_s});
    QCOMPARE(m_work.client, second);
    // The second one cannot serve either: the first one is asked again, but only after a rest.
    m_work = {};
    m_acquisition->failed(u"its connection is dead"_s);
    QCOMPARE(m_failures.last(), u"2: its connection is dead"_s);
    QVERIFY(!m_work.client);
    QCOMPARE(m_orders.size(), 1u);
}

void TestAcquisition::resetsOneThatComesTooLate()
{
    addClient();
    acquire();
    const QString first = m_orders.at(0).request.id;
    addClient();
    m_state->requests.take(first);
    m_acquisition->onRefused(first, u"no service"_s);
    QCOMPARE(m_orders.size(), 2u);
    Connection work = m_connector.connection();
    m_acquisition->onDialledIn(first, std::move(work.far));
    QVERIFY(!m_work.connection);
    QCOMPARE(receiveAll(work.near.get()).ending, Ending::Reset);
}

void TestAcquisition::restsAndAsksAgain()
{
    const auto client = addClient();
    UniqueFd near = addWaiting(*client);
    acquire();
    m_work = {};
    m_acquisition->failed(u"it does not answer"_s);
    near = addWaiting(*client);
    m_acquisition->onTick(steadyMs());
    QVERIFY(!m_work.client);
    m_acquisition->onTick(steadyMs() + 250);
    QCOMPARE(m_work.client, client);
    m_work = {};
    m_acquisition->failed(u"it does not answer"_s);
    QCOMPARE(m_failures, (QStringList{u"1: it does not answer"_s, u"1 again: it does not answer"_s}));
}

void TestAcquisition::givesUpWhenTheTimeIsOver()
{
    addClient();
    acquire(60'000);
    m_acquisition->onTick(steadyMs());
    QVERIFY(!m_unserved);
    acquire(0);
    m_acquisition->onTick(steadyMs());
    QCOMPARE(m_unserved, Outcome::TimedOut);
    QCOMPARE(m_failures, QStringList{u"1: it did not dial in in time"_s});
    QCOMPARE(m_state->stats.counters().timedOut, 1u);
}

void TestAcquisition::endsWithItsTunnel()
{
    addClient();
    acquire();
    m_pool->close();
    m_pool->leave(SessionId{1});
    m_state->requests.take(m_orders.at(0).request.id);
    m_acquisition->onRefused(m_orders[0].request.id, u"its link is lost"_s);
    QCOMPARE(m_unserved, Outcome::Failed);
}

void TestAcquisition::answersAtOnceWithoutClients()
{
    acquire();
    QCOMPARE(m_unserved, Outcome::NoClient);
}

void TestAcquisition::withdrawsItsRequest()
{
    addClient();
    acquire();
    QCOMPARE(m_state->requests.size(), 1u);
    m_acquisition.reset();
    QCOMPARE(m_state->requests.size(), 0u);
    QCOMPARE(m_pool->choose({}, 0, steadyMs())->meter->load(), 1); // the test's own claim alone
}

void TestAcquisition::probesAClientThatKeepsItWaiting()
{
    using Finding = LivenessProbe::Finding;
    const auto silent = addClient();
    silent->pulse = std::make_shared<LivenessProbe>(); // shared as the server does
    m_pool->setUnavailable(SessionId{1}, Unavailability::Silent, false);
    const auto other = addClient();
    m_pool->setUnavailable(other->session, Unavailability::Unhealthy, true); // so it is the second choice
    acquire();
    const qint64 asked = steadyMs();
    m_acquisition->onTick(asked + 900);
    QCOMPARE(silent->pulse->check(asked + 900), Finding::Nothing);
    m_acquisition->onTick(asked + 1100); // raises the doubt
    QCOMPARE(silent->pulse->check(asked + 1100), Finding::Doubtful);
    m_acquisition->onTick(asked + 1200);
    QVERIFY(m_failures.isEmpty());
    QCOMPARE(silent->pulse->check(asked + 2100), Finding::Silent);
    m_acquisition->onTick(asked + 2100);
    QCOMPARE(m_failures, QStringList{u"1: it did not dial in in time"_s});
    QCOMPARE(m_orders.size(), 2u);
    QCOMPARE(m_orders[1].session, other->session);
}

const frpx::test::TestRegistration registration("tst_acquisition", frpx::test::runTest<TestAcquisition>);

#include "tst_acquisition.moc"
