// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/fdlistener.h"
#include "common/system/openfilelimit.h"
#include "tests/support/loopback.h"

#include <QElapsedTimer>
#include <QScopeGuard>
#include <QTest>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

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

qint64 cpuMs()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto ms = [](const timeval &t) { return qint64(t.tv_sec) * 1000 + t.tv_usec / 1000; };
    return ms(usage.ru_utime) + ms(usage.ru_stime);
}

/// Lowers the limit of descriptors to what is open now, until it goes.
class NoDescriptors
{
public:
    NoDescriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &m_before);
        rlimit lowered = m_before;
        // The numbers below the limit that are free count as well: use them up.
        const int lowest = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
        m_fillers.emplace_back(lowest);
        int highest = lowest;
        for (int fd = 0; fd < 4096; ++fd) {
            if (::fcntl(fd, F_GETFD) >= 0)
                highest = std::max(highest, fd);
        }
        lowered.rlim_cur = rlim_t(highest) + 1;
        ::setrlimit(RLIMIT_NOFILE, &lowered);
        while (true) {
            UniqueFd filler(::fcntl(0, F_DUPFD_CLOEXEC, 0));
            if (!filler)
                break;
            m_fillers.push_back(std::move(filler));
        }
    }
    NoDescriptors(const NoDescriptors &) = delete;
    NoDescriptors &operator=(const NoDescriptors &) = delete;
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &m_before); }

    void freeOne()
    {
        if (!m_fillers.empty())
            m_fillers.pop_back();
    }

private:
    rlimit m_before{};
    std::vector<UniqueFd> m_fillers;
};

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
    void refusesAPortInUse();
    void acceptsABurst();
    void mayBeClosedByItsHandler();
    void livesThroughAShortageOfDescriptors();
    void mayBeClosedDuringAShortage();
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
        QVERIFY2(warnings >= 1 && warnings <= 2, qPrintable(QString::number(warnings)));

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

QTEST_GUILESS_MAIN(TestFdListener)
#include "tst_fdlistener.moc"
