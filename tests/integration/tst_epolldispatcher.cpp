// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/epolldispatcher.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QLocalServer>
#include <QLocalSocket>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QSignalSpy>
#include <QSocketNotifier>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QThread>
#include <QTimer>

#include <thread>

#include <fcntl.h>
#include <sys/resource.h>

using namespace frpx;
using namespace frpx::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

/// Two connected descriptors that do not block.
struct Pair
{
    Pair()
    {
        int fds[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
            qFatal("no socket pair");
        near = UniqueFd(fds[0]);
        far = UniqueFd(fds[1]);
    }
    void tell() const { sendAll(far.get(), "x"); }

    UniqueFd near;
    UniqueFd far;
};

qint64 cpuMs()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto ms = [](const timeval &t) { return qint64(t.tv_sec) * 1000 + t.tv_usec / 1000; };
    return ms(usage.ru_utime) + ms(usage.ru_stime);
}

class Counter : public QObject
{
public:
    int posted = 0;

protected:
    void customEvent(QEvent *) override { ++posted; }
};

} // namespace

class TestEpollDispatcher : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isInUse();
    void firesTimersInOrder();
    void neverFiresAPreciseTimerEarly();
    void repeatsTimersWithoutCatchingUp();
    void firesZeroTimersBetweenOtherEvents();
    void doesNotFireATimerRemovedByAnotherHandler();
    void doesNotReenterATimerInANestedLoop();
    void knowsTheRemainingTime();
    void keepsTimersOfAMovedObject();
    void wakesForPostedEventsFromOtherThreads();
    void returnsAfterPostedEventsWithoutWaiting();
    void notifiesReadersAndWriters();
    void notifiesOfHangUps();
    void survivesDisablingInHandlers_data();
    void survivesDisablingInHandlers();
    void deliversNothingToAReusedDescriptor();
    void watchesADescriptorThatWasClosedBehindItsBack();
    void forgetsAnInterestThatIsOverBeforeTheWait();
    void leavesExcludedNotifiersForLater();
    void runsNestedLoops();
    void runsTcpSockets();
    void runsLocalSockets();
    void runsProcesses();
    void runsNetworkRequests();
    void runsThreads();
    void quitsFromAnotherThread();
    void sleepsWhenThereIsNothingToDo();
    void copesWithManyDescriptors();
};

void TestEpollDispatcher::isInUse()
{
    QVERIFY(qobject_cast<EpollDispatcher *>(QAbstractEventDispatcher::instance()));
}

void TestEpollDispatcher::firesTimersInOrder()
{
    QList<int> fired;
    for (const int ms : {90, 30, 60, 0, 30})
        QTimer::singleShot(ms, Qt::PreciseTimer, this, [&fired, ms] { fired += ms; });
    QThread::msleep(120); // all are due in the same turn
    QTRY_COMPARE(fired.size(), 5);
    QCOMPARE(fired, QList<int>({0, 30, 30, 60, 90}));
}

void TestEpollDispatcher::neverFiresAPreciseTimerEarly()
{
    for (int i = 0; i < 50; ++i) {
        QElapsedTimer clock;
        qint64 tookNs = 0;
        clock.start();
        QTimer::singleShot(3ms, Qt::PreciseTimer, this, [&] { tookNs = clock.nsecsElapsed(); });
        QTRY_VERIFY(tookNs != 0);
        QVERIFY2(tookNs >= 3'000'000, qPrintable(QString::number(tookNs)));
    }
}

void TestEpollDispatcher::repeatsTimersWithoutCatchingUp()
{
    int fired = 0;
    QTimer timer;
    connect(&timer, &QTimer::timeout, this, [&fired] { ++fired; });
    timer.start(10);
    QThread::msleep(200);
    QCoreApplication::processEvents();
    QCoreApplication::processEvents();
    QVERIFY2(fired >= 1 && fired <= 3, qPrintable(QString::number(fired)));
    QTRY_VERIFY(fired >= 10);
}

void TestEpollDispatcher::firesZeroTimersBetweenOtherEvents()
{
    const Pair pair;
    int idle = 0;
    int read = 0;
    QTimer timer;
    connect(&timer, &QTimer::timeout, this, [&idle] { ++idle; });
    QSocketNotifier notifier(pair.near.get(), QSocketNotifier::Read);
    connect(&notifier, &QSocketNotifier::activated, this, [&] {
        read += static_cast<int>(receive(pair.near.get(), 1).bytes.size());
        if (read < 100)
            pair.tell();
    });
    timer.start(0);
    pair.tell();
    QTRY_COMPARE(read, 100);
    QTRY_VERIFY(idle > 100);
    QCOMPARE(timer.remainingTime(), 0);
}

void TestEpollDispatcher::doesNotFireATimerRemovedByAnotherHandler()
{
    QTimer first;
    QTimer second;
    auto *third = new QTimer;
    int fired = 0;
    connect(&first, &QTimer::timeout, this, [&] {
        ++fired;
        first.stop();
        second.stop();
        delete third;
        QTimer::singleShot(1h, this, [&fired] { fired += 1000; }); // may get the id of one of them
    });
    connect(&second, &QTimer::timeout, this, [&fired] { fired += 10; });
    connect(third, &QTimer::timeout, this, [&fired] { fired += 100; });
    first.start(5);
    second.start(5);
    third->start(5);
    QThread::msleep(20);
    QTRY_COMPARE(fired, 1);
    QTest::qWait(30);
    QCOMPARE(fired, 1);
}

void TestEpollDispatcher::doesNotReenterATimerInANestedLoop()
{
    for (const int interval : {0, 5}) {
        int depth = 0;
        int deepest = 0;
        int fired = 0;
        int other = 0;
        QTimer timer;
        QTimer otherTimer;
        connect(&otherTimer, &QTimer::timeout, this, [&other] { ++other; });
        connect(&timer, &QTimer::timeout, this, [&] {
            deepest = std::max(deepest, ++depth);
            ++fired;
            if (depth < 20) { // else the stack would be next
                QEventLoop loop;
                QTimer::singleShot(30, &loop, &QEventLoop::quit);
                loop.exec();
            }
            --depth;
        });
        timer.start(interval);
        otherTimer.start(5);
        QTRY_VERIFY(fired >= 3);
        timer.stop();
        QCOMPARE(deepest, 1);
        QVERIFY(other >= 3); // the others go on in the nested loop
    }
}

void TestEpollDispatcher::knowsTheRemainingTime()
{
    QTimer timer;
    timer.start(10'000);
    QVERIFY(timer.remainingTime() > 9000 && timer.remainingTime() <= 10'000);
    const auto list = QAbstractEventDispatcher::instance()->registeredTimers(&timer);
    QCOMPARE(list.size(), 1);
    QCOMPARE(list.first().interval, 10'000);
    QCOMPARE(list.first().timerId, timer.timerId());
    const int id = timer.timerId();
    timer.stop();
    QCOMPARE(timer.remainingTime(), -1);
    QCOMPARE(QAbstractEventDispatcher::instance()->remainingTime(id), -1);
    QVERIFY(!QAbstractEventDispatcher::instance()->unregisterTimer(id));
}

void TestEpollDispatcher::keepsTimersOfAMovedObject()
{
    QThread thread;
    thread.setObjectName(u"with an epoll dispatcher"_s);
    thread.setEventDispatcher(new EpollDispatcher);
    thread.start();
    auto *timer = new QTimer;
    std::atomic<QThread *> firedIn = nullptr;
    connect(timer, &QTimer::timeout, timer, [&firedIn] { firedIn = QThread::currentThread(); });
    connect(&thread, &QThread::finished, timer, &QObject::deleteLater);
    timer->start(20);
    timer->moveToThread(&thread);
    QTRY_COMPARE(firedIn.load(), &thread);
    thread.quit();
    QVERIFY(thread.wait(10'000));
}

void TestEpollDispatcher::wakesForPostedEventsFromOtherThreads()
{
    Counter counter;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&counter] {
            for (int i = 0; i < 10'000; ++i) {
                QCoreApplication::postEvent(&counter, new QEvent(QEvent::User));
                if (i % 100 == 0)
                    QThread::usleep(200); // let the loop fall asleep now and then
            }
        });
    }
    while (counter.posted < 40'000)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents); // hangs if a wake-up is lost
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(counter.posted, 40'000);
}

void TestEpollDispatcher::returnsAfterPostedEventsWithoutWaiting()
{
    const Pair pair;
    for (int i = 0; i < 100; ++i) {
        bool done = false;
        QSocketNotifier notifier(pair.near.get(), QSocketNotifier::Read);
        connect(&notifier, &QSocketNotifier::activated, this, [&] {
            receive(pair.near.get(), 1);
            QMetaObject::invokeMethod(
                this, [&done] { done = true; }, Qt::QueuedConnection);
        });
        QTimer watchdog;
        bool late = false;
        connect(&watchdog, &QTimer::timeout, this, [&late] { late = true; });
        watchdog.start(2000);
        std::thread peer([&pair, i] {
            QThread::usleep(i * 10);
            pair.tell();
        });
        while (!done && !late)
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        peer.join();
        QVERIFY2(done && !late, "waited although an event had been delivered");
    }
}

void TestEpollDispatcher::notifiesReadersAndWriters()
{
    const Pair pair;
    int readable = 0;
    int writable = 0;
    QSocketNotifier reader(pair.near.get(), QSocketNotifier::Read);
    QSocketNotifier writer(pair.near.get(), QSocketNotifier::Write);
    connect(&reader, &QSocketNotifier::activated, this, [&] {
        ++readable;
        receive(pair.near.get(), 1);
    });
    connect(&writer, &QSocketNotifier::activated, this, [&] {
        ++writable;
        writer.setEnabled(false);
    });
    QTRY_COMPARE(writable, 1);
    QCOMPARE(readable, 0);
    pair.tell();
    QTRY_COMPARE(readable, 1);
    writer.setEnabled(true);
    QTRY_COMPARE(writable, 2);
    reader.setEnabled(false);
    pair.tell();
    QTest::qWait(30);
    QCOMPARE(readable, 1);
    reader.setEnabled(true); // what has come meanwhile is told at once
    QTRY_COMPARE(readable, 2);
    QCOMPARE(writable, 2);
}

void TestEpollDispatcher::notifiesOfHangUps()
{
    for (const auto type : {QSocketNotifier::Read, QSocketNotifier::Write, QSocketNotifier::Exception}) {
        Pair pair;
        while (::send(pair.near.get(), "0123456789abcdef", 16, MSG_NOSIGNAL | MSG_DONTWAIT) > 0) { }
        int told = 0;
        QSocketNotifier notifier(pair.near.get(), type);
        connect(&notifier, &QSocketNotifier::activated, this, [&] {
            ++told;
            notifier.setEnabled(false);
        });
        QTest::qWait(10);
        QCOMPARE(told, 0);
        pair.far.reset();
        QTRY_COMPARE(told, 1); // as Qt's own dispatchers do
    }
}

void TestEpollDispatcher::survivesDisablingInHandlers_data()
{
    QTest::addColumn<bool>("erase");
    QTest::addColumn<bool>("own");
    QTest::newRow("disables itself") << false << true;
    QTest::newRow("disables the other") << false << false;
    QTest::newRow("deletes itself") << true << true;
    QTest::newRow("deletes the other") << true << false;
}

void TestEpollDispatcher::survivesDisablingInHandlers()
{
    QFETCH(bool, erase);
    QFETCH(bool, own);
    const Pair a;
    const Pair b;
    // Both are ready in the same batch; whichever is told first acts on itself or on the other.
    std::unique_ptr<QSocketNotifier> notifiers[2];
    QList<int> told;
    for (const int i : {0, 1}) {
        notifiers[i] = std::make_unique<QSocketNotifier>((i == 0 ? a : b).near.get(), QSocketNotifier::Read);
        connect(notifiers[i].get(), &QSocketNotifier::activated, this, [&, i] {
            told += i;
            std::unique_ptr<QSocketNotifier> &target = notifiers[own ? i : 1 - i];
            if (erase)
                target.reset();
            else
                target->setEnabled(false);
        });
    }
    a.tell();
    b.tell();
    QTRY_VERIFY(!told.isEmpty());
    QTest::qWait(20);
    if (own) {
        QCOMPARE(told.size(), 2);
        QVERIFY(told.contains(0) && told.contains(1));
    } else {
        QCOMPARE(told.count(1 - told.first()), 0);
    }
}

void TestEpollDispatcher::deliversNothingToAReusedDescriptor()
{
    Pair a;
    Pair b;
    Pair fresh; // silent
    int toFresh = 0;
    int handled = 0;
    std::unique_ptr<QSocketNotifier> notifiers[2];
    std::unique_ptr<QSocketNotifier> reused;
    // The first handler closes the other's descriptor and gives the number to a silent one at once.
    const auto handle = [&](int self) {
        ++handled;
        Pair &other = self == 0 ? b : a;
        const int number = other.near.get();
        notifiers[0].reset();
        notifiers[1].reset();
        other.near.reset();
        other.near = UniqueFd(::fcntl(fresh.near.get(), F_DUPFD_CLOEXEC, number));
        QCOMPARE(other.near.get(), number);
        reused = std::make_unique<QSocketNotifier>(number, QSocketNotifier::Read);
        connect(reused.get(), &QSocketNotifier::activated, this, [&toFresh] { ++toFresh; });
    };
    for (const int i : {0, 1}) {
        notifiers[i] = std::make_unique<QSocketNotifier>((i == 0 ? a : b).near.get(), QSocketNotifier::Read);
        connect(notifiers[i].get(), &QSocketNotifier::activated, this, [&handle, i] { handle(i); });
    }
    a.tell();
    b.tell();
    QTRY_COMPARE(handled, 1);
    QTest::qWait(20);
    QCOMPARE(toFresh, 0);
    fresh.tell();
    QTRY_VERIFY(toFresh > 0);
    reused.reset();
}

void TestEpollDispatcher::watchesADescriptorThatWasClosedBehindItsBack()
{
    Pair closed;
    Pair fresh;
    const int number = closed.near.get();
    QSocketNotifier stale(number, QSocketNotifier::Read);
    QTest::qWait(0); // the kernel watches it
    closed.near.reset();
    closed.near = UniqueFd(::fcntl(fresh.near.get(), F_DUPFD_CLOEXEC, number));
    QCOMPARE(closed.near.get(), number);
    QSocketNotifier notifier(number, QSocketNotifier::Read);
    int told = 0;
    connect(&notifier, &QSocketNotifier::activated, this, [&] {
        ++told;
        notifier.setEnabled(false);
    });
    fresh.tell();
    QTRY_COMPARE(told, 1);
}

void TestEpollDispatcher::forgetsAnInterestThatIsOverBeforeTheWait()
{
    Pair pair;
    QSocketNotifier reader(pair.near.get(), QSocketNotifier::Read);
    QSocketNotifier writer(pair.near.get(), QSocketNotifier::Write);
    int read = 0;
    int written = 0;
    connect(&reader, &QSocketNotifier::activated, this, [&] {
        ++read;
        reader.setEnabled(false);
    });
    connect(&writer, &QSocketNotifier::activated, this, [&] {
        ++written;
        writer.setEnabled(false);
    });
    writer.setEnabled(false);
    pair.tell();
    QTRY_COMPARE(read, 1);
    QCOMPARE(written, 0);
    writer.setEnabled(true);
    writer.setEnabled(false);
    writer.setEnabled(true);
    QTRY_COMPARE(written, 1);
    reader.setEnabled(true); // its byte is still there
    QTRY_COMPARE(read, 2);
    QCOMPARE(written, 1);
}

void TestEpollDispatcher::leavesExcludedNotifiersForLater()
{
    const Pair pair;
    int told = 0;
    QSocketNotifier notifier(pair.near.get(), QSocketNotifier::Read);
    connect(&notifier, &QSocketNotifier::activated, this, [&] {
        ++told;
        receive(pair.near.get(), 1);
    });
    pair.tell();
    QEventLoop loop;
    QTimer::singleShot(200, &loop, &QEventLoop::quit);
    const qint64 before = cpuMs();
    loop.exec(QEventLoop::ExcludeSocketNotifiers);
    QVERIFY2(cpuMs() - before < 100, "turns the processor while it may not notify");
    QCOMPARE(told, 0);
    QTRY_COMPARE(told, 1);
}

void TestEpollDispatcher::runsNestedLoops()
{
    const Pair pair;
    int depth = 0;
    int deepest = 0;
    QSocketNotifier notifier(pair.near.get(), QSocketNotifier::Read);
    connect(&notifier, &QSocketNotifier::activated, this, [&] {
        receive(pair.near.get(), 1);
        deepest = std::max(deepest, ++depth);
        if (depth < 5) {
            pair.tell();
            QEventLoop loop;
            QTimer::singleShot(50, &loop, &QEventLoop::quit);
            loop.exec();
        }
        --depth;
    });
    pair.tell();
    QTRY_COMPARE(deepest, 5);
    QTRY_COMPARE(depth, 0);

    // What is deleted later in a nested loop goes when that loop has ended, not earlier.
    QPointer<QObject> object(new QObject);
    QEventLoop outer; // without one, Qt 6.8 takes the inner loop for the outermost
    QTimer::singleShot(0, this, [&object, &outer] {
        object->deleteLater();
        QEventLoop inner;
        QTimer::singleShot(10, &inner, &QEventLoop::quit);
        inner.exec();
        outer.quit();
        QVERIFY(object);
    });
    outer.exec();
    QTRY_VERIFY(!object);
}

void TestEpollDispatcher::runsTcpSockets()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QByteArray echoed;
    connect(&server, &QTcpServer::newConnection, this, [&server] {
        QTcpSocket *socket = server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [socket] { socket->write(socket->readAll()); });
    });
    const QByteArray data = noise(4'000'000, 1);
    QTcpSocket client;
    connect(&client, &QTcpSocket::readyRead, this, [&] { echoed += client.readAll(); });
    client.connectToHost(QHostAddress(QHostAddress::LocalHost), server.serverPort());
    client.write(data);
    QTRY_COMPARE_WITH_TIMEOUT(echoed.size(), data.size(), 20'000);
    QVERIFY(echoed == data);
    QSignalSpy gone(&client, &QTcpSocket::disconnected);
    server.findChild<QTcpSocket *>()->close();
    QTRY_COMPARE(gone.size(), 1);

    QTcpSocket refused;
    QSignalSpy error(&refused, &QTcpSocket::errorOccurred);
    const quint16 port = server.serverPort();
    server.close();
    refused.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
    QTRY_COMPARE(error.size(), 1);
    QCOMPARE(refused.error(), QAbstractSocket::ConnectionRefusedError);
}

void TestEpollDispatcher::runsLocalSockets()
{
    QLocalServer server;
    QVERIFY(server.listen(u"tst_epolldispatcher_%1"_s.arg(QCoreApplication::applicationPid())));
    QLocalSocket client;
    client.connectToServer(server.fullServerName());
    QTRY_VERIFY(server.hasPendingConnections());
    QLocalSocket *peer = server.nextPendingConnection();
    peer->write("hello");
    QTRY_COMPARE(client.bytesAvailable(), 5);
    client.disconnectFromServer();
    QTRY_COMPARE(peer->state(), QLocalSocket::UnconnectedState);
}

void TestEpollDispatcher::runsProcesses()
{
    for (int i = 0; i < 5; ++i) {
        QProcess process;
        QSignalSpy finished(&process, &QProcess::finished);
        process.start(u"/bin/cat"_s, {});
        process.write("through a process");
        process.closeWriteChannel();
        QTRY_COMPARE(finished.size(), 1);
        QCOMPARE(process.readAllStandardOutput(), "through a process"_ba);
        QCOMPARE(process.exitCode(), 0);
    }
}

void TestEpollDispatcher::runsNetworkRequests()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QTcpServer::newConnection, this, [&server] {
        QTcpSocket *socket = server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [socket] {
            if (socket->readAll().contains("\r\n\r\n"))
                socket->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
    });
    QNetworkAccessManager manager;
    const QUrl url(u"http://127.0.0.1:%1/"_s.arg(server.serverPort()));
    const std::unique_ptr<QNetworkReply> reply(manager.get(QNetworkRequest(url)));
    QTRY_VERIFY(reply->isFinished());
    QCOMPARE(reply->readAll(), "ok"_ba);
}

void TestEpollDispatcher::runsThreads()
{
    QThread thread;
    QSignalSpy finished(&thread, &QThread::finished);
    thread.start();
    Counter worker;
    worker.moveToThread(&thread);
    std::atomic<int> calls = 0;
    for (int i = 0; i < 1000; ++i)
        QMetaObject::invokeMethod(
            &worker, [&calls] { ++calls; }, Qt::QueuedConnection);
    QTRY_COMPARE(calls.load(), 1000);
    bool here = false;
    QMetaObject::invokeMethod(
        &worker, [&here] { here = true; }, Qt::BlockingQueuedConnection);
    QVERIFY(here);
    thread.quit();
    QTRY_COMPARE(finished.size(), 1);
    QVERIFY(thread.wait(10'000));
}

void TestEpollDispatcher::quitsFromAnotherThread()
{
    for (int i = 0; i < 500; ++i) {
        QEventLoop loop;
        bool late = false;
        QTimer::singleShot(5000, &loop, [&] {
            late = true;
            loop.exit(1);
        });
        std::thread other;
        QTimer::singleShot(0, &loop, [&] {
            other = std::thread([&loop, i] {
                QThread::usleep(i % 50);
                loop.quit();
            });
        });
        loop.exec();
        other.join();
        QVERIFY2(!late, "a quit from another thread was lost");
    }
}

void TestEpollDispatcher::sleepsWhenThereIsNothingToDo()
{
    const Pair pair;
    QSocketNotifier reader(pair.near.get(), QSocketNotifier::Read);
    QTimer timer;
    timer.start(1000);
    QEventLoop loop;
    QTimer::singleShot(500, &loop, &QEventLoop::quit);
    const qint64 before = cpuMs();
    loop.exec();
    QVERIFY2(cpuMs() - before < 100, "an idle loop turns the processor");
}

void TestEpollDispatcher::copesWithManyDescriptors()
{
    constexpr int count = 600; // more than one batch
    std::vector<Pair> pairs(count);
    std::vector<std::unique_ptr<QSocketNotifier>> notifiers;
    std::vector<int> told(count);
    for (size_t i = 0; i < count; ++i) {
        notifiers.push_back(std::make_unique<QSocketNotifier>(pairs[i].near.get(), QSocketNotifier::Read));
        connect(notifiers.back().get(), &QSocketNotifier::activated, this, [&, i] {
            ++told[i];
            receive(pairs[i].near.get(), 1);
        });
        pairs[i].tell();
    }
    QTRY_COMPARE(std::count(told.cbegin(), told.cend(), 1), count);
    QTest::qWait(10);
    QCOMPARE(std::count(told.cbegin(), told.cend(), 1), count);
}

namespace {

int testMain(int argc, char **argv)
{
    QCoreApplication::setEventDispatcher(new EpollDispatcher);
    const QCoreApplication app(argc, argv);
    TestEpollDispatcher test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_epolldispatcher", testMain);

#include "tst_epolldispatcher.moc"
