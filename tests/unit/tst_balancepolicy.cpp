// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tunnel/tunnelfield.h"
#include "frps/backends/balancepolicy.h"
#include "tests/support/balancebench.h"
#include "tests/support/testregistry.h"

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

constexpr auto a = SessionId{1};
constexpr auto b = SessionId{2};
constexpr auto c = SessionId{3};

} // namespace

/// Who is chosen how often, by which policy.
class TestBalancePolicy : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void hasTheNamesOfTheProtocol();
    void honoursWeights_data() { everyPolicyData(); }
    void honoursWeights();
    void roundRobinGoesInTurn();
    void roundRobinHonoursWeightsInEveryRound();
    void roundRobinGivesANewcomerOnlyItsTurn();
    void roundRobinKeepsTheTurnOfAnExcludedOne();
    void leastConnectionsTakesTheLeast();
    void leastConnectionsSharesTiesByChance();
    void twoChoicesNeverTakesTheMostLoaded();
    void twoChoicesAreTwo();
    void twoChoicesSpreadsABurst();
    void sourceHashIsStableWhenOthersLeave();
    void sourceHashGivesANewcomerOnlyItsShare();
    void sourceHashRemembersWhoComesBack();
    void sourceHashHasANextChoice();
    void costsNoMoreInALargePool_data() { everyPolicyData(); }
    void costsNoMoreInALargePool();
};

void TestBalancePolicy::hasTheNamesOfTheProtocol()
{
    QStringList names;
    for (const QStringView name : tunnelPolicies())
        names += name.toString();
    QCOMPARE(policyNames(), names);
}

void TestBalancePolicy::honoursWeights()
{
    QFETCH(const BalancePolicy, policy);
    BalanceBench bench(policy);
    bench.balancer.add(a, 1);
    bench.balancer.add(b, 2);
    bench.balancer.add(c, 5);
    constexpr int users = 80'000;
    const bool byLoad = policy == BalancePolicy::LeastConnections || policy == BalancePolicy::TwoChoices;
    const auto counts = byLoad ? bench.fill(users) : bench.picks(users);
    // By address the shares depend on where the points lie, by chance they scatter, the others are exact.
    const double allowed = policy == BalancePolicy::SourceHash ? 0.25
        : policy == BalancePolicy::Random                      ? 0.03
                                                               : 0.001;
    for (const auto &[session, weight] : {std::pair(a, 1), {b, 2}, {c, 5}}) {
        const double share = double(counts.at(session)) / users * 8 / weight;
        QVERIFY2(qAbs(share - 1) <= allowed, qPrintable(QString::number(share)));
    }
}

void TestBalancePolicy::roundRobinGoesInTurn()
{
    BalanceBench bench(BalancePolicy::RoundRobin);
    for (const SessionId session : {a, b, c})
        bench.balancer.add(session);
    for (int round = 0; round < 1000; ++round) {
        for (const SessionId session : {a, b, c})
            QCOMPARE(bench.balancer.pick(), std::optional(session));
    }
}

void TestBalancePolicy::roundRobinHonoursWeightsInEveryRound()
{
    BalanceBench bench(BalancePolicy::RoundRobin);
    bench.balancer.add(a, 1);
    bench.balancer.add(b, 2);
    bench.balancer.add(c, 5);
    for (int round = 0; round < 1000; ++round) {
        std::vector<SessionId> order;
        for (int i = 0; i < 8; ++i)
            order.push_back(*bench.balancer.pick());
        QCOMPARE(std::count(order.begin(), order.end(), a), 1);
        QCOMPARE(std::count(order.begin(), order.end(), b), 2);
        // Spread over the round, not in one go.
        QVERIFY(std::search_n(order.begin(), order.end(), 4, c) == order.end());
    }
}

void TestBalancePolicy::roundRobinGivesANewcomerOnlyItsTurn()
{
    BalanceBench bench(BalancePolicy::RoundRobin);
    bench.balancer.add(a);
    bench.balancer.add(b);
    bench.picks(1001);
    bench.balancer.add(c); // 1001 rounds behind, but who counts
    const auto counts = bench.picks(300);
    for (const SessionId session : {a, b, c})
        QVERIFY2(qAbs(counts.at(session) - 100) <= 1, qPrintable(QString::number(counts.at(session))));
}

void TestBalancePolicy::roundRobinKeepsTheTurnOfAnExcludedOne()
{
    BalanceBench bench(BalancePolicy::RoundRobin);
    for (const SessionId session : {a, b, c})
        bench.balancer.add(session);
    const std::vector excluded{a};
    QCOMPARE(bench.balancer.pick(excluded), std::optional(b)); // as when a has just failed this user
    QCOMPARE(bench.balancer.pick(), std::optional(a));
    QCOMPARE(bench.balancer.pick(), std::optional(c));
}

void TestBalancePolicy::leastConnectionsTakesTheLeast()
{
    BalanceBench bench(BalancePolicy::LeastConnections);
    QRandomGenerator generator(2);
    std::map<SessionId, qint64> loads;
    const auto weight = [](SessionId session) { return int(quint64(session) % 3) + 1; };
    for (quint64 i = 0; i < 40; ++i) {
        bench.balancer.add(SessionId{i}, weight(SessionId{i}));
        loads[SessionId{i}] = 0;
    }
    for (int i = 0; i < 5000; ++i) {
        const SessionId changed{generator.bounded(40U)};
        loads[changed] = generator.bounded(20);
        bench.balancer.setLoad(changed, loads[changed]);
        const SessionId picked = *bench.balancer.pick();
        for (const auto &[session, load] : loads)
            QVERIFY(loads[picked] * weight(session) <= load * weight(picked));
        bench.balancer.setLoad(picked, ++loads[picked]);
    }
}

void TestBalancePolicy::leastConnectionsSharesTiesByChance()
{
    BalanceBench bench(BalancePolicy::LeastConnections);
    for (const SessionId session : {a, b, c})
        bench.balancer.add(session, session == a ? 2 : 1);
    bench.balancer.setLoad(c, 1);
    const auto counts = bench.picks(9000); // nobody stays: a and b are idle each time
    QVERIFY(!counts.contains(c));
    QVERIFY2(qAbs(counts.at(b) - 3000) < 200, qPrintable(QString::number(counts.at(b))));
}

void TestBalancePolicy::twoChoicesNeverTakesTheMostLoaded()
{
    BalanceBench bench(BalancePolicy::TwoChoices);
    for (quint64 i = 0; i < 10; ++i) {
        bench.balancer.add(SessionId{i});
        bench.balancer.setLoad(SessionId{i}, qint64(i));
    }
    const auto counts = bench.picks(90'000);
    QVERIFY(!counts.contains(SessionId{9})); // it loses every comparison
    // Of the 45 pairs the one with place i from below wins 9 - i.
    double chiSquared = 0;
    for (quint64 i = 0; i < 9; ++i) {
        const double expected = 90'000 * double(9 - i) / 45;
        const double off = counts.at(SessionId{i}) - expected;
        chiSquared += off * off / expected;
    }
    QVERIFY2(chiSquared < 26.1, qPrintable(QString::number(chiSquared))); // p = 0.001 at 8 degrees of freedom
}

void TestBalancePolicy::twoChoicesAreTwo()
{
    BalanceBench bench(BalancePolicy::TwoChoices);
    bench.balancer.add(a, 1000);
    bench.balancer.add(b, 1);
    bench.balancer.setLoad(a, 1001);
    bench.balancer.setLoad(b, 1);
    // Drawn with replacement it would nearly always be a against a.
    QCOMPARE(bench.picks(100), (std::map<SessionId, int>{{b, 100}}));
}

void TestBalancePolicy::twoChoicesSpreadsABurst()
{
    BalanceBench chance(BalancePolicy::Random);
    BalanceBench choices(BalancePolicy::TwoChoices);
    for (quint64 i = 0; i < 1000; ++i) {
        chance.balancer.add(SessionId{i});
        choices.balancer.add(SessionId{i});
    }
    const auto most = [](const std::map<SessionId, int> &counts) {
        return std::max_element(counts.begin(), counts.end(), [](const auto &x, const auto &y) {
            return x.second < y.second;
        })->second;
    };
    QVERIFY(most(choices.fill(10'000)) <= 13); // 10 each
    QVERIFY(most(chance.fill(10'000)) >= 18);
}

void TestBalancePolicy::sourceHashIsStableWhenOthersLeave()
{
    BalanceBench bench(BalancePolicy::SourceHash);
    for (quint64 i = 0; i < 50; ++i)
        bench.balancer.add(SessionId{i}, int(i % 5) + 1);
    constexpr quint64 sources = 5000;
    std::vector<SessionId> owners;
    for (quint64 source = 0; source < sources; ++source)
        owners.push_back(*bench.balancer.pick({}, source));
    for (quint64 leaving = 0; leaving < 40; ++leaving) {
        if (leaving % 2 == 0)
            bench.balancer.remove(SessionId{leaving});
        else // another way out of the pool
            bench.balancer.setUnavailable(SessionId{leaving}, Unavailability::Draining, true);
        for (quint64 source = 0; source < sources; ++source) {
            const SessionId now = *bench.balancer.pick({}, source);
            if (owners[source] != SessionId{leaving})
                QCOMPARE(now, owners[source]);
            owners[source] = now;
        }
    }
}

void TestBalancePolicy::sourceHashGivesANewcomerOnlyItsShare()
{
    BalanceBench bench(BalancePolicy::SourceHash);
    for (quint64 i = 0; i < 20; ++i)
        bench.balancer.add(SessionId{i});
    constexpr quint64 sources = 20'000;
    std::vector<SessionId> owners;
    for (quint64 source = 0; source < sources; ++source)
        owners.push_back(*bench.balancer.pick({}, source));
    bench.balancer.add(SessionId{20});
    int moved = 0;
    for (quint64 source = 0; source < sources; ++source) {
        const SessionId now = *bench.balancer.pick({}, source);
        if (now == owners[source])
            continue;
        QCOMPARE(now, SessionId{20});
        ++moved;
    }
    QVERIFY2(moved > 600 && moved < 1350, qPrintable(QString::number(moved))); // 952 is fair
}

void TestBalancePolicy::sourceHashRemembersWhoComesBack()
{
    BalanceBench bench(BalancePolicy::SourceHash);
    for (quint64 i = 0; i < 10; ++i)
        bench.balancer.add(SessionId{i}, 3, 1000 + i);
    quint64 source = 0;
    while (bench.balancer.pick({}, source) != SessionId{4})
        ++source;
    bench.balancer.remove(SessionId{4});
    QVERIFY(bench.balancer.pick({}, source) != SessionId{4});
    bench.balancer.add(SessionId{44}, 3, 1004); // the same client in a new session
    QCOMPARE(bench.balancer.pick({}, source), std::optional(SessionId{44}));
}

void TestBalancePolicy::sourceHashHasANextChoice()
{
    BalanceBench bench(BalancePolicy::SourceHash);
    for (quint64 i = 0; i < 10; ++i)
        bench.balancer.add(SessionId{i});
    std::map<SessionId, int> seconds;
    for (quint64 source = 0; source < 20'000; ++source) {
        const std::vector first{*bench.balancer.pick({}, source)};
        const SessionId second = *bench.balancer.pick(first, source);
        QVERIFY(second != first.front());
        QCOMPARE(bench.balancer.pick(first, source), std::optional(second));
        if (first.front() == SessionId{0})
            ++seconds[second];
    }
    QCOMPARE(seconds.size(), size_t(9)); // those of one that fails do not all go to the same neighbour
}

void TestBalancePolicy::costsNoMoreInALargePool()
{
    QFETCH(const BalancePolicy, policy);
    const auto cost = [policy](quint64 clients) {
        BalanceBench bench(policy);
        for (quint64 i = 0; i < clients; ++i)
            bench.balancer.add(SessionId{i}, 1 + int(i % 3));
        const quint64 before = bench.balancer.steps();
        QRandomGenerator generator(3);
        for (int i = 0; i < 1000; ++i) {
            const SessionId session{generator.bounded(quint32(clients))};
            bench.balancer.remove(session);
            bench.balancer.add(session);
            const SessionId picked = *bench.balancer.pick(std::vector{session}, generator.generate64());
            bench.balancer.setLoad(picked, i);
            bench.balancer.setUnavailable(picked, Unavailability::Ejected, i % 2 == 0);
        }
        return bench.balancer.steps() - before;
    };
    const quint64 small = cost(100);
    const quint64 large = cost(10'000);
    QVERIFY2(large < 3 * small, qPrintable(u"%1 and %2 steps"_s.arg(small).arg(large)));
    QVERIFY(large < 200'000); // 200 for these five calls
}

const frpx::test::TestRegistration registration(
    "tst_balancepolicy", frpx::test::runBareTest<TestBalancePolicy>);

#include "tst_balancepolicy.moc"
