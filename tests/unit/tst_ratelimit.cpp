// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/ratelimit.h"
#include "tests/support/testregistry.h"

#include <QRandomGenerator>
#include <QTest>

#include <array>
#include <limits>
#include <numeric>
#include <thread>
#include <vector>

using namespace frpx;

namespace {

constexpr qint64 kib64 = qint64(64) * 1024;

/// Somebody who always has something to read, and asks when he is told to.
struct Reader
{
    TokenBucket *bucket = nullptr;
    qint64 want = kib64;
    TokenBucket::Turn turn = {};
    qint64 got = 0;
    qint64 largest = 0;

    void act(qint64 now)
    {
        if (turn.isQueued() && turn.askAgainMs() > now)
            return;
        while (const qint64 granted = bucket->take(turn, want, now)) {
            got += granted;
            largest = std::max(largest, granted);
        }
    }
};

/// Takes what there is, so that from now on only the rate counts.
void empty(TokenBucket &bucket, qint64 now)
{
    TokenBucket::Turn turn;
    while (bucket.take(turn, std::numeric_limits<qint64>::max() / 4, now)) { }
    bucket.leave(turn);
}

} // namespace

class TestRateLimit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsTheRate_data();
    void keepsTheRate();
    void boundsTheBurst_data();
    void boundsTheBurst();
    void movesOnInSmallSteps();
    void givesEverybodyTheSame_data();
    void givesEverybodyTheSame();
    void servesThoseWhoWaitBeforeNewcomers();
    void grantsNoCrumbs();
    void whatIsGivenBackIsNotLost();
    void whoLeavesFreesHisPlace();
    void aFreedPlaceMovesOnlyThoseBehindIt();
    void aSmallerQuantumMovesOnlyThoseBehindIt();
    void neverGrantsWhatIsNotEarned_data();
    void neverGrantsWhatIsNotEarned();
    void chargesUpToOneBurst();
    void followsANewRate();
    void standsAClockThatStepsBack();
    void isExactFromManyThreads();
};

void TestRateLimit::keepsTheRate_data()
{
    QTest::addColumn<qint64>("rate");
    QTest::addColumn<int>("readers");
    for (const qint64 rate : {qint64(1), qint64(999), qint64(10'000), qint64(333'333), qint64(20'000'000),
             qint64(1'000'000'000), TokenBucket::maxRate}) {
        for (const int readers : {1, 3, 50})
            QTest::addRow("%lld, %d", qlonglong(rate), readers) << rate << readers;
    }
}

void TestRateLimit::keepsTheRate()
{
    QFETCH(qint64, rate);
    QFETCH(int, readers);
    TokenBucket bucket(rate);
    QCOMPARE(bucket.rate(), rate);
    constexpr qint64 start = 1'000'000'000'000;
    empty(bucket, start);
    std::vector<Reader> all(size_t(readers), Reader{&bucket, qint64(1) << 20});
    // Long enough that the quanta still reserved at the end are less than 1 %.
    const qint64 seconds = std::max(qint64(20), qint64(readers) * 512 * 110 / rate);
    const qint64 step = rate < 100 ? 1000 : 1;
    qint64 now = start;
    for (; now < start + seconds * 1000; now += step) {
        for (Reader &reader : all)
            reader.act(now);
    }
    const qint64 got = std::accumulate(
        all.begin(), all.end(), qint64(0), [](qint64 sum, const Reader &r) { return sum + r.got; });
    QVERIFY2(got <= rate * seconds, qPrintable(QString::number(got)));
    QVERIFY2(got >= rate * seconds / 100 * 99, qPrintable(QString::number(got)));
    for (Reader &reader : all)
        bucket.leave(reader.turn);
}

void TestRateLimit::boundsTheBurst_data()
{
    QTest::addColumn<qint64>("rate");
    QTest::addColumn<qint64>("burst");
    QTest::newRow("slow") << qint64(10'000) << kib64;
    QTest::newRow("fast") << qint64(20'000'000) << qint64(2'000'000);
    QTest::newRow("fastest") << TokenBucket::maxRate << TokenBucket::maxRate / 10;
}

void TestRateLimit::boundsTheBurst()
{
    QFETCH(qint64, rate);
    QFETCH(qint64, burst);
    TokenBucket bucket(rate);
    QCOMPARE(bucket.burst(), burst);
    qint64 now = 5;
    // At the start, after a second, after a month.
    for (const qint64 pause :
        {qint64(10'000), qint64(30) * 24 * 3600 * 1000, qint64(10) * 24 * 3600 * 1000}) {
        Reader reader{&bucket, std::numeric_limits<qint64>::max() / 4};
        reader.act(now);
        QCOMPARE(reader.got, burst);
        bucket.leave(reader.turn);
        now += pause;
    }
}

void TestRateLimit::movesOnInSmallSteps()
{
    TokenBucket bucket(10'000);
    empty(bucket, 0);
    Reader reader{&bucket};
    qint64 lastStep = 0;
    qint64 longestRest = 0;
    for (qint64 now = 0; now <= 10'000; ++now) {
        const qint64 before = reader.got;
        reader.act(now);
        if (reader.got > before) {
            longestRest = std::max(longestRest, now - lastStep);
            lastStep = now;
        }
    }
    QVERIFY2(longestRest <= 60, qPrintable(QString::number(longestRest)));
    QVERIFY2(reader.largest <= 1024, qPrintable(QString::number(reader.largest)));
    bucket.leave(reader.turn);
}

void TestRateLimit::givesEverybodyTheSame_data()
{
    QTest::addColumn<qint64>("rate");
    QTest::addColumn<int>("readers");
    QTest::addColumn<qint64>("want");
    QTest::newRow("two, slow") << qint64(10'000) << 2 << kib64;
    QTest::newRow("two") << qint64(3'000'000) << 2 << kib64;
    QTest::newRow("two, fast") << qint64(500'000'000) << 2 << qint64(1024 * 1024);
    QTest::newRow("a hundred") << qint64(3'000'000) << 100 << kib64;
}

void TestRateLimit::givesEverybodyTheSame()
{
    QFETCH(qint64, rate);
    QFETCH(int, readers);
    QFETCH(qint64, want);
    TokenBucket bucket(rate);
    empty(bucket, 0);
    std::vector<Reader> all(size_t(readers), Reader{&bucket, want});
    all[0].want = qint64(1) << 20; // who asks for more gets no more
    for (qint64 now = 0; now < 100'000; now += 1) {
        for (Reader &reader : all)
            reader.act(now);
    }
    const qint64 share = rate * 100 / readers;
    for (Reader &reader : all) {
        QVERIFY2(qAbs(reader.got - share) <= share / 20,
            qPrintable(QStringLiteral("%1 of %2").arg(reader.got).arg(share)));
        bucket.leave(reader.turn);
    }
}

void TestRateLimit::servesThoseWhoWaitBeforeNewcomers()
{
    TokenBucket bucket(100'000); // a quantum is 1000 bytes, 10 ms
    empty(bucket, 0);
    TokenBucket::Turn first;
    TokenBucket::Turn second;
    QCOMPARE(bucket.take(first, kib64, 0), 0);
    QCOMPARE(bucket.take(second, kib64, 0), 0);
    QCOMPARE(first.askAgainMs(), 10);
    QCOMPARE(second.askAgainMs(), 20);
    QCOMPARE(bucket.take(second, kib64, 19), 0);
    TokenBucket::Turn third; // 900 bytes are there, but not for him
    QCOMPARE(bucket.take(third, 100, 19), 0);
    QCOMPARE(bucket.take(first, kib64, 19), 1000);
    QCOMPARE(bucket.take(second, kib64, 20), 1000);
    QCOMPARE(bucket.take(third, 100, 30), 100);
    QCOMPARE(bucket.take(second, kib64, 30), 0); // what he did not want is not enough for a quantum
    QCOMPARE(bucket.take(second, kib64, 31), 1000);
}

void TestRateLimit::grantsNoCrumbs()
{
    TokenBucket bucket(100'000);
    empty(bucket, 0);
    TokenBucket::Turn turn;
    QCOMPARE(bucket.take(turn, kib64, 9), 0); // 900 bytes
    QVERIFY(turn.isQueued());
    QCOMPARE(turn.askAgainMs(), 10);
    QCOMPARE(bucket.take(turn, kib64, 30), 3000); // he comes late: all that is there
    QVERIFY(!turn.isQueued());
    QCOMPARE(bucket.take(turn, 200, 32), 200);
}

void TestRateLimit::whatIsGivenBackIsNotLost()
{
    TokenBucket bucket(1000);
    TokenBucket::Turn waiting;
    TokenBucket::Turn none;
    QCOMPARE(bucket.take(none, kib64, 0), kib64); // a message of which nobody knows the length
    QCOMPARE(bucket.take(waiting, kib64, 0), 0);
    QCOMPARE(waiting.askAgainMs(), 100); // half a second, if it were not for this:
    bucket.giveBack(kib64 - 100);
    QCOMPARE(bucket.take(waiting, kib64, 1), kib64 - 100 + 1);
    bucket.giveBack(kib64 * 2); // never more than a burst
    QCOMPARE(bucket.take(none, kib64 * 2, 1), kib64);
}

void TestRateLimit::whoLeavesFreesHisPlace()
{
    TokenBucket bucket(1000);
    empty(bucket, 0);
    std::vector<TokenBucket::Turn> many(100);
    for (TokenBucket::Turn &turn : many)
        QCOMPARE(bucket.take(turn, 1, 0), 0);
    TokenBucket::Turn last;
    QCOMPARE(bucket.take(last, 512, 0), 0);
    for (TokenBucket::Turn &turn : many) {
        bucket.leave(turn);
        QVERIFY(!turn.isQueued());
        bucket.leave(turn); // not there any more
    }
    QCOMPARE(bucket.take(last, 512, 100), 0);
    QCOMPARE(bucket.take(last, 512, 511), 0);
    QCOMPARE(bucket.take(last, 512, 512), 512);
}

void TestRateLimit::aFreedPlaceMovesOnlyThoseBehindIt()
{
    TokenBucket bucket(100'000); // a quantum is 1000 bytes, 10 ms
    empty(bucket, 0);
    std::vector<TokenBucket::Turn> turns(6);
    for (TokenBucket::Turn &turn : turns)
        QCOMPARE(bucket.take(turn, 1000, 0), 0);
    // From the middle, in both directions, and the last.
    for (const size_t leaver : {2, 3, 1, 5})
        bucket.leave(turns[leaver]);
    QCOMPARE(bucket.take(turns[0], 1000, 9), 0);
    QCOMPARE(bucket.take(turns[4], 1000, 10), 0);
    QCOMPARE(bucket.take(turns[0], 1000, 10), 1000);
    QCOMPARE(bucket.take(turns[4], 1000, 19), 0);
    TokenBucket::Turn newcomer;
    QCOMPARE(bucket.take(newcomer, 1000, 19), 0);
    QCOMPARE(bucket.take(turns[4], 1000, 20), 1000);
    QCOMPARE(bucket.take(newcomer, 1000, 29), 0);
    QCOMPARE(bucket.take(newcomer, 1000, 30), 1000);
    QCOMPARE(bucket.take(newcomer, 1000, 30), 0);
}

void TestRateLimit::aSmallerQuantumMovesOnlyThoseBehindIt()
{
    TokenBucket bucket(10'000'000);
    empty(bucket, 0);
    TokenBucket::Turn first;
    TokenBucket::Turn second;
    QCOMPARE(bucket.take(first, kib64, 0), 0); // 100,000 bytes each
    QCOMPARE(bucket.take(second, kib64, 0), 0);
    bucket.setRate(100'000, 0);
    QCOMPARE(bucket.take(second, 1000, 0), 0); // keeps 1000, and frees the rest of its place
    QCOMPARE(bucket.take(first, 1000, 0), 0);
    QCOMPARE(bucket.take(first, 1000, 9), 0);
    QCOMPARE(bucket.take(second, 1000, 10), 0);
    QCOMPARE(bucket.take(first, 1000, 10), 1000);
    QCOMPARE(bucket.take(second, 1000, 19), 0);
    QCOMPARE(bucket.take(second, 1000, 20), 1000);
}

void TestRateLimit::neverGrantsWhatIsNotEarned_data()
{
    QTest::addColumn<quint32>("seed");
    for (quint32 seed = 1; seed <= 20; ++seed)
        QTest::addRow("%u", seed) << seed;
}

/// Readers that come, take, give back and leave in any order, and rates that change: at no moment has more
/// been granted than was earned, and in the end nothing is missing.
void TestRateLimit::neverGrantsWhatIsNotEarned()
{
    QFETCH(const quint32, seed);
    QRandomGenerator random(seed);
    constexpr std::array<qint64, 4> rates{1000, 100'000, 3'000'000, 200'000'000};
    qint64 rate = rates[seed % rates.size()];
    TokenBucket bucket(rate);
    empty(bucket, 0);
    std::vector<TokenBucket::Turn> turns(20);
    qint64 earned = 0; // thousandths
    qint64 granted = 0;
    qint64 now = 0;
    for (int step = 0; step < 20'000; ++step) {
        const qint64 passed = random.bounded(3);
        now += passed;
        earned += passed * rate;
        TokenBucket::Turn &turn = turns[random.bounded(quint32(turns.size()))];
        const quint32 what = random.bounded(100U);
        if (what == 0) {
            rate = rates[random.bounded(quint32(rates.size()))];
            bucket.setRate(rate, now);
        } else if (what < 15) {
            bucket.leave(turn);
        } else {
            const qint64 got = bucket.take(turn, random.bounded(1, 300'000), now);
            granted += got;
            QVERIFY2(granted <= earned / 1000,
                qPrintable(QStringLiteral("step %1: %2 of %3").arg(step).arg(granted).arg(earned / 1000)));
            if (const qint64 back = what < 40 ? got / 2 : 0; back > 0) {
                bucket.giveBack(back);
                granted -= back;
            }
        }
    }
    for (TokenBucket::Turn &turn : turns)
        bucket.leave(turn);
    // Nobody is left: what comes now finds a bucket that earns again, and no debt.
    TokenBucket::Turn last;
    now += 1000;
    QVERIFY(bucket.take(last, rate, now) > 0);
}

void TestRateLimit::chargesUpToOneBurst()
{
    TokenBucket bucket(100'000);
    empty(bucket, 0);
    bucket.charge(10'000);
    TokenBucket::Turn turn;
    QCOMPARE(bucket.take(turn, 1000, 0), 0);
    QCOMPARE(bucket.take(turn, 1000, 109), 0);
    QCOMPARE(bucket.take(turn, 1000, 110), 1000);
    for (int i = 0; i < 1000; ++i)
        bucket.charge(10'000);
    QCOMPARE(bucket.take(turn, 1000, 110), 0);
    QCOMPARE(bucket.take(turn, 1000, 110 + 655), 0);
    QCOMPARE(bucket.take(turn, 1000, 110 + 666), 1000);
}

void TestRateLimit::followsANewRate()
{
    TokenBucket bucket(1000);
    empty(bucket, 0);
    std::vector<Reader> all(10, Reader{&bucket});
    const auto run = [&all](qint64 from, qint64 to) {
        qint64 before = 0;
        qint64 after = 0;
        for (Reader &reader : all)
            before += reader.got;
        for (qint64 now = from; now < to; ++now) {
            for (Reader &reader : all)
                reader.act(now);
        }
        for (Reader &reader : all)
            after += reader.got;
        return after - before;
    };
    run(0, 1000); // everybody is in the queue for the next five seconds
    bucket.setRate(50'000'000, 1000);
    QCOMPARE(bucket.rate(), 50'000'000);
    const qint64 fast = run(1000, 3000);
    // At the end each has reserved a quantum of 500,000 bytes, which some have not got yet.
    QVERIFY2(fast <= 100'000'000 && fast >= 94'000'000, qPrintable(QString::number(fast)));
    bucket.setRate(10'000, 3000); // everybody has reserved a quantum that is now worth 26 s
    run(3000, 3200);
    const qint64 slow = run(3200, 13'200);
    QVERIFY2(qAbs(slow - 100'000) <= 6'000, qPrintable(QString::number(slow)));
    for (Reader &reader : all)
        bucket.leave(reader.turn);
}

void TestRateLimit::standsAClockThatStepsBack()
{
    TokenBucket bucket(100'000);
    empty(bucket, 1000);
    TokenBucket::Turn turn;
    QCOMPARE(bucket.take(turn, 1000, 990), 0); // another loop, which looked at the clock before
    QCOMPARE(bucket.take(turn, 1000, 1009), 0);
    QCOMPARE(bucket.take(turn, 1000, 1010), 1000);
}

void TestRateLimit::isExactFromManyThreads()
{
    TokenBucket bucket(1'000'000);
    empty(bucket, 0);
    std::vector<std::thread> threads;
    std::array<qint64, 4> got{};
    for (qint64 &sum : got) {
        threads.emplace_back([&bucket, &sum] {
            TokenBucket::Turn turn;
            for (qint64 now = 1; now <= 10'000; ++now) {
                if (const qint64 granted = bucket.take(turn, 5000, now)) {
                    bucket.giveBack(granted / 2);
                    sum += granted - granted / 2;
                }
            }
            bucket.leave(turn);
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    const qint64 total = std::accumulate(got.begin(), got.end(), qint64(0));
    Reader rest{&bucket};
    rest.act(10'000);
    // The threads need not run side by side: a bucket that was full meanwhile has lost something.
    QVERIFY(total + rest.got <= 10'000'000);
    QVERIFY(total > 0);
    bucket.leave(rest.turn);
}

const frpx::test::TestRegistration registration("tst_ratelimit", frpx::test::runBareTest<TestRateLimit>);

#include "tst_ratelimit.moc"
