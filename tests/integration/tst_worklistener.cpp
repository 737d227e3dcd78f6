// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/messages.h"
#include "common/relay/relaypool.h"
#include "frps/workconn/worklistener.h"
#include "tests/support/sockets.h"
#include "tests/support/testregistry.h"
#include "tests/support/tlspair.h"

#include <QScopeGuard>
#include <QTest>
#include <QTimer>

#include <csignal>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

const QString secret = u"3f0c7b1e-7b1e-4c5d-9a3e-0123456789ab"_s;

QByteArray opening()
{
    return proto::encodeFrame(proto::NewWorkConn{secret});
}

/// A client's end that goes on while the listener's event loop runs.
struct Client
{
    Wire wire;
    std::unique_ptr<TlsState> tls;
    std::vector<char> records;

    /// Until the handshake is done and \a first is sent, or it has failed.
    bool secure(const QByteArray &first)
    {
        TlsState::Progress progress = TlsState::Progress::Waiting;
        const bool over = QTest::qWaitFor([&] {
            wire.readable = true;
            progress = tls->handshake(wire, records, first);
            return progress != TlsState::Progress::Waiting;
        });
        return over && progress == TlsState::Progress::Done;
    }
    /// Until something comes, or the end.
    WireRead read(QByteArray *bytes)
    {
        std::array<char, 1000> buffer;
        WireRead got;
        [[maybe_unused]] const bool came = QTest::qWaitFor([&] {
            wire.readable = true;
            got = tls->read(wire, records, buffer.data(), buffer.size());
            return got.bytes > 0 || got.status != WireStatus::Open;
        });
        *bytes = QByteArray(buffer.data(), qsizetype(got.bytes));
        return got;
    }
};

} // namespace

class TestWorkListener : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        std::signal(SIGPIPE, SIG_IGN);
        test::raiseDescriptorLimit();
    }
    void init();
    void cleanup();

    void takesTlsAndPlainOnOnePort_data() { backends(); }
    void takesTlsAndPlainOnOnePort();
    void keepsWhatFollowsTheFrame_data() { backends(); }
    void keepsWhatFollowsTheFrame();
    void isPlainUntilItIsTold_data() { backends(); }
    void isPlainUntilItIsTold();
    void closesWhatIsNoHandshake_data() { backends(); }
    void closesWhatIsNoHandshake();
    void closesWhatIsNoOpening_data() { backends(); }
    void closesWhatIsNoOpening();
    void closesHalfAHandshakeInTime_data() { backends(); }
    void closesHalfAHandshakeInTime();
    void servesOthersBesideAFlood_data() { backends(); }
    void servesOthersBesideAFlood();
    void boundsHandshakesOfASource_data() { backends(); }
    void boundsHandshakesOfASource();
    void hasRoomForWhatWasAskedFor_data() { backends(); }
    void hasRoomForWhatWasAskedFor();

private:
    static void backends()
    {
        QTest::addColumn<QByteArray>("backend");
        QTest::newRow("epoll") << QByteArray("epoll");
        QTest::newRow("portable") << QByteArray("portable");
    }
    Client connectTls(UniqueFd fd = {})
    {
        Client client;
        client.wire.fd = fd ? std::move(fd) : connectTo(m_port);
        ::fcntl(client.wire.fd.get(), F_SETFL, O_RDWR | O_NONBLOCK);
        client.tls = m_tls->client().connect();
        return client;
    }
    void speakTls() { m_listener->setTls(m_tls->server(), PlainPolicy::LoopbackOnly, *m_relays); }
    /// Waits for the end, while the listener's event loop runs.
    static bool isClosed(const UniqueFd &fd, int ms = 5000)
    {
        return QTest::qWaitFor(
            [&fd] {
                char byte = 0;
                const ssize_t got = ::recv(fd.get(), &byte, 1, MSG_DONTWAIT);
                return got == 0 || (got < 0 && errno != EAGAIN);
            },
            ms);
    }

    std::optional<TlsPairs> m_tls; ///< of each row: tickets are not to go from one to the next
    std::unique_ptr<RelayPool> m_relays;
    std::unique_ptr<WorkListener> m_listener;
    std::vector<std::pair<WorkOpening, WorkConn>> m_taken;
    quint16 m_port = 0;
};

void TestWorkListener::init()
{
    QFETCH(QByteArray, backend);
    qputenv("FRPX_RELAY", backend);
    m_tls.emplace();
    m_relays = std::make_unique<RelayPool>(1);
    qunsetenv("FRPX_RELAY");
    m_listener = std::make_unique<WorkListener>(
        [this](const WorkOpening &said, WorkConn work) { m_taken.emplace_back(said, std::move(work)); });
    m_port = *m_listener->listen(QHostAddress(QHostAddress::LocalHost), 0);
}

void TestWorkListener::cleanup()
{
    m_relays->shutDown();
    m_listener.reset();
    m_relays.reset();
    m_taken.clear();
}

void TestWorkListener::takesTlsAndPlainOnOnePort()
{
    speakTls();
    for (int i = 0; i < 3; ++i) { // the second and third by tickets
        Client client = connectTls();
        QVERIFY(client.secure(opening()));
        QTRY_COMPARE(m_taken.size(), 1u);
        QCOMPARE(client.tls->isResumed(), i > 0);
        auto &[said, work] = m_taken.front();
        QVERIFY(!said.isRequested);
        QCOMPARE(said.key, secret);
        QVERIFY(work.tls);
        QVERIFY(work.isQuiet());
        Wire server;
        server.fd = std::move(work.fd);
        std::vector<char> records;
        QVERIFY(work.tls->write(server, records, "hello"));
        QByteArray bytes;
        client.read(&bytes);
        QCOMPARE(bytes, QByteArray("hello"));
        m_taken.clear();
    }
    const UniqueFd plain = connectTo(m_port);
    QVERIFY(sendAll(plain.get(), opening()));
    QTRY_COMPARE(m_taken.size(), 1u);
    QVERIFY(!m_taken.front().second.tls);
    QTRY_COMPARE(m_listener->handshakes(), 0);
}

void TestWorkListener::keepsWhatFollowsTheFrame()
{
    speakTls();
    Client client = connectTls();
    QVERIFY(client.secure(proto::encodeFrame(proto::NewProxyConn{secret}) + "the service's first words"));
    QTRY_COMPARE(m_taken.size(), 1u);
    auto &[said, work] = m_taken.front();
    QVERIFY(said.isRequested);
    QCOMPARE(said.key, secret);
    QVERIFY(work.tls->hasPending());
    QVERIFY(!work.isQuiet());
    Wire server;
    server.fd = std::move(work.fd);
    std::vector<char> records;
    std::array<char, 100> buffer;
    const WireRead got = work.tls->read(server, records, buffer.data(), buffer.size());
    QCOMPARE(QByteArray(buffer.data(), qsizetype(got.bytes)), QByteArray("the service's first words"));
}

void TestWorkListener::isPlainUntilItIsTold()
{
    Client client = connectTls();
    QVERIFY(!client.secure(opening()));
    QVERIFY(m_taken.empty());
}

void TestWorkListener::closesWhatIsNoHandshake()
{
    speakTls();
    for (const QByteArray &garbage : {QByteArray("\x16"), "\x16" + noise(3000, 1), QByteArray(300, '\x16')}) {
        const UniqueFd client = connectTo(m_port);
        QVERIFY(sendAll(client.get(), garbage));
        ::shutdown(client.get(), SHUT_WR);
        QTRY_COMPARE(m_listener->handshakes(), 0);
        QVERIFY(isClosed(client));
    }
    QVERIFY(m_taken.empty());
}

void TestWorkListener::closesWhatIsNoOpening()
{
    speakTls();
    for (const QByteArray &wrong :
        {QByteArray("nonsense, and a lot of it, so that there is no doubt at all about it"),
            proto::encodeFrame(proto::NewWorkConn{u"short"_s}) + QByteArray(100, 'x'),
            proto::encodeFrame(proto::LoginByToken{secret})}) {
        Client client = connectTls();
        QVERIFY(client.secure(wrong));
        QByteArray bytes;
        QVERIFY(client.read(&bytes).status != WireStatus::Open);
        QTRY_COMPARE(m_listener->handshakes(), 0);
    }
    QVERIFY(m_taken.empty());
}

void TestWorkListener::closesHalfAHandshakeInTime()
{
    speakTls();
    const UniqueFd half = connectTo(m_port);
    QVERIFY(sendAll(half.get(), "\x16\x03"));
    Client silent = connectTls();
    QVERIFY(silent.secure({})); // and no word more
    QTRY_COMPARE(m_listener->handshakes(), 2);
    QVERIFY(isClosed(half, 10'000));
    QByteArray bytes;
    QVERIFY(silent.read(&bytes).status != WireStatus::Open);
    QTRY_COMPARE(m_listener->handshakes(), 0);
}

void TestWorkListener::servesOthersBesideAFlood()
{
    speakTls();
    std::vector<UniqueFd> flood;
    for (size_t i = 0; i < WorkListener::maxSecuring; ++i) {
        flood.push_back(connectTo(m_port));
        QVERIFY(sendAll(flood.back().get(), "\x16"));
    }
    QTRY_COMPARE(m_listener->handshakes(), qsizetype(WorkListener::maxSecuring));
    QTimer sweeper;
    connect(&sweeper, &QTimer::timeout, m_listener.get(), &WorkListener::sweep);
    sweeper.start(100);
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    QCOMPARE(::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
    address = loopback(m_port);
    QCOMPARE(::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
    Client client = connectTls(std::move(fd));
    QVERIFY(client.secure(opening())); // once somebody has had to make room
    QTRY_COMPARE(m_taken.size(), 1u);
    QTRY_COMPARE(m_listener->handshakes(), qsizetype(WorkListener::maxSecuring) - 1);
}

void TestWorkListener::boundsHandshakesOfASource()
{
    speakTls();
    std::vector<UniqueFd> flood;
    for (size_t i = 0; i < WorkListener::maxInLineOfSource; ++i) {
        flood.push_back(connectTo(m_port));
        QVERIFY(sendAll(flood.back().get(), "\x16"));
        if (i % 100 == 0)
            QTest::qWait(0); // let the listener accept
    }
    QTRY_COMPARE(m_listener->handshakes(), qsizetype(WorkListener::maxInLineOfSource));
    const UniqueFd tooMany = connectTo(m_port);
    QVERIFY(sendAll(tooMany.get(), "\x16"));
    QVERIFY(isClosed(tooMany));
    flood.clear();
    QTRY_COMPARE(m_listener->handshakes(), 0);
    Client client = connectTls();
    QVERIFY(client.secure(opening()));
    QTRY_COMPARE(m_taken.size(), 1u);
}

/// The bound of an address does not count what the server itself has asked for there.
void TestWorkListener::hasRoomForWhatWasAskedFor()
{
    speakTls();
    constexpr size_t asked = 50;
    const net::SourceKey here = net::sourceKey(QHostAddress(QHostAddress::LocalHost));
    m_listener->setDemand([here](const net::SourceKey &source) {
        return source == here ? WorkListener::Demand{asked, asked} : WorkListener::Demand();
    });
    QVERIFY(!m_listener->isHeldUp(here));
    std::vector<UniqueFd> flood;
    for (size_t i = 0; i < WorkListener::maxInLineOfSource + asked; ++i) {
        flood.push_back(connectTo(m_port));
        QVERIFY(sendAll(flood.back().get(), "\x16"));
        if (i % 100 == 0)
            QTest::qWait(0); // let the listener accept
    }
    QTRY_COMPARE(m_listener->handshakes(), qsizetype(WorkListener::maxInLineOfSource + asked));
    QVERIFY(m_listener->isHeldUp(here));
    QVERIFY(!m_listener->isHeldUp(net::sourceKey(QHostAddress(u"192.0.2.1"_s))));
    const UniqueFd tooMany = connectTo(m_port);
    QVERIFY(sendAll(tooMany.get(), "\x16"));
    QVERIFY(isClosed(tooMany));
}

const frpx::test::TestRegistration registration("tst_worklistener", frpx::test::runTest<TestWorkListener>);

#include "tst_worklistener.moc"
