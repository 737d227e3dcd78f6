// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/hungclients.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

using Verdict = HungClients::Verdict;

namespace {

constexpr qint64 limitMs = 60'000;
constexpr qint64 sessionLimitMs = 15'000;
constexpr qint64 startMs = 1'000'000;

/// Streams of a client: so many are open.
struct Streams
{
    explicit Streams(int open)
    {
        meter->open = open;
        streams.add(meter);
    }
    std::shared_ptr<RelayMeter> meter = std::make_shared<RelayMeter>();
    ClientStreams streams;
};

const HungClients::Identity client{1, u"a"_s, u"process"_s};

/// The server goes on all the time until \a untilMs.
void run(HungClients &hung, qint64 untilMs)
{
    for (qint64 now = startMs; now <= untilMs; now += 1000)
        hung.look(now);
}

} // namespace

class TestHungClients : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void judgesAConnectedClient_data();
    void judgesAConnectedClient();
    void endsTheStreamsOfALostClient();
    void keepsThoseOfOneThatIsBack();
    void tellsClientsApart();
    void countsFromTheLastSession();
    void doesNothingWhenSwitchedOff();
    void countsNoSilenceWhileTheServerStandsStill();
    void forgetsClientsWithoutStreams();
    void forgetsMetersNobodyHas();
};

void TestHungClients::judgesAConnectedClient_data()
{
    QTest::addColumn<qint64>("limit");
    QTest::addColumn<bool>("canBeAsked");
    QTest::addColumn<qint64>("silentMs");
    QTest::addColumn<int>("verdict");
    const auto row = [](const char *name, qint64 limit, bool canBeAsked, qint64 silentMs, Verdict verdict) {
        QTest::newRow(name) << limit << canBeAsked << silentMs << int(verdict);
    };
    row("just heard", limitMs, true, 0, Verdict::Wait);
    row("not for long", limitMs, true, limitMs / 2 - 1, Verdict::Wait);
    row("for half of it", limitMs, true, limitMs / 2, Verdict::Ask);
    row("nearly all of it", limitMs, true, limitMs - 1, Verdict::Ask);
    row("too long", limitMs, true, limitMs, Verdict::Hung);
    row("cannot be asked", limitMs, false, limitMs - 1, Verdict::Wait);
    row("cannot be asked, too long", limitMs, false, limitMs, Verdict::Hung);
    row("shorter than its heartbeats", 2000, true, 2000, Verdict::Hung);
    row("shorter than its heartbeats, cannot be asked", 2000, false, sessionLimitMs - 1, Verdict::Wait);
    row("as long as its session", 2000, false, sessionLimitMs, Verdict::Hung);
    row("never", 0, true, 1'000'000'000, Verdict::Wait);
}

void TestHungClients::judgesAConnectedClient()
{
    QFETCH(const qint64, limit);
    QFETCH(const bool, canBeAsked);
    QFETCH(const qint64, silentMs);
    QFETCH(const int, verdict);
    const HungClients hung(limit);
    QCOMPARE(int(hung.judge(startMs, startMs + silentMs, canBeAsked, sessionLimitMs)), verdict);
}

void TestHungClients::endsTheStreamsOfALostClient()
{
    HungClients hung(limitMs);
    const Streams streams(2);
    run(hung, startMs + limitMs);
    hung.lost(client, startMs + 1000, streams.streams);
    QVERIFY(hung.takeDue(startMs + limitMs).empty());
    const auto due = hung.takeDue(startMs + 1000 + limitMs);
    QCOMPARE(due.size(), 1U);
    QCOMPARE(due.front().client, client);
    QCOMPARE(due.front().streams.underWay(), std::vector{streams.meter});
    QCOMPARE(hung.size(), 0U);
}

void TestHungClients::keepsThoseOfOneThatIsBack()
{
    HungClients hung(limitMs);
    const Streams streams(1);
    run(hung, startMs + limitMs);
    hung.lost(client, startMs, streams.streams);
    ClientStreams back = hung.takeBack(client);
    QCOMPARE(back.underWay(), std::vector{streams.meter}); // watched with its new session
    QVERIFY(hung.takeDue(startMs + 2 * limitMs).empty());
    QVERIFY(!hung.takeBack(client).areUnderWay());
}

void TestHungClients::tellsClientsApart()
{
    HungClients hung(limitMs);
    const Streams streams(1);
    hung.lost(client, startMs, streams.streams);
    for (const HungClients::Identity &other : {HungClients::Identity{2, u"a"_s, u"process"_s},
             HungClients::Identity{1, u"b"_s, u"process"_s}, HungClients::Identity{1, u"a"_s, u"second"_s}})
        QVERIFY(!hung.takeBack(other).areUnderWay());
    QVERIFY(hung.takeBack(client).areUnderWay());
}

/// A session that ends before another one has been taken back.
void TestHungClients::countsFromTheLastSession()
{
    HungClients hung(limitMs);
    const Streams first(1);
    const Streams second(1);
    run(hung, startMs + limitMs);
    hung.lost(client, startMs + 5000, second.streams);
    hung.lost(client, startMs, first.streams);
    QVERIFY(hung.takeDue(startMs + limitMs).empty());
    const auto due = hung.takeDue(startMs + 5000 + limitMs);
    QCOMPARE(due.size(), 1U);
    QCOMPARE(due.front().streams.underWay().size(), 2U);
}

void TestHungClients::doesNothingWhenSwitchedOff()
{
    HungClients hung(0);
    const Streams streams(1);
    hung.lost(client, startMs, streams.streams);
    QCOMPARE(hung.size(), 0U);
    hung.setLimit(limitMs);
    hung.lost(client, startMs, streams.streams);
    QCOMPARE(hung.size(), 1U);
    hung.setLimit(0);
    QCOMPARE(hung.size(), 0U);
    QVERIFY(hung.takeDue(startMs + 2 * limitMs).empty());
}

void TestHungClients::countsNoSilenceWhileTheServerStandsStill()
{
    HungClients hung(limitMs);
    const Streams streams(1);
    run(hung, startMs + 1000);
    hung.lost(client, startMs, streams.streams);
    const qint64 awake = startMs + 10 * limitMs;
    hung.look(awake); // nothing was read for so long, whatever the clients said
    QVERIFY(hung.takeDue(awake).empty());
    QCOMPARE(hung.judge(startMs, awake, true, sessionLimitMs), Verdict::Wait);
    for (qint64 now = awake; now <= awake + limitMs; now += 1000)
        hung.look(now);
    QCOMPARE(hung.judge(startMs, awake + limitMs, true, sessionLimitMs), Verdict::Hung);
    QCOMPARE(hung.takeDue(awake + limitMs).size(), 1U);
}

void TestHungClients::forgetsClientsWithoutStreams()
{
    HungClients hung(limitMs);
    hung.lost(client, startMs, Streams(0).streams);
    QCOMPARE(hung.size(), 0U);
    const Streams streams(1);
    hung.lost(client, startMs, streams.streams);
    QCOMPARE(hung.size(), 1U);
    streams.meter->open = 0;
    QVERIFY(hung.takeDue(startMs + 1).empty());
    QCOMPARE(hung.size(), 0U);
}

void TestHungClients::forgetsMetersNobodyHas()
{
    ClientStreams streams;
    const auto kept = std::make_shared<RelayMeter>();
    kept->claimed = 1; // a user on the way to it
    streams.add(kept);
    for (int i = 0; i < 1000; ++i)
        streams.add(std::make_shared<RelayMeter>());
    QVERIFY(streams.size() < 40);
    QCOMPARE(streams.underWay(), std::vector{kept});
}

const frpx::test::TestRegistration registration("tst_hungclients", frpx::test::runBareTest<TestHungClients>);

#include "tst_hungclients.moc"
