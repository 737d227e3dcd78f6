// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/workconnectionmanager.h"
#include "tests/support/frames.h"
#include "tests/support/loopback.h"
#include "tests/support/sockets.h"
#include "tests/support/testregistry.h"

#include <QTemporaryDir>
#include <QTest>

#include <poll.h>

using namespace frpx;
using namespace frpx::client;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray introduction = frame(R"({"NewWorkConn":{"session":"secret"}})");
const QByteArray ready = frame(R"("ProxyConnReady")");
const QByteArray startOne = frame(R"({"StartProxyConn":{"proxy_conn_id":"one"}})");
const QByteArray hello = "hello"_ba;

/// The next connection of \a listener; invalid if none comes. The event loop runs meanwhile.
UniqueFd next(const Fd &listener, int ms = 5000)
{
    pollfd watched{listener.get(), POLLIN, 0};
    if (!QTest::qWaitFor([&watched] { return ::poll(&watched, 1, 0) == 1; }, ms))
        return {};
    UniqueFd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    giveUpAfter(fd.get(), 10);
    return fd;
}

/// Connections that fill the queue of a listener with the backlog 0: what comes next is not answered.
std::vector<Fd> fill(const char *address, quint16 port)
{
    std::vector<Fd> fillers;
    for (int i = 0; i < 4; ++i) {
        Result<UniqueFd> fd = net::startConnect(QHostAddress(QString::fromLatin1(address)), port);
        if (fd)
            fillers.emplace_back(fd->release());
    }
    return fillers;
}

} // namespace

/// A waiting work connection reaches a service that has several addresses, or is a unix socket.
class TestServiceAddresses : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_descriptors = openDescriptors(); }
    void cleanup();

    void triesTheNextAfterARefusal_data() { backends(); }
    void triesTheNextAfterARefusal();
    void doesNotWaitForASilentOne_data() { backends(); }
    void doesNotWaitForASilentOne();
    void prefersTheOneThatAnswered_data() { backends(); }
    void prefersTheOneThatAnswered();
    void saysWhyNoneAnswers_data() { backends(); }
    void saysWhyNoneAnswers();
    void givesUpOnSilentOnes_data() { backends(); }
    void givesUpOnSilentOnes();
    void saysThatNoneIsKnown_data() { backends(); }
    void saysThatNoneIsKnown();
    void reachesUnixSockets_data() { backends(); }
    void reachesUnixSockets();
    void waitsForAFullUnixSocket_data() { backends(); }
    void waitsForAFullUnixSocket();
    void mayEndWhileItTries_data() { backends(); }
    void mayEndWhileItTries();

private:
    static void backends()
    {
        QTest::addColumn<QByteArray>("backend");
        QTest::newRow("native") << QByteArray();
        QTest::newRow("portable") << "portable"_ba;
    }
    /// A pool with one connection, whose users go to \a addresses at the port of m_service or to a unix
    /// socket.
    void open(const net::DialTarget &target);
    void open(const QStringList &addresses);
    /// The work connection, introduced.
    UniqueFd work() const
    {
        UniqueFd fd = next(m_server);
        if (fd && receive(fd.get(), introduction.size()).bytes != introduction)
            fd.reset();
        return fd;
    }
    /// A user on a new work connection reaches \a listener and is answered.
    void serves(const Fd &listener) const
    {
        const UniqueFd fd = work();
        QVERIFY(fd);
        QVERIFY(sendAll(fd.get(), startOne + hello));
        const UniqueFd service = next(listener);
        QVERIFY(service);
        QCOMPARE(receive(service.get(), hello.size()).bytes, hello);
        QVERIFY(sendAll(service.get(), "answer"));
        QCOMPARE(receive(fd.get(), ready.size() + 6).bytes, ready + "answer");
    }
    /// The reason of the ProxyConnFailed that a user gets.
    QString failure() const
    {
        const UniqueFd fd = work();
        if (!fd || !sendAll(fd.get(), startOne))
            return {};
        FrameBuffer frames;
        frames.append(receiveAll(fd.get()).bytes);
        return parseMessage(frames.takeFrame().value_or(QByteArray())).fields["reason"_L1].toString();
    }
    void close()
    {
        m_pool.reset();
        m_relays.reset();
        m_server.reset();
        m_service.reset();
    }

    Fd m_server;
    Fd m_service;
    std::unique_ptr<RelayPool> m_relays;
    std::unique_ptr<WorkConnectionManager> m_pool;
    int m_descriptors = 0;
};

void TestServiceAddresses::cleanup()
{
    close();
    QCOMPARE(openDescriptors(), m_descriptors);
}

void TestServiceAddresses::open(const net::DialTarget &target)
{
    QFETCH(const QByteArray, backend);
    qputenv("FRPX_RELAY", backend);
    m_relays = std::make_unique<RelayPool>(2);
    qunsetenv("FRPX_RELAY");
    m_server = listenLoopback(0);
    const auto services = std::make_shared<ServiceMap>();
    services->set({{QString(), {target}}});
    m_pool = std::make_unique<WorkConnectionManager>(*m_relays, WorkConnectionManager::Size{1, 1}, services);
    m_pool->open({{QHostAddress(QHostAddress::LocalHost), localPort(m_server)}}, u"secret"_s,
        std::make_shared<RelayMeter>());
}

void TestServiceAddresses::open(const QStringList &addresses)
{
    net::DialTarget target;
    target.name = u"service:80"_s;
    target.port = localPort(m_service);
    for (const QString &address : addresses)
        target.addresses.append(QHostAddress(address));
    open(target);
}

void TestServiceAddresses::triesTheNextAfterARefusal()
{
    m_service = listenLoopback(0);
    open({u"127.0.0.3"_s, u"127.0.0.2"_s, u"127.0.0.1"_s});
    for (int i = 0; i < 3; ++i)
        serves(m_service);
}

void TestServiceAddresses::doesNotWaitForASilentOne()
{
    const Fd silent = listenOn("127.0.0.3", 0, 0);
    const std::vector<Fd> fillers = fill("127.0.0.3", localPort(silent));
    m_service = listenLoopback(localPort(silent));
    QVERIFY(m_service.isValid());
    open({u"127.0.0.3"_s, u"127.0.0.2"_s, u"127.0.0.1"_s});
    for (int i = 0; i < 3; ++i)
        serves(m_service);
    close();
}

/// What has answered is tried first, so that only one user waits for the silent one.
void TestServiceAddresses::prefersTheOneThatAnswered()
{
    Fd other = listenOn("127.0.0.2", 0);
    m_service = listenLoopback(localPort(other));
    QVERIFY(m_service.isValid());
    open({u"127.0.0.3"_s, u"127.0.0.1"_s, u"127.0.0.2"_s});
    serves(m_service);
    serves(m_service);
    const quint16 port = localPort(m_service);
    m_service.reset();
    serves(other);
    m_service = listenLoopback(port);
    serves(other); // and not the first one in the list again
    other.reset();
    close();
}

void TestServiceAddresses::saysWhyNoneAnswers()
{
    m_service = listenLoopback(0);
    const quint16 port = localPort(m_service);
    m_service.reset();
    net::DialTarget target;
    target.name = u"service:80"_s;
    target.port = port;
    target.addresses = {QHostAddress(u"127.0.0.2"_s), QHostAddress(u"127.0.0.3"_s)};
    open(target);
    QCOMPARE(failure(), u"the local service service:80: Connection refused"_s);
}

void TestServiceAddresses::givesUpOnSilentOnes()
{
    Fd silent = listenOn("127.0.0.3", 0, 0);
    std::vector<Fd> fillers = fill("127.0.0.3", localPort(silent));
    net::DialTarget target;
    target.name = u"service:80"_s;
    target.port = localPort(silent);
    target.addresses = {
        QHostAddress(u"127.0.0.3"_s), QHostAddress(u"127.0.0.2"_s), QHostAddress(u"127.0.0.3"_s)};
    open(target);
    QCOMPARE(failure(), u"the local service service:80: it does not answer"_s);
    silent.reset();
    fillers.clear();
    close();
}

void TestServiceAddresses::saysThatNoneIsKnown()
{
    net::DialTarget target;
    target.name = u"service:80"_s;
    open(target);
    QCOMPARE(failure(), u"the local service service:80: its address is not known"_s);
}

void TestServiceAddresses::reachesUnixSockets()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"app.sock"_s);
    m_service = listenUnix(path.toLocal8Bit());
    open(net::dialTarget(u"unix:"_s + path, 0));
    for (int i = 0; i < 3; ++i)
        serves(m_service);
    m_service.reset();
    QCOMPARE(failure(), u"the local service unix:%1: Connection refused"_s.arg(path));
}

void TestServiceAddresses::waitsForAFullUnixSocket()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"app.sock"_s);
    m_service = listenUnix(path.toLocal8Bit(), 0);
    const net::DialTarget target = net::dialTarget(u"unix:"_s + path, 0);
    std::vector<UniqueFd> fillers;
    while (Result<UniqueFd> fd = net::startConnect(target, 0))
        fillers.push_back(std::move(*fd));
    QVERIFY(!fillers.empty());
    open(target);
    UniqueFd user = work();
    QVERIFY(sendAll(user.get(), startOne + hello));
    QTest::qWait(100); // it is tried again and again
    for (size_t i = 0; i < fillers.size(); ++i)
        QVERIFY(next(m_service));
    UniqueFd service = next(m_service);
    QCOMPARE(receive(service.get(), hello.size()).bytes, hello);
    QCOMPARE(receive(user.get(), ready.size()).bytes, ready);
}

void TestServiceAddresses::mayEndWhileItTries()
{
    const Fd silent = listenOn("127.0.0.3", 0, 0);
    const std::vector<Fd> fillers = fill("127.0.0.3", localPort(silent));
    for (const int ms : {0, 20, 260, 300}) {
        net::DialTarget target;
        target.port = localPort(silent);
        target.addresses = {QHostAddress(u"127.0.0.3"_s), QHostAddress(u"127.0.0.2"_s),
            QHostAddress(u"127.0.0.3"_s), QHostAddress(u"127.0.0.3"_s)};
        open(target);
        const UniqueFd user = work();
        QVERIFY(sendAll(user.get(), startOne));
        QTest::qWait(ms);
        close();
    }
}

const frpx::test::TestRegistration registration(
    "tst_serviceaddresses", frpx::test::runTest<TestServiceAddresses>);

#include "tst_serviceaddresses.moc"
