// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/token.h"
#include "frps/app/serverapp.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"
#include "tests/support/framepeer.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

constexpr auto alicePassword = "correct horse battery staple"_L1;

QByteArray registration(const QByteArray &clientId)
{
    return R"({"Register":{"client_id":")" + clientId + R"("}})";
}

/// As our own client registers: it is one process and understands everything.
QByteArray registration(const QByteArray &clientId, const QByteArray &instance)
{
    return R"({"Register":{"client_id":")" + clientId + R"(","instance":")" + instance
        + R"(","features":["heartbeat-ack","conn-failed","ping","disconnect","drain","later-invention"]}})";
}

QByteArray connFailed(const QString &id)
{
    return R"({"ProxyConnFailed":{"proxy_conn_id":")" + id.toUtf8() + R"(","reason":"service is down"}})";
}

QByteArray introduction(const QString &id)
{
    return R"({"NewProxyConn":{"proxy_conn_id":")" + id.toUtf8() + R"("}})";
}

} // namespace

class TestServerApp : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void servesAUserThroughAnOriginalClient();
    void refusesWrongLogins();
    void refusesMessagesOutOfTurn_data();
    void refusesMessagesOutOfTurn();
    void closesUsersWithoutClients();
    void speaksTheExtensionsItsClientKnows();
    void refusesTheIdOfAnotherUser();
    void refusesANewcomerWhileTheOlderAnswers();
    void refusesANewcomerWhileTheOriginalOlderDialsIn();
    void replacesASilentSession_data();
    void replacesASilentSession();
    void replacesTheSameInstanceAtOnce();
    void givesTheIdToTheNewcomerWhenTheOlderLeaves();
    void forgetsANewcomerThatLeavesDuringTheProbe();
    void passesAUserOnWhenAClientCannotServe();
    void passesAUserOnWhenALinkIsLost();
    void passesAUserOnWhenAClientDoesNotDialIn();
    void closesAUserWhenNobodyCanServe();
    void closesUnknownAndUsedWorkConnections();
    void closesBadWorkConnections_data();
    void closesBadWorkConnections();
    void dropsAUserNobodyDialsInFor();
    void keepsRelaysWhenAClientLeaves();
    void disconnectsByTheApi();
    void letsAClientLeave();
    void givesTheIdOfALeavingClientToItsSuccessor();
    void sparesADrainedClient();
    void drainsBeforeItStops();
    void drainsAUserWhoseHeaderIsDue();
    void drainsAtOnceWithNobodyThere();
    void mayBeDestroyedAtAnyMoment();

private:
    /// A link that has logged in by token.
    std::unique_ptr<FramePeer> loggedIn(const QString &token);
    /// A registered client. With \a instance one of ours, else an original.
    std::unique_ptr<FramePeer> client(
        const QString &token, const QByteArray &clientId, const QByteArray &instance = {});
    std::unique_ptr<FramePeer> dialIn(const QString &id);
    QJsonObject api(const QString &path, const QByteArray &verb = "GET");
    qint64 stat(const QString &name) { return api(u"/api/stats"_s).value(name).toInteger(-1); }

    QTemporaryDir m_directory;
    QString m_alice; // tokens
    QString m_bob;
    std::unique_ptr<ServerApp> m_app;
    PortsView m_ports;
    QNetworkAccessManager m_network;
};

void TestServerApp::initTestCase()
{
    const auto database = Database::open(m_directory.filePath(databaseFileName.toString()));
    QVERIFY(database);
    AccountStore store(**database);
    const PasswordHasher hasher({crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN});
    const Result<QString> hash = hasher.hash(QByteArray(alicePassword.data(), alicePassword.size()));
    QVERIFY(hash);
    for (auto &[email, token] : {std::pair<QString, QString &>(u"alice@example.com"_s, m_alice),
             std::pair<QString, QString &>(u"bob@example.com"_s, m_bob)}) {
        const Result<qint64> id = store.addUser(email, *hash, false);
        QVERIFY(id);
        token = newToken();
        QVERIFY(store.addToken(*id, tokenHash(token), tokenPrefix(token), {}));
    }
}

void TestServerApp::init()
{
    ServerConfig config;
    config.listen = QHostAddress(QHostAddress::LocalHost);
    config.controlPort = config.proxyPort = config.publicPort = config.apiPort = 0;
    config.dataDir = m_directory.path();
    config.pendingTimeoutS = 2;
    config.relayThreads = 1;
    m_app = std::make_unique<ServerApp>(config);
    QSignalSpy ready(m_app.get(), &ServerApp::ready);
    m_app->start();
    QTRY_COMPARE(ready.size(), 1);
    m_ports = m_app->ports();
}

void TestServerApp::cleanup()
{
    m_app.reset();
}

std::unique_ptr<FramePeer> TestServerApp::loggedIn(const QString &token)
{
    auto peer = std::make_unique<FramePeer>(m_ports.control);
    peer->send(R"({"LoginByToken":{"token":")" + token.toUtf8() + R"("}})");
    if (peer->frame() != R"({"LoginResult":{"success":true,"error":null,"token":null}})")
        qFatal("the login failed");
    return peer;
}

std::unique_ptr<FramePeer> TestServerApp::client(
    const QString &token, const QByteArray &clientId, const QByteArray &instance)
{
    auto peer = loggedIn(token);
    peer->send(instance.isEmpty() ? registration(clientId) : registration(clientId, instance));
    if (!peer->message(u"RegisterResult"_s).value("success"_L1).toBool())
        qFatal("the registration failed");
    return peer;
}

std::unique_ptr<FramePeer> TestServerApp::dialIn(const QString &id)
{
    auto peer = std::make_unique<FramePeer>(m_ports.proxy);
    peer->send(introduction(id));
    return peer;
}

QJsonObject TestServerApp::api(const QString &path, const QByteArray &verb)
{
    const QNetworkRequest request(QUrl(u"http://127.0.0.1:%1%2"_s.arg(m_ports.api).arg(path)));
    const std::unique_ptr<QNetworkReply> reply(m_network.sendCustomRequest(request, verb));
    if (!QTest::qWaitFor([&reply] { return reply->isFinished(); }))
        return {};
    return QJsonDocument::fromJson(reply->readAll()).object().value("data"_L1).toObject();
}

void TestServerApp::servesAUserThroughAnOriginalClient()
{
    FramePeer link(m_ports.control);
    link.send(
        R"({"Login":{"email":"alice@example.com","pass":")" + QByteArray(alicePassword.data()) + R"("}})");
    const QJsonObject login = link.message(u"LoginResult"_s, 15'000);
    QVERIFY(login.value("success"_L1).toBool());
    QVERIFY(login.value("error"_L1).isNull());
    QCOMPARE(login.value("token"_L1).toString().size(), 64);
    link.send(registration("original"));
    QCOMPARE(link.frame(), R"({"RegisterResult":{"success":true,"error":null}})"_ba);
    link.send(R"("Heartbeat")");
    link.send(R"({"Heartbeat":{"models":null}})");
    link.send(R"({"SystemInfo":{"cpu_usage":1.5,"memory_usage":20.0,"disk_usage":30.0}})");

    FramePeer user(m_ports.publicPort);
    user.sendRaw("GET / HTTP/1.0\r\n\r\n");
    const QString id = link.requestedId();
    QCOMPARE(id.size(), 36);
    const auto work = dialIn(id);
    QCOMPARE(work->raw(18), "GET / HTTP/1.0\r\n\r\n"_ba);
    work->sendRaw("HTTP/1.0 200 OK\r\n\r\nhello");
    QCOMPARE(user.raw(24), "HTTP/1.0 200 OK\r\n\r\nhello"_ba);
    user.close();
    QVERIFY(work->isClosed());
    QVERIFY(link.isConnected());
    QVERIFY(link.received().isEmpty()); // nothing an original would not know

    QCOMPARE(stat(u"total_connections"_s), 1);
    QTRY_COMPARE(stat(u"open_connections"_s), 0);
    QCOMPARE(stat(u"pending_connections"_s), 0);
    QCOMPARE(stat(u"active_clients"_s), 1);
    link.close();
    QTRY_COMPARE(stat(u"active_clients"_s), 0);
}

void TestServerApp::refusesWrongLogins()
{
    FramePeer link(m_ports.control);
    const QByteArray wrongToken = R"({"LoginByToken":{"token":")" + QByteArray(64, 'a') + R"("}})";
    for (int i = 0; i < 2; ++i) {
        link.send(wrongToken);
        QCOMPARE(
            link.frame(), R"({"LoginResult":{"success":false,"error":"Invalid token","token":null}})"_ba);
        QVERIFY(link.isConnected());
    }
    link.send(R"({"Login":{"email":"nobody@example.com","pass":"x"}})");
    const QJsonObject third = link.message(u"LoginResult"_s, 15'000);
    QVERIFY(third.value("error"_L1).toString().startsWith("Invalid"_L1)); // said before the door closes
    QVERIFY(link.isClosed());

    // Two are forgiven.
    FramePeer again(m_ports.control);
    again.send(wrongToken);
    QVERIFY(!again.frame().isEmpty());
    again.send(R"({"LoginByToken":{"token":")" + m_alice.toUtf8() + R"("}})");
    QCOMPARE(again.frame(), R"({"LoginResult":{"success":true,"error":null,"token":null}})"_ba);
}

void TestServerApp::refusesMessagesOutOfTurn_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::newRow("register first") << registration("x");
    QTest::newRow("heartbeat first") << R"("Heartbeat")"_ba;
    QTest::newRow("a server's word") << R"({"LoginResult":{"success":true}})"_ba;
    QTest::newRow("nonsense") << "nonsense"_ba;
    QTest::newRow("too long") << QByteArray(5000, ' ');
}

void TestServerApp::refusesMessagesOutOfTurn()
{
    QFETCH(QByteArray, payload);
    FramePeer link(m_ports.control);
    link.send(payload);
    QVERIFY(link.isClosed());
    QVERIFY(link.received().isEmpty());
}

void TestServerApp::closesUsersWithoutClients()
{
    FramePeer user(m_ports.publicPort);
    user.sendRaw("hello");
    QVERIFY(user.isClosed());
    QCOMPARE(stat(u"rejected_no_client"_s), 1);
}

void TestServerApp::speaksTheExtensionsItsClientKnows()
{
    const auto link = loggedIn(m_alice);
    link->send(registration("a", "i"));
    const QJsonObject result = link->message(u"RegisterResult"_s);
    QVERIFY(result.value("success"_L1).toBool());
    QVERIFY(!result.value("features"_L1).toArray().contains("later-invention"_L1));
    link->send(R"("Heartbeat")");
    QCOMPARE(link->frame(), R"("HeartbeatAck")"_ba);
    link->send(R"("Ping")");
    QCOMPARE(link->frame(), R"("Pong")"_ba);
}

void TestServerApp::refusesTheIdOfAnotherUser()
{
    const auto older = client(m_alice, "shared", "one");
    const auto newer = loggedIn(m_bob);
    newer->send(registration("shared", "one")); // even as the same instance
    QCOMPARE(newer->frame(), R"({"RegisterResult":{"success":false,"error":"Client ID already in use"}})"_ba);
    QVERIFY(newer->isClosed());
    QVERIFY(older->isConnected());
    QVERIFY(older->received().isEmpty()); // not even asked
}

void TestServerApp::refusesANewcomerWhileTheOlderAnswers()
{
    const auto older = client(m_alice, "id", "one");
    const auto newer = loggedIn(m_alice);
    newer->send(registration("id", "two"));
    QCOMPARE(older->frame(), R"("Ping")"_ba);
    older->send(R"("Pong")");
    QVERIFY(newer->frame().contains("Client ID already in use"));
    QVERIFY(newer->isClosed());
    QVERIFY(older->isConnected());
}

void TestServerApp::refusesANewcomerWhileTheOriginalOlderDialsIn()
{
    const auto older = client(m_alice, "id");
    const auto newer = loggedIn(m_alice);
    newer->send(registration("id"));
    const auto work = dialIn(older->requestedId());
    QVERIFY(newer->frame().contains("Client ID already in use"));
    QVERIFY(work->isClosed());
    QVERIFY(older->isConnected());
    QCOMPARE(stat(u"total_connections"_s), 0);
}

void TestServerApp::replacesASilentSession_data()
{
    QTest::addColumn<QByteArray>("instance");
    QTest::newRow("original") << QByteArray();
    QTest::newRow("ours") << "one"_ba;
}

void TestServerApp::replacesASilentSession()
{
    QFETCH(QByteArray, instance);
    const auto older = client(m_alice, "id", instance);
    const auto newer = loggedIn(m_alice);
    QElapsedTimer clock;
    clock.start();
    newer->send(registration("id", "two"));
    QVERIFY(newer->message(u"RegisterResult"_s).value("success"_L1).toBool());
    QVERIFY2(
        clock.elapsed() < 8000, qPrintable(QString::number(clock.elapsed()))); // the heartbeat's time is 30 s
    QVERIFY(older->isClosed());

    FramePeer user(m_ports.publicPort);
    const auto work = dialIn(newer->requestedId());
    work->sendRaw("newer");
    QCOMPARE(user.raw(5), "newer"_ba);
    QCOMPARE(stat(u"active_clients"_s), 1);
}

void TestServerApp::replacesTheSameInstanceAtOnce()
{
    const auto older = client(m_alice, "id", "one");
    const auto newer = loggedIn(m_alice);
    newer->send(registration("id", "one"));
    QVERIFY(newer->message(u"RegisterResult"_s, 1000).value("success"_L1).toBool());
    QCOMPARE(older->message(u"Disconnect"_s).value("retry_after_s"_L1).toInt(-1), 0);
    QVERIFY(older->isClosed());
    QCOMPARE(stat(u"active_clients"_s), 1);
}

void TestServerApp::givesTheIdToTheNewcomerWhenTheOlderLeaves()
{
    auto older = client(m_alice, "id", "one");
    const auto newer = loggedIn(m_alice);
    newer->send(registration("id", "two"));
    QCOMPARE(older->frame(), R"("Ping")"_ba);
    older->close();
    QVERIFY(newer->message(u"RegisterResult"_s, 1000).value("success"_L1).toBool());
}

void TestServerApp::forgetsANewcomerThatLeavesDuringTheProbe()
{
    const auto older = client(m_alice, "id", "one");
    const auto newer = loggedIn(m_alice);
    newer->send(registration("id", "two"));
    QCOMPARE(older->frame(), R"("Ping")"_ba);
    newer->close(); // nobody wants the id any more
    QTest::qWait(2200); // the probe's time is over by then
    QVERIFY(older->isConnected());
    QCOMPARE(stat(u"active_clients"_s), 1);
}

void TestServerApp::passesAUserOnWhenAClientCannotServe()
{
    std::unique_ptr<FramePeer> clients[]{client(m_alice, "a", "one"), client(m_alice, "b", "two")};
    for (int i = 0; i < 5; ++i) {
        FramePeer user(m_ports.publicPort);
        user.sendRaw("early");
        QTRY_VERIFY(!clients[0]->received().isEmpty() || !clients[1]->received().isEmpty());
        const size_t first = clients[0]->received().isEmpty() ? 1 : 0;
        const QString id = clients[first]->requestedId();
        clients[first]->send(connFailed(id));
        const QString second = clients[1 - first]->requestedId();
        QVERIFY(!second.isEmpty() && second != id);
        // The first one's word is void by now.
        clients[first]->send(connFailed(second));
        clients[first]->send(R"("Ping")");
        QCOMPARE(clients[first]->frame(), R"("Pong")"_ba);
        const auto late = dialIn(id);
        QVERIFY(late->isClosed());
        const auto work = dialIn(second);
        work->sendRaw("served");
        QCOMPARE(user.raw(6), "served"_ba);
        user.sendRaw(" and more");
        QCOMPARE(work->raw(14), "early and more"_ba);
    }
    QCOMPARE(stat(u"rejected_other"_s), 0);
    QCOMPARE(stat(u"total_connections"_s), 5);
}

void TestServerApp::passesAUserOnWhenALinkIsLost()
{
    std::unique_ptr<FramePeer> clients[]{client(m_alice, "a"), client(m_alice, "b")};
    FramePeer user(m_ports.publicPort);
    user.sendRaw("early");
    QTRY_VERIFY(!clients[0]->received().isEmpty() || !clients[1]->received().isEmpty());
    const size_t first = clients[0]->received().isEmpty() ? 1 : 0;
    clients[first]->close();
    const auto work = dialIn(clients[1 - first]->requestedId());
    QCOMPARE(work->raw(5), "early"_ba);
}

void TestServerApp::passesAUserOnWhenAClientDoesNotDialIn()
{
    std::unique_ptr<FramePeer> clients[]{client(m_alice, "a"), client(m_alice, "b")};
    FramePeer user(m_ports.publicPort);
    user.sendRaw("early");
    QTRY_VERIFY(!clients[0]->received().isEmpty() || !clients[1]->received().isEmpty());
    const size_t first = clients[0]->received().isEmpty() ? 1 : 0;
    const auto work = dialIn(clients[1 - first]->requestedId());
    QCOMPARE(work->raw(5), "early"_ba);
    QVERIFY(user.isConnected());
}

void TestServerApp::closesAUserWhenNobodyCanServe()
{
    const auto only = client(m_alice, "a", "one");
    FramePeer user(m_ports.publicPort);
    only->send(connFailed(only->requestedId()));
    QVERIFY(!only->requestedId().isEmpty()); // it may have been for a moment
    QVERIFY(user.isClosed());
    QCOMPARE(stat(u"rejected_timeout"_s), 1);
    QCOMPARE(stat(u"pending_connections"_s), 0);
}

void TestServerApp::closesUnknownAndUsedWorkConnections()
{
    const auto link = client(m_alice, "a");
    const auto unknown = dialIn(u"00000000-0000-4000-8000-000000000000"_s);
    QVERIFY(unknown->isClosed());
    FramePeer user(m_ports.publicPort);
    const QString id = link->requestedId();
    const auto work = dialIn(id);
    work->sendRaw("first");
    QCOMPARE(user.raw(5), "first"_ba);
    const auto second = dialIn(id);
    second->sendRaw("second");
    QVERIFY(second->isClosed());
    work->sendRaw("again");
    QCOMPARE(user.raw(5), "again"_ba);
}

void TestServerApp::closesBadWorkConnections_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("zero") << QByteArray(4, '\0');
    QTest::newRow("4 GiB") << QByteArray(4, '\xff');
    QTest::newRow("HTTP") << "GET / HTTP/1.1\r\n\r\n"_ba;
    QTest::newRow("no JSON") << QByteArray::fromHex("00000003") + "abc";
    QTest::newRow("another message") << QByteArray::fromHex("0000000b") + R"("Heartbeat")";
    QTest::newRow("says nothing in time") << QByteArray::fromHex("0000");
}

void TestServerApp::closesBadWorkConnections()
{
    QFETCH(QByteArray, bytes);
    FramePeer work(m_ports.proxy);
    work.sendRaw(bytes);
    QVERIFY(work.isClosed(7000));
    QVERIFY(work.received().isEmpty());
}

void TestServerApp::dropsAUserNobodyDialsInFor()
{
    const auto link = client(m_alice, "a");
    QElapsedTimer timer;
    timer.start();
    FramePeer user(m_ports.publicPort);
    const QString id = link->requestedId();
    QCOMPARE(stat(u"pending_connections"_s), 1);
    QVERIFY(user.isClosed(10'000));
    // The attempt is over after half of the time, but there is nobody else: it may still come.
    QVERIFY2(timer.elapsed() >= 1900, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(stat(u"rejected_timeout"_s), 1);
    QCOMPARE(stat(u"pending_connections"_s), 0);
    const auto late = dialIn(id);
    QVERIFY(late->isClosed());
}

void TestServerApp::keepsRelaysWhenAClientLeaves()
{
    const auto link = client(m_alice, "a");
    FramePeer user(m_ports.publicPort);
    const auto work = dialIn(link->requestedId());
    work->sendRaw("x");
    QCOMPARE(user.raw(1), "x"_ba);
    link->close();
    QTRY_COMPARE(stat(u"active_clients"_s), 0);
    user.sendRaw("still here");
    QCOMPARE(work->raw(10), "still here"_ba);
    QCOMPARE(stat(u"open_connections"_s), 1);
}

void TestServerApp::disconnectsByTheApi()
{
    const auto link = client(m_alice, "a", "one");
    QCOMPARE(api(u"/api/clients/a"_s, "DELETE").value("action"_L1).toString(), u"disconnected"_s);
    QVERIFY(link->message(u"Disconnect"_s).value("retry_after_s"_L1).toInt() > 0);
    QVERIFY(link->isClosed());
    QCOMPARE(stat(u"active_clients"_s), 0);
}

void TestServerApp::letsAClientLeave()
{
    const auto leaving = client(m_alice, "a", "one");
    FramePeer early(m_ports.publicPort);
    const QString id = leaving->requestedId();
    QVERIFY(!id.isEmpty());
    leaving->send(R"("Drain")");
    QCOMPARE(leaving->frame(), R"("Drain")"_ba);
    QVERIFY(api(u"/api/clients/a"_s).value("draining"_L1).toBool());
    api(u"/api/clients/a/undrain"_s, "POST"); // does not keep it
    QVERIFY(api(u"/api/clients/a"_s).value("draining"_L1).toBool());
    FramePeer late(m_ports.publicPort);
    QVERIFY(late.isClosed()); // there is nobody else
    const auto work = dialIn(id);
    work->sendRaw("x");
    QCOMPARE(early.raw(1), "x"_ba);
    QVERIFY(leaving->received().isEmpty());
}

void TestServerApp::givesTheIdOfALeavingClientToItsSuccessor()
{
    const auto leaving = client(m_alice, "a", "one");
    FramePeer user(m_ports.publicPort);
    QVERIFY(!leaving->requestedId().isEmpty());
    leaving->send(R"("Drain")");
    QCOMPARE(leaving->frame(), R"("Drain")"_ba);
    const auto successor = client(m_alice, "a", "two");
    QVERIFY(leaving->message(u"Disconnect"_s).contains("reason"_L1)); // it was not even asked
    const auto work = dialIn(successor->requestedId());
    work->sendRaw("x");
    QCOMPARE(user.raw(1), "x"_ba);
    QVERIFY(!api(u"/api/clients/a"_s).value("draining"_L1).toBool(true));
}

void TestServerApp::sparesADrainedClient()
{
    const auto spared = client(m_alice, "a", "one");
    QCOMPARE(api(u"/api/clients/a/drain"_s, "POST").value("draining"_L1), QJsonValue(true));
    FramePeer first(m_ports.publicPort);
    QVERIFY(first.isClosed());
    QCOMPARE(api(u"/api/clients/a/undrain"_s, "POST").value("draining"_L1), QJsonValue(false));
    FramePeer second(m_ports.publicPort);
    QVERIFY(!spared->requestedId().isEmpty());
}

void TestServerApp::drainsBeforeItStops()
{
    QSignalSpy drained(m_app.get(), &ServerApp::drained);
    const auto link = client(m_alice, "a", "one");
    const auto unregistered = loggedIn(m_alice);
    FramePeer user(m_ports.publicPort);
    const QString id = link->requestedId();
    m_app->drain();
    m_app->drain();
    QCOMPARE(link->frame(), R"("Drain")"_ba);
    QCOMPARE(api(u"/api/health"_s).value("status"_L1).toString(), u"draining"_s);
    FramePeer late(m_ports.publicPort);
    QVERIFY(!QTest::qWaitFor([&late] { return late.isConnected(); }, 200));
    unregistered->send(registration("b"));
    QCOMPARE(unregistered->message(u"RegisterResult"_s).value("error"_L1).toString(),
        u"The server is shutting down."_s);
    QVERIFY(unregistered->isClosed());
    const auto work = dialIn(id);
    work->sendRaw("x");
    QCOMPARE(user.raw(1), "x"_ba);
    QVERIFY(drained.isEmpty());
    user.close();
    work->close();
    QTRY_COMPARE_WITH_TIMEOUT(drained.size(), 1, 1000);
    QVERIFY(link->isConnected());
    m_app.reset();
    QCOMPARE(link->message(u"Disconnect"_s).value("retry_after_s"_L1).toInt(-1), 0);
}

void TestServerApp::drainsAUserWhoseHeaderIsDue()
{
    ServerConfig config;
    config.accessRules.frontProxies = *net::CidrList::parse(u"127.0.0.1");
    m_app->apply(config);
    QSignalSpy drained(m_app.get(), &ServerApp::drained);
    const auto link = client(m_alice, "a", "one");
    FramePeer user(m_ports.publicPort);
    user.sendRaw("PROXY TCP4 192.0.2.7 ");
    QTRY_VERIFY(user.isConnected());
    m_app->drain();
    QCOMPARE(link->frame(), R"("Drain")"_ba);
    QTest::qWait(400);
    QVERIFY(drained.isEmpty());
    user.sendRaw("192.0.2.1 50000 80\r\n");
    const auto work = dialIn(link->requestedId());
    work->sendRaw("x");
    QCOMPARE(user.raw(1), "x"_ba);
    user.close();
    work->close();
    QTRY_COMPARE_WITH_TIMEOUT(drained.size(), 1, 1000);
}

void TestServerApp::drainsAtOnceWithNobodyThere()
{
    QSignalSpy drained(m_app.get(), &ServerApp::drained);
    const auto link = client(m_alice, "a");
    m_app->drain();
    QTRY_COMPARE_WITH_TIMEOUT(drained.size(), 1, 500);
    QVERIFY(link->received().isEmpty()); // an original client does not know the word
}

void TestServerApp::mayBeDestroyedAtAnyMoment()
{
    const auto ours = client(m_alice, "a", "one");
    const auto original = client(m_alice, "b");
    FramePeer authenticating(m_ports.control);
    authenticating.send(R"({"Login":{"email":"alice@example.com","pass":"wrong"}})");
    FramePeer halfIntroduced(m_ports.proxy);
    halfIntroduced.sendRaw(QByteArray(2, '\0'));
    FramePeer pending(m_ports.publicPort);
    QTRY_COMPARE(stat(u"pending_connections"_s), 1);
    FramePeer fresh(m_ports.control); // accepted in the very turn in which the server goes
    QTRY_VERIFY(fresh.isConnected());
    m_app.reset();
    QVERIFY(ours->isClosed());
    QVERIFY(original->isClosed());
    QVERIFY(pending.isClosed());
    QVERIFY(fresh.isClosed());
    QVERIFY(halfIntroduced.isClosed());
    QVERIFY(authenticating.isClosed());
    QVERIFY(ours->received().contains("shutting down"));
}

const frpx::test::TestRegistration registration("tst_serverapp", frpx::test::runTest<TestServerApp>);

#include "tst_serverapp.moc"
