// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

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

class TestBalancer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void givesNothingWhenEmpty();
    void givesOnlyWhatIsInThePool();
    void ignoresDoubleAddAndUnknownRemove();
    void isUniform_data();
    void isUniform();

    void namesPolicies();
    void neverPicksAnExcludedOne_data() { everyPolicyData(); }
    void neverPicksAnExcludedOne();
    void prefersTheBetterOnes_data() { everyPolicyData(); }
    void prefersTheBetterOnes();
    void survivesComingAndGoing_data() { everyPolicyData(); }
    void survivesComingAndGoing();
    void changesItsPolicy();
};

void TestBalancer::givesNothingWhenEmpty()
{
    Balancer balancer;
    QVERIFY(!balancer.pick());
    balancer.add(SessionId{1});
    const std::vector excluded{SessionId{1}};
    QVERIFY(!balancer.pick(excluded));
    balancer.remove(SessionId{1});
    QVERIFY(!balancer.pick());
}

void TestBalancer::givesOnlyWhatIsInThePool()
{
    Balancer balancer;
    for (quint64 i = 0; i < 100; ++i)
        balancer.add(SessionId{i});
    for (quint64 i = 0; i < 100; ++i) {
        if (i % 7 != 0)
            balancer.remove(SessionId{i});
    }
    QCOMPARE(balancer.size(), size_t(15));
    for (int i = 0; i < 1000; ++i) {
        const auto picked = balancer.pick();
        QVERIFY(picked);
        QCOMPARE(quint64(*picked) % 7, 0U);
        QVERIFY(balancer.contains(*picked));
    }
}

void TestBalancer::ignoresDoubleAddAndUnknownRemove()
{
    Balancer balancer;
    balancer.add(SessionId{1});
    balancer.add(SessionId{1});
    balancer.remove(SessionId{2});
    QCOMPARE(balancer.size(), size_t(1));
    balancer.remove(SessionId{1});
    QCOMPARE(balancer.size(), size_t(0));
}

void TestBalancer::isUniform_data()
{
    QTest::addColumn<int>("excluded");
    QTest::newRow("whole pool") << 0;
    QTest::newRow("one excluded") << 1;
    QTest::newRow("two excluded") << 2;
}

void TestBalancer::isUniform()
{
    QFETCH(const int, excluded);
    QRandomGenerator generator(4711); // fixed: the outcome is the same in every run
    Balancer balancer([&generator](quint32 bound) { return generator.bounded(bound); });
    constexpr int clients = 10;
    constexpr int draws = 100'000;
    for (quint64 i = 0; i < clients; ++i)
        balancer.add(SessionId{i});
    std::vector<SessionId> out;
    for (int i = 0; i < excluded; ++i)
        out.push_back(SessionId{quint64(3 * i + 2)});

    std::array<int, clients> counts{};
    for (int i = 0; i < draws; ++i)
        ++counts[size_t(*balancer.pick(out))];

    const double expected = double(draws) / (clients - excluded);
    double chiSquared = 0;
    for (quint64 i = 0; i < clients; ++i) {
        if (std::find(out.begin(), out.end(), SessionId{i}) != out.end()) {
            QCOMPARE(counts[i], 0);
            continue;
        }
        const double off = counts[i] - expected;
        chiSquared += off * off / expected;
    }
    QVERIFY2(chiSquared < 27.9, qPrintable(QString::number(chiSquared))); // p = 0.001 at 9 degrees of freedom
}

void TestBalancer::namesPolicies()
{
    for (const BalancePolicy policy : everyPolicy)
        QCOMPARE(policyFromName(policyName(policy)), std::optional(policy));
    QCOMPARE(policyNames().size(), qsizetype(everyPolicy.size()));
    QCOMPARE(policyName(BalancePolicy::LeastConnections), u"least-connections"_s);
    QVERIFY(!policyFromName(u"Random"));
    QVERIFY(!policyFromName(u""));
}

void TestBalancer::neverPicksAnExcludedOne()
{
    QFETCH(const BalancePolicy, policy);
    BalanceBench bench(policy);
    for (quint64 i = 0; i < 5; ++i)
        bench.balancer.add(SessionId{i}, int(i) + 1);
    // Also one that is not in the pool, and one twice.
    const std::vector excluded{SessionId{4}, SessionId{99}, SessionId{0}, SessionId{4}};
    const auto counts = bench.picks(1000, excluded);
    QCOMPARE(counts.size(), size_t(3));
    QVERIFY(!counts.contains(SessionId{0}) && !counts.contains(SessionId{4}));
    QVERIFY(bench.picks(1000).contains(SessionId{4})); // only for that choice

    const std::vector butOne{SessionId{0}, SessionId{1}, SessionId{2}, SessionId{4}};
    QVERIFY(bench.balancer.canPick(butOne));
    QCOMPARE(bench.balancer.pick(butOne), std::optional(SessionId{3}));
    const std::vector all{SessionId{0}, SessionId{1}, SessionId{2}, SessionId{3}, SessionId{4}};
    QVERIFY(!bench.balancer.canPick(all));
    QVERIFY(!bench.balancer.pick(all));
}

void TestBalancer::prefersTheBetterOnes()
{
    QFETCH(const BalancePolicy, policy);
    BalanceBench bench(policy);
    Balancer &pool = bench.balancer;
    for (const SessionId session : {a, b, c})
        pool.add(session);
    const auto picked = [&bench](const std::vector<SessionId> &excluded = {}) {
        std::vector<SessionId> list;
        for (const auto &[session, count] : bench.picks(100, excluded))
            list.push_back(session);
        return list;
    };
    const auto only = [](SessionId session) { return std::vector{session}; };

    pool.setUnavailable(a, Unavailability::Ejected, true);
    QCOMPARE(picked(), (std::vector{b, c}));
    QCOMPARE(pool.available(), size_t(2));
    QCOMPARE(picked({b, c}), only(a)); // better than nobody

    pool.setUnavailable(b, Unavailability::Unhealthy, true);
    QCOMPARE(picked(), only(c));
    QCOMPARE(picked({c}), only(a)); // an ejected one before an unhealthy one
    QCOMPARE(picked({a, c}), only(b));

    pool.setUnavailable(c, Unavailability::Draining, true);
    QCOMPARE(picked(), only(a));
    pool.setUnavailable(a, Unavailability::Unhealthy, true); // two reasons
    QCOMPARE(picked(), (std::vector{a, b})); // all that are left are unhealthy
    QVERIFY(!pool.canPick(std::vector{a, b})); // one that drains never
    QVERIFY(!pool.pick(std::vector{a, b}));
    QVERIFY(pool.canPick(only(c)));

    pool.setUnavailable(a, Unavailability::Unhealthy, false);
    QCOMPARE(pool.unavailability(a), Unavailabilities(Unavailability::Ejected));
    QCOMPARE(picked(), only(a));
    pool.setUnavailable(a, Unavailability::Ejected, false);
    pool.setUnavailable(b, Unavailability::Unhealthy, false);
    QCOMPARE(picked(), (std::vector{a, b}));
    pool.remove(a);
    pool.remove(b);
    QVERIFY(!pool.canPick());
    QCOMPARE(pool.size(), size_t(1));
    pool.setUnavailable(c, Unavailability::Draining, false);
    QCOMPARE(picked(), only(c));
    pool.setUnavailable(a, Unavailability::Draining, true); // gone already
    QVERIFY(!pool.unavailability(a));
}

void TestBalancer::survivesComingAndGoing()
{
    QFETCH(const BalancePolicy, policy);
    BalanceBench bench(policy);
    QRandomGenerator generator(1);
    std::map<SessionId, bool> there; // and whether it is ejected
    for (int i = 0; i < 20'000; ++i) {
        const SessionId session{generator.bounded(50U)};
        switch (generator.bounded(5)) {
        case 0:
            bench.balancer.add(session, 1 + generator.bounded(1000));
            there.try_emplace(session, false);
            break;
        case 1:
            bench.balancer.remove(session);
            there.erase(session);
            break;
        case 2:
            bench.balancer.setLoad(session, generator.bounded(100));
            break;
        case 3: {
            const bool out = generator.bounded(2) == 0;
            bench.balancer.setUnavailable(session, Unavailability::Ejected, out);
            if (const auto it = there.find(session); it != there.end())
                it->second = out;
            break;
        }
        default:
            break;
        }
        QCOMPARE(bench.balancer.size(), there.size());
        const auto picked = bench.balancer.pick({}, generator.generate64());
        QCOMPARE(picked.has_value(), !there.empty());
        if (!picked)
            continue;
        QVERIFY(there.contains(*picked));
        if (there.at(*picked)) // then all are
            QCOMPARE(bench.balancer.available(), size_t(0));
    }
}

void TestBalancer::changesItsPolicy()
{
    BalanceBench bench(BalancePolicy::Random);
    for (const SessionId session : {a, b, c})
        bench.balancer.add(session);
    bench.balancer.setLoad(a, 3);
    bench.balancer.setLoad(b, 2);
    bench.balancer.setUnavailable(c, Unavailability::Draining, true);
    for (int i = 0; i < 2; ++i) {
        bench.balancer.setPolicy(BalancePolicy::LeastConnections); // it knows the loads from before
        QCOMPARE(bench.picks(10), (std::map<SessionId, int>{{b, 10}}));
        bench.balancer.setPolicy(BalancePolicy::RoundRobin);
        QCOMPARE(bench.picks(10), (std::map<SessionId, int>{{a, 5}, {b, 5}}));
        bench.balancer.setPolicy(BalancePolicy::SourceHash);
        QCOMPARE(bench.picks(10).size(), size_t(2));
    }
    QCOMPARE(bench.balancer.policy(), BalancePolicy::SourceHash);
}

const frpx::test::TestRegistration registration("tst_balancer", frpx::test::runBareTest<TestBalancer>);

#include "tst_balancer.moc"
