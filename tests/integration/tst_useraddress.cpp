// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/serversession.h"
#include "frps/accounts/token.h"
#include "frps/app/serverapp.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"
#include "tests/support/framepeer.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"

#include <QSignalSpy>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

using client::ServerSession;

/// A server and its clients in one process, from the user's connection to the local service.
class TestUserAddress : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void tellsTheServiceWhereAUserComesFrom_data() { ways(); }
    void tellsTheServiceWhereAUserComesFrom();
    void passesOnWhatAFrontProxyTells_data() { ways(); }
    void passesOnWhatAFrontProxyTells();
    void letsTheServiceSpeakFirst_data() { ways(); }
    void letsTheServiceSpeakFirst();
    void writesTheHeaderOnceAfterARetry_data() { ways(); }
    void writesTheHeaderOnceAfterARetry();
    void tellsNothingToAClientThatDoesNotAsk_data() { ways(); }
    void tellsNothingToAClientThatDoesNotAsk();
    void countsARelayToItsEnd_data() { ways(); }
    void countsARelayToItsEnd();

private:
    static void ways();
    void startServer(const AccessRules &rules = {});
    /// A client that is online, in the way of the test's row.
    std::unique_ptr<ServerSession> startClient(
        const QString &id, quint16 servicePort, proxyproto::Version version, bool inAdvance);
    /// The next connection of the local service.
    std::unique_ptr<FramePeer> served();
    /// A user with \a bytes to say.
    UniqueFd user(const QByteArray &bytes) const;

    QTemporaryDir m_directory;
    QString m_token;
    std::unique_ptr<ServerApp> m_app;
    std::unique_ptr<QTcpServer> m_service;
};

void TestUserAddress::ways()
{
    QTest::addColumn<int>("version");
    QTest::addColumn<bool>("inAdvance");
    QTest::newRow("v1, waiting connection") << int(proxyproto::Version::V1) << true;
    QTest::newRow("v2, waiting connection") << int(proxyproto::Version::V2) << true;
    QTest::newRow("v1, on request") << int(proxyproto::Version::V1) << false;
    QTest::newRow("v2, on request") << int(proxyproto::Version::V2) << false;
}

void TestUserAddress::initTestCase()
{
    const auto database = Database::open(m_directory.filePath(databaseFileName.toString()));
    QVERIFY(database);
    AccountStore store(**database);
    const PasswordHasher hasher({crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN});
    const Result<QString> hash = hasher.hash("correct horse battery staple"_ba);
    QVERIFY(hash);
    const Result<qint64> id = store.addUser(u"alice@example.com"_s, *hash, false);
    QVERIFY(id);
    m_token = newToken();
    QVERIFY(store.addToken(*id, tokenHash(m_token), tokenPrefix(m_token), {}));
}

void TestUserAddress::init()
{
    m_service = std::make_unique<QTcpServer>();
    QVERIFY(m_service->listen(QHostAddress::LocalHost));
}

void TestUserAddress::cleanup()
{
    m_app.reset();
    m_service.reset();
}

void TestUserAddress::startServer(const AccessRules &rules)
{
    ServerConfig config;
    config.listen = QHostAddress(QHostAddress::LocalHost);
    config.controlPort = config.proxyPort = config.publicPort = config.apiPort = 0;
    config.dataDir = m_directory.path();
    config.relayThreads = 1;
    config.accessRules = rules;
    m_app = std::make_unique<ServerApp>(config);
    QSignalSpy ready(m_app.get(), &ServerApp::ready);
    m_app->start();
    QTRY_COMPARE(ready.size(), 1);
}

std::unique_ptr<ServerSession> TestUserAddress::startClient(
    const QString &id, quint16 servicePort, proxyproto::Version version, bool inAdvance)
{
    client::SessionSettings settings;
    settings.clientId = id;
    settings.controlPort = m_app->ports().control;
    settings.proxyPort = m_app->ports().proxy;
    settings.localPort = servicePort;
    settings.pool =
        inAdvance ? client::WorkConnectionManager::Size{4, 8} : client::WorkConnectionManager::Size{0, 0};
    settings.relayThreads = 1;
    settings.proxyProtocol = version;
    auto session = std::make_unique<ServerSession>(settings);
    session->setToken(m_token);
    session->start();
    if (!QTest::qWaitFor([&session] { return session->state() == ServerSession::State::Online; }))
        qFatal("the client does not come online");
    return session;
}

std::unique_ptr<FramePeer> TestUserAddress::served()
{
    if (!QTest::qWaitFor([this] { return m_service->hasPendingConnections(); }))
        return nullptr;
    return std::make_unique<FramePeer>(m_service->nextPendingConnection());
}

UniqueFd TestUserAddress::user(const QByteArray &bytes) const
{
    UniqueFd fd = connectTo(m_app->ports().publicPort);
    if (fd && !sendAll(fd.get(), bytes))
        fd.reset();
    return fd;
}

void TestUserAddress::tellsTheServiceWhereAUserComesFrom()
{
    QFETCH(const int, version);
    QFETCH(const bool, inAdvance);
    startServer();
    const auto client =
        startClient(u"one"_s, m_service->serverPort(), proxyproto::Version(version), inAdvance);
    const QByteArray said = noise(40'000, 7);
    for (int i = 0; i < 3; ++i) {
        const UniqueFd fd = user(said);
        QVERIFY(fd);
        const QByteArray header =
            proxyproto::encode(proxyproto::Version(version), {net::localOf(fd.get()), net::peerOf(fd.get())});
        const auto service = served();
        QVERIFY(service);
        QCOMPARE(service->raw(header.size()).toHex(' '), header.toHex(' '));
        QCOMPARE(service->raw(said.size()), said);
        service->sendRaw("answer");
        QTRY_VERIFY(!net::isQuiet(fd.get())); // the service needs this thread
        QCOMPARE(receive(fd.get(), 6).bytes, "answer"_ba);
        ::shutdown(fd.get(), SHUT_WR);
        QVERIFY(service->isClosed());
        QVERIFY(service->received().isEmpty());
    }
}

void TestUserAddress::passesOnWhatAFrontProxyTells()
{
    QFETCH(const int, version);
    QFETCH(const bool, inAdvance);
    AccessRules rules;
    rules.frontProxies = *net::CidrList::parse(u"127.0.0.0/8");
    startServer(rules);
    const auto client =
        startClient(u"one"_s, m_service->serverPort(), proxyproto::Version(version), inAdvance);
    const proxyproto::Header told{
        {QHostAddress(u"2001:db8::7"_s), 54321}, {QHostAddress(u"2001:db8::1"_s), 443}};
    const QByteArray header = proxyproto::encode(proxyproto::Version(version), told);
    for (const auto front : {proxyproto::Version::V1, proxyproto::Version::V2}) {
        const UniqueFd fd = user(proxyproto::encode(front, told) + "hello");
        QVERIFY(fd);
        const auto service = served();
        QVERIFY(service);
        QCOMPARE(service->raw(header.size() + 5), header + "hello");
    }
}

void TestUserAddress::letsTheServiceSpeakFirst()
{
    QFETCH(const int, version);
    QFETCH(const bool, inAdvance);
    startServer();
    const auto client =
        startClient(u"one"_s, m_service->serverPort(), proxyproto::Version(version), inAdvance);
    const UniqueFd fd = user({});
    const QByteArray header =
        proxyproto::encode(proxyproto::Version(version), {net::localOf(fd.get()), net::peerOf(fd.get())});
    const auto service = served();
    QVERIFY(service);
    QCOMPARE(service->raw(header.size()), header);
    service->sendRaw("220 ready");
    QTRY_VERIFY(!net::isQuiet(fd.get())); // the server needs this thread
    QCOMPARE(receive(fd.get(), 9).bytes, "220 ready"_ba);
}

void TestUserAddress::writesTheHeaderOnceAfterARetry()
{
    QFETCH(const int, version);
    QFETCH(const bool, inAdvance);
    startServer();
    QTcpServer closed;
    QVERIFY(closed.listen(QHostAddress::LocalHost));
    const quint16 nobody = closed.serverPort();
    closed.close();
    const auto works =
        startClient(u"works"_s, m_service->serverPort(), proxyproto::Version(version), inAdvance);
    const auto fails = startClient(u"fails"_s, nobody, proxyproto::Version(version), inAdvance);
    // Each user meets the one that fails first with a chance of one half.
    for (int i = 0; i < 16; ++i) {
        const UniqueFd fd = user("hello"_ba);
        const QByteArray header =
            proxyproto::encode(proxyproto::Version(version), {net::localOf(fd.get()), net::peerOf(fd.get())});
        const auto service = served();
        QVERIFY(service);
        QCOMPARE(service->raw(header.size() + 5), header + "hello");
        ::shutdown(fd.get(), SHUT_WR);
        QVERIFY(service->isClosed());
        QVERIFY(service->received().isEmpty());
    }
}

void TestUserAddress::tellsNothingToAClientThatDoesNotAsk()
{
    QFETCH(const bool, inAdvance);
    startServer();
    const auto client = startClient(u"one"_s, m_service->serverPort(), proxyproto::Version::None, inAdvance);
    const UniqueFd fd = user("hello"_ba);
    const auto service = served();
    QVERIFY(service);
    QCOMPARE(service->raw(5), "hello"_ba);
}

void TestUserAddress::countsARelayToItsEnd()
{
    QFETCH(const bool, inAdvance);
    AccessRules rules;
    rules.maxPerSource = 1;
    startServer(rules);
    const auto client = startClient(u"one"_s, m_service->serverPort(), proxyproto::Version::None, inAdvance);
    for (int i = 0; i < 3; ++i) {
        UniqueFd first;
        const auto isServed = [this, &first] {
            first = user({});
            const auto isDecided = [this, &first] {
                return m_service->hasPendingConnections() || !net::isQuiet(first.get());
            };
            return QTest::qWaitFor(isDecided) && m_service->hasPendingConnections();
        };
        QVERIFY(QTest::qWaitFor(isServed)); // the place of the one before is free once his relay has ended
        const auto service = served();
        QVERIFY(sendAll(first.get(), "hello"));
        QCOMPARE(service->raw(5), "hello"_ba);
        const UniqueFd second = user({});
        QTRY_VERIFY(!net::isQuiet(second.get()));
        QVERIFY(receiveAll(second.get()).ending != Ending::TimedOut);
        service->sendRaw("still here");
        QTRY_VERIFY(!net::isQuiet(first.get()));
        QCOMPARE(receive(first.get(), 10).bytes, "still here"_ba);
    }
}

const frpx::test::TestRegistration registration("tst_useraddress", frpx::test::runTest<TestUserAddress>);

#include "tst_useraddress.moc"
