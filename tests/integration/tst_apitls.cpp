// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tls/sslsettings.h"
#include "frps/api/apiserver.h"
#include "frps/cli/monitorcommand.h"
#include "tests/support/fakeserverview.h"
#include "tests/support/testca.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QSslCertificate>
#include <QSslSocket>
#include <QTest>

#include <memory>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

/// The API behind TLS: the same limits, and nothing in the clear.
class TestApiTls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void answersRequestsOneAfterTheOther();
    void saysGoodbyeInOrder();
    void answersAWholePipeline();
    void refusesTooLargeRequests();
    void makesRoomForANewcomer();
    void endsASilentHandshake_data();
    void endsASilentHandshake();
    void saysNothingInTheClear();
    void showsANewCertificateToLaterConnections();
    void monitorNeedsTheVeryCertificate();

private:
    static Fingerprint fingerprintOf(const PemPair &pair)
    {
        return Fingerprint::ofDer(QSslCertificate(pair.certificate).toDer());
    }
    void listen(const HttpLimits &limits = {})
    {
        m_frontend = std::make_unique<ApiServer>(m_view, m_commands, limits);
        m_frontend->setTls(serverSslConfiguration({m_pair.certificate, m_pair.key}));
        const Result<quint16> port = m_frontend->listen(QHostAddress(QHostAddress::LocalHost), 0);
        QVERIFY(port.hasValue());
        m_port = *port;
    }
    /// A client whose answers gather in m_received.
    std::unique_ptr<QSslSocket> client()
    {
        auto socket = std::make_unique<QSslSocket>();
        socket->setSslConfiguration(clientSslConfiguration({}, m_pair.certificate));
        connect(socket.get(), &QSslSocket::readyRead, this,
            [this, raw = socket.get()] { m_received += raw->readAll(); });
        m_received.clear();
        socket->connectToHostEncrypted(u"localhost"_s, m_port);
        return socket;
    }
    static QByteArray get(const QByteArray &path) { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

    FakeServerView m_view;
    FakeServerCommands m_commands{m_view};
    const PemPair m_pair = selfSigned({.names = {"DNS:localhost"}});
    std::unique_ptr<ApiServer> m_frontend;
    quint16 m_port = 0;
    QByteArray m_received;
};

void TestApiTls::init()
{
    m_received.clear();
}

void TestApiTls::cleanup()
{
    m_frontend.reset();
}

void TestApiTls::answersRequestsOneAfterTheOther()
{
    listen();
    const auto socket = client();
    for (int i = 1; i <= 3; ++i) {
        socket->write(get("/api/health"));
        QTRY_COMPARE(m_received.count("HTTP/1.1 200 OK"), i);
    }
    QVERIFY(socket->isEncrypted());
    QVERIFY(socket->sslHandshakeErrors().isEmpty());
    QCOMPARE(m_frontend->openConnections(), 1);
}

void TestApiTls::saysGoodbyeInOrder()
{
    listen();
    const auto socket = client();
    std::optional<QAbstractSocket::SocketError> error;
    connect(
        socket.get(), &QSslSocket::errorOccurred, this, [&](QAbstractSocket::SocketError e) { error = e; });
    socket->write("GET /api/health HTTP/1.0\r\n\r\n");
    QTRY_COMPARE(socket->state(), QAbstractSocket::UnconnectedState);
    QVERIFY(error == QAbstractSocket::RemoteHostClosedError);
    QVERIFY(m_received.contains("200 OK"));
    QVERIFY(m_received.endsWith('}'));
    QTRY_COMPARE(m_frontend->openConnections(), 0);
}

void TestApiTls::answersAWholePipeline()
{
    listen();
    const auto socket = client();
    constexpr int count = 500;
    QByteArray all;
    for (int i = 0; i < count; ++i)
        all += get("/api/health");
    socket->write(all);
    QTRY_COMPARE(m_received.count("HTTP/1.1 200 OK"), count);
}

void TestApiTls::refusesTooLargeRequests()
{
    listen();
    const auto socket = client();
    socket->write("POST /api/health HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"
        + QByteArray(300'000, 'x'));
    QTRY_VERIFY(m_received.startsWith("HTTP/1.1 413"));
    QTRY_VERIFY(m_received.endsWith('}'));
    QTRY_COMPARE_WITH_TIMEOUT(socket->state(), QAbstractSocket::UnconnectedState, 10'000);
}

void TestApiTls::makesRoomForANewcomer()
{
    HttpLimits limits;
    limits.connections = 1;
    listen(limits);
    const auto silent = client();
    QTRY_VERIFY(silent->isEncrypted());
    const auto newcomer = client();
    newcomer->write(get("/api/health"));
    QTRY_VERIFY2(m_received.startsWith("HTTP/1.1 200"), m_received.constData());
    QTRY_COMPARE(silent->state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(m_frontend->openConnections(), 1);
}

void TestApiTls::endsASilentHandshake_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("silence") << QByteArray();
    QTest::newRow("one byte") << "\x16"_ba;
}

void TestApiTls::endsASilentHandshake()
{
    QFETCH(const QByteArray, bytes);
    HttpLimits limits;
    limits.requestTime = 200ms;
    limits.lingerTime = 100ms;
    listen(limits);
    QTcpSocket socket;
    socket.connectToHost(QHostAddress(QHostAddress::LocalHost), m_port);
    QTRY_COMPARE(socket.state(), QAbstractSocket::ConnectedState);
    socket.write(bytes);
    QTRY_COMPARE(m_frontend->openConnections(), 1);
    QTRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
    QTRY_COMPARE(m_frontend->openConnections(), 0);
}

void TestApiTls::saysNothingInTheClear()
{
    listen();
    QTcpSocket socket;
    QSignalSpy gone(&socket, &QTcpSocket::disconnected);
    socket.connectToHost(QHostAddress(QHostAddress::LocalHost), m_port);
    socket.write(get("/api/health"));
    QTRY_COMPARE(gone.size(), 1);
    QVERIFY(!socket.readAll().contains("HTTP"));
    QTRY_COMPARE(m_frontend->openConnections(), 0);
}

void TestApiTls::showsANewCertificateToLaterConnections()
{
    listen();
    const auto before = client();
    QTRY_VERIFY(before->isEncrypted());
    const PemPair renewed = selfSigned({.names = {"DNS:localhost"}});
    m_frontend->setTls(serverSslConfiguration({renewed.certificate, renewed.key}));
    QSslSocket after;
    connect(&after, &QSslSocket::sslErrors, &after, qOverload<>(&QSslSocket::ignoreSslErrors));
    after.connectToHostEncrypted(u"localhost"_s, m_port);
    QTRY_VERIFY(after.isEncrypted());
    QCOMPARE(after.peerCertificate(), QSslCertificate(renewed.certificate));
}

void TestApiTls::monitorNeedsTheVeryCertificate()
{
    listen();
    const auto run = [this](const Fingerprint &certificate, QString &said) {
        MonitorCommand::Options options;
        options.certificate = certificate;
        options.print = [&said](const QString &text) { said += text; };
        options.printError = options.print;
        MonitorCommand command(QUrl(u"https://127.0.0.1:%1"_s.arg(m_port)), options);
        QSignalSpy finished(&command, &MonitorCommand::finished);
        command.start();
        if (!QTest::qWaitFor([&finished] { return finished.size() == 1; }))
            return -1;
        return finished.first().first().toInt();
    };
    QString said;
    QCOMPARE(run(fingerprintOf(m_pair), said), 0);
    said.clear();
    QCOMPARE(run(fingerprintOf(selfSigned()), said), 1);
    QVERIFY2(said.startsWith("frps: cannot read the clients"_L1), qPrintable(said));
}

const frpx::test::TestRegistration registration("tst_apitls", frpx::test::runTest<TestApiTls>);

#include "tst_apitls.moc"
