// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/connectrace.h"
#include "common/net/hostlookup.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"
#include "tests/support/unixsocket.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::net;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

/// Listens on an address of loopback, or on a unix socket.
class Listener
{
public:
    explicit Listener(const QByteArray &address, quint16 port = 0, int backlog = 8)
        : m_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        const int on = 1;
        ::setsockopt(m_fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in own = loopback(port);
        own.sin_addr.s_addr = htonl(QHostAddress(QString::fromLatin1(address)).toIPv4Address());
        socklen_t length = sizeof own;
        auto *generic = reinterpret_cast<sockaddr *>(&own);
        if (::bind(m_fd.get(), generic, length) == 0 && ::listen(m_fd.get(), backlog) == 0
            && ::getsockname(m_fd.get(), generic, &length) == 0)
            m_port = ntohs(own.sin_port);
    }
    quint16 port() const { return m_port; }
    int fd() const { return m_fd.get(); }
    bool accepts() const { return acceptFrom(m_fd.get()) || errno == EAGAIN; }

private:
    UniqueFd m_fd;
    quint16 m_port = 0;
};

DialTarget targetOf(const QStringList &addresses, quint16 port)
{
    DialTarget target;
    target.port = port;
    for (const QString &address : addresses)
        target.addresses.append(QHostAddress(address));
    return target;
}

/// Connections to \a port of 127.0.0.3 until its listener answers no more: its queue is full.
std::vector<UniqueFd> fill(quint16 port)
{
    std::vector<UniqueFd> fillers;
    for (int i = 0; i < 8; ++i) {
        Result<UniqueFd> fd = startConnect(QHostAddress(u"127.0.0.3"_s), port);
        if (fd)
            fillers.push_back(std::move(*fd));
    }
    return fillers;
}

} // namespace

class TestConnectRace : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void connectsToTheOnlyOne();
    void passesOverOneThatRefuses();
    void passesOverOneThatDoesNotAnswer();
    void saysWhyAllFailed();
    void failsWithoutAnAddress();
    void leavesNothingBehind();
    void connectsToUnixSockets();
    void waitsForAFullUnixSocket();
    void looksNamesUp();
    void namesWhatIsUnknown();
    void mayGoWhileItLooksUp();
};

void TestConnectRace::connectsToTheOnlyOne()
{
    const Listener service("127.0.0.1");
    ConnectRace race;
    QSignalSpy connected(&race, &ConnectRace::connected);
    race.start(targetOf({u"127.0.0.1"_s}, service.port()));
    QVERIFY(connected.isEmpty());
    QTRY_COMPARE(connected.size(), 1);
    const UniqueFd fd = race.takeFd();
    QVERIFY(isQuiet(fd.get()));
    QCOMPARE(peerOf(fd.get()).port, service.port());
}

void TestConnectRace::passesOverOneThatRefuses()
{
    const Listener service("127.0.0.1");
    ConnectRace race;
    QSignalSpy connected(&race, &ConnectRace::connected);
    race.start(targetOf({u"127.0.0.3"_s, u"127.0.0.2"_s, u"127.0.0.1"_s}, service.port()));
    QTRY_COMPARE(connected.size(), 1);
    QCOMPARE(race.winner(), 2u);
    QCOMPARE(peerOf(race.takeFd().get()).address, QHostAddress(u"127.0.0.1"_s));
}

void TestConnectRace::passesOverOneThatDoesNotAnswer()
{
    const Listener silent("127.0.0.3", 0, 0);
    const std::vector<UniqueFd> fillers = fill(silent.port());
    const Listener service("127.0.0.1", silent.port());
    QCOMPARE(service.port(), silent.port());
    ConnectRace race;
    QSignalSpy connected(&race, &ConnectRace::connected);
    race.start(targetOf({u"127.0.0.3"_s, u"127.0.0.1"_s}, service.port()));
    QTRY_COMPARE(connected.size(), 1);
    QCOMPARE(race.winner(), 1u);
}

void TestConnectRace::saysWhyAllFailed()
{
    const quint16 port = Listener("127.0.0.1").port(); // closed again
    ConnectRace race;
    QSignalSpy failed(&race, &ConnectRace::failed);
    race.start(targetOf({u"127.0.0.1"_s, u"127.0.0.2"_s}, port));
    QTRY_COMPARE(failed.size(), 1);
    QVERIFY(isRefused(failed.first().first().value<Error>()));
}

void TestConnectRace::failsWithoutAnAddress()
{
    ConnectRace race;
    QSignalSpy failed(&race, &ConnectRace::failed);
    race.start({});
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed.first().first().value<Error>().code, Errc::ConnectFailed);
}

void TestConnectRace::leavesNothingBehind()
{
    const int before = openDescriptors();
    {
        const Listener silent("127.0.0.3", 0, 0);
        const std::vector<UniqueFd> fillers = fill(silent.port());
        ConnectRace race;
        QSignalSpy connected(&race, &ConnectRace::connected);
        race.start(targetOf({u"127.0.0.3"_s, u"127.0.0.3"_s}, silent.port()));
        QTest::qWait(300); // two are under way
        QVERIFY(connected.isEmpty());
        race.abort();
    }
    QCOMPARE(openDescriptors(), before);
}

void TestConnectRace::connectsToUnixSockets()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"app.sock"_s);
    const UniqueFd service = listenOnUnixSocket(path, 8);
    QVERIFY(service);
    ConnectRace race;
    QSignalSpy connected(&race, &ConnectRace::connected);
    race.start(dialTarget(u"unix:"_s + path, 0));
    QTRY_COMPARE(connected.size(), 1);
    const UniqueFd accepted(::accept(service.get(), nullptr, nullptr));
    QVERIFY(sendWhole(race.takeFd().get(), "hello"));
    QCOMPARE(receive(accepted.get(), 5).bytes, "hello"_ba);

    ConnectRace nobody;
    QSignalSpy failed(&nobody, &ConnectRace::failed);
    nobody.start(dialTarget(u"unix:%1.not"_s.arg(path), 0));
    QTRY_COMPARE(failed.size(), 1);
    ConnectRace tooLong;
    QSignalSpy refused(&tooLong, &ConnectRace::failed);
    tooLong.start(dialTarget(u"unix:/"_s + QString(200, u'x'), 0));
    QTRY_COMPARE(refused.size(), 1);
}

void TestConnectRace::waitsForAFullUnixSocket()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"app.sock"_s);
    const UniqueFd service = listenOnUnixSocket(path, 0);
    std::vector<UniqueFd> fillers;
    const DialTarget target = dialTarget(u"unix:"_s + path, 0);
    while (Result<UniqueFd> fd = startConnect(target, 0))
        fillers.push_back(std::move(*fd));
    QVERIFY(!fillers.empty());
    ConnectRace race;
    QSignalSpy connected(&race, &ConnectRace::connected);
    QSignalSpy failed(&race, &ConnectRace::failed);
    race.start(dialTarget(u"unix:"_s + path, 0));
    QTest::qWait(100);
    QVERIFY(connected.isEmpty());
    const UniqueFd accepted(::accept(service.get(), nullptr, nullptr));
    QTRY_COMPARE(connected.size(), 1);
    QVERIFY(failed.isEmpty());
}

void TestConnectRace::looksNamesUp()
{
    HostLookup lookup;
    QSignalSpy found(&lookup, &HostLookup::found);
    for (const QString &host : {u"127.0.0.1"_s, u"::1"_s, u"localhost"_s}) {
        found.clear();
        lookup.start(host);
        QVERIFY(lookup.isRunning());
        QVERIFY(found.isEmpty());
        QTRY_COMPARE(found.size(), 1);
        QVERIFY(!lookup.isRunning());
        QVERIFY(found.first().first().value<QList<QHostAddress>>().first().isLoopback());
    }
}

void TestConnectRace::namesWhatIsUnknown()
{
    HostLookup lookup;
    QSignalSpy failed(&lookup, &HostLookup::failed);
    lookup.start(u"no such host"_s);
    QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, 30'000);
    QVERIFY(failed.first().first().toString().contains(u"no such host"_s));
}

void TestConnectRace::mayGoWhileItLooksUp()
{
    for (int i = 0; i < 50; ++i)
        std::make_unique<HostLookup>()->start(u"localhost"_s);
    HostLookup lookup;
    QSignalSpy found(&lookup, &HostLookup::found);
    lookup.start(u"localhost"_s);
    QTRY_COMPARE(found.size(), 1);
}

const frpx::test::TestRegistration registration("tst_connectrace", frpx::test::runTest<TestConnectRace>);

#include "tst_connectrace.moc"
