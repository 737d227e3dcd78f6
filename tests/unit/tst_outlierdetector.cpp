// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/backends/outlierdetector.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::server;

namespace {

constexpr auto client = SessionId{7};
constexpr qint64 start = 1'000'000;

} // namespace

class TestOutlierDetector : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ejectsAfterFailuresInARow();
    void startsAnewAfterASuccess();
    void triesWithOneUser();
    void doublesUpToTheLimit();
    void forgetsInGoodTimes();
    void triesAgainWhenATrialIsUndecided();
    void comesBackAtOnceByASuccess();
    void ignoresFailuresWhileItIsOut();
    void keepsClientsApart();

private:
    /// Fails its users until it is ejected. Returns for how long.
    static qint64 eject(OutlierDetector &detector, qint64 now)
    {
        for (int i = 0; i < 10; ++i) {
            if (const auto duration = detector.failed(client, now))
                return *duration;
        }
        return -1;
    }
};

void TestOutlierDetector::ejectsAfterFailuresInARow()
{
    OutlierDetector detector;
    QCOMPARE(detector.state(client), OutlierDetector::State::Good);
    QVERIFY(!detector.failed(client, start));
    QVERIFY(!detector.failed(client, start + 1));
    QCOMPARE(detector.state(client), OutlierDetector::State::Good);
    QVERIFY(detector.out().empty());
    QCOMPARE(detector.failed(client, start + 2), std::optional<qint64>(10'000));
    QCOMPARE(detector.state(client), OutlierDetector::State::Ejected);
    QCOMPARE(detector.remainingMs(client, start + 1002), 9000);
    QCOMPARE(detector.out(), std::vector{client});
}

void TestOutlierDetector::startsAnewAfterASuccess()
{
    OutlierDetector detector;
    for (int i = 0; i < 10; ++i) {
        QVERIFY(!detector.failed(client, start));
        QVERIFY(!detector.failed(client, start));
        QVERIFY(!detector.succeeded(client, start)); // it was not out
    }
    QCOMPARE(detector.state(client), OutlierDetector::State::Good);
}

void TestOutlierDetector::triesWithOneUser()
{
    OutlierDetector detector;
    const qint64 until = start + eject(detector, start);
    QVERIFY(!detector.offered(client, start)); // as when there is nobody else
    QVERIFY(detector.takeDue(until - 1).empty());
    QCOMPARE(detector.takeDue(until), std::vector{client});
    QVERIFY(detector.takeDue(until).empty()); // told once
    QCOMPARE(detector.state(client), OutlierDetector::State::OnTrial);
    QCOMPARE(detector.remainingMs(client, until), 0);
    QVERIFY(detector.offered(client, until));
    QCOMPARE(detector.state(client), OutlierDetector::State::Trying);
    QVERIFY(!detector.offered(client, until)); // one

    QVERIFY(detector.succeeded(client, until + 1));
    QCOMPARE(detector.state(client), OutlierDetector::State::Good);
    QVERIFY(!detector.succeeded(client, until + 1));
    QVERIFY(!detector.failed(client, until + 2)); // it has three again
}

void TestOutlierDetector::doublesUpToTheLimit()
{
    OutlierDetector detector;
    qint64 now = start;
    QCOMPARE(eject(detector, now), 10'000);
    qint64 duration = 10'000;
    for (const qint64 expected : {20'000, 40'000, 80'000, 160'000, 300'000, 300'000, 300'000}) {
        now += duration;
        QCOMPARE(detector.takeDue(now).size(), size_t(1));
        QVERIFY(detector.offered(client, now));
        const auto again = detector.failed(client, now); // one failure is enough now
        QVERIFY(again);
        duration = *again;
        QCOMPARE(duration, expected);
    }
}

void TestOutlierDetector::forgetsInGoodTimes()
{
    OutlierDetector detector;
    const auto tryAt = [&detector](qint64 now) {
        return detector.takeDue(now).size() == 1 && detector.offered(client, now);
    };
    QCOMPARE(eject(detector, start), 10'000);
    QVERIFY(tryAt(start + 10'000));
    QCOMPARE(detector.failed(client, start + 10'000), std::optional<qint64>(20'000));
    QVERIFY(tryAt(start + 30'000));
    QVERIFY(detector.succeeded(client, start + 30'000));
    QCOMPARE(eject(detector, start + 40'000), 40'000); // hardly back, and out again
    QVERIFY(tryAt(start + 80'000));
    QVERIFY(detector.succeeded(client, start + 80'000));
    QCOMPARE(eject(detector, start + 80'000 + 120'000), 20'000); // two minutes: two doublings less
    QVERIFY(tryAt(start + 220'000));
    QVERIFY(detector.succeeded(client, start + 220'000));
    QCOMPARE(eject(detector, start + 220'000 + 3'600'000), 10'000); // as if it had never been
}

void TestOutlierDetector::triesAgainWhenATrialIsUndecided()
{
    OutlierDetector detector;
    qint64 now = start + eject(detector, start);
    QCOMPARE(detector.takeDue(now).size(), size_t(1));
    QVERIFY(detector.offered(client, now)); // this user goes away before anything is decided
    QVERIFY(detector.takeDue(now + OutlierLimits().trialMs - 1).empty());
    now += OutlierLimits().trialMs;
    QCOMPARE(detector.takeDue(now), std::vector{client});
    QVERIFY(detector.offered(client, now));
    QCOMPARE(detector.failed(client, now), std::optional<qint64>(20'000));
}

void TestOutlierDetector::comesBackAtOnceByASuccess()
{
    OutlierDetector detector;
    QVERIFY(eject(detector, start) > 0);
    QVERIFY(detector.succeeded(client, start + 1)); // when nobody else was there
    QCOMPARE(detector.state(client), OutlierDetector::State::Good);
    QVERIFY(detector.takeDue(start + 1'000'000).empty());
}

void TestOutlierDetector::ignoresFailuresWhileItIsOut()
{
    OutlierDetector detector;
    const qint64 until = start + eject(detector, start);
    for (int i = 0; i < 10; ++i)
        QVERIFY(!detector.failed(client, start + i));
    QCOMPARE(detector.takeDue(until).size(), size_t(1));
    QVERIFY(!detector.failed(client, until)); // of a user it was offered long before
    QCOMPARE(detector.state(client), OutlierDetector::State::OnTrial);
}

void TestOutlierDetector::keepsClientsApart()
{
    OutlierDetector detector;
    const SessionId other{8};
    QVERIFY(!detector.failed(client, start));
    QVERIFY(!detector.failed(other, start));
    QVERIFY(!detector.failed(client, start));
    QVERIFY(!detector.failed(other, start));
    QVERIFY(detector.failed(client, start));
    QCOMPARE(detector.state(other), OutlierDetector::State::Good);
    QVERIFY(!detector.succeeded(other, start));
    detector.forget(client);
    QCOMPARE(detector.state(client), OutlierDetector::State::Good);
    QVERIFY(detector.takeDue(start + 1'000'000).empty());
}

const frpx::test::TestRegistration registration(
    "tst_outlierdetector", frpx::test::runBareTest<TestOutlierDetector>);

#include "tst_outlierdetector.moc"
