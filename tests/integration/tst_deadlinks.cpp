// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/serversession.h"
#include "frps/app/serverapp.h"
#include "tests/support/faultrelay.h"
#include "tests/support/framepeer.h"
#include "tests/support/httpclient.h"
#include "tests/support/httpservice.h"
#include "tests/support/scale.h"
#include "tests/support/testregistry.h"
#include "tests/support/threads.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::test;
using namespace Qt::StringLiterals;

using client::ServerSession;
using Fault = FaultRelay::Fault;
using State = ServerSession::State;

/// Links whose other side has gone without a word: who notices, when, and what the users see of it. Server
/// and clients in one process, the bad network between them.
class TestDeadLinks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void clientNoticesAndTakesItsIdOver_data();
    void clientNoticesAndTakesItsIdOver();
    void serverHoldsAClientToItsOwnInterval();
    void stepsToTheServerHaveDeadlines_data();
    void stepsToTheServerHaveDeadlines();
    void usersOfASilentClientMoveOn_data();
    void usersOfASilentClientMoveOn();
    void slowClientThatAnswersKeepsItsUser();
    void lastClientHasItsWholeTime();

private:
    /// A scripted client with one waiting work connection.
    struct Scripted
    {
        std::unique_ptr<FramePeer> link;
        std::unique_ptr<FramePeer> work;
    };

    client::SessionSettings settings(quint16 controlPort, quint16 proxyPort) const;
    std::unique_ptr<FramePeer> loggedIn();
    Scripted scripted(const QByteArray &id, const QByteArray &more = {});
    HttpReply get(int timeoutMs = 10'000);
    QJsonArray clients();

    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<HttpService> m_service;
    std::unique_ptr<server::ServerApp> m_app;
    server::PortsView m_ports;
};

void TestDeadLinks::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_service = std::make_unique<HttpService>("served"_ba);
    QVERIFY(m_service->start());
    server::ServerConfig config;
    config.listen = QHostAddress(QHostAddress::LocalHost);
    config.controlPort = config.proxyPort = config.publicPort = config.apiPort = 0;
    config.dataDir = m_directory->path();
    config.relayThreads = 1;
    m_app = std::make_unique<server::ServerApp>(config);
    QSignalSpy ready(m_app.get(), &server::ServerApp::ready);
    m_app->start();
    QVERIFY(!ready.isEmpty() || ready.wait(20'000));
    m_ports = m_app->ports();
}

void TestDeadLinks::cleanup()
{
    m_app.reset();
    m_service.reset();
}

client::SessionSettings TestDeadLinks::settings(quint16 controlPort, quint16 proxyPort) const
{
    client::SessionSettings settings;
    settings.clientId = u"a-client"_s;
    settings.controlPort = controlPort;
    settings.proxyPort = proxyPort;
    settings.localPort = m_service->port();
    settings.relayThreads = 1;
    return settings;
}

std::unique_ptr<FramePeer> TestDeadLinks::loggedIn()
{
    auto link = std::make_unique<FramePeer>(m_ports.control);
    link->send(R"({"Login":{"email":"test@example.com","pass":"123456"}})");
    return link->message(u"LoginResult"_s, 20'000).value("success"_L1).toBool() ? std::move(link) : nullptr;
}

TestDeadLinks::Scripted TestDeadLinks::scripted(const QByteArray &id, const QByteArray &more)
{
    Scripted client;
    client.link = loggedIn();
    if (!client.link)
        return {};
    client.link->send(R"({"Register":{"client_id":")" + id
        + R"(","features":["ping","work-conn","conn-failed"])" + more + "}}");
    const QString secret = client.link->message(u"RegisterResult"_s).value("session"_L1).toString();
    client.work = std::make_unique<FramePeer>(m_ports.proxy);
    client.work->send(R"({"NewWorkConn":{"session":")" + secret.toUtf8() + R"("}})");
    [[maybe_unused]] const bool up = QTest::qWaitFor([&] { return client.work->isConnected(); });
    clients(); // by the time it answers the server has seen what came before
    return client;
}

/// Asks as a user while the event loop runs.
HttpReply TestDeadLinks::get(int timeoutMs)
{
    HttpReply reply;
    inThreads(1, [&](int) {
        HttpClient user(m_ports.publicPort);
        user.setTimeout(timeoutMs);
        reply = user.get("/"_ba);
    });
    return reply;
}

QJsonArray TestDeadLinks::clients()
{
    HttpReply reply;
    inThreads(1, [&](int) { reply = HttpClient(m_ports.api).get("/api/clients"_ba); });
    return QJsonDocument::fromJson(reply.body).object().value("data"_L1).toArray();
}

void TestDeadLinks::clientNoticesAndTakesItsIdOver_data()
{
    QTest::addColumn<int>("fault");
    QTest::newRow("black hole") << int(Fault::BlackHole);
    QTest::newRow("unplugged") << int(Fault::Unplugged);
}

void TestDeadLinks::clientNoticesAndTakesItsIdOver()
{
    QFETCH(int, fault);
    FaultRelay control(m_ports.control);
    FaultRelay work(m_ports.proxy);
    QVERIFY(control.start() && work.start());
    client::SessionSettings quick = settings(control.port(), work.port());
    // It waits for 900 ms, the server, which is told whole seconds, for 3 s: the old session is still there.
    quick.heartbeatIntervalMs = 300;
    ServerSession session(quick);
    session.setCredentials(u"test@example.com"_s, u"123456"_s);
    session.start();
    QTRY_COMPARE_WITH_TIMEOUT(session.state(), State::Online, 20'000);
    QVERIFY(get().isOk());
    const QString before = clients().first().toObject().value("connected_at"_L1).toString();

    QList<Errc> losses;
    connect(
        &session, &ServerSession::connectionLost, this, [&](const Error &error) { losses += error.code; });
    QTest::ignoreMessage(QtInfoMsg, "Client a-client is taken over by its newer session"); // has to come
    control.setMode(Fault(fault));
    work.setMode(Fault(fault));
    control.setModeForNew({});
    work.setModeForNew({});
    QTRY_COMPARE(session.state(), State::Waiting);
    QTRY_COMPARE(session.state(), State::Online);
    QCOMPARE(losses, QList{Errc::Timeout});

    const QJsonArray now = clients();
    QCOMPARE(now.size(), 1);
    QCOMPARE(now.first().toObject().value("client_id"_L1).toString(), u"a-client"_s);
    QVERIFY(now.first().toObject().value("connected_at"_L1).toString() != before);
    QVERIFY(get().isOk());
}

void TestDeadLinks::serverHoldsAClientToItsOwnInterval()
{
    Scripted untold = scripted("untold"_ba);
    QElapsedTimer timer;
    timer.start();
    Scripted told = scripted("told"_ba, R"(,"heartbeat_s":1)"_ba);
    // What it sends does not matter: a heartbeat is what it has promised. Who promises none has half a
    // minute.
    QVERIFY(told.link->isClosed(15'000));
    QVERIFY2(timer.elapsed() >= 3000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(told.work->isClosed());
    QVERIFY(untold.link->isConnected());
    QCOMPARE(clients().size(), 1);
}

void TestDeadLinks::stepsToTheServerHaveDeadlines_data()
{
    QTest::addColumn<int>("stage"); // reached before the server falls silent
    QTest::addColumn<QList<State>>("states");
    QTest::newRow("connecting") << 0 << QList{State::Connecting, State::Waiting};
    QTest::newRow("login") << 1 << QList{State::Connecting, State::LoggingIn, State::Waiting};
    QTest::newRow("registration") << 2
                                  << QList{State::Connecting, State::LoggingIn, State::Registering,
                                         State::Waiting};
}

void TestDeadLinks::stepsToTheServerHaveDeadlines()
{
    QFETCH(int, stage);
    QFETCH(QList<State>, states);
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    FaultRelay network(silent.serverPort());
    QVERIFY(network.start());
    network.setMode(stage == 0 ? Fault::Unplugged : Fault::None);
    client::SessionSettings impatient = settings(network.port(), 1);
    impatient.connectTimeoutMs = 300;
    impatient.loginTimeoutMs = 300;
    ServerSession session(impatient);
    session.setToken(u"token"_s);
    QList<State> seen;
    QList<Errc> losses;
    connect(&session, &ServerSession::stateChanged, this, [&](State state) { seen += state; });
    connect(
        &session, &ServerSession::connectionLost, this, [&](const Error &error) { losses += error.code; });
    session.start();
    std::unique_ptr<FramePeer> link;
    if (stage == 2) {
        QTRY_VERIFY(silent.hasPendingConnections());
        link = std::make_unique<FramePeer>(silent.nextPendingConnection());
        QVERIFY(!link->frame().isEmpty());
        link->send(R"({"LoginResult":{"success":true,"error":null,"token":null}})");
    }
    QTRY_COMPARE(session.state(), State::Waiting); // soon, compared with the usual 10 and 30 seconds
    QCOMPARE(seen, states);
    QCOMPARE(losses, QList{Errc::Timeout});
}

void TestDeadLinks::usersOfASilentClientMoveOn_data()
{
    QTest::addColumn<int>("poolMax"); // 0: users are asked for over the control link
    QTest::newRow("on waiting connections") << 128;
    QTest::newRow("on request") << 0;
}

void TestDeadLinks::usersOfASilentClientMoveOn()
{
    QFETCH(int, poolMax);
    FaultRelay control(m_ports.control);
    FaultRelay work(m_ports.proxy);
    QVERIFY(control.start() && work.start());
    HttpService behindBad("bad"_ba);
    HttpService behindGood("good"_ba);
    QVERIFY(behindBad.start() && behindGood.start());
    client::SessionSettings badSettings = settings(control.port(), work.port());
    badSettings.pool = {std::min(4, poolMax), poolMax};
    badSettings.localPort = behindBad.port();
    client::SessionSettings goodSettings = settings(m_ports.control, m_ports.proxy);
    goodSettings.clientId = u"good"_s;
    goodSettings.localPort = behindGood.port();
    ServerSession bad(badSettings);
    ServerSession good(goodSettings);
    for (ServerSession *session : {&bad, &good}) {
        session->setCredentials(u"test@example.com"_s, u"123456"_s);
        session->start();
        QTRY_COMPARE_WITH_TIMEOUT(session->state(), State::Online, 20'000);
    }
    QByteArrayList answers; // ends when both have served: the work connections are there
    QTRY_VERIFY((answers += get().body).contains("bad"_ba) && answers.contains("good"_ba));

    control.setMode(Fault::BlackHole);
    work.setMode(Fault::BlackHole);
    // Some of so many meet the bad one: all are served, and none waits for half of --pending-timeout.
    std::atomic<int> served = 0;
    QElapsedTimer timer;
    timer.start();
    inThreads(12, [&](int) {
        HttpClient user(m_ports.publicPort);
        served += user.get("/"_ba).body == "good" ? 1 : 0;
    });
    QCOMPARE(served, 12);
    QVERIFY2(timer.elapsed() < scaled(5000, 8000), qPrintable(QString::number(timer.elapsed())));

    // By now it is known, and nobody meets it any more: it would cost each of them a second or two, and half
    // of all users. One or two may be as late for other reasons.
    int late = 0;
    for (int i = 0; i < 20; ++i) {
        timer.restart();
        QCOMPARE(get().body, "good"_ba);
        late += timer.elapsed() >= 1000 ? 1 : 0;
    }
    QVERIFY2(late <= 2, qPrintable(QString::number(late)));
    QCOMPARE(clients().size(), 2); // it has its chance: the heartbeat's time is not over

    control.setMode(Fault::None);
    work.setMode(Fault::None);
    answers.clear();
    QTRY_VERIFY_WITH_TIMEOUT((answers += get().body).contains("bad"_ba), 10'000);
}

void TestDeadLinks::slowClientThatAnswersKeepsItsUser()
{
    Scripted both[] = {scripted("first"_ba), scripted("second"_ba)};
    QVERIFY(both[0].work && both[1].work);
    QTRY_COMPARE(clients().size(), 2);
    QElapsedTimer timer;
    timer.start();
    FramePeer user(m_ports.publicPort);
    user.sendRaw("hello");
    QTRY_VERIFY(!both[0].work->received().isEmpty() || !both[1].work->received().isEmpty());
    const bool chosen = both[0].work->received().isEmpty(); // second, or first
    Scripted &slow = both[int(chosen)];
    Scripted &other = both[int(!chosen)];
    QVERIFY(!slow.work->message(u"StartProxyConn"_s).isEmpty());
    // Its local service takes its time; the server asks about once a second whether it lives.
    for (int i = 0; i < 2; ++i) {
        QCOMPARE(slow.link->frame(), R"("Ping")"_ba);
        slow.link->send(R"("Pong")");
    }
    QVERIFY2(timer.elapsed() >= 1900 && timer.elapsed() < 8000, qPrintable(QString::number(timer.elapsed())));
    slow.work->send(R"("ProxyConnReady")");
    QCOMPARE(slow.work->raw(5), "hello"_ba);
    slow.work->sendRaw("world");
    QCOMPARE(user.raw(5), "world"_ba);
    QVERIFY(other.work->received().isEmpty());
}

void TestDeadLinks::lastClientHasItsWholeTime()
{
    Scripted only = scripted("only"_ba);
    QVERIFY(only.work);
    FramePeer user(m_ports.publicPort);
    QVERIFY(!only.work->message(u"StartProxyConn"_s).isEmpty());
    // With nobody else to turn to nobody is asked, and its silence costs the user nothing.
    QVERIFY(!user.isClosed(3200));
    QVERIFY(only.link->received().isEmpty());
    only.work->send(R"("ProxyConnReady")");
    only.work->sendRaw("late");
    QCOMPARE(user.raw(4), "late"_ba);
}

const frpx::test::TestRegistration registration("tst_deadlinks", frpx::test::runTest<TestDeadLinks>);

#include "tst_deadlinks.moc"
