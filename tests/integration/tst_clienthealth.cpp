// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/serversession.h"
#include "frps/app/serverapp.h"
#include "tests/support/framepeer.h"
#include "tests/support/httpservice.h"
#include "tests/support/process.h"
#include "tests/support/testregistry.h"

#include <QJsonArray>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSet>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <memory>

using namespace frpx;
using namespace frpx::client;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// A server and two clients of it in one process, each with a service whose health the test decides.
class TestClientHealth : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void keepsUsersFromAnUnhealthyClient();
    void servesUsersThoughAllAreUnhealthy();
    void tellsEachServerAnew();
    void takesWordsFromAnyClient();

private:
    struct Client
    {
        explicit Client(const QByteArray &name)
            : service(name)
        { }
        HttpService service;
        std::unique_ptr<ServerSession> session;
    };

    void startServer();
    void startClient(Client &client);
    /// Who answers so many users at once; with an empty name when one of them gets no answer.
    QSet<QByteArray> ask(int users);
    /// What the API tells of the client.
    QJsonObject told(const Client &client);

    QTemporaryDir m_directory;
    QString m_token; ///< once somebody has logged in
    std::unique_ptr<ServerApp> m_app;
    QList<quint16> m_links; ///< the ports clients connect to, which stay the same for a server's successor
    PortsView m_ports;
    std::unique_ptr<Client> m_a;
    std::unique_ptr<Client> m_b;
    QNetworkAccessManager m_network;
};

void TestClientHealth::startServer()
{
    ServerConfig config;
    config.listen = QHostAddress(QHostAddress::LocalHost);
    config.controlPort = m_links.at(0);
    config.proxyPort = m_links.at(1);
    config.publicPort = config.apiPort = 0;
    config.dataDir = m_directory.path();
    config.relayThreads = 1;
    m_app = std::make_unique<ServerApp>(config);
    QSignalSpy ready(m_app.get(), &ServerApp::ready);
    m_app->start();
    QTRY_COMPARE_WITH_TIMEOUT(ready.size(), 1, 20'000);
    m_ports = m_app->ports();
}

void TestClientHealth::startClient(Client &client)
{
    QVERIFY(client.service.start());
    SessionSettings settings;
    settings.clientId = QString::fromLatin1(client.service.name());
    settings.controlPort = m_ports.control;
    settings.proxyPort = m_ports.proxy;
    settings.localPort = client.service.port();
    settings.relayThreads = 1;
    settings.health.kind = HealthCheck::Kind::Http;
    settings.health.path = "/health"_ba;
    settings.health.intervalMs = 50;
    client.session = std::make_unique<ServerSession>(settings);
    if (m_token.isEmpty())
        client.session->setCredentials(u"test@example.com"_s, u"123456"_s); // the demo account
    else
        client.session->setToken(m_token); // much faster
    connect(client.session.get(), &ServerSession::tokenIssued, this,
        [this](const QString &token) { m_token = token; });
    client.session->start();
    QTRY_COMPARE_WITH_TIMEOUT(client.session->state(), ServerSession::State::Online, 20'000);
}

void TestClientHealth::init()
{
    m_links = freePorts(2);
    startServer();
    m_a = std::make_unique<Client>("a"_ba);
    m_b = std::make_unique<Client>("b"_ba);
    startClient(*m_a);
    startClient(*m_b);
}

void TestClientHealth::cleanup()
{
    m_a.reset();
    m_b.reset();
    m_app.reset();
}

QSet<QByteArray> TestClientHealth::ask(int users)
{
    std::vector<std::unique_ptr<FramePeer>> all;
    for (int i = 0; i < users; ++i) {
        all.push_back(std::make_unique<FramePeer>(m_ports.publicPort));
        all.back()->sendRaw("GET / HTTP/1.1\r\n\r\n"_ba);
    }
    QSet<QByteArray> names;
    for (const auto &user : all)
        names +=
            user->isClosed() ? user->received().last(std::min<qsizetype>(user->received().size(), 1)) : ""_ba;
    return names; // each body is a service's name
}

QJsonObject TestClientHealth::told(const Client &client)
{
    const QString path = u"http://127.0.0.1:%1/api/clients/%2"_s.arg(m_ports.api)
                             .arg(QString::fromLatin1(client.service.name()));
    const std::unique_ptr<QNetworkReply> reply(m_network.get(QNetworkRequest(QUrl(path))));
    if (!QTest::qWaitFor([&reply] { return reply->isFinished(); }))
        return {};
    return QJsonDocument::fromJson(reply->readAll()).object().value("data"_L1).toObject();
}

void TestClientHealth::keepsUsersFromAnUnhealthyClient()
{
    QCOMPARE(told(*m_a).value("healthy"_L1), QJsonValue(true));
    QVERIFY(told(*m_a).value("health_detail"_L1).isNull());
    // A fair coin falls on one side sixty times less than once in 10^17 runs.
    QCOMPARE(ask(60), (QSet{"a"_ba, "b"_ba}));

    QSignalSpy changes(m_a->session.get(), &ServerSession::healthChanged);
    m_a->service.setHealth(500);
    QTRY_COMPARE(told(*m_a).value("healthy"_L1), QJsonValue(false));
    QCOMPARE(told(*m_a).value("health_detail"_L1).toString(), u"GET /health answered 500"_s);
    QCOMPARE(told(*m_b).value("healthy"_L1), QJsonValue(true));
    QCOMPARE(changes.size(), 1);
    QCOMPARE(changes.first(), (QVariantList{false, u"GET /health answered 500"_s}));
    QVERIFY(!m_a->session->isServiceHealthy());
    QCOMPARE(ask(60), QSet{"b"_ba});

    m_a->service.setHealth(200);
    QTRY_COMPARE(told(*m_a).value("healthy"_L1), QJsonValue(true));
    QVERIFY(told(*m_a).value("health_detail"_L1).isNull());
    QCOMPARE(changes.size(), 2);
    QCOMPARE(ask(60), (QSet{"a"_ba, "b"_ba}));
}

void TestClientHealth::servesUsersThoughAllAreUnhealthy()
{
    m_a->service.setHealth(500);
    m_b->service.setHealth(404);
    QTRY_COMPARE(told(*m_a).value("healthy"_L1), QJsonValue(false));
    QTRY_COMPARE(told(*m_b).value("healthy"_L1), QJsonValue(false));
    QCOMPARE(ask(60), (QSet{"a"_ba, "b"_ba}));

    // The only one left, and ill: better than nothing.
    m_b->session->stop();
    QTRY_VERIFY(told(*m_b).isEmpty());
    QCOMPARE(ask(5), QSet{"a"_ba});
    m_a->session->stop();
    QTRY_VERIFY(told(*m_a).isEmpty());
    FramePeer user(m_ports.publicPort);
    QVERIFY(user.isClosed());
    QVERIFY(user.received().isEmpty());
}

void TestClientHealth::tellsEachServerAnew()
{
    m_a->service.setHealth(500);
    QTRY_COMPARE(told(*m_a).value("healthy"_L1), QJsonValue(false));
    QSignalSpy changes(m_a->session.get(), &ServerSession::healthChanged);
    m_app.reset();
    QTRY_COMPARE(m_a->session->state(), ServerSession::State::Waiting);
    startServer();
    QTRY_COMPARE_WITH_TIMEOUT(told(*m_a).value("healthy"_L1), QJsonValue(false), 10'000);
    QTRY_COMPARE_WITH_TIMEOUT(told(*m_b).value("healthy"_L1), QJsonValue(true), 10'000);
    QCOMPARE(ask(20), QSet{"b"_ba});
    QVERIFY(changes.isEmpty()); // nothing new for the client itself
}

void TestClientHealth::takesWordsFromAnyClient()
{
    m_a->session->stop();
    QTRY_VERIFY(told(*m_a).isEmpty());
    FramePeer link(m_ports.control);
    link.send(R"({"LoginByToken":{"token":")" + m_token.toLatin1() + R"("}})");
    QVERIFY(!link.frame(20'000).isEmpty());
    link.send(R"({"Register":{"client_id":"a","features":["health","later-invention"]}})");
    QCOMPARE(link.message(u"RegisterResult"_s).value("features"_L1).toArray(), QJsonArray{u"health"_s});
    QTRY_COMPARE(told(*m_a).value("healthy"_L1), QJsonValue(true));

    link.send(R"({"Health":{"healthy":false}})"); // without a word why
    QTRY_COMPARE(told(*m_a).value("healthy"_L1), QJsonValue(false));
    QVERIFY(told(*m_a).value("health_detail"_L1).isNull());
    link.send(R"({"Health":{"healthy":false,"detail":"out of\nmemory"}})");
    QTRY_COMPARE(told(*m_a).value("health_detail"_L1).toString(), u"out of?memory"_s);

    // Thousands of words in a row: the last one counts, and the others are served meanwhile.
    for (int i = 0; i < 5000; ++i)
        link.send(i % 2 == 0 ? R"({"Health":{"healthy":true}})"_ba : R"({"Health":{"healthy":false}})"_ba);
    QCOMPARE(ask(1), QSet{"b"_ba});
    link.send(R"({"Health":{"healthy":false,"detail":"the last"}})");
    QTRY_COMPARE(told(*m_a).value("health_detail"_L1).toString(), u"the last"_s);
    QCOMPARE(ask(20), QSet{"b"_ba});

    link.send(R"({"Health":{"healthy":"no"}})");
    QVERIFY(link.isClosed());
    QTRY_VERIFY(told(*m_a).isEmpty());
}

const frpx::test::TestRegistration registration("tst_clienthealth", frpx::test::runTest<TestClientHealth>);

#include "tst_clienthealth.moc"
