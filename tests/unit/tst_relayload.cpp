// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relayload.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;

/// When a connection counts as a load to its client.
class TestRelayLoad : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void isALoadBeforeTheFirstAnswer();
    void isALoadWhileSomethingIsAsked();
    void restsAfterItsAnswer();
    void isALoadAgainAtTheNextQuestion();
    void isALoadWhileBytesMove();
    void isCountedOnceHoweverItEnds();
    void tellsNobodyWhoDoesNotChooseByIt();
    void goesOnInAnotherRelay();

private:
    /// The meters that have something new to say.
    size_t news() { return m_changes->take().size(); }

    std::shared_ptr<MeterChanges> m_changes;
    std::shared_ptr<RelayMeter> m_meter;
};

namespace {
constexpr qint64 start = 1'000'000;
constexpr qint64 rest = RelayLoad::restAfterMs;
} // namespace

void TestRelayLoad::init()
{
    m_changes = std::make_shared<MeterChanges>();
    m_meter = std::make_shared<RelayMeter>();
    m_meter->watchBy(m_changes, 7);
}

void TestRelayLoad::isALoadBeforeTheFirstAnswer()
{
    RelayLoad load(m_meter);
    QCOMPARE(m_meter->load(), 1);
    QVERIFY(!load.wantsLook()); // it costs nothing
    load.onAsked();
    QVERIFY(load.wantsLook());
    QVERIFY(load.look(start));
    QVERIFY(!load.look(start + rest)); // nothing to see any more
    QVERIFY(!load.look(start + 600'000)); // ten silent minutes
    QCOMPARE(m_meter->load(), 1);
    QCOMPARE(news(), 0);
}

void TestRelayLoad::isALoadWhileSomethingIsAsked()
{
    RelayLoad load(m_meter);
    load.onAsked();
    load.onAnswered();
    QVERIFY(load.look(start));
    load.onAsked();
    QVERIFY(load.look(start + rest));
    QVERIFY(!load.look(start + 10 * rest));
    QCOMPARE(m_meter->load(), 1);
}

void TestRelayLoad::restsAfterItsAnswer()
{
    RelayLoad load(m_meter);
    load.onAsked();
    load.onAnswered();
    QVERIFY(load.look(start));
    QVERIFY(load.look(start + rest - 1));
    QCOMPARE(m_meter->load(), 1);
    QCOMPARE(news(), 0);
    QVERIFY(!load.look(start + rest));
    QCOMPARE(m_meter->load(), 0);
    QCOMPARE(m_meter->open.load(), 1);
    QCOMPARE(news(), 1);
    QVERIFY(!load.wantsLook());
}

void TestRelayLoad::isALoadAgainAtTheNextQuestion()
{
    RelayLoad load(m_meter);
    load.onAnswered();
    load.look(start);
    load.look(start + rest);
    QCOMPARE(m_meter->loadForWatcher(), 0);
    news();
    load.onAsked();
    QVERIFY(load.wantsLook());
    QVERIFY(load.look(start + 20'000));
    QCOMPARE(m_meter->load(), 1);
    QCOMPARE(news(), 1);
    // The answer, and it rests again.
    load.onAnswered();
    QVERIFY(load.look(start + 30'000));
    QVERIFY(!load.look(start + 30'000 + rest));
    QCOMPARE(m_meter->load(), 0);
}

void TestRelayLoad::isALoadWhileBytesMove()
{
    RelayLoad load(m_meter);
    load.onAnswered();
    load.look(start);
    for (int i = 1; i <= 20; ++i) { // to one who reads slowly
        if (i % 2 == 0)
            load.onAnswered();
        else
            load.onPassedOn();
        QVERIFY(load.look(start + i * (rest - 1)));
        QCOMPARE(m_meter->load(), 1);
    }
}

void TestRelayLoad::isCountedOnceHoweverItEnds()
{
    {
        RelayLoad resting(m_meter);
        resting.onAnswered();
        resting.look(start);
        resting.look(start + rest);
        RelayLoad active(m_meter);
        active.onAsked();
        active.look(start);
        const RelayLoad unseen(m_meter);
        QCOMPARE(m_meter->load(), 2);
        QCOMPARE(m_meter->open.load(), 3);
    }
    QCOMPARE(m_meter->load(), 0);
    QCOMPARE(m_meter->open.load(), 0);
    QCOMPARE(m_meter->resting.load(), 0);
    QCOMPARE(m_meter->started.load(), 3U);
}

void TestRelayLoad::tellsNobodyWhoDoesNotChooseByIt()
{
    RelayLoad unwatched(std::make_shared<RelayMeter>());
    unwatched.onAnswered();
    QVERIFY(!unwatched.wantsLook());
    RelayLoad nowhere;
    nowhere.onAnswered();
    QVERIFY(!nowhere.wantsLook());
}

void TestRelayLoad::goesOnInAnotherRelay()
{
    RelayLoad first(m_meter);
    first.onAnswered();
    first.look(start);
    RelayLoad second(std::move(first));
    QCOMPARE(m_meter->open.load(), 1);
    QVERIFY(!second.look(start + rest));
    QCOMPARE(m_meter->load(), 0);
}

const frpx::test::TestRegistration registration("tst_relayload", frpx::test::runTest<TestRelayLoad>);

#include "tst_relayload.moc"
