// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/fdlistener.h"
#include "common/net/sockets.h"
#include "common/system/openfilelimit.h"
#include "tests/support/loopback.h"
#include "tests/support/shortage.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QScopeGuard>
#include <QTest>

#include <array>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>

using namespace frpx;
using namespace frpx::test;

namespace {

/// A connection under way; the caller need not wait for it.
UniqueFd dial(quint16 port)
{
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_in address = loopback(port);
    ::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address);
    return fd;
}

int warnings = 0;

void countWarnings(QtMsgType type, const QMessageLogContext &context, const QString &)
{
    if (type == QtWarningMsg && QLatin1String(context.category) == QLatin1String("frpx.net"))
        ++warnings;
}

} // namespace

class TestFdListener : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void handsOutConnections();
    void pacesNothingWithinThisMachine();
    void refusesAPortInUse();
    void acceptsABurst();
    void acceptsOneAtATimeWhileHeld();
    void acceptsTheLastBeforeItCloses();
    void mayBeClosedByItsHandler();
    void livesThroughAShortageOfDescriptors();
    void mayBeClosedDuringAShortage();
    void keepsTheRestForOthers();
};

void TestFdListener::initTestCase()
{
    QVERIFY(raiseOpenFileLimit());
}

void TestFdListener::handsOutConnections()
{
    std::vector<UniqueFd> accepted;
    FdListener listener([&accepted](UniqueFd fd) { accepted.push_back(std::move(fd)); });
    const Result<quint16> port = listener.listenOn(QHostAddress::LocalHost, 0);
    QVERIFY(port);
    const UniqueFd client = connectTo(*port);
    QVERIFY(sendAll(client.get(), "hello"));
    QTRY_COMPARE(accepted.size(), 1U);
    QCOMPARE(receive(accepted.front().get(), 5).bytes, QByteArray("hello"));
    QVERIFY((::fcntl(accepted.front().get(), F_GETFD) & FD_CLOEXEC) != 0);
}

void TestFdListener::pacesNothingWithinThisMachine()
{
#ifdef TCP_CONGESTION
    const auto isPaced = [](int fd) {
        std::array<char, 16> name{};
        socklen_t length = name.size();
        return ::getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name.data(), &length) != 0
            || QByteArrayView(name.data()).startsWith("bbr");
    };
    UniqueFd accepted;
    FdListener listener([&accepted](UniqueFd fd) { accepted = std::move(fd); });
    const Result<quint16> port = listener.listenOn(QHostAddress::LocalHost, 0);
    QVERIFY(port);
    const Result<UniqueFd> client = net::startConnect(QHostAddress(QHostAddress::LocalHost), *port);
    QVERIFY(client);
    QTRY_VERIFY(accepted);
    QVERIFY(!isPaced(client->get()));
    QVERIFY(!isPaced(accepted.get()));
#else
    QSKIP("This system cannot choose.");
#endif
}

void TestFdListener::refusesAPortInUse()
{
    FdListener first([](const UniqueFd &) {});
    FdListener second([](const UniqueFd &) {});
    const Result<quint16> port = first.listenOn(QHostAddress::LocalHost, 0);
    QVERIFY(port);
    const Result<quint16> taken = second.listenOn(QHostAddress::LocalHost, *port);
    QVERIFY(!taken);
    QCOMPARE(taken.error().code, Errc::Io);
    QVERIFY(taken.error().detail.contains(QString::number(*port)));
}

void TestFdListener::acceptsABurst()
{
    constexpr size_t count = 2000;
    std::vector<UniqueFd> accepted;
    FdListener listener([&accepted](UniqueFd fd) { accepted.push_back(std::move(fd)); });
    const Result<quint16> port = listener.listenOn(QHostAddress::LocalHost, 0);
    QVERIFY(port);
    // None is accepted while they all dial: the backlog holds them.
    std::vector<UniqueFd> clients;
    for (size_t i = 0; i < count; ++i)
        clients.push_back(dial(*port));
    QTRY_COMPARE_WITH_TIMEOUT(accepted.size(), count, 20'000);
    for (const UniqueFd &client : clients) {
        pollfd watched{client.get(), POLLOUT, 0};
        QCOMPARE(::poll(&watched, 1, 5000), 1);
        QCOMPARE(watched.revents & (POLLERR | POLLHUP), 0);
    }
}

void TestFdListener::acceptsOneAtATimeWhileHeld()
{
    std::vector<UniqueFd> accepted;
    FdListener listener([&accepted](UniqueFd fd) { accepted.push_back(std::move(fd)); });
    const Result<quint16> port = listener.listenOn(QHostAddress::LocalHost, 0);
    QVERIFY(port);
    listener.hold();
    listener.acceptNext(); // nobody waits
    QCOMPARE(accepted.size(), size_t(0));
    const UniqueFd first = connectTo(*port);
    const UniqueFd second = connectTo(*port);
    QVERIFY(first && second);
    listener.acceptNext();
    QCOMPARE(accepted.size(), size_t(1));
    QTest::qWait(20); // the other one waits
    QCOMPARE(accepted.size(), size_t(1));
    listener.acceptNext();
    QCOMPARE(accepted.size(), size_t(2));
    listener.resume();
    const UniqueFd third = connectTo(*port);
    QTRY_COMPARE(accepted.size(), size_t(3));
}

void TestFdListener::acceptsTheLastBeforeItCloses()
{
    constexpr size_t count = 1000; // more than one turn takes
    std::vector<UniqueFd> accepted;
    FdListener listener([&accepted](UniqueFd fd) { accepted.push_back(std::move(fd)); });
    const Result<quint16> port = listener.listenOn(QHostAddress::LocalHost, 0);
    QVERIFY(port);
    std::vector<UniqueFd> clients;
    for (size_t i = 0; i < count; ++i)
        clients.push_back(connectTo(*port));
    listener.acceptLastAndClose();
    QCOMPARE(accepted.size(), count);
    QVERIFY(!listener.isListening());
    QVERIFY(!connectTo(*port));
}

void TestFdListener::mayBeClosedByItsHandler()
{
    int accepted = 0;
    FdListener *self = nullptr;
    FdListener listener([&](const UniqueFd &) {
        ++accepted;
        self->close();
    });
    self = &listener;
    const Result<quint16> port = listener.listenOn(QHostAddress::LocalHost, 0);
    QVERIFY(port);
    const UniqueFd a = dial(*port);
    const UniqueFd b = dial(*port);
    QTRY_COMPARE(accepted, 1);
    QTest::qWait(20);
    QCOMPARE(accepted, 1);
}

void TestFdListener::livesThroughAShortageOfDescriptors()
{
    std::vector<UniqueFd> accepted;
    FdListener listener([&accepted](UniqueFd fd) { accepted.push_back(std::move(fd)); });
    const Result<quint16> port = listener.listenOn(QHostAddress::LocalHost, 0);
    QVERIFY(port);
    const UniqueFd early = dial(*port);
    QTRY_COMPARE(accepted.size(), 1U);
    std::vector<UniqueFd> waiting;
    for (int i = 0; i < 3; ++i)
        waiting.push_back(dial(*port));

    warnings = 0;
    const QtMessageHandler before = qInstallMessageHandler(countWarnings);
    const auto restore = qScopeGuard([before] { qInstallMessageHandler(before); });
    {
        NoDescriptors shortage;
        QElapsedTimer clock;
        clock.start();
        const qint64 cpu = cpuMs();
        QTest::qWait(1500);
        QVERIFY2(cpuMs() - cpu < 300, "the listener turns the processor");
        QCOMPARE(accepted.size(), 1U);
        const qint64 seconds = clock.elapsed() / 1000; // it complains once a second
        QVERIFY2(warnings >= 1 && warnings <= 1 + seconds, qPrintable(QString::number(warnings)));

        // Who is in already does not notice.
        QVERIFY(sendAll(early.get(), "ping"));
        QCOMPARE(receive(accepted.front().get(), 4).bytes, QByteArray("ping"));

        shortage.freeOne();
        QTRY_COMPARE(accepted.size(), 2U);
    }
    QTRY_COMPARE(accepted.size(), 4U);
    QVERIFY(sendAll(waiting.back().get(), "x"));
    const UniqueFd late = dial(*port);
    QTRY_COMPARE(accepted.size(), 5U);
}

void TestFdListener::mayBeClosedDuringAShortage()
{
    const QtMessageHandler before = qInstallMessageHandler(countWarnings);
    const auto restore = qScopeGuard([before] { qInstallMessageHandler(before); });
    warnings = 0;
    int accepted = 0;
    FdListener listener([&accepted](const UniqueFd &) { ++accepted; });
    const Result<quint16> port = listener.listenOn(QHostAddress::LocalHost, 0);
    QVERIFY(port);
    const UniqueFd client = dial(*port);
    {
        const NoDescriptors shortage;
        QTRY_COMPARE(warnings, 1);
        listener.close();
    }
    QTest::qWait(250); // longer than the pause
    QCOMPARE(accepted, 0);
    const Result<quint16> again = listener.listenOn(QHostAddress::LocalHost, 0);
    QVERIFY(again);
    const UniqueFd second = dial(*again);
    QTRY_COMPARE(accepted, 1);
}

void TestFdListener::keepsTheRestForOthers()
{
    std::vector<UniqueFd> accepted;
    FdListener listener([&accepted](UniqueFd fd) { accepted.push_back(std::move(fd)); });
    const Result<quint16> port = listener.listenOn(QHostAddress::LocalHost, 0);
    QVERIFY(port);
    std::vector<UniqueFd> clients;
    constexpr int visitors = 10;
    for (int i = 0; i < visitors; ++i)
        clients.push_back(dial(*port));
    const int lowest = UniqueFd(::fcntl(0, F_DUPFD_CLOEXEC, 0)).get();
    constexpr size_t share = 4; // the one that reaches the bound is taken, too
    listener.acceptBelow(lowest + int(share) - 1);
    warnings = 0;
    const auto before = qInstallMessageHandler(countWarnings);
    const auto restore = qScopeGuard([before] { qInstallMessageHandler(before); });
    QTRY_COMPARE(accepted.size(), share);
    QTest::qWait(300); // three times it looks again
    QCOMPARE(accepted.size(), share);
    QVERIFY(warnings == 1 || warnings == 2); // the second counts those of the tests before
    accepted.resize(share - 2); // one below the bound is free again, and then the one at it
    QTRY_COMPARE(accepted.size(), share);
    accepted.clear();
    QTRY_COMPARE(accepted.size(), share);
}

const frpx::test::TestRegistration registration("tst_fdlistener", frpx::test::runTest<TestFdListener>);

#include "tst_fdlistener.moc"
