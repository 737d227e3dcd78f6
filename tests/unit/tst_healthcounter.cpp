// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/health/healthcounter.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx::client;
using namespace Qt::StringLiterals;

class TestHealthCounter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void counts_data();
    void counts();
};

void TestHealthCounter::counts_data()
{
    QTest::addColumn<int>("rise");
    QTest::addColumn<int>("fall");
    QTest::addColumn<QByteArray>("results"); // + good, - bad
    QTest::addColumn<QByteArray>("states"); // after each: H healthy, u unhealthy
    QTest::newRow("healthy at first") << 2 << 3 << "+++"_ba
                                      << "HHH"_ba;
    QTest::newRow("falls") << 2 << 3 << "----"_ba
                           << "HHuu"_ba;
    QTest::newRow("a good one starts the count again") << 2 << 3 << "--+--+---"_ba
                                                       << "HHHHHHHHu"_ba;
    QTest::newRow("rises") << 2 << 3 << "---++"_ba
                           << "HHuuH"_ba;
    QTest::newRow("a bad one starts the count again") << 2 << 3 << "---+-+-++"_ba
                                                      << "HHuuuuuuH"_ba;
    QTest::newRow("falls again as slowly") << 1 << 2 << "--+--"_ba
                                           << "HuHHu"_ba;
    QTest::newRow("at once") << 1 << 1 << "-+-+"_ba
                             << "uHuH"_ba;
    QTest::newRow("less than one is one") << 0 << -5 << "-+-+"_ba
                                          << "uHuH"_ba;
}

void TestHealthCounter::counts()
{
    QFETCH(const int, rise);
    QFETCH(const int, fall);
    QFETCH(const QByteArray, results);
    QFETCH(const QByteArray, states);
    HealthCounter counter(rise, fall);
    QVERIFY(counter.isHealthy());
    QByteArray seen;
    for (const char result : results) {
        const bool before = counter.isHealthy();
        const bool changed = counter.add(result == '+');
        QCOMPARE(changed, counter.isHealthy() != before);
        seen += counter.isHealthy() ? 'H' : 'u';
    }
    QCOMPARE(seen, states);
}

const frpx::test::TestRegistration registration(
    "tst_healthcounter", frpx::test::runBareTest<TestHealthCounter>);

#include "tst_healthcounter.moc"
