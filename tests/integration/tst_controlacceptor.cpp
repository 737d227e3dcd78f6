// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/clock.h"
#include "common/core/throttledlog.h"
#include "common/protocol/frpx/controlchannel.h"
#include "common/tls/sslsettings.h"
#include "frps/clients/controlacceptor.h"
#include "tests/support/loopback.h"
#include "tests/support/testca.h"
#include "tests/support/testregistry.h"

#include <QRegularExpression>
#include <QSslCertificate>
#include <QSslSocket>
#include <QTest>

#include <memory>
#include <vector>

#include <openssl/ssl.h>
#include <poll.h>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

TlsIdentity identityOf(const PemPair &pair)
{
    return {pair.certificate, pair.key};
}

/// Whether the other side ends the stream; what it still says is thrown away.
bool isClosed(int fd)
{
    char bytes[512];
    pollfd watched{fd, POLLIN, 0};
    return ::poll(&watched, 1, 0) == 1 && ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) <= 0;
}

/// What a client that knows nothing newer than \a version says first.
QByteArray helloOf(int version)
{
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), version);
    const std::unique_ptr<SSL, decltype(&SSL_free)> client(SSL_new(context.get()), SSL_free);
    BIO *out = BIO_new(BIO_s_mem());
    SSL_set_bio(client.get(), BIO_new(BIO_s_mem()), out);
    SSL_connect(client.get());
    char *data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    return {data, static_cast<qsizetype>(size)};
}

} // namespace

class TestControlAcceptor : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void handsOnEverythingWithoutTls();
    void handsOnPlainConnectionsUnread();
    void refusesPlainConnections();
    void shakesHands_data();
    void shakesHands();
    void losesNothingBehindTheHandshake();
    void refusesOldVersions();
    void endsWhatIsNoHandshake_data();
    void endsWhatIsNoHandshake();
    void closesWhoTakesTooLong_data();
    void closesWhoTakesTooLong();
    void letsHandshakesWaitForTheirTurn();
    void forgetsWhoLeaves_data();
    void forgetsWhoLeaves();
    void asksForACertificate_data();
    void asksForACertificate();
    void takesAnotherCertificateForLaterConnections();
    void mayBeDestroyedWithGuests();
    void channelsCarryManyMessages();
    void channelsDeliverTheLastMessage();
    void channelsDropAPeerThatDoesNotRead();

private:
    /// Lets a connection in and returns its other end.
    UniqueFd enter(qint64 nowMs = 0)
    {
        Connection pair = m_connector.connection();
        m_gate->take(++m_lastId, std::move(pair.far), nowMs);
        return std::move(pair.near);
    }
    /// Lets a TLS client in, whose handshake is under way.
    std::unique_ptr<QSslSocket> enterTls(const QSslConfiguration &configuration = clientSslConfiguration())
    {
        auto socket = std::make_unique<QSslSocket>();
        connect(
            socket.get(), &QSslSocket::sslErrors, socket.get(), qOverload<>(&QSslSocket::ignoreSslErrors));
        socket->setSocketDescriptor(enter().release());
        socket->setSslConfiguration(configuration);
        socket->startClientEncryption();
        return socket;
    }
    void setTls(const QByteArray &clientCa = {}, PlainPolicy plain = PlainPolicy::LoopbackOnly)
    {
        m_gate->setTls(serverSslConfiguration(identityOf(m_pair), clientCa), plain);
    }
    /// Both ends of an encrypted control link.
    struct Link
    {
        std::unique_ptr<ControlChannel> server;
        std::unique_ptr<QSslSocket> client;
    };
    Link link()
    {
        Link link;
        link.client = enterTls();
        if (!QTest::qWaitFor([this] { return m_arrivals.size() == 1; }))
            qFatal("the handshake failed");
        link.server = std::make_unique<ControlChannel>(m_arrivals.front().encrypted.release());
        return link;
    }

    const Connector m_connector;
    const TestCa m_ca;
    const PemPair m_pair = selfSigned();
    quint64 m_lastId = 0;
    std::vector<ControlAcceptor::Arrival> m_arrivals;
    std::vector<quint64> m_gone;
    std::unique_ptr<ControlAcceptor> m_gate;
};

void TestControlAcceptor::init()
{
    m_gate = std::make_unique<ControlAcceptor>(
        [this](ControlAcceptor::Arrival arrival) { m_arrivals.push_back(std::move(arrival)); },
        [this](quint64 id) { m_gone.push_back(id); });
    m_lastId = 0;
    forgetThrottledLines();
    m_gone.clear();
}

void TestControlAcceptor::cleanup()
{
    m_gate.reset();
    m_arrivals.clear();
}

void TestControlAcceptor::handsOnEverythingWithoutTls()
{
    const UniqueFd client = enter(7);
    QCOMPARE(m_arrivals.size(), 1U);
    QVERIFY(m_arrivals.front().plain);
    QCOMPARE(m_arrivals.front().acceptedAtMs, 7);
    QCOMPARE(m_gate->waiting(), 0);
}

void TestControlAcceptor::handsOnPlainConnectionsUnread()
{
    setTls();
    const UniqueFd client = enter(7);
    QTest::qWait(20);
    QVERIFY(m_arrivals.empty()); // has not said what it is
    QCOMPARE(m_gate->waiting(), 1);
    const QByteArray bytes("\0\0\0\x02{}", 6);
    QVERIFY(sendAll(client.get(), bytes));
    QTRY_COMPARE(m_arrivals.size(), 1U);
    QCOMPARE(m_gate->waiting(), 0);
    const ControlAcceptor::Arrival &arrival = m_arrivals.front();
    QCOMPARE(arrival.acceptedAtMs, 7);
    QVERIFY(!arrival.encrypted);
    QVERIFY2(arrival.refusal.isEmpty(), qPrintable(arrival.refusal));
    QCOMPARE(receive(arrival.plain.get(), bytes.size()).bytes, bytes);
}

void TestControlAcceptor::refusesPlainConnections()
{
    setTls({}, PlainPolicy::Nowhere);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"is refused: it is not encrypted"_s));
    const UniqueFd client = enter();
    QVERIFY(sendAll(client.get(), QByteArray(1, '\0')));
    QTRY_COMPARE(m_arrivals.size(), 1U);
    QVERIFY2(m_arrivals.front().refusal.contains("TLS"_L1), qPrintable(m_arrivals.front().refusal));
}

void TestControlAcceptor::shakesHands_data()
{
    QTest::addColumn<int>("protocol");
    QTest::addColumn<int>("spoken");
    QTest::newRow("the best") << int(QSsl::TlsV1_2OrLater) << int(QSsl::TlsV1_3);
    QTest::newRow("the least") << int(QSsl::TlsV1_2) << int(QSsl::TlsV1_2);
}

void TestControlAcceptor::shakesHands()
{
    QFETCH(const int, protocol);
    QFETCH(const int, spoken);
    setTls();
    QSslConfiguration configuration = clientSslConfiguration();
    configuration.setProtocol(QSsl::SslProtocol(protocol));
    const auto client = enterTls(configuration);
    QTRY_COMPARE(m_arrivals.size(), 1U);
    QTRY_VERIFY(client->isEncrypted());
    QCOMPARE(int(client->sessionProtocol()), spoken);
    QCOMPARE(client->peerCertificate(), QSslCertificate(m_pair.certificate));
    const ControlAcceptor::Arrival &arrival = m_arrivals.front();
    QVERIFY(!arrival.plain);
    QVERIFY2(arrival.refusal.isEmpty(), qPrintable(arrival.refusal));
    QCOMPARE(arrival.encrypted->peerAddress(), QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(m_gate->waiting(), 0);
}

void TestControlAcceptor::losesNothingBehindTheHandshake()
{
    setTls();
    const auto client = enterTls();
    client->write(proto::encodeFrame(proto::Heartbeat{})); // goes out as soon as it can
    QTRY_COMPARE(m_arrivals.size(), 1U);
    QTest::qWait(20); // it has come before anybody listens
    ControlChannel channel(m_arrivals.front().encrypted.release());
    int heard = 0;
    connect(&channel, &ControlChannel::messageReceived, &channel, [&heard](const proto::Message &message) {
        heard += std::holds_alternative<proto::Heartbeat>(message) ? 1 : 0;
    });
    QTRY_COMPARE(heard, 1);
}

void TestControlAcceptor::refusesOldVersions()
{
    setTls();
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"A TLS handshake with 127.* failed"_s));
    const UniqueFd client = enter();
    QVERIFY(sendAll(client.get(), helloOf(TLS1_1_VERSION)));
    QTRY_VERIFY(isClosed(client.get()));
    QVERIFY(m_arrivals.empty());
    QTRY_COMPARE(m_gate->waiting(), 0); // Qt tells of the failure after it has closed
}

void TestControlAcceptor::endsWhatIsNoHandshake_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("garbage") << '\x16' + QByteArray(200, 'x');
    QTest::newRow("HTTP behind it") << "\x16GET / HTTP/1.1\r\n\r\n"_ba;
    QTest::newRow("a record too long") << "\x16\x03\x01\xff\xff"_ba + QByteArray(20'000, '\x01');
    QTest::newRow("no client hello") << "\x16\x03\x01\x00\x05\x63\x00\x00\x01\x00"_ba;
}

void TestControlAcceptor::endsWhatIsNoHandshake()
{
    QFETCH(const QByteArray, bytes);
    setTls();
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"A TLS handshake with 127.* failed"_s));
    const UniqueFd client = enter();
    QVERIFY(sendAll(client.get(), bytes));
    QTRY_VERIFY(isClosed(client.get()));
    QVERIFY(m_arrivals.empty());
    QTRY_COMPARE(m_gate->waiting(), 0); // Qt tells of the failure after it has closed
}

void TestControlAcceptor::closesWhoTakesTooLong_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("silence") << QByteArray();
    QTest::newRow("one byte of TLS") << "\x16"_ba;
    QTest::newRow("half a hello") << helloOf(TLS1_3_VERSION).first(60);
    QTest::newRow("a hello, and no more") << helloOf(TLS1_3_VERSION);
}

void TestControlAcceptor::closesWhoTakesTooLong()
{
    QFETCH(const QByteArray, bytes);
    setTls();
    const UniqueFd client = enter(1000);
    const UniqueFd later = enter(1500);
    QVERIFY(sendAll(client.get(), bytes));
    QTest::qWait(20);
    m_gate->sweep(1999, 1000);
    QCOMPARE(m_gate->waiting(), 2);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"took too long|sent nothing in time"_s));
    m_gate->sweep(2000, 1000);
    QCOMPARE(m_gate->waiting(), 1);
    QTRY_VERIFY(isClosed(client.get()));
    QVERIFY(!isClosed(later.get()));
    QVERIFY(m_arrivals.empty());
}

void TestControlAcceptor::letsHandshakesWaitForTheirTurn()
{
    setTls();
    std::vector<UniqueFd> flood;
    for (size_t i = 0; i < ControlAcceptor::maxHandshakes; ++i) {
        flood.push_back(enter());
        QCOMPARE(::send(flood.back().get(), "\x16\x03", 2, 0), 2);
        QCoreApplication::processEvents();
    }
    const auto client = enterTls();
    QTest::qWait(50);
    QVERIFY(!client->isEncrypted());
    QVERIFY(m_gate->sweep(steadyMs(), 1'000'000'000).empty());
    QVERIFY(m_gone.empty());
    flood.erase(flood.begin()); // its place is free
    QTRY_VERIFY(client->isEncrypted());
    QTRY_COMPARE(m_arrivals.size(), 1U);

    // Whoever has arrived keeps his place until he has said something.
    const auto next = enterTls();
    QTest::qWait(50);
    QVERIFY(!next->isEncrypted());
    m_gate->settled(m_arrivals.front().id);
    QTRY_VERIFY(next->isEncrypted());
}

void TestControlAcceptor::forgetsWhoLeaves_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("without a word") << QByteArray();
    QTest::newRow("in the handshake") << "\x16\x03"_ba;
}

void TestControlAcceptor::forgetsWhoLeaves()
{
    QFETCH(const QByteArray, bytes);
    setTls();
    if (!bytes.isEmpty())
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"A TLS handshake with 127.* failed"_s));
    UniqueFd client = enter();
    QVERIFY(sendAll(client.get(), bytes));
    client.reset();
    QTRY_COMPARE(m_gate->waiting(), 0);
    QCOMPARE(m_gone, std::vector<quint64>{1});
    QVERIFY(m_arrivals.empty());
}

void TestControlAcceptor::asksForACertificate_data()
{
    QTest::addColumn<int>("which");
    QTest::addColumn<int>("protocol");
    QTest::addColumn<bool>("welcome");
    for (const auto protocol : {QSsl::TlsV1_2, QSsl::TlsV1_3}) {
        const char *name = protocol == QSsl::TlsV1_2 ? "1.2" : "1.3";
        QTest::addRow("none, TLS %s", name) << 0 << int(protocol) << false;
        QTest::addRow("of another CA, TLS %s", name) << 1 << int(protocol) << false;
        QTest::addRow("expired, TLS %s", name) << 2 << int(protocol) << false;
        QTest::addRow("for servers, TLS %s", name) << 3 << int(protocol) << false;
        QTest::addRow("good, TLS %s", name) << 4 << int(protocol) << true;
    }
}

void TestControlAcceptor::asksForACertificate()
{
    QFETCH(const int, which);
    QFETCH(const int, protocol);
    QFETCH(const bool, welcome);
    setTls(m_ca.certificate());
    std::optional<TlsIdentity> own;
    if (which == 1)
        own = identityOf(TestCa().issue({.forClients = true}));
    else if (which == 2)
        own = identityOf(m_ca.issue({.beginsInS = -7200, .endsInS = -3600, .forClients = true}));
    else if (which == 3)
        own = identityOf(m_ca.issue({}));
    else if (which == 4)
        own = identityOf(m_ca.issue({.forClients = true}));
    if (!welcome)
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"is refused, for its certificate"_s));
    QSslConfiguration configuration = clientSslConfiguration(own);
    configuration.setProtocol(QSsl::SslProtocol(protocol));
    const auto client = enterTls(configuration);
    QTRY_COMPARE(m_arrivals.size(), 1U);
    QCOMPARE(m_arrivals.front().refusal.isEmpty(), welcome);
}

void TestControlAcceptor::takesAnotherCertificateForLaterConnections()
{
    setTls();
    const auto before = enterTls();
    QTRY_VERIFY(before->isEncrypted());
    const PemPair renewed = selfSigned();
    m_gate->setTls(serverSslConfiguration(identityOf(renewed)), PlainPolicy::LoopbackOnly);
    const auto after = enterTls();
    QTRY_VERIFY(after->isEncrypted());
    QCOMPARE(after->peerCertificate(), QSslCertificate(renewed.certificate));
    QVERIFY(before->isEncrypted());
}

void TestControlAcceptor::mayBeDestroyedWithGuests()
{
    setTls();
    const UniqueFd silent = enter();
    const auto shaking = enterTls();
    const UniqueFd half = enter();
    QVERIFY(sendAll(half.get(), "\x16\x03\x01"));
    QTest::qWait(20);
    m_gate.reset();
    QTRY_VERIFY(isClosed(silent.get()));
    QTRY_VERIFY(isClosed(half.get()));
}

void TestControlAcceptor::channelsCarryManyMessages()
{
    setTls();
    Link link = this->link();
    int heard = 0;
    connect(link.server.get(), &ControlChannel::messageReceived, link.server.get(),
        [&](const proto::Message &message) {
            if (std::get<proto::RequestNewProxyConn>(message).proxyConnId == QString::number(heard))
                ++heard;
        });
    constexpr int count = 5000;
    QByteArray sent;
    for (int i = 0; i < count; ++i)
        sent += proto::encodeFrame(proto::RequestNewProxyConn{QString::number(i)});
    link.client->write(sent);
    QTRY_COMPARE(heard, count);
    for (int i = 0; i < 1000; ++i)
        link.server->send(proto::RequestNewProxyConn{QString::number(i)});
    QByteArray received;
    const qsizetype wanted = sent.indexOf(proto::encodeFrame(proto::RequestNewProxyConn{u"1000"_s}));
    QTRY_VERIFY((received += link.client->readAll()).size() >= wanted);
    QCOMPARE(received, sent.first(wanted));
}

void TestControlAcceptor::channelsDeliverTheLastMessage()
{
    setTls();
    Link link = this->link();
    QTRY_VERIFY(link.client->isEncrypted());
    link.server->send(proto::Disconnect{u"the end"_s, 5});
    link.server->finish();
    QTRY_COMPARE(link.client->state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(link.client->readAll(), proto::encodeFrame(proto::Disconnect{u"the end"_s, 5}));
}

void TestControlAcceptor::channelsDropAPeerThatDoesNotRead()
{
    setTls();
    Link link = this->link();
    QTRY_VERIFY(link.client->isEncrypted());
    link.client->setReadBufferSize(1);
    std::optional<Errc> error;
    connect(link.server.get(), &ControlChannel::closed, link.server.get(),
        [&error](const Error &reason) { error = reason.code; });
    const proto::Message message = proto::Disconnect{QString(500, u'x'), 0};
    for (int i = 0; i < 100'000 && !error; ++i) {
        link.server->send(message);
        if (i % 100 == 0)
            QCoreApplication::processEvents();
    }
    QVERIFY(error == Errc::OutboxFull);
}

const frpx::test::TestRegistration registration(
    "tst_controlacceptor", frpx::test::runTest<TestControlAcceptor>);

#include "tst_controlacceptor.moc"
