// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/drainwatch.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

using namespace frpx;
using namespace frpx::test;

class TestDrainWatch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void endsAtOnceWhenNothingIsThere();
    void waitsForRelays();
    void waitsForWhatIsOutside();
    void countsWhatWasHandedOutMeanwhile();
    void givesUpInTime();
    void mayBeStoppedAndStartedAnew();
    void outlivesTheLoopsItAsked();

private:
    /// Joins two connections; their other ends are the test's.
    void addRelay();

    Connector m_connector;
    std::vector<UniqueFd> m_ends;
    qint64 m_outside = 0;
    std::unique_ptr<RelayPool> m_relays;
    std::unique_ptr<DrainWatch> m_watch;
    std::unique_ptr<QSignalSpy> m_finished;
};

void TestDrainWatch::init()
{
    m_outside = 0;
    m_relays = std::make_unique<RelayPool>(2);
    m_watch = std::make_unique<DrainWatch>(*m_relays, [this] { return m_outside; });
    m_finished = std::make_unique<QSignalSpy>(m_watch.get(), &DrainWatch::finished);
}

void TestDrainWatch::cleanup()
{
    m_relays->shutDown();
    m_finished.reset();
    m_watch.reset();
    m_relays.reset();
    m_ends.clear();
}

void TestDrainWatch::addRelay()
{
    Connection user = m_connector.connection();
    Connection service = m_connector.connection();
    m_ends.push_back(std::move(user.near));
    m_ends.push_back(std::move(service.near));
    m_relays->adopt({std::move(user.far), std::move(service.far), {}, nullptr});
}

void TestDrainWatch::endsAtOnceWhenNothingIsThere()
{
    QElapsedTimer timer;
    timer.start();
    m_watch->start(10'000);
    QVERIFY(m_finished->isEmpty()); // not from within start()
    QTRY_COMPARE(m_finished->size(), 1);
    QVERIFY(m_finished->first().first().toBool());
    QVERIFY(timer.elapsed() < 5'000); // long before the time-out
    QVERIFY(!m_watch->isRunning());
}

void TestDrainWatch::waitsForRelays()
{
    addRelay(); // the loops may not even have seen them
    addRelay();
    m_watch->start(10'000);
    QVERIFY(!m_finished->wait(300));
    m_ends.resize(2);
    QVERIFY(!m_finished->wait(300));
    m_ends.clear();
    QTRY_COMPARE(m_finished->size(), 1);
    QVERIFY(m_finished->first().first().toBool());
}

void TestDrainWatch::waitsForWhatIsOutside()
{
    m_outside = 1;
    m_watch->start(10'000);
    QVERIFY(!m_finished->wait(300));
    m_outside = 0;
    m_watch->look();
    QTRY_COMPARE(m_finished->size(), 1);
}

void TestDrainWatch::countsWhatWasHandedOutMeanwhile()
{
    // The answer is on its way when another relay is given to a loop that has been asked already.
    qint64 counted = -1;
    m_relays->census(this, [&counted](qint64 count) { counted = count; });
    addRelay();
    QTRY_VERIFY(counted >= 0);
    QVERIFY(counted > 0);
    m_ends.clear();
    const auto left = [this, &counted] {
        counted = -1;
        m_relays->census(this, [&counted](qint64 count) { counted = count; });
        [[maybe_unused]] const bool answered = QTest::qWaitFor([&counted] { return counted >= 0; });
        return counted;
    };
    QTRY_COMPARE(left(), 0);
}

void TestDrainWatch::givesUpInTime()
{
    addRelay();
    QElapsedTimer timer;
    timer.start();
    m_watch->start(200);
    QTRY_COMPARE(m_finished->size(), 1);
    QVERIFY(!m_finished->first().first().toBool());
    QVERIFY(timer.elapsed() >= 190);
}

void TestDrainWatch::mayBeStoppedAndStartedAnew()
{
    m_watch->start(10'000);
    m_watch->stop();
    QVERIFY(!m_finished->wait(200));
    m_watch->start(10'000);
    QTRY_COMPARE(m_finished->size(), 1);
}

void TestDrainWatch::outlivesTheLoopsItAsked()
{
    m_watch->start(100);
    m_relays->shutDown();
    QTRY_COMPARE(m_finished->size(), 1); // by the answer, or by the time-out
}

const frpx::test::TestRegistration registration("tst_drainwatch", frpx::test::runTest<TestDrainWatch>);

#include "tst_drainwatch.moc"
