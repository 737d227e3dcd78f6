// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relayload.h"
#include "frps/backends/backendpool.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <deque>
#include <map>
#include <thread>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

namespace {

constexpr auto a = SessionId{1};
constexpr auto b = SessionId{2};
constexpr qint64 start = 1'000'000;

std::shared_ptr<ServingClient> client(SessionId session, const QString &clientId)
{
    auto made = std::make_shared<ServingClient>(); // shared as the server does
    made->session = session;
    made->clientId = clientId;
    return made;
}

} // namespace

class TestBackendPool : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void countsUsersFromTheChoiceOn();
    void noticesUsersWhoLeave();
    void noticesThemFromOtherThreads();
    void countsWhatIsBusy();
    void handsTheCountOverToTheRelay();
    void ejectsAndTriesAgain();
    void isGoodAgainAfterASuccess();
    void countsFailuresOnlyInARow();
    void servesWhenAllAreEjected();
    void keepsOtherReasonsApart();
    void forgetsWhoLeaves();

private:
    SessionId choose(const std::vector<SessionId> &tried = {}, qint64 now = start)
    {
        std::optional<BackendPool::Choice> choice = m_tunnel->choose(tried, 0, now);
        if (!choice)
            return {};
        m_claims.push_back(std::move(choice->claim));
        return choice->client->session;
    }
    std::map<SessionId, int> chooseMany(int users, qint64 now = start)
    {
        std::map<SessionId, int> counts;
        for (int i = 0; i < users; ++i)
            ++counts[choose({}, now)];
        return counts;
    }
    static void serve(RelayMeter &meter) // one user, from beginning to end
    {
        ++meter.open;
        ++meter.started;
        meter.lessen(meter.open);
    }

    std::unique_ptr<BackendPool> m_tunnel;
    std::shared_ptr<RelayMeter> m_meterA;
    std::shared_ptr<RelayMeter> m_meterB;
    std::deque<RelayClaim> m_claims; ///< in the order of the choices
};

void TestBackendPool::init()
{
    m_claims.clear();
    m_meterA = std::make_shared<RelayMeter>();
    m_meterB = std::make_shared<RelayMeter>();
    m_tunnel = std::make_unique<BackendPool>(u"default"_s, BalancePolicy::LeastConnections);
    m_tunnel->join(client(a, u"alice"_s), 1, m_meterA);
    m_tunnel->join(client(b, u"bob"_s), 1, m_meterB);
}

void TestBackendPool::countsUsersFromTheChoiceOn()
{
    // A burst: nobody has been paired yet.
    QCOMPARE(chooseMany(100), (std::map<SessionId, int>{{a, 50}, {b, 50}}));
    QCOMPARE(m_meterA->load(), 50);
    QCOMPARE(m_meterA->open, 0);
}

void TestBackendPool::noticesUsersWhoLeave()
{
    const SessionId first = choose();
    const SessionId second = choose();
    QVERIFY(first != second);
    m_claims.pop_front();
    QCOMPARE(choose(), first);
    m_claims.clear();
    QCOMPARE(m_meterA->load() + m_meterB->load(), 0);
    QCOMPARE(chooseMany(10), (std::map<SessionId, int>{{a, 5}, {b, 5}}));
}

void TestBackendPool::noticesThemFromOtherThreads()
{
    constexpr int users = 1000;
    for (int round = 0; round < 20; ++round) {
        chooseMany(2 * users);
        std::thread worker([claims = std::exchange(m_claims, {})]() mutable { claims.clear(); });
        chooseMany(10); // at the same time
        worker.join();
        m_claims.clear();
        QCOMPARE(m_meterA->load() + m_meterB->load(), 0);
        QCOMPARE(chooseMany(100), (std::map<SessionId, int>{{a, 50}, {b, 50}})); // nothing was missed
        m_claims.clear();
    }
}

/// Six idle connections on one client, and six new users.
void TestBackendPool::countsWhatIsBusy()
{
    std::vector<RelayLoad> idle;
    for (int i = 0; i < 6; ++i) {
        idle.emplace_back(m_meterA);
        idle.back().onAnswered();
        idle.back().look(start);
    }
    m_meterA->countResting(0); // the next choice looks
    QCOMPARE(chooseMany(6), (std::map<SessionId, int>{{b, 6}}));
    m_claims.clear();
    for (RelayLoad &each : idle)
        each.look(start + RelayLoad::restAfterMs);
    QCOMPARE(chooseMany(6), (std::map<SessionId, int>{{a, 3}, {b, 3}}));
    m_claims.clear();
    for (RelayLoad &each : idle) { // in a loop, unseen by whoever chooses
        each.onAsked();
        each.look(start + 60'000);
    }
    QCOMPARE(chooseMany(6), (std::map<SessionId, int>{{b, 6}}));
}

void TestBackendPool::handsTheCountOverToTheRelay()
{
    RelayClaim claim = std::move(m_tunnel->choose(std::vector{b}, 0, start)->claim);
    QCOMPARE(m_meterA->claimed, 1);
    RelayClaim moved(std::move(claim));
    QCOMPARE(m_meterA->load(), 1);
    moved = std::move(m_tunnel->choose(std::vector{a}, 0, start)->claim); // given to the next client
    QCOMPARE(m_meterA->load(), 0);
    QCOMPARE(m_meterB->load(), 1);
    moved.release();
    moved.release();
    QCOMPARE(m_meterB->load(), 0);
}

void TestBackendPool::ejectsAndTriesAgain()
{
    QTest::ignoreMessage(QtInfoMsg, "Client 'alice' is ejected for 10 s: it could not serve its visitors.");
    for (int i = 0; i < 3; ++i) {
        QVERIFY(!m_tunnel->isEjected(a));
        m_tunnel->failed(a, start);
    }
    QVERIFY(m_tunnel->isEjected(a));
    QCOMPARE(m_tunnel->available(), size_t(1));
    QCOMPARE(m_tunnel->ejectedForMs(a, start + 1000), 9000);
    QCOMPARE(chooseMany(10), (std::map<SessionId, int>{{b, 10}}));
    m_tunnel->sweep(start + 9'999);
    QCOMPARE(chooseMany(10), (std::map<SessionId, int>{{b, 10}}));

    m_tunnel->sweep(start + 10'000);
    QVERIFY(m_tunnel->isEjected(a)); // until it has proved itself
    QCOMPARE(chooseMany(10, start + 10'000), (std::map<SessionId, int>{{a, 1}, {b, 9}}));
    QTest::ignoreMessage(QtInfoMsg, "Client 'alice' is ejected for 20 s: it could not serve its visitors.");
    m_tunnel->failed(a, start + 10'001);
    QCOMPARE(choose({b}), a); // for want of a better one

    m_tunnel->sweep(start + 30'001);
    QCOMPARE(chooseMany(2, start + 30'001)[a], 1);
    serve(*m_meterA);
    QTest::ignoreMessage(QtInfoMsg, "Client 'alice' is back: it has served a visitor again.");
    m_tunnel->sweep(start + 30'002);
    QVERIFY(!m_tunnel->isEjected(a));
    QCOMPARE(m_tunnel->available(), size_t(2));
    QVERIFY(chooseMany(5, start + 30'002)[a] == 5); // b has all the others
}

void TestBackendPool::isGoodAgainAfterASuccess()
{
    for (int i = 0; i < 3; ++i) {
        m_tunnel->failed(a, start);
        m_tunnel->failed(b, start);
    }
    serve(*m_meterB); // nobody else was there
    m_tunnel->sweep(start + 1);
    QVERIFY(m_tunnel->isEjected(a));
    QVERIFY(!m_tunnel->isEjected(b));
}

void TestBackendPool::countsFailuresOnlyInARow()
{
    for (int i = 0; i < 20; ++i) {
        m_tunnel->failed(a, start);
        m_tunnel->failed(a, start);
        serve(*m_meterA); // without a sweep in between
    }
    QVERIFY(!m_tunnel->isEjected(a));
}

void TestBackendPool::servesWhenAllAreEjected()
{
    for (int i = 0; i < 3; ++i) {
        m_tunnel->failed(a, start);
        m_tunnel->failed(b, start);
    }
    QCOMPARE(m_tunnel->available(), size_t(0));
    QVERIFY(m_tunnel->canServe());
    QCOMPARE(chooseMany(10), (std::map<SessionId, int>{{a, 5}, {b, 5}}));
}

void TestBackendPool::keepsOtherReasonsApart()
{
    m_tunnel->setUnavailable(a, Unavailability::Draining, true);
    for (int i = 0; i < 3; ++i)
        m_tunnel->failed(a, start);
    serve(*m_meterA);
    m_tunnel->sweep(start + 1);
    QVERIFY(!m_tunnel->isEjected(a));
    QCOMPARE(chooseMany(3), (std::map<SessionId, int>{{b, 3}}));
    m_tunnel->setUnavailable(b, Unavailability::Draining, true);
    QVERIFY(!m_tunnel->canServe());
    m_tunnel->setUnavailable(a, Unavailability::Draining, false);
    QCOMPARE(choose(), a);
}

void TestBackendPool::forgetsWhoLeaves()
{
    QCOMPARE(chooseMany(10).size(), size_t(2));
    for (int i = 0; i < 3; ++i)
        m_tunnel->failed(a, start);
    m_tunnel->leave(a);
    m_claims.clear(); // also those of a
    m_tunnel->failed(a, start);
    m_tunnel->setUnavailable(a, Unavailability::Unhealthy, true);
    m_tunnel->sweep(start + 1'000'000);
    QVERIFY(!m_tunnel->isEjected(a));
    QCOMPARE(m_tunnel->size(), size_t(1));
    QCOMPARE(choose(), b);
    m_tunnel->leave(b);
    m_tunnel->leave(b);
    QVERIFY(!m_tunnel->canServe());
    QCOMPARE(choose(), SessionId{});
}

const frpx::test::TestRegistration registration("tst_backendpool", frpx::test::runBareTest<TestBackendPool>);

#include "tst_backendpool.moc"
