// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tls/sslsettings.h"
#include "frpc/session/discovery.h"
#include "frpc/session/serversession.h"
#include "frpc/trust/knownservers.h"
#include "frps/accounts/token.h"
#include "frps/app/serverapp.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"
#include "tests/support/framepeer.h"
#include "tests/support/testca.h"
#include "tests/support/testregistry.h"

#include <QFile>
#include <QSignalSpy>
#include <QSslCertificate>
#include <QSslSocket>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace frpx;
using namespace frpx::client;
using namespace frpx::test;
using namespace Qt::StringLiterals;

using State = ServerSession::State;

namespace {

TlsIdentity identityOf(const PemPair &pair)
{
    return {pair.certificate, pair.key};
}

Fingerprint fingerprintOf(const PemPair &pair)
{
    return Fingerprint::ofDer(QSslCertificate(pair.certificate).toDer());
}

/// A port that shakes hands and then listens to what it is told.
class Eavesdropper : public QTcpServer
{
public:
    explicit Eavesdropper(const PemPair &pair)
        : m_configuration(serverSslConfiguration(identityOf(pair)))
    {
        listen(QHostAddress::LocalHost);
    }

    QByteArray heard;
    int connections = 0;

protected:
    void incomingConnection(qintptr descriptor) override
    {
        ++connections;
        auto *socket = new QSslSocket(this);
        socket->setSocketDescriptor(descriptor);
        socket->setSslConfiguration(m_configuration);
        connect(socket, &QSslSocket::readyRead, this, [this, socket] { heard += socket->readAll(); });
        socket->startServerEncryption();
    }

private:
    const QSslConfiguration m_configuration;
};

} // namespace

/// Sessions and discovery on encrypted links to a whole server.
class TestTlsLink : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void goesOnlineByPin();
    void speaksPlainBesideIt();
    void refusesThePlainWhenToldTo();
    void tellsAWrongPinNothing();
    void checksTheCa_data();
    void checksTheCa();
    void asksAboutAnUnknownServer();
    void isTrustedWithoutAFileAsWell();
    void trustsOnFirstUse();
    void refusesAChangedCertificate();
    void acceptsAChangedCertificateOnAPersonsWord();
    void refusesWhenItCannotKnow();
    void tellsAnUnknownServerNothing();
    void neverFallsBackToPlain();
    void givesUpOnASilentHandshake();
    void needsAClientCertificate_data();
    void needsAClientCertificate();
    void comesBackAfterARestart();
    void usesRenewedFiles();
    void keepsItsCertificateWhenFilesAreBad();
    void discoversOnlyAtATrustedServer_data();
    void discoversOnlyAtATrustedServer();

private:
    void startServer(const PemPair &pair);
    QString write(const QString &name, const QByteArray &content) const
    {
        QFile file(m_directory.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("The file cannot be written.");
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        return file.fileName();
    }
    TlsSettings remembering() const
    {
        TlsSettings tls;
        tls.mode = TlsSettings::Mode::On;
        tls.knownServersFile = m_directory.filePath(u"known_servers"_s);
        return tls;
    }
    TlsSettings pinned(const PemPair &pair) const
    {
        TlsSettings tls = remembering();
        tls.pins = {fingerprintOf(pair)};
        return tls;
    }
    KnownServers known() const { return KnownServers(m_directory.filePath(u"known_servers"_s)); }
    /// A session with \a tls, on its way to \a port (the server's, if 0) of \a host.
    void startSession(const TlsSettings &tls, quint16 port = 0, const QString &host = u"127.0.0.1"_s);
    bool isRefused() const { return m_refusals.size() == 1 && m_session->state() == State::Waiting; }

    QTemporaryDir m_directory;
    const TestCa m_ca;
    const PemPair m_pair = m_ca.issue({.names = {"DNS:localhost", "IP:127.0.0.1"}});
    QString m_token;
    server::ServerConfig m_config;
    std::unique_ptr<server::ServerApp> m_app;
    std::unique_ptr<ServerSession> m_session;
    QList<State> m_states;
    QList<Errc> m_refusals;
    QList<Error> m_losses;
    std::vector<ServerCertificate> m_shown;
};

void TestTlsLink::initTestCase()
{
    const auto database = server::Database::open(m_directory.filePath(server::databaseFileName.toString()));
    QVERIFY(database);
    server::AccountStore store(**database);
    const Result<qint64> id = store.addUser(u"alice@example.com"_s, u"no hash"_s, false);
    QVERIFY(id);
    m_token = server::newToken();
    QVERIFY(store.addToken(*id, server::tokenHash(m_token), server::tokenPrefix(m_token), {}));
}

void TestTlsLink::init()
{
    m_config = {};
    m_config.listen = QHostAddress(QHostAddress::Any); // so that 127.0.0.1 comes as an IPv4-mapped address
    m_config.controlPort = m_config.proxyPort = m_config.publicPort = m_config.apiPort = 0;
    m_config.dataDir = m_directory.path();
    m_config.relayThreads = 1;
    m_states.clear();
    m_refusals.clear();
    m_losses.clear();
    m_shown.clear();
    QFile::remove(m_directory.filePath(u"known_servers"_s));
}

void TestTlsLink::cleanup()
{
    m_session.reset();
    m_app.reset();
}

void TestTlsLink::startServer(const PemPair &pair)
{
    m_app.reset();
    m_config.tls.certificateFile = write(u"c.pem"_s, pair.certificate);
    m_config.tls.keyFile = write(u"k.pem"_s, pair.key);
    m_app = std::make_unique<server::ServerApp>(m_config);
    QSignalSpy ready(m_app.get(), &server::ServerApp::ready);
    m_app->start();
    QTRY_COMPARE(ready.size(), 1);
    m_config.controlPort = m_app->ports().control; // also the next time
}

void TestTlsLink::startSession(const TlsSettings &tls, quint16 port, const QString &host)
{
    SessionSettings settings;
    settings.clientId = u"a-client"_s;
    settings.serverHost = host;
    settings.controlPort = port == 0 ? m_app->ports().control : port;
    settings.proxyPort = m_app ? m_app->ports().proxy : 1;
    settings.tls = tls;
    settings.relayThreads = 1;
    settings.connectTimeoutMs = 500;
    settings.pool.max = settings.pool.min = 0;
    m_session = std::make_unique<ServerSession>(settings);
    connect(m_session.get(), &ServerSession::stateChanged, this, [this](State state) { m_states += state; });
    connect(m_session.get(), &ServerSession::serverRefused, this,
        [this](const ServerCertificate &shown, const Error &error) {
            m_shown.push_back(shown);
            m_refusals += error.code;
        });
    connect(m_session.get(), &ServerSession::trustNeeded, this,
        [this](const ServerCertificate &shown) { m_shown.push_back(shown); });
    connect(m_session.get(), &ServerSession::connectionLost, this,
        [this](const Error &error) { m_losses += error; });
    m_session->setToken(m_token);
    m_session->start();
}

void TestTlsLink::goesOnlineByPin()
{
    startServer(m_pair);
    startSession(pinned(m_pair));
    QTRY_COMPARE(m_session->state(), State::Online);
    QCOMPARE(
        m_states, (QList<State>{State::Connecting, State::LoggingIn, State::Registering, State::Online}));
    QVERIFY(!QFile::exists(m_directory.filePath(u"known_servers"_s)));
}

void TestTlsLink::speaksPlainBesideIt()
{
    startServer(m_pair);
    startSession({}); // auto, to this machine
    QTRY_COMPARE(m_session->state(), State::Online);
    FramePeer plain(m_app->ports().control);
    plain.send(R"({"LoginByToken":{"token":")" + m_token.toUtf8() + R"("}})");
    QCOMPARE(plain.message(u"LoginResult"_s).value("success"_L1), QJsonValue(true));
}

void TestTlsLink::refusesThePlainWhenToldTo()
{
    m_config.tls.plain = PlainPolicy::Nowhere;
    startServer(m_pair);
    FramePeer plain(m_app->ports().control);
    plain.send(R"({"LoginByToken":{"token":")" + m_token.toUtf8() + R"("}})");
    const QJsonObject answer = plain.message(u"LoginResult"_s);
    QCOMPARE(answer.value("success"_L1), QJsonValue(false));
    QVERIFY2(answer.value("error"_L1).toString().contains("TLS"_L1),
        qPrintable(answer.value("error"_L1).toString()));
    QVERIFY(plain.isClosed());

    TlsSettings off;
    off.mode = TlsSettings::Mode::Off;
    startSession(off);
    QTRY_COMPARE(m_losses.size(), 1);
    QVERIFY2(m_losses.first().detail.contains("TLS"_L1), qPrintable(m_losses.first().detail));
    startSession(pinned(m_pair));
    QTRY_COMPARE(m_session->state(), State::Online);
}

void TestTlsLink::tellsAWrongPinNothing()
{
    Eavesdropper server(m_pair);
    startSession(pinned(selfSigned()), server.serverPort());
    QTRY_VERIFY(isRefused());
    QCOMPARE(m_refusals.first(), Errc::BadCertificate);
    QCOMPARE(m_shown.front().fingerprint, fingerprintOf(m_pair));
    QTest::qWait(1500); // it does not knock
    QCOMPARE(server.connections, 1);
    QCOMPARE(server.heard, QByteArray());
    QCOMPARE(m_states, (QList<State>{State::Connecting, State::Waiting}));
}

void TestTlsLink::checksTheCa_data()
{
    QTest::addColumn<QByteArrayList>("names");
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("serverName");
    QTest::addColumn<int>("endsInS");
    QTest::addColumn<bool>("ownCa");
    QTest::addColumn<bool>("trusted");
    const QByteArrayList localhost{"DNS:localhost"_ba};
    const QByteArrayList address{"IP:127.0.0.1"_ba};
    const QByteArrayList other{"DNS:frps.example.org"_ba};
    QTest::newRow("name") << localhost << u"localhost"_s << QString() << 3600 << true << true;
    QTest::newRow("address") << address << u"127.0.0.1"_s << QString() << 3600 << true << true;
    QTest::newRow("wrong name") << other << u"localhost"_s << QString() << 3600 << true << false;
    QTest::newRow("wrong address") << localhost << u"127.0.0.1"_s << QString() << 3600 << true << false;
    QTest::newRow("given name") << other << u"127.0.0.1"_s << u"frps.example.org"_s << 3600 << true << true;
    QTest::newRow("wrong given name")
        << localhost << u"localhost"_s << u"frps.example.org"_s << 3600 << true << false;
    QTest::newRow("expired") << localhost << u"localhost"_s << QString() << -60 << true << false;
    QTest::newRow("another CA") << localhost << u"localhost"_s << QString() << 3600 << false << false;
}

void TestTlsLink::checksTheCa()
{
    QFETCH(const QByteArrayList, names);
    QFETCH(const QString, host);
    QFETCH(const QString, serverName);
    QFETCH(const int, endsInS);
    QFETCH(const bool, ownCa);
    QFETCH(const bool, trusted);
    startServer(m_ca.issue({.names = names, .endsInS = endsInS}));
    TlsSettings tls = remembering();
    tls.caPem = ownCa ? m_ca.certificate() : TestCa().certificate();
    tls.serverName = serverName;
    startSession(tls, 0, host);
    if (trusted) {
        QTRY_COMPARE(m_session->state(), State::Online);
    } else {
        QTRY_VERIFY(isRefused());
        QCOMPARE(m_refusals.first(), Errc::BadCertificate);
    }
}

void TestTlsLink::asksAboutAnUnknownServer()
{
    startServer(m_pair);
    startSession(remembering());
    QTRY_COMPARE(m_session->state(), State::NeedsTrust);
    QCOMPARE(m_states, (QList<State>{State::Connecting, State::NeedsTrust}));
    QCOMPARE(m_shown.size(), 1U);
    QCOMPARE(m_shown.front().fingerprint, fingerprintOf(m_pair));
    QCOMPARE(m_shown.front().port, m_app->ports().control);
    QVERIFY(!m_shown.front().remembered);
    QVERIFY(m_losses.isEmpty());

    m_session->trustServer(m_shown.front().fingerprint);
    QTRY_COMPARE(m_session->state(), State::Online);
    QVERIFY(*known().find(u"127.0.0.1"_s, m_app->ports().control) == fingerprintOf(m_pair));

    m_shown.clear();
    startSession(remembering()); // and never again
    QTRY_COMPARE(m_session->state(), State::Online);
    QVERIFY(m_shown.empty());
}

void TestTlsLink::isTrustedWithoutAFileAsWell()
{
    startServer(m_pair);
    TlsSettings tls = remembering();
    tls.knownServersFile.clear();
    startSession(tls);
    QTRY_COMPARE(m_session->state(), State::NeedsTrust);
    m_session->trustServer(m_shown.front().fingerprint);
    QTRY_COMPARE(m_session->state(), State::Online);
    startServer(selfSigned());
    QTRY_COMPARE_WITH_TIMEOUT(m_refusals, QList<Errc>{Errc::ServerChanged}, 10'000);
}

void TestTlsLink::trustsOnFirstUse()
{
    startServer(m_pair);
    TlsSettings tls = remembering();
    tls.trustOnFirstUse = true;
    startSession(tls);
    QTRY_COMPARE(m_session->state(), State::Online);
    QVERIFY(*known().find(u"127.0.0.1"_s, m_app->ports().control) == fingerprintOf(m_pair));
    m_session.reset();
    startServer(selfSigned()); // not the second time
    startSession(tls);
    QTRY_VERIFY(isRefused());
    QCOMPARE(m_refusals.first(), Errc::ServerChanged);
}

void TestTlsLink::refusesAChangedCertificate()
{
    Eavesdropper server(m_pair);
    const Fingerprint before = Fingerprint::ofDer("before"_ba);
    QVERIFY(known().remember(u"127.0.0.1"_s, server.serverPort(), before));
    startSession(remembering(), server.serverPort());
    QTRY_VERIFY(isRefused());
    QCOMPARE(m_refusals.first(), Errc::ServerChanged);
    QVERIFY(m_shown.front().remembered == before);
    QCOMPARE(m_losses.size(), 1);
    QTest::qWait(1500);
    QCOMPARE(server.connections, 1);
    QCOMPARE(server.heard, QByteArray());
    QVERIFY(*known().find(u"127.0.0.1"_s, server.serverPort()) == before);
}

void TestTlsLink::acceptsAChangedCertificateOnAPersonsWord()
{
    startServer(m_pair);
    QVERIFY(known().remember(u"127.0.0.1"_s, m_app->ports().control, Fingerprint::ofDer("before"_ba)));
    startSession(remembering());
    QTRY_VERIFY(isRefused());
    m_session->trustServer(m_shown.front().fingerprint);
    QTRY_COMPARE(m_session->state(), State::Online);
}

void TestTlsLink::refusesWhenItCannotKnow()
{
    Eavesdropper server(m_pair);
    write(u"known_servers"_s, "damaged\n"_ba);
    startSession(remembering(), server.serverPort());
    QTRY_VERIFY(isRefused());
    QCOMPARE(m_refusals.first(), Errc::Storage);
    QCOMPARE(server.heard, QByteArray());
}

void TestTlsLink::tellsAnUnknownServerNothing()
{
    Eavesdropper server(m_pair);
    startSession(remembering(), server.serverPort());
    QTRY_COMPARE(m_session->state(), State::NeedsTrust);
    QTRY_COMPARE(server.connections, 1);
    QTest::qWait(50);
    QCOMPARE(server.heard, QByteArray());
    m_session->trustServer(m_shown.front().fingerprint);
    QTRY_VERIFY(server.heard.contains(m_token.toUtf8()));
}

void TestTlsLink::neverFallsBackToPlain()
{
    QTcpServer original; // takes the hello for a frame that is too long, and hangs up
    QVERIFY(original.listen(QHostAddress::LocalHost));
    QByteArray heard;
    int links = 0;
    connect(&original, &QTcpServer::newConnection, this, [&] {
        ++links;
        QTcpSocket *socket = original.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [&heard, socket] {
            heard += socket->readAll();
            socket->disconnectFromHost();
        });
    });
    startSession(pinned(m_pair), original.serverPort());
    QTRY_COMPARE(m_losses.size(), 1);
    QCOMPARE(m_losses.first().code, Errc::TlsFailed);
    QVERIFY2(m_losses.first().detail.contains("--tls off"_L1), qPrintable(m_losses.first().detail));
    QTRY_COMPARE(links, 2); // it tries again, in the same way
    QTRY_COMPARE(m_losses.size(), 2);
    QVERIFY(heard.startsWith('\x16'));
    QVERIFY(!heard.contains(m_token.toUtf8()));
}

void TestTlsLink::givesUpOnASilentHandshake()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    startSession(pinned(m_pair), silent.serverPort());
    QTRY_COMPARE(m_losses.size(), 1);
    QCOMPARE(m_losses.first().code, Errc::Timeout);
}

void TestTlsLink::needsAClientCertificate_data()
{
    QTest::addColumn<bool>("has");
    QTest::newRow("without") << false;
    QTest::newRow("with") << true;
}

void TestTlsLink::needsAClientCertificate()
{
    QFETCH(const bool, has);
    m_config.tls.clientCaFile = write(u"ca.pem"_s, m_ca.certificate());
    startServer(m_pair);
    TlsSettings tls = pinned(m_pair);
    if (has)
        tls.own = identityOf(m_ca.issue({.forClients = true}));
    startSession(tls);
    if (has) {
        QTRY_COMPARE(m_session->state(), State::Online);
    } else {
        QTRY_COMPARE(m_losses.size(), 1);
        QVERIFY2(
            m_losses.first().detail.contains("client certificate"_L1), qPrintable(m_losses.first().detail));
    }
}

void TestTlsLink::comesBackAfterARestart()
{
    startServer(m_pair);
    startSession(pinned(m_pair));
    QTRY_COMPARE(m_session->state(), State::Online);
    startServer(m_pair);
    QTRY_VERIFY(!m_losses.isEmpty()); // more than one if it asks while the server is away
    QTRY_COMPARE_WITH_TIMEOUT(m_session->state(), State::Online, 10'000);
}

void TestTlsLink::usesRenewedFiles()
{
    startServer(m_pair);
    startSession(pinned(m_pair));
    QTRY_COMPARE(m_session->state(), State::Online);
    const PemPair renewed = selfSigned();
    write(u"c.pem"_s, renewed.certificate);
    write(u"k.pem"_s, renewed.key);
    const QString done = m_app->apply(m_config);
    QVERIFY2(done.contains(fingerprintOf(renewed).toString()), qPrintable(done));
    QCOMPARE(m_session->state(), State::Online);
    startSession(pinned(renewed));
    QTRY_COMPARE(m_session->state(), State::Online);
}

void TestTlsLink::keepsItsCertificateWhenFilesAreBad()
{
    startServer(m_pair);
    write(u"k.pem"_s, selfSigned().key);
    const QString done = m_app->apply(m_config);
    QVERIFY2(done.contains("is not the one of"_L1), qPrintable(done));
    startSession(pinned(m_pair));
    QTRY_COMPARE(m_session->state(), State::Online);
}

void TestTlsLink::discoversOnlyAtATrustedServer_data()
{
    QTest::addColumn<bool>("trusted");
    QTest::newRow("trusted") << true;
    QTest::newRow("not trusted") << false;
}

void TestTlsLink::discoversOnlyAtATrustedServer()
{
    QFETCH(const bool, trusted);
    startServer(m_pair);
    Discovery::Target target;
    target.controlPort = m_app->ports().control;
    target.token = m_token;
    target.tls = trusted ? pinned(m_pair) : remembering();
    Discovery discovery(target);
    QSignalSpy found(&discovery, &Discovery::servicesFound);
    QSignalSpy failed(&discovery, &Discovery::failed);
    std::optional<Errc> refusal;
    connect(&discovery, &Discovery::serverRefused, this,
        [&refusal](const ServerCertificate &, const Error &error) { refusal = error.code; });
    discovery.findServices();
    if (trusted) {
        QTRY_COMPARE(found.size(), 1);
        QVERIFY(!refusal);
    } else {
        QTRY_VERIFY(refusal == Errc::UnknownServer);
        QCOMPARE(found.size(), 0);
    }
    QCOMPARE(failed.size(), 0);
}

const frpx::test::TestRegistration registration("tst_tlslink", frpx::test::runTest<TestTlsLink>);

#include "tst_tlslink.moc"
