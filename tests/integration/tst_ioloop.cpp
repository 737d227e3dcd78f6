// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/io/ioloop.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <future>

#include <sys/socket.h>

using namespace frpx;
using namespace Qt::StringLiterals;

namespace {

struct Counts
{
    std::atomic<int> idleCalls = 0;
    std::atomic<int> events = 0;
    std::atomic<int> turns = 0;
    std::atomic<int> handshakes = 0;
    std::atomic<int> mostHandshakes = 0; ///< between two turns of a busy one
    int handshakesBefore = 0;
};

/// Counts its calls; as long as it is busy it wants a turn in every round.
class Counter : public IoHandler
{
public:
    Counter(IoLoop &loop, Counts &counts)
        : m_loop(loop)
        , m_counts(counts)
    { }

    void setBusy(bool busy)
    {
        m_busy = busy;
        if (busy)
            m_loop.requeue(this);
    }
    void onIo(int side, IoEvents events) override
    {
        Q_UNUSED(side)
        Q_UNUSED(events)
        ++m_counts.events;
    }
    void onTurn() override
    {
        ++m_counts.turns;
        const int since = m_counts.handshakes - std::exchange(m_counts.handshakesBefore, m_counts.handshakes);
        m_counts.mostHandshakes = std::max(m_counts.mostHandshakes.load(), since);
        if (m_busy)
            m_loop.requeue(this);
    }
    void onIdle() override { ++m_counts.idleCalls; }
    void onHandshakeTurn() override { ++m_counts.handshakes; }
    bool wantsRead(int side) const override { return side < 0; }
    bool wantsWrite(int side) const override { return side < 0; }
    bool wantsError(int side) const override { return side < 0; }

private:
    IoLoop &m_loop;
    Counts &m_counts;
    bool m_busy = false;
};

/// Has bulk to move: each turn of it is followed by the next one, and is news for somebody else.
class Bulk : public IoHandler
{
public:
    Bulk(IoLoop &loop, UniqueFd bell, std::atomic<int> &turns)
        : m_loop(loop)
        , m_bell(std::move(bell))
        , m_turns(turns)
    { }

    void onIo(int /*side*/, IoEvents /*events*/) override { }
    void onTurn() override
    {
        ++m_turns;
        (void)::send(m_bell.get(), "!", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        m_loop.requeue(this);
    }
    bool wantsRead(int /*side*/) const override { return false; }
    bool wantsWrite(int /*side*/) const override { return false; }
    bool wantsError(int /*side*/) const override { return false; }

private:
    IoLoop &m_loop;
    UniqueFd m_bell;
    std::atomic<int> &m_turns;
};

/// Is told of each turn of a Bulk, and notes how many turns that has had by then.
class Interactive : public IoHandler
{
public:
    Interactive(UniqueFd bell, const std::atomic<int> &turns, std::atomic<int> &rings, std::atomic<int> &late)
        : m_bell(std::move(bell))
        , m_turns(turns)
        , m_rings(rings)
        , m_late(late)
    { }

    void onIo(int /*side*/, IoEvents /*events*/) override
    {
        char byte = 0;
        while (::recv(m_bell.get(), &byte, 1, MSG_DONTWAIT) == 1)
            ++m_rings;
        m_late = std::max(m_late.load(), m_turns - m_rings);
    }
    bool wantsRead(int side) const override { return side == 0; }
    bool wantsWrite(int /*side*/) const override { return false; }
    bool wantsError(int /*side*/) const override { return false; }

private:
    UniqueFd m_bell;
    const std::atomic<int> &m_turns;
    std::atomic<int> &m_rings;
    std::atomic<int> &m_late;
};

/// Runs \a task in \a loop and waits until it has run.
template <typename Task>
void runIn(IoLoop &loop, Task task)
{
    std::promise<void> done;
    loop.post([&done, &task](IoLoop &there) {
        task(there);
        done.set_value();
    });
    done.get_future().wait();
}

} // namespace

class TestIoLoop : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void runsOnceWhenIdle_data() { backends(); }
    void runsOnceWhenIdle();
    void callsWhenItIsBusyForTooLong_data() { backends(); }
    void callsWhenItIsBusyForTooLong();
    void callsNobodyWhoHasTakenItBackOrEnded_data() { backends(); }
    void callsNobodyWhoHasTakenItBackOrEnded();
    void letsHandshakesKeepNobodyWaiting_data() { backends(); }
    void letsHandshakesKeepNobodyWaiting();
    void tellsNewsBeforeBulkHasItsNextTurn_data() { backends(); }
    void tellsNewsBeforeBulkHasItsNextTurn();
    void dropsEventsOfAHandlerThatIsGone_data() { backends(); }
    void dropsEventsOfAHandlerThatIsGone();

private:
    static void backends();
    Counter *add();

    std::unique_ptr<IoLoop> m_loop;
    Counts m_counts;
};

void TestIoLoop::backends()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::newRow("native") << QByteArray();
    QTest::newRow("portable") << "portable"_ba;
}

void TestIoLoop::init()
{
    QFETCH(const QByteArray, backend);
    qputenv("FRPX_RELAY", backend);
    m_loop = IoLoop::create();
    qunsetenv("FRPX_RELAY");
    m_counts.idleCalls = 0;
    m_counts.events = 0;
    m_counts.turns = 0;
    m_counts.handshakes = 0;
    m_counts.mostHandshakes = 0;
    m_counts.handshakesBefore = 0;
}

void TestIoLoop::cleanup()
{
    m_loop.reset();
}

Counter *TestIoLoop::add()
{
    Counter *counter = nullptr;
    runIn(*m_loop, [&](IoLoop &loop) {
        auto owned = std::make_unique<Counter>(loop, m_counts);
        counter = owned.get();
        loop.adopt(std::move(owned));
    });
    return counter;
}

void TestIoLoop::runsOnceWhenIdle()
{
    Counter *counter = add();
    for (int times = 1; times <= 3; ++times) {
        runIn(*m_loop, [counter](IoLoop &loop) {
            loop.runWhenIdle(counter);
            loop.runWhenIdle(counter);
        });
        QTRY_COMPARE(m_counts.idleCalls.load(), times);
    }
    runIn(*m_loop, [](IoLoop &) {});
    QCOMPARE(m_counts.idleCalls.load(), 3);
}

void TestIoLoop::callsWhenItIsBusyForTooLong()
{
    Counter *busy = add();
    Counter *waiting = add();
    runIn(*m_loop, [busy, waiting](IoLoop &loop) {
        busy->setBusy(true);
        loop.runWhenIdle(waiting);
    });
    QTRY_COMPARE(m_counts.idleCalls.load(), 1);
    const int turns = m_counts.turns;
    QTRY_VERIFY(m_counts.turns > turns); // it is busy all the same
    runIn(*m_loop, [busy](IoLoop &) { busy->setBusy(false); });
}

void TestIoLoop::callsNobodyWhoHasTakenItBackOrEnded()
{
    Counter *first = add();
    Counter *second = add();
    Counter *third = add();
    runIn(*m_loop, [first, second, third](IoLoop &loop) {
        for (Counter *counter : {first, second, third})
            loop.runWhenIdle(counter);
        loop.cancelRunWhenIdle(first);
        loop.finish(second);
    });
    QTRY_COMPARE(m_counts.idleCalls.load(), 1);
    runIn(*m_loop, [](IoLoop &) {});
    QCOMPARE(m_counts.idleCalls.load(), 1);
}

void TestIoLoop::letsHandshakesKeepNobodyWaiting()
{
    constexpr int burst = 100;
    Counter *busy = add();
    Counter *ended = add();
    std::vector<Counter *> handshakes;
    handshakes.reserve(burst);
    for (int i = 0; i < burst; ++i)
        handshakes.push_back(add());
    runIn(*m_loop, [&](IoLoop &loop) {
        busy->setBusy(true);
        loop.queueHandshake(ended);
        for (Counter *handshake : handshakes) {
            loop.queueHandshake(handshake);
            loop.queueHandshake(handshake); // is queued already
        }
        loop.finish(ended);
    });
    QTRY_COMPARE(m_counts.handshakes.load(), burst);
    runIn(*m_loop, [busy](IoLoop &) { busy->setBusy(false); });
    QCOMPARE(m_counts.handshakes.load(), burst);
    QCOMPARE(m_counts.mostHandshakes.load(), IoLoop::handshakesPerRound);
}

void TestIoLoop::tellsNewsBeforeBulkHasItsNextTurn()
{
    std::atomic<int> turns = 0;
    std::atomic<int> rings = 0;
    std::atomic<int> late = 0;
    int ends[2] = {};
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    runIn(*m_loop, [&](IoLoop &loop) {
        auto interactive = std::make_unique<Interactive>(UniqueFd(ends[0]), turns, rings, late);
        IoHandler *listener = interactive.get();
        loop.adopt(std::move(interactive));
        loop.watch(listener, 0, ends[0]);
        auto bulk = std::make_unique<Bulk>(loop, UniqueFd(ends[1]), turns);
        IoHandler *busy = bulk.get();
        loop.adopt(std::move(bulk));
        loop.requeue(busy);
    });
    QTRY_VERIFY(rings.load() > 100);
    m_loop->stop(); // what it counts in ends here
    QCOMPARE(late.load(), 0);
}

/// A copy of its descriptor, such as a process holds that was just forked, keeps the events coming.
void TestIoLoop::dropsEventsOfAHandlerThatIsGone()
{
    int pair[2];
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    UniqueFd own(pair[0]);
    const UniqueFd peer(pair[1]);
    const UniqueFd copy(::dup(own.get()));
    Counter *gone = add();
    bool isWatched = false;
    runIn(*m_loop, [&](IoLoop &loop) {
        isWatched = loop.watch(gone, 0, own.get());
        loop.finish(gone);
        own.reset();
    });
    QVERIFY(isWatched);
    runIn(*m_loop, [](IoLoop & /*loop*/) {}); // by now it is destroyed
    m_counts.events = 0; // the descriptor was writable
    add(); // takes the memory, and perhaps the events, of the one before
    QCOMPARE(::send(peer.get(), "!", 1, 0), 1);
    for (int i = 0; i < 3; ++i)
        runIn(*m_loop, [](IoLoop & /*loop*/) {});
    QCOMPARE(m_counts.events.load(), 0);
}

const frpx::test::TestRegistration registration("tst_ioloop", frpx::test::runTest<TestIoLoop>);

#include "tst_ioloop.moc"
