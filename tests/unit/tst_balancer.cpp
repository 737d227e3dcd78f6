// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/balance/balancer.h"

#include <QRandomGenerator>
#include <QTest>

#include <array>

using namespace frpx;
using namespace frpx::server;

class TestBalancer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void givesNothingWhenEmpty();
    void givesOnlyWhatIsInThePool();
    void ignoresDoubleAddAndUnknownRemove();
    void isUniform_data();
    void isUniform();
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

QTEST_APPLESS_MAIN(TestBalancer)
#include "tst_balancer.moc"
