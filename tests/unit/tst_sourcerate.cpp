// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/sourcerate.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace std::chrono_literals;
using frpx::net::SourceKey;
using frpx::server::SourceRate;

class TestSourceRate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void givesABurstAndThenARate();
    void refusesWhenTheLineIsFull();
    void keepsSourcesApart();
    void isBounded();

private:
    const SourceRate::TimePoint m_start{1h};
    const SourceKey m_one{0, 1};
    const SourceKey m_other{0, 2};
};

void TestSourceRate::givesABurstAndThenARate()
{
    SourceRate rate(3, 10, 5s);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(rate.reserve(m_one, m_start)->count(), 0);
    for (int i = 1; i <= 4; ++i)
        QVERIFY(rate.reserve(m_one, m_start) == i * 100ms); // each behind the one before
    QCOMPARE(rate.reserve(m_one, m_start + 500ms)->count(), 0);
    QVERIFY(rate.reserve(m_one, m_start + 500ms) == 100ms);
    for (int i = 0; i < 3; ++i) // after a pause the burst is there again, and no more
        QCOMPARE(rate.reserve(m_one, m_start + 10min)->count(), 0);
    QVERIFY(rate.reserve(m_one, m_start + 10min) == 100ms);
}

void TestSourceRate::refusesWhenTheLineIsFull()
{
    SourceRate rate(1, 10, 200ms);
    QCOMPARE(rate.reserve(m_one, m_start)->count(), 0);
    QVERIFY(rate.reserve(m_one, m_start) == 100ms);
    QVERIFY(rate.reserve(m_one, m_start) == 200ms);
    for (int i = 0; i < 100; ++i)
        QVERIFY(!rate.reserve(m_one, m_start)); // and takes no place
    QVERIFY(rate.reserve(m_one, m_start + 100ms) == 200ms);
}

void TestSourceRate::keepsSourcesApart()
{
    SourceRate rate(1, 10, 0s);
    QVERIFY(rate.reserve(m_one, m_start));
    QVERIFY(!rate.reserve(m_one, m_start));
    QVERIFY(rate.reserve(m_other, m_start));
}

void TestSourceRate::isBounded()
{
    SourceRate rate(1, 10, 0s);
    for (quint64 i = 0; i < 3 * SourceRate::maxSources; ++i)
        rate.reserve({1, i}, m_start);
    QVERIFY(rate.size() <= SourceRate::maxSources + 1);
    QVERIFY(rate.reserve({2, 1}, m_start + 1s)); // those before are forgotten
    rate.forgetOld(m_start + 3s);
    QCOMPARE(rate.size(), 0);
}

const frpx::test::TestRegistration registration("tst_sourcerate", frpx::test::runBareTest<TestSourceRate>);

#include "tst_sourcerate.moc"
