// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/token.h"
#include "frps/app/serverapp.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"
#include "tests/support/framepeer.h"
#include "tests/support/testregistry.h"

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
    void init() { start(); }
    void cleanup() { m_app.reset(); }

    void changesThePolicyByTheApi();
    void refusesBadChangesByTheApi();
    void spreadsABurstThatIsNotPairedYet();
    void honoursTheWeightOfAClient();
    void keepsAUserWithHisClient();
    void ejectsAFailingClient();
    void ejectsAgainWhoFailsOnTrial();
    void takesBackWhoServesOnTrial();
    void ejectsAClientThatDoesNotAnswer();
    void asksAgainWhenNobodyIsLeft();
    void asksWhoComesLater();

private:
    using Peer = std::unique_ptr<FramePeer>;

    /// The times are long where nothing waits for them: a slow machine is not to end them.
    void start(int ejectMs = 60'000, int pendingTimeoutS = 30);

    class Trial;

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
    bool mayAllBeTried()
    {
        const QJsonObject tunnel = api(u"/api/tunnels/default"_s).toObject();
        return tunnel.value("available_clients"_L1) == tunnel.value("clients"_L1);
    }
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

void TestBalancing::start(int ejectMs, int pendingTimeoutS)
{
    ServerConfig config;
    config.listen = QHostAddress(QHostAddress::LocalHost);
    config.controlPort = config.proxyPort = config.publicPort = config.apiPort = 0;
    config.dataDir = m_directory.path();
    config.pendingTimeoutS = pendingTimeoutS;
    config.relayThreads = 1;
    config.policy = BalancePolicy::RoundRobin;
    config.outliers.ejectMs = ejectMs;
    m_app.reset();
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

/// Two clients, of which the bad one is asked first all the time, and refuses.
class TestBalancing::Trial
{
public:
    explicit Trial(TestBalancing &test)
        : m_test(test)
    {
        m_test.setPolicy("least-connections");
        good = m_test.client("good");
        next(false);
        bad = m_test.client("bad");
    }

    /// Whatever happens, the user is served.
    void next(bool asksTheBadOne)
    {
        m_kept.push_back(m_test.user());
        FramePeer &newest = *m_kept.back();
        if (asksTheBadOne)
            refuse(*bad);
        m_kept.push_back(m_test.serve(*good, newest));
    }
    bool isOver()
    {
        while (!m_test.isEjected(u"bad"_s)) {
            next(true);
            if (m_kept.size() >= 12)
                return false;
        }
        return true;
    }
    double ejectedForS() { return m_test.clientView(u"bad"_s).value("ejected_for_seconds"_L1).toDouble(); }

    Peer good;
    Peer bad;

private:
    TestBalancing &m_test;
    std::vector<Peer> m_kept; // users and work connections: the good one is the busier one all the time
};

void TestBalancing::ejectsAFailingClient()
{
    Trial trial(*this);
    QVERIFY(trial.isOver());
    QVERIFY(trial.ejectedForS() <= 60);
    QVERIFY(!mayAllBeTried());
    trial.next(false);
    trial.next(false);
    QVERIFY(trial.bad->received().isEmpty());
}

void TestBalancing::ejectsAgainWhoFailsOnTrial()
{
    constexpr int ejectMs = 1500;
    start(ejectMs);
    Trial trial(*this);
    QVERIFY(trial.isOver());
    QTRY_VERIFY(mayAllBeTried());
    QVERIFY(isEjected(u"bad"_s));
    trial.next(true); // one user, who does not suffer from it
    QVERIFY(!mayAllBeTried());
    const double again = trial.ejectedForS(); // doubled
    QVERIFY2(again > ejectMs / 1000.0 && again <= 2 * ejectMs / 1000.0, qPrintable(QString::number(again)));
    trial.next(false);
}

void TestBalancing::takesBackWhoServesOnTrial()
{
    start(200);
    Trial trial(*this);
    QVERIFY(trial.isOver());
    QTRY_VERIFY(mayAllBeTried());
    const Peer tried = user();
    const QString asked = trial.bad->requestedId();
    QVERIFY(!asked.isEmpty());
    trial.next(false); // meanwhile no second one
    auto work = std::make_unique<FramePeer>(m_ports.proxy);
    work->send(R"({"NewProxyConn":{"proxy_conn_id":")" + asked.toUtf8() + R"("}})");
    work->sendRaw("served");
    QCOMPARE(tried->raw(6), "served"_ba);
    QTRY_VERIFY(!isEjected(u"bad"_s));
    const Peer after = user();
    QVERIFY(!trial.bad->requestedId().isEmpty());
}

void TestBalancing::ejectsAClientThatDoesNotAnswer()
{
    constexpr int pendingTimeoutS = 3; // in which those who are asked here have to answer, too
    start(60'000, pendingTimeoutS);
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
    QTRY_VERIFY_WITH_TIMEOUT(isEjected(u"hung"_s), (pendingTimeoutS + 5) * 1000);
    QVERIFY(!isEjected(u"good"_s));
    for (int i = 0; i < 3; ++i) { // its users are the other's now
        works.push_back(std::make_unique<FramePeer>(m_ports.proxy));
        works.back()->send(R"({"NewProxyConn":{"proxy_conn_id":")" + good->requestedId().toUtf8() + R"("}})");
        works.back()->sendRaw("x");
    }
    for (const Peer &peer : waiting)
        QCOMPARE(peer->raw(1), "x"_ba);
}

void TestBalancing::asksAgainWhenNobodyIsLeft()
{
    const Peer a = client("a");
    const Peer b = client("b");
    const Peer waiting = user();
    for (int i = 0; i < 3; ++i) { // more than maxAttempts in all
        refuse(*a);
        refuse(*b);
    }
    QVERIFY(!isEjected(u"a"_s)); // it is one user
    QVERIFY(!isEjected(u"b"_s));
    QCOMPARE(api(u"/api/stats"_s).toObject().value("pending_connections"_L1).toInt(), 1);
    const Peer work = serve(*a, *waiting);
    work->sendRaw("y");
    QCOMPARE(waiting->raw(1), "y"_ba);
    QCOMPARE(api(u"/api/stats"_s).toObject().value("rejected_other"_L1).toInt(), 0);
}

void TestBalancing::asksWhoComesLater()
{
    Peer a = client("a");
    const Peer waiting = user();
    QVERIFY(!a->requestedId().isEmpty());
    a.reset(); // the last one
    QTRY_COMPARE(api(u"/api/stats"_s).toObject().value("active_clients"_L1).toInt(), 0);
    const Peer b = client("b");
    const Peer work = serve(*b, *waiting);
}

const frpx::test::TestRegistration registration("tst_balancing", frpx::test::runTest<TestBalancing>);

#include "tst_balancing.moc"
