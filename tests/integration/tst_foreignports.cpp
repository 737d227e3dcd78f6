// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/throttledlog.h"
#include "common/tls/sslsettings.h"
#include "frpc/cli/trustcommand.h"
#include "frpc/config/clientconfig.h"
#include "frpc/session/discovery.h"
#include "frpc/session/serversession.h"
#include "frps/app/serverapp.h"
#include "tests/support/framepeer.h"
#include "tests/support/frames.h"
#include "tests/support/testca.h"
#include "tests/support/testregistry.h"

#include <QRegularExpression>
#include <QSignalSpy>
#include <QSslCertificate>
#include <QSslSocket>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <memory>

using namespace frpx;
using namespace frpx::client;
using namespace frpx::test;
using namespace Qt::StringLiterals;

using State = ServerSession::State;

namespace {

constexpr auto secret = "not for strangers"_L1;

/// A port of something else: greets, answers what it is told, or hangs up on it.
class Stranger : public QTcpServer
{
public:
    QByteArray greeting;
    int greetsAfterMs = 0;
    QByteArray answer;
    bool hangsUp = false; ///< on the first byte, or at once without a greeting and an answer
    std::optional<QSslConfiguration> tls;

    QByteArray heard;
    int connections = 0;

    Stranger() { listen(QHostAddress::LocalHost); }

protected:
    void incomingConnection(qintptr descriptor) override
    {
        ++connections;
        QTcpSocket *socket = tls ? secured(descriptor) : new QTcpSocket(this);
        if (!tls)
            socket->setSocketDescriptor(descriptor);
        connect(socket, &QTcpSocket::readyRead, socket, [this, socket] {
            heard += socket->readAll();
            if (!answer.isEmpty())
                socket->write(answer);
            if (hangsUp)
                socket->disconnectFromHost();
        });
        if (!greeting.isEmpty())
            QTimer::singleShot(greetsAfterMs, socket, [this, socket] { socket->write(greeting); });
        else if (hangsUp && answer.isEmpty())
            socket->disconnectFromHost();
    }

private:
    QTcpSocket *secured(qintptr descriptor)
    {
        auto *socket = new QSslSocket(this);
        socket->setSocketDescriptor(descriptor);
        socket->setSslConfiguration(*tls);
        socket->startServerEncryption();
        return socket;
    }
};

const auto httpAnswer = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"_ba;
const auto sshBanner = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"_ba;

} // namespace

/// Clients that are sent to a port that is no control port of frps: they say what is there, tell it nothing
/// that is secret where they can help it, and do not come back every second. And frps, when others come.
class TestForeignPorts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void tellsNothingToWhoSpeaksFirst_data();
    void tellsNothingToWhoSpeaksFirst();
    void tellsNothingToWhoRefusesTheHandshake_data();
    void tellsNothingToWhoRefusesTheHandshake();
    void tellsNothingToWhoGreetsUnderTls();
    void saysWhatAnsweredTheLogin_data();
    void saysWhatAnsweredTheLogin();
    void saysThatALoginHasNoAnswer();
    void staysAwayFromAServerThatWantsTls();
    void knowsThePortsOfTheServerItself_data();
    void knowsThePortsOfTheServerItself();
    void listsAreAskedWithTheSameCare_data();
    void listsAreAskedWithTheSameCare();
    void trustIsOfferedWithTheSameCare();
    void warnsOnceThatThePasswordGoesInClear();
    void warnsOfTheTokenAsWell();
    void listsWarnThatThePasswordGoesInClear();
    void serverSaysWhatHasCome_data();
    void serverSaysWhatHasCome();

private:
    void startSession(quint16 port, TlsSettings::Mode mode, const QString &host = u"127.0.0.1"_s);
    void startServer(bool requireTls = false);
    /// Waits until the session has given up for at least a minute.
    void expectLongPause();

    QTemporaryDir m_directory;
    const TestCa m_ca;
    const PemPair m_pair = m_ca.issue({.names = {"DNS:localhost", "IP:127.0.0.1"}});
    std::unique_ptr<server::ServerApp> m_app;
    std::unique_ptr<ServerSession> m_session;
    bool m_byToken = false;
    QList<Error> m_losses;
    qint64 m_delayMs = 0;
};

void TestForeignPorts::initTestCase()
{
    for (const auto &[name, content] :
        {std::pair(u"c.pem"_s, m_pair.certificate), {u"k.pem"_s, m_pair.key}}) {
        QFile file(m_directory.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
        QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
    }
}

void TestForeignPorts::init()
{
    m_losses.clear();
    m_delayMs = 0;
    m_byToken = false;
    forgetThrottledLines();
}

void TestForeignPorts::cleanup()
{
    m_session.reset();
    m_app.reset();
}

void TestForeignPorts::startServer(bool requireTls)
{
    server::ServerConfig config;
    config.listen = QHostAddress(QHostAddress::LocalHost);
    config.controlPort = config.proxyPort = config.publicPort = config.apiPort = 0;
    config.dataDir = m_directory.path();
    config.relayThreads = 1;
    config.tls.certificateFile = m_directory.filePath(u"c.pem"_s);
    config.tls.keyFile = m_directory.filePath(u"k.pem"_s);
    if (requireTls)
        config.tls.plain = PlainPolicy::Nowhere;
    m_app = std::make_unique<server::ServerApp>(config);
    QSignalSpy ready(m_app.get(), &server::ServerApp::ready);
    m_app->start();
    QTRY_COMPARE(ready.size(), 1);
}

void TestForeignPorts::startSession(quint16 port, TlsSettings::Mode mode, const QString &host)
{
    SessionSettings settings;
    settings.clientId = u"a-client"_s;
    settings.serverHost = host;
    settings.controlPort = port;
    settings.proxyPort = m_app ? m_app->ports().proxy : 1;
    settings.tls.mode = mode;
    settings.tls.pins = {Fingerprint::ofDer(QSslCertificate(m_pair.certificate).toDer())};
    if (mode == TlsSettings::Mode::Off)
        settings.tls.pins.clear();
    settings.relayThreads = 1;
    settings.pool.max = settings.pool.min = 0;
    m_session = std::make_unique<ServerSession>(settings);
    connect(
        m_session.get(), &ServerSession::connectionLost, this, [this](const Error &error, qint64 delayMs) {
            m_losses += error;
            m_delayMs = delayMs;
        });
    if (m_byToken)
        m_session->setToken(secret);
    else
        m_session->setCredentials(u"alice@example.com"_s, secret);
    m_session->start();
}

void TestForeignPorts::expectLongPause()
{
    QTRY_COMPARE(m_losses.size(), 1);
    QCOMPARE(m_session->state(), State::Waiting);
    QVERIFY2(m_delayMs >= 60'000, qPrintable(QString::number(m_delayMs)));
}

void TestForeignPorts::tellsNothingToWhoSpeaksFirst_data()
{
    QTest::addColumn<QByteArray>("greeting");
    QTest::addColumn<int>("afterMs");
    QTest::addColumn<QString>("what");
    QTest::newRow("SSH") << sshBanner << 0 << u"uses SSH"_s;
    QTest::newRow("SSH, after a moment") << sshBanner << 50 << u"uses SSH"_s;
    QTest::newRow("SMTP") << "220 mail.example.org ESMTP\r\n"_ba << 0 << u"uses SMTP or FTP"_s;
    QTest::newRow("unknown") << "hello\r\n"_ba << 0 << u"sends data before the login"_s;
    QTest::newRow("a frame") << frame("\"Ping\""_ba) << 0 << u"sends data before the login"_s;
}

void TestForeignPorts::tellsNothingToWhoSpeaksFirst()
{
    QFETCH(QByteArray, greeting);
    QFETCH(int, afterMs);
    QFETCH(QString, what);
    Stranger stranger;
    stranger.greeting = greeting;
    stranger.greetsAfterMs = afterMs;
    startSession(stranger.serverPort(), TlsSettings::Mode::Off);
    expectLongPause();
    QCOMPARE(int(m_losses.first().code), int(Errc::UnexpectedMessage));
    const QString wanted = u"127.0.0.1:%1 is no control port of frps: the program there %2."_s;
    QCOMPARE(m_losses.first().detail, wanted.arg(stranger.serverPort()).arg(what));
    QTest::qWait(50);
    QCOMPARE(stranger.heard, QByteArray());
    QCOMPARE(stranger.connections, 1);
}

void TestForeignPorts::tellsNothingToWhoRefusesTheHandshake_data()
{
    QTest::addColumn<QByteArray>("greeting");
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<bool>("hangsUp");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("what");
    const int foreign = int(Errc::UnexpectedMessage);
    const int noTls = int(Errc::TlsFailed);
    QTest::newRow("HTTP") << QByteArray() << httpAnswer << true << foreign << u"uses HTTP."_s;
    QTest::newRow("HTTP that stays") << QByteArray() << httpAnswer << false << foreign << u"uses HTTP."_s;
    QTest::newRow("SSH") << sshBanner << QByteArray() << true << foreign << u"uses SSH."_s;
    QTest::newRow("closes") << QByteArray() << QByteArray() << true << noTls << u"Is it the control port"_s;
    QTest::newRow("alert") << QByteArray() << QByteArray::fromHex("15030100020228") << true << noTls
                           << u"Nothing has been sent to it"_s;
    QTest::newRow("nonsense") << QByteArray() << "nonsense"_ba << true << noTls
                              << u"Nothing has been sent to it"_s;
}

void TestForeignPorts::tellsNothingToWhoRefusesTheHandshake()
{
    QFETCH(QByteArray, greeting);
    QFETCH(QByteArray, answer);
    QFETCH(bool, hangsUp);
    QFETCH(int, code);
    QFETCH(QString, what);
    Stranger stranger;
    stranger.greeting = greeting;
    stranger.answer = answer;
    stranger.hangsUp = hangsUp;
    startSession(stranger.serverPort(), TlsSettings::Mode::On);
    QTRY_COMPARE(m_losses.size(), 1);
    QCOMPARE(int(m_losses.first().code), code);
    QVERIFY2(m_losses.first().detail.contains(what), qPrintable(m_losses.first().detail));
    if (code == int(Errc::UnexpectedMessage)) {
        QVERIFY(m_losses.first().detail.contains(u"is no control port of frps"_s));
        QVERIFY(!m_losses.first().detail.contains(u"--tls off"_s));
        expectLongPause();
    }
    QTest::qWait(50);
    QVERIFY(stranger.heard.isEmpty() || stranger.heard.startsWith('\x16'));
    QVERIFY(!stranger.heard.contains(QByteArray(secret.data(), secret.size())));
}

void TestForeignPorts::tellsNothingToWhoGreetsUnderTls()
{
    Stranger stranger;
    stranger.tls = serverSslConfiguration({m_pair.certificate, m_pair.key});
    stranger.greeting = "220 mail.example.org ESMTP\r\n"_ba;
    startSession(stranger.serverPort(), TlsSettings::Mode::On);
    // Its certificate is the right one here: what it says may come before the login or behind it.
    expectLongPause();
    QVERIFY2(m_losses.first().detail.contains(u"SMTP or FTP"_s), qPrintable(m_losses.first().detail));
}

void TestForeignPorts::saysWhatAnsweredTheLogin_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("what");
    QTest::newRow("HTTP") << httpAnswer << u"The peer uses HTTP, not the protocol of frpx."_s;
    QTest::newRow("TLS") << QByteArray::fromHex("15030100020246")
                         << u"The peer uses TLS, not the protocol of frpx."_s;
    QTest::newRow("unknown") << "-ERR unknown command\r\n"_ba << u"A frame of "_s;
}

void TestForeignPorts::saysWhatAnsweredTheLogin()
{
    QFETCH(QByteArray, answer);
    QFETCH(QString, what);
    Stranger stranger;
    stranger.answer = answer;
    stranger.hangsUp = true;
    startSession(stranger.serverPort(), TlsSettings::Mode::Auto, u"localhost"_s);
    m_session.reset();
    startSession(stranger.serverPort(), TlsSettings::Mode::Off);
    expectLongPause();
    const QString detail = m_losses.first().detail;
    QVERIFY2(detail.startsWith(
                 u"127.0.0.1:%1 is no control port of frps: %2"_s.arg(stranger.serverPort()).arg(what)),
        qPrintable(detail));
}

void TestForeignPorts::saysThatALoginHasNoAnswer()
{
    Stranger stranger;
    stranger.hangsUp = true;
    startSession(stranger.serverPort(), TlsSettings::Mode::Off);
    QTRY_COMPARE(m_losses.size(), 1);
    const QString detail = m_losses.first().detail;
    QVERIFY2(detail.contains(u"Is it the control port of frps?"_s), qPrintable(detail));
    QVERIFY(m_delayMs < 5000); // a server that is just being restarted does the same
}

void TestForeignPorts::staysAwayFromAServerThatWantsTls()
{
    startServer(true);
    startSession(m_app->ports().control, TlsSettings::Mode::Off);
    expectLongPause();
    QVERIFY2(m_losses.first().detail.contains(u"wants an encrypted connection"_s),
        qPrintable(m_losses.first().detail));
}

void TestForeignPorts::knowsThePortsOfTheServerItself_data()
{
    QTest::addColumn<QString>("port");
    QTest::addColumn<int>("mode");
    QTest::addColumn<QString>("what");
    const int on = int(TlsSettings::Mode::On);
    const int off = int(TlsSettings::Mode::Off);
    QTest::newRow("proxy, plain") << u"proxy"_s << off << u"is usually the proxy port of frps"_s;
    QTest::newRow("proxy, TLS") << u"proxy"_s << on << u"is usually the proxy port of frps"_s;
    QTest::newRow("API, plain") << u"API"_s << off << u"HTTP"_s;
    QTest::newRow("API, TLS") << u"API"_s << on << u"HTTP"_s;
    QTest::newRow("public, plain") << u"public"_s << off << u"Is it the control port of frps?"_s;
    QTest::newRow("public, TLS") << u"public"_s << on << u"Is it the control port of frps?"_s;
}

void TestForeignPorts::knowsThePortsOfTheServerItself()
{
    QFETCH(QString, port);
    QFETCH(int, mode);
    QFETCH(QString, what);
    startServer();
    const auto ports = m_app->ports();
    startSession(port == u"proxy"_s ? ports.proxy
            : port == u"API"_s      ? ports.api
                                    : ports.publicPort,
        TlsSettings::Mode(mode));
    QTRY_COMPARE_WITH_TIMEOUT(m_losses.size(), 1, 10'000);
    QVERIFY2(m_losses.first().detail.contains(what), qPrintable(m_losses.first().detail));
}

void TestForeignPorts::listsAreAskedWithTheSameCare_data()
{
    QTest::addColumn<QByteArray>("greeting");
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("mode");
    QTest::addColumn<QString>("what");
    const int on = int(TlsSettings::Mode::On);
    const int off = int(TlsSettings::Mode::Off);
    QTest::newRow("SSH, plain") << sshBanner << QByteArray() << off << u"SSH"_s;
    QTest::newRow("SSH, TLS") << sshBanner << QByteArray() << on << u"SSH"_s;
    QTest::newRow("HTTP, plain") << QByteArray() << httpAnswer << off << u"HTTP"_s;
    QTest::newRow("HTTP, TLS") << QByteArray() << httpAnswer << on << u"HTTP"_s;
}

void TestForeignPorts::listsAreAskedWithTheSameCare()
{
    QFETCH(QByteArray, greeting);
    QFETCH(QByteArray, answer);
    QFETCH(int, mode);
    QFETCH(QString, what);
    Stranger stranger;
    stranger.greeting = greeting;
    stranger.answer = answer;
    stranger.hangsUp = true;
    Discovery::Target target;
    target.controlPort = stranger.serverPort();
    target.tls.mode = TlsSettings::Mode(mode);
    target.email = u"alice@example.com"_s;
    target.password = secret;
    Discovery discovery(target);
    QList<Error> failures;
    connect(&discovery, &Discovery::failed, this, [&failures](const Error &error) { failures += error; });
    discovery.findServices();
    QTRY_COMPARE(failures.size(), 1);
    const QString detail = failures.first().detail;
    QVERIFY2(detail.contains(u"is no control port of frps"_s) && detail.contains(what), qPrintable(detail));
    if (answer.isEmpty() || TlsSettings::Mode(mode) == TlsSettings::Mode::On)
        QVERIFY(!stranger.heard.contains(QByteArray(secret.data(), secret.size())));
}

void TestForeignPorts::trustIsOfferedWithTheSameCare()
{
    Stranger stranger;
    stranger.answer = httpAnswer;
    stranger.hangsUp = true;
    ClientConfig config;
    config.session.controlPort = stranger.serverPort();
    config.session.tls.mode = TlsSettings::Mode::On;
    config.session.tls.knownServersFile = m_directory.filePath(u"known"_s);
    int asked = 0;
    TrustCommand command(config, [&asked](const ServerCertificate &) -> Result<bool> {
        ++asked;
        return true;
    });
    QList<Error> failures;
    connect(&command, &TrustCommand::failed, this, [&failures](const Error &error) { failures += error; });
    command.start();
    QTRY_COMPARE(failures.size(), 1);
    QVERIFY2(failures.first().detail.contains(u"uses HTTP"_s), qPrintable(failures.first().detail));
    QCOMPARE(asked, 0);
}

void TestForeignPorts::warnsOnceThatThePasswordGoesInClear()
{
    Stranger stranger;
    stranger.close();
    QVERIFY(stranger.listen(QHostAddress(QHostAddress::AnyIPv4)));
    stranger.answer = QByteArray("\0\0\0\x02{}", 6); // a server that is out of order: it is tried again
    static QStringList warnings;
    warnings.clear();
    const QtMessageHandler before =
        qInstallMessageHandler([](QtMsgType type, const QMessageLogContext &, const QString &text) {
            if (type == QtWarningMsg)
                warnings << text;
        });
    // Leads to this machine, which only the system knows.
    startSession(stranger.serverPort(), TlsSettings::Mode::Off, u"0.0.0.0"_s);
    const bool again = QTest::qWaitFor([this] { return m_losses.size() >= 2; }, 10'000);
    qInstallMessageHandler(before);
    QVERIFY2(again, qPrintable(warnings.join(u'\n')));
    const QString wanted = u"the password goes in clear to 0.0.0.0:%1"_s.arg(stranger.serverPort());
    QVERIFY2(warnings.first().contains(wanted), qPrintable(warnings.first())); // before it logs in
    QCOMPARE(warnings.filter(wanted).size(), 1);
}

void TestForeignPorts::warnsOfTheTokenAsWell()
{
    Stranger stranger;
    stranger.close();
    QVERIFY(stranger.listen(QHostAddress(QHostAddress::AnyIPv4)));
    m_byToken = true;
    QTest::ignoreMessage(QtWarningMsg,
        QRegularExpression(
            u"the login token goes in clear to 0\\.0\\.0\\.0:%1"_s.arg(stranger.serverPort())));
    startSession(stranger.serverPort(), TlsSettings::Mode::Off, u"0.0.0.0"_s);
    QTRY_COMPARE(m_session->state(), State::LoggingIn);
}

void TestForeignPorts::listsWarnThatThePasswordGoesInClear()
{
    Stranger stranger;
    stranger.close();
    QVERIFY(stranger.listen(QHostAddress(QHostAddress::AnyIPv4)));
    stranger.answer = httpAnswer;
    Discovery::Target target;
    target.host = u"0.0.0.0"_s;
    target.controlPort = stranger.serverPort();
    target.tls.mode = TlsSettings::Mode::Off;
    target.email = u"alice@example.com"_s;
    target.password = secret;
    Discovery discovery(target);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"the password goes in clear to 0\\.0\\.0\\.0:"_s));
    QSignalSpy failed(&discovery, &Discovery::failed);
    discovery.findFreePorts();
    QTRY_COMPARE(failed.size(), 1);
}

void TestForeignPorts::serverSaysWhatHasCome_data()
{
    QTest::addColumn<bool>("atProxyPort");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("line");
    const auto request = "GET / HTTP/1.1\r\nHost: frps\r\n\r\n"_ba;
    QTest::newRow("HTTP, control") << false << request
                                   << u"A control connection .* is gone: The peer uses HTTP"_s;
    QTest::newRow("SSH, control") << false << sshBanner
                                  << u"A control connection .* is gone: The peer uses SSH"_s;
    QTest::newRow("HTTP, proxy") << true << request << u"Work connection .* refused: The peer uses HTTP"_s;
    QTest::newRow("SSH, proxy") << true << sshBanner << u"Work connection .* refused: The peer uses SSH"_s;
    const auto noHello = QByteArray::fromHex("16030100050100000101");
    QTest::newRow("TLS, control") << false << noHello << u"A TLS handshake with .* failed"_s;
    QTest::newRow("TLS, proxy") << true << noHello << u"Work connection .* refused"_s;
}

void TestForeignPorts::serverSaysWhatHasCome()
{
    QFETCH(bool, atProxyPort);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, line);
    startServer();
    static QStringList lines;
    lines.clear();
    const QtMessageHandler before = qInstallMessageHandler(
        [](QtMsgType, const QMessageLogContext &, const QString &text) { lines << text; });
    FramePeer peer(atProxyPort ? m_app->ports().proxy : m_app->ports().control);
    peer.sendRaw(bytes);
    const QRegularExpression wanted(line);
    const bool said = QTest::qWaitFor([&wanted] { return !lines.filter(wanted).isEmpty(); });
    qInstallMessageHandler(before);
    QVERIFY2(said, qPrintable(lines.join(u'\n')));
    QVERIFY(peer.isClosed());
}

const frpx::test::TestRegistration registration("tst_foreignports", frpx::test::runTest<TestForeignPorts>);

#include "tst_foreignports.moc"
