// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/auth/token.h"
#include "frps/serverapp.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"
#include "tests/support/framepeer.h"

#include <QJsonArray>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// A server whose clients and users are scripted: how policies and ejection work together with the rest.
class TestBalancing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup() { m_app.reset(); }

    void changesThePolicyByTheApi();
    void refusesBadChangesByTheApi();
    void spreadsABurstThatIsNotPairedYet();
    void honoursTheWeightOfAClient();
    void keepsAUserWithHisClient();
    void ejectsAFailingClientAndTriesItAgain();
    void ejectsAClientThatDoesNotAnswer();

private:
    using Peer = std::unique_ptr<FramePeer>;

    Peer client(const QByteArray &clientId, int weight = 1);
    Peer user() const { return std::make_unique<FramePeer>(m_ports.publicPort); }
    /// Dials in for the user that \a link is asked to serve; then they are connected.
    Peer serve(FramePeer &link, FramePeer &user);
    static void refuse(FramePeer &link)
    {
        link.send(R"({"ProxyConnFailed":{"proxy_conn_id":")" + link.requestedId().toUtf8()
            + R"(","reason":"service is down"}})");
    }
    QJsonValue api(const QString &path, const QByteArray &verb = "GET", const QByteArray &body = {});
    void setPolicy(const QByteArray &name)
    {
        api(u"/api/tunnels/default"_s, "PATCH", R"({"policy":")" + name + R"("})");
        QCOMPARE(m_status, 200);
    }
    QJsonObject clientView(const QString &id) { return api(u"/api/clients/"_s + id).toObject(); }
    bool isEjected(const QString &id) { return clientView(id).value("ejected"_L1).toBool(); }

    QTemporaryDir m_directory;
    QByteArray m_token;
    std::unique_ptr<ServerApp> m_app;
    PortsView m_ports;
    QNetworkAccessManager m_network;
    int m_status = 0; ///< of the last answer of the API
    QString m_message;
};

void TestBalancing::initTestCase()
{
    const auto database = Database::open(m_directory.filePath(databaseFileName.toString()));
    QVERIFY(database);
    AccountStore store(**database);
    const Result<qint64> id = store.addUser(u"alice@example.com"_s, u"no password fits"_s, false);
    QVERIFY(id);
    const QString token = newToken();
    QVERIFY(store.addToken(*id, tokenHash(token), tokenPrefix(token), {}));
    m_token = token.toUtf8();
}

void TestBalancing::init()
{
    ServerConfig config;
    config.listen = QHostAddress(QHostAddress::LocalHost);
    config.controlPort = config.proxyPort = config.publicPort = config.apiPort = 0;
    config.dataDir = m_directory.path();
    config.pendingTimeoutS = 1;
    config.relayThreads = 1;
    config.policy = BalancePolicy::RoundRobin;
    config.outliers.ejectMs = 400;
    m_app = std::make_unique<ServerApp>(config);
    QSignalSpy ready(m_app.get(), &ServerApp::ready);
    m_app->start();
    QTRY_COMPARE(ready.size(), 1);
    m_ports = m_app->ports();
}

TestBalancing::Peer TestBalancing::client(const QByteArray &clientId, int weight)
{
    auto peer = std::make_unique<FramePeer>(m_ports.control);
    peer->send(R"({"LoginByToken":{"token":")" + m_token + R"("}})");
    if (!peer->message(u"LoginResult"_s).value("success"_L1).toBool())
        qFatal("the login failed");
    peer->send(R"({"Register":{"client_id":")" + clientId + R"(","instance":")" + clientId
        + R"(","features":["conn-failed"],"weight":)" + QByteArray::number(weight) + "}}");
    if (!peer->message(u"RegisterResult"_s).value("success"_L1).toBool())
        qFatal("the registration failed");
    return peer;
}

TestBalancing::Peer TestBalancing::serve(FramePeer &link, FramePeer &user)
{
    auto work = std::make_unique<FramePeer>(m_ports.proxy);
    work->send(R"({"NewProxyConn":{"proxy_conn_id":")" + link.requestedId().toUtf8() + R"("}})");
    work->sendRaw("x");
    if (user.raw(1) != "x")
        qFatal("the user is not served");
    return work;
}

QJsonValue TestBalancing::api(const QString &path, const QByteArray &verb, const QByteArray &body)
{
    QNetworkRequest request(QUrl(u"http://127.0.0.1:%1%2"_s.arg(m_ports.api).arg(path)));
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    const std::unique_ptr<QNetworkReply> reply(m_network.sendCustomRequest(request, verb, body));
    if (!QTest::qWaitFor([&reply] { return reply->isFinished(); }))
        qFatal("the API does not answer");
    m_status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    const QJsonObject envelope = QJsonDocument::fromJson(reply->readAll()).object();
    m_message = envelope.value("message"_L1).toString();
    return envelope.value("data"_L1);
}

void TestBalancing::changesThePolicyByTheApi()
{
    const Peer a = client("a");
    const Peer b = client("b");
    const auto policy = [this] {
        return api(u"/api/tunnels"_s).toArray().first().toObject().value("policy"_L1).toString();
    };
    QCOMPARE(policy(), u"round-robin"_s);
    for (int i = 0; i < 2; ++i) { // in turn, also when the other one has fewer
        const Peer first = user();
        const Peer workOfA = serve(*a, *first);
        const Peer second = user();
        const Peer workOfB = serve(*b, *second);
    }
    const Peer stays = user();
    const Peer workOfStays = serve(*a, *stays);

    const QJsonObject changed =
        api(u"/api/tunnels/default"_s, "PATCH", R"({"policy":"least-connections"})").toObject();
    QCOMPARE(m_status, 200);
    QCOMPARE(changed.value("policy"_L1).toString(), u"least-connections"_s);
    QCOMPARE(changed.value("name"_L1).toString(), u"default"_s);
    QCOMPARE(changed.value("port"_L1).toInt(), m_ports.publicPort);
    QCOMPARE(changed.value("clients"_L1).toInt(), 2);
    QCOMPARE(policy(), u"least-connections"_s);
    for (int i = 0; i < 4; ++i) { // a has one all the time
        const Peer next = user();
        const Peer work = serve(*b, *next);
        next->close();
        QVERIFY(work->isClosed());
        QTRY_COMPARE(clientView(u"b"_s).value("open_connections"_L1).toInt(), 0);
    }
}

void TestBalancing::refusesBadChangesByTheApi()
{
    api(u"/api/tunnels/default"_s, "PATCH", R"({"policy":"coin"})");
    QCOMPARE(m_status, 400);
    QVERIFY2(m_message.contains("two-choices"_L1), qPrintable(m_message)); // what there is
    api(u"/api/tunnels/default"_s, "PATCH", R"({"colour":"red"})");
    QCOMPARE(m_status, 400);
    QVERIFY2(m_message.contains("colour"_L1), qPrintable(m_message));
    api(u"/api/tunnels/other"_s, "PATCH", R"({"policy":"random"})");
    QCOMPARE(m_status, 404);
    const QJsonObject tunnel = api(u"/api/tunnels/default"_s).toObject();
    QCOMPARE(tunnel.value("policy"_L1).toString(), u"round-robin"_s);
}

void TestBalancing::spreadsABurstThatIsNotPairedYet()
{
    setPolicy("least-connections");
    const Peer a = client("a");
    const Peer b = client("b");
    std::vector<Peer> burst;
    for (int i = 0; i < 20; ++i)
        burst.push_back(user());
    for (int i = 0; i < 10; ++i) {
        QVERIFY(!a->requestedId().isEmpty());
        QVERIFY(!b->requestedId().isEmpty());
    }
}

void TestBalancing::honoursTheWeightOfAClient()
{
    const Peer a = client("a", 3);
    const Peer b = client("b");
    QCOMPARE(clientView(u"a"_s).value("weight"_L1).toInt(), 3);
    QCOMPARE(clientView(u"b"_s).value("weight"_L1).toInt(), 1);
    std::vector<Peer> users;
    for (int i = 0; i < 8; ++i)
        users.push_back(user());
    QTRY_COMPARE(clientView(u"a"_s).value("total_connections"_L1).toInt(), 6);
    QCOMPARE(clientView(u"b"_s).value("total_connections"_L1).toInt(), 2);
}

void TestBalancing::keepsAUserWithHisClient()
{
    setPolicy("source-hash");
    std::vector<Peer> clients;
    for (const char *name : {"a", "b", "c", "d"})
        clients.push_back(client(name));
    std::vector<Peer> users;
    for (int i = 0; i < 8; ++i) // all from one address
        users.push_back(user());
    QTRY_COMPARE(api(u"/api/stats"_s).toObject().value("total_connections"_L1).toInt(), 8);
    int chosen = 0;
    for (const char *name : {"a", "b", "c", "d"})
        chosen += clientView(QString::fromLatin1(name)).value("total_connections"_L1).toInt() == 8;
    QCOMPARE(chosen, 1);
}

void TestBalancing::ejectsAFailingClientAndTriesItAgain()
{
    setPolicy("least-connections");
    const Peer good = client("good");
    std::vector<Peer> kept; // users and work connections: the good one is the busier one all the time
    Peer bad;
    const auto next = [&](bool asksTheBadOne) {
        kept.push_back(user());
        FramePeer &newest = *kept.back();
        if (asksTheBadOne)
            refuse(*bad);
        kept.push_back(serve(*good, newest)); // whatever happens, the user is served
    };
    next(false);
    bad = client("bad");
    while (!isEjected(u"bad"_s)) {
        next(true);
        QVERIFY(kept.size() < 12);
    }
    const QJsonObject view = clientView(u"bad"_s);
    QVERIFY(view.value("ejected_for_seconds"_L1).toDouble() <= 0.4);
    QCOMPARE(api(u"/api/tunnels/default"_s).toObject().value("available_clients"_L1).toInt(), 1);
    next(false);
    next(false);
    QVERIFY(bad->received().isEmpty());

    // On trial: one user, who does not suffer from it, and out again.
    const auto mayBeTried = [this] {
        return api(u"/api/tunnels/default"_s).toObject().value("available_clients"_L1).toInt() == 2;
    };
    QTRY_VERIFY(mayBeTried());
    QVERIFY(isEjected(u"bad"_s));
    next(true);
    QVERIFY(!mayBeTried());
    QVERIFY(clientView(u"bad"_s).value("ejected_for_seconds"_L1).toDouble() > 0.4); // doubled
    next(false);

    // On trial again; meanwhile no second one.
    QTRY_VERIFY(mayBeTried());
    const Peer trial = user();
    const QString asked = bad->requestedId();
    QVERIFY(!asked.isEmpty());
    next(false);
    auto work = std::make_unique<FramePeer>(m_ports.proxy);
    work->send(R"({"NewProxyConn":{"proxy_conn_id":")" + asked.toUtf8() + R"("}})");
    work->sendRaw("served");
    QCOMPARE(trial->raw(6), "served"_ba);
    QTRY_VERIFY(!isEjected(u"bad"_s));
    const Peer after = user();
    QVERIFY(!bad->requestedId().isEmpty());
}

void TestBalancing::ejectsAClientThatDoesNotAnswer()
{
    const Peer hung = client("hung");
    const Peer good = client("good");
    std::vector<Peer> waiting;
    std::vector<Peer> works;
    for (int i = 0; i < 3; ++i) { // in turn
        waiting.push_back(user());
        QVERIFY(!hung->requestedId().isEmpty());
        const Peer served = user();
        works.push_back(serve(*good, *served));
    }
    QTRY_VERIFY_WITH_TIMEOUT(isEjected(u"hung"_s), 2000);
    QVERIFY(!isEjected(u"good"_s));
    for (int i = 0; i < 3; ++i) { // its users are the other's now
        works.push_back(std::make_unique<FramePeer>(m_ports.proxy));
        works.back()->send(R"({"NewProxyConn":{"proxy_conn_id":")" + good->requestedId().toUtf8() + R"("}})");
        works.back()->sendRaw("x");
    }
    for (const Peer &peer : waiting)
        QCOMPARE(peer->raw(1), "x"_ba);
}

QTEST_GUILESS_MAIN(TestBalancing)
#include "tst_balancing.moc"
