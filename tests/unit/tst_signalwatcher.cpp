// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/signalwatcher.h"
#include "tests/support/testregistry.h"

#include <QSignalSpy>
#include <QTest>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>

#include <sys/resource.h>
#include <unistd.h>

using namespace frpx;

namespace {

struct sigaction currentAction(int number)
{
    struct sigaction action = {};
    ::sigaction(number, nullptr, &action);
    return action;
}

void setAction(int number, void (*handler)(int))
{
    struct sigaction action = {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
}

void ownHandler(int) { }

} // namespace

class TestSignalWatcher : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reportsTermination_data();
    void reportsTermination();
    void reportsEverySignalInOrder();
    void reportsReloadOnlyWhenAsked();
    void installsHandlersThatInterruptCalls();
    void putsOldHandlersBack();
    void canBeMadeAgain();
    void mayBeDeletedByAReceiver();
    void withoutDescriptorsLeavesTheHandlersAlone();
    void ignoresBrokenPipes();
};

void TestSignalWatcher::reportsTermination_data()
{
    QTest::addColumn<int>("number");
    QTest::newRow("SIGTERM") << SIGTERM;
    QTest::newRow("SIGINT") << SIGINT;
}

void TestSignalWatcher::reportsTermination()
{
    QFETCH(const int, number);
    SignalWatcher watcher;
    QSignalSpy spy(&watcher, &SignalWatcher::terminationRequested);
    ::raise(number);
    QVERIFY(spy.isEmpty()); // never from inside the handler
    QTRY_COMPARE(spy.count(), 1);
    QCOMPARE(spy.first().first().toInt(), number);
}

void TestSignalWatcher::reportsEverySignalInOrder()
{
    SignalWatcher watcher(SignalWatcher::HangUp::Reload);
    QList<int> seen;
    connect(
        &watcher, &SignalWatcher::terminationRequested, this, [&seen](int number) { seen.append(number); });
    connect(&watcher, &SignalWatcher::reloadRequested, this, [&seen] { seen.append(SIGHUP); });
    ::raise(SIGINT);
    ::raise(SIGHUP);
    ::raise(SIGTERM);
    QTRY_COMPARE(seen, QList<int>({SIGINT, SIGHUP, SIGTERM}));
}

void TestSignalWatcher::reportsReloadOnlyWhenAsked()
{
    setAction(SIGHUP, ownHandler);
    {
        SignalWatcher watcher;
        QVERIFY(currentAction(SIGHUP).sa_handler == ownHandler);
    }
    SignalWatcher watcher(SignalWatcher::HangUp::Reload);
    QSignalSpy reload(&watcher, &SignalWatcher::reloadRequested);
    QSignalSpy termination(&watcher, &SignalWatcher::terminationRequested);
    ::raise(SIGHUP);
    QTRY_COMPARE(reload.count(), 1);
    QVERIFY(termination.isEmpty());
}

void TestSignalWatcher::installsHandlersThatInterruptCalls()
{
    SignalWatcher watcher;
    QCOMPARE(currentAction(SIGTERM).sa_flags & SA_RESTART, 0);
    QCOMPARE(currentAction(SIGINT).sa_flags & SA_RESTART, 0);
}

void TestSignalWatcher::putsOldHandlersBack()
{
    setAction(SIGTERM, ownHandler);
    setAction(SIGINT, SIG_IGN);
    {
        SignalWatcher watcher;
        QVERIFY(currentAction(SIGTERM).sa_handler != ownHandler);
        QVERIFY(currentAction(SIGINT).sa_handler != SIG_IGN);
    }
    QVERIFY(currentAction(SIGTERM).sa_handler == ownHandler);
    QVERIFY(currentAction(SIGINT).sa_handler == SIG_IGN);
}

void TestSignalWatcher::canBeMadeAgain()
{
    for (int i = 0; i < 3; ++i) {
        SignalWatcher watcher;
        QSignalSpy spy(&watcher, &SignalWatcher::terminationRequested);
        ::raise(SIGTERM);
        QTRY_COMPARE(spy.count(), 1);
    }
}

void TestSignalWatcher::mayBeDeletedByAReceiver()
{
    auto watcher = std::make_unique<SignalWatcher>();
    int count = 0;
    connect(watcher.get(), &SignalWatcher::terminationRequested, this, [&watcher, &count] {
        ++count;
        watcher.reset();
    });
    ::raise(SIGTERM);
    ::raise(SIGTERM);
    QTRY_VERIFY(!watcher);
    QCOMPARE(count, 1);
}

void TestSignalWatcher::withoutDescriptorsLeavesTheHandlersAlone()
{
    setAction(SIGTERM, ownHandler);
    struct rlimit limit = {};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = {0, limit.rlim_max};
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &none), 0);
    QTest::ignoreMessage(
        QtCriticalMsg, "No descriptors are left to watch for signals; they will end the process at once.");
    auto watcher = std::make_unique<SignalWatcher>();
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    QVERIFY(currentAction(SIGTERM).sa_handler == ownHandler);
    watcher.reset();
    QVERIFY(currentAction(SIGTERM).sa_handler == ownHandler);
}

void TestSignalWatcher::ignoresBrokenPipes()
{
    SignalWatcher::ignoreBrokenPipes();
    std::array<int, 2> ends = {};
    QCOMPARE(::pipe(ends.data()), 0);
    ::close(ends[0]);
    errno = 0;
    const ssize_t written = ::write(ends[1], "x", 1);
    const int error = errno;
    ::close(ends[1]);
    QCOMPARE(written, ssize_t(-1));
    QCOMPARE(error, EPIPE);
}

const frpx::test::TestRegistration registration("tst_signalwatcher", frpx::test::runTest<TestSignalWatcher>);

#include "tst_signalwatcher.moc"
