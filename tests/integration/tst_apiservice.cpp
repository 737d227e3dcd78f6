// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/apiserver.h"
#include "frps/api/apiservice.h"
#include "tests/support/fakeserverview.h"
#include "tests/support/testregistry.h"

#include <QHostAddress>
#include <QTcpSocket>
#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

/// Keeps what it is asked until the test answers.
class SlowService : public ApiService
{
public:
    bool owns(const QByteArray &path) const override { return path.startsWith("/slow"); }
    void answer(const ApiRequest &request, const ApiReply &reply) override
    {
        asked.push_back(request);
        replies.push_back(reply);
        if (request.path == "/slow/now"_ba)
            reply(text("now"_ba));
    }
    static ApiResponse text(const QByteArray &body)
    {
        return {200, body, {{"Content-Type"_ba, "text/plain"_ba}}};
    }

    std::vector<ApiRequest> asked;
    std::vector<ApiReply> replies;
};

} // namespace

/// Services whose answers come later than the request.
class TestApiService : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void answersAtOnce();
    void answersLater();
    void keepsTheOrder();
    void answersOnlyOnce();
    void closesAfterALateAnswer();
    void leavesOutTheBodyForHead();
    void passesTheRequest();
    void outlivesThePeer();
    void outlivesTheFrontend();
    void givesUpInTime();
    void leavesTheRestToTheRouter();
    void worksWithoutARouter();
    void refusesWhenAllAreBeingAnswered();
    void asksTheGate();
    void tellsBrowsersWhoMaySeeAnAnswer();

private:
    void listen(const HttpLimits &limits = {})
    {
        m_frontend = std::make_unique<ApiServer>(m_view, m_commands, limits);
        connectTo(*m_frontend);
    }
    void connectTo(ApiServer &frontend)
    {
        frontend.addService(*m_service);
        const Result<quint16> port = frontend.listen(QHostAddress(QHostAddress::LocalHost), 0);
        QVERIFY(port.hasValue());
        m_peer = std::make_unique<QTcpSocket>();
        m_received.clear();
        QObject::connect(
            m_peer.get(), &QTcpSocket::readyRead, m_peer.get(), [this] { m_received += m_peer->readAll(); });
        m_peer->connectToHost(QHostAddress(QHostAddress::LocalHost), *port);
        QTRY_COMPARE(m_peer->state(), QTcpSocket::ConnectedState);
    }
    void send(const QByteArray &line, const QByteArray &more = {})
    {
        m_peer->write(line + " HTTP/1.1\r\nHost: h\r\n"_ba + more + "\r\n"_ba);
    }

    FakeServerView m_view;
    FakeServerCommands m_commands{m_view};
    std::unique_ptr<SlowService> m_service;
    std::unique_ptr<ApiServer> m_frontend;
    std::unique_ptr<QTcpSocket> m_peer;
    QByteArray m_received;
};

void TestApiService::init()
{
    m_service = std::make_unique<SlowService>();
    listen();
}

void TestApiService::cleanup()
{
    m_frontend.reset();
    m_peer.reset();
}

void TestApiService::answersAtOnce()
{
    send("GET /slow/now");
    QTRY_VERIFY(m_received.endsWith("\r\n\r\nnow"));
    m_service->replies.at(0)(SlowService::text("again"_ba));
    send("GET /slow/now");
    QTRY_COMPARE(m_received.count("now"), 2);
    QVERIFY(!m_received.contains("again"));
}

void TestApiService::answersLater()
{
    send("GET /slow/1");
    QTRY_COMPARE(m_service->asked.size(), 1U);
    QTest::qWait(50); // proves that nothing comes
    QVERIFY(m_received.isEmpty());
    m_service->replies.at(0)(SlowService::text("late"_ba));
    QTRY_VERIFY(m_received.endsWith("\r\n\r\nlate"));
    QVERIFY(m_received.startsWith("HTTP/1.1 200 OK\r\n"));
    send("GET /slow/2"); // the connection goes on
    QTRY_COMPARE(m_service->asked.size(), 2U);
    m_service->replies.at(1)(SlowService::text("later"_ba));
    QTRY_VERIFY(m_received.endsWith("\r\n\r\nlater"));
}

void TestApiService::keepsTheOrder()
{
    send("GET /slow/1");
    send("GET /slow/now");
    send("GET /api/health");
    QTRY_COMPARE(m_service->asked.size(), 1U); // one at a time
    m_service->replies.at(0)(SlowService::text("first"_ba));
    QTRY_VERIFY(m_received.contains("healthy"));
    QVERIFY(m_received.indexOf("first") < m_received.indexOf("now"));
    QVERIFY(m_received.indexOf("now") < m_received.indexOf("healthy"));
}

void TestApiService::answersOnlyOnce()
{
    send("GET /slow/1");
    QTRY_COMPARE(m_service->asked.size(), 1U);
    m_service->replies.at(0)(SlowService::text("one"_ba));
    send("GET /slow/2");
    QTRY_COMPARE(m_service->asked.size(), 2U);
    m_service->replies.at(0)(SlowService::text("two"_ba)); // of a request that is over
    m_service->replies.at(1)(SlowService::text("three"_ba));
    m_service->replies.at(1)(SlowService::text("four"_ba));
    QTRY_VERIFY(m_received.endsWith("three"));
    QVERIFY(!m_received.contains("two"));
}

void TestApiService::closesAfterALateAnswer()
{
    send("GET /slow/1", "Connection: close\r\n");
    QTRY_COMPARE(m_service->asked.size(), 1U);
    m_service->replies.at(0)(SlowService::text("bye"_ba));
    QTRY_COMPARE(m_peer->state(), QTcpSocket::UnconnectedState);
    QVERIFY(m_received.contains("Connection: close\r\n"));
    QVERIFY(m_received.endsWith("bye"));
}

void TestApiService::leavesOutTheBodyForHead()
{
    send("HEAD /slow/1");
    QTRY_COMPARE(m_service->asked.size(), 1U);
    m_service->replies.at(0)(SlowService::text("body"_ba));
    QTRY_VERIFY(m_received.contains("Content-Length: 4\r\n"));
    QVERIFY(m_received.endsWith("\r\n\r\n"));
}

void TestApiService::passesTheRequest()
{
    send("POST /slow/%2f?a=b%20c", "Origin: http://x\r\nContent-Length: 4\r\n");
    m_peer->write("body");
    QTRY_COMPARE(m_service->asked.size(), 1U);
    const ApiRequest &request = m_service->asked.at(0);
    QCOMPARE(request.method, "POST"_ba);
    QCOMPARE(request.path.toLower(), "/slow/%2f"_ba);
    QCOMPARE(request.query, "a=b%20c"_ba);
    QCOMPARE(request.body, "body"_ba);
    QCOMPARE(request.origin, "http://x"_ba);
}

void TestApiService::outlivesThePeer()
{
    send("GET /slow/1");
    QTRY_COMPARE(m_service->asked.size(), 1U);
    m_peer->abort();
    QTRY_COMPARE(m_frontend->openConnections(), 0);
    m_service->replies.at(0)(SlowService::text("nobody"_ba));
}

void TestApiService::outlivesTheFrontend()
{
    send("GET /slow/1");
    QTRY_COMPARE(m_service->asked.size(), 1U);
    m_frontend.reset();
    m_service->replies.at(0)(SlowService::text("nobody"_ba));
}

void TestApiService::givesUpInTime()
{
    m_frontend.reset();
    HttpLimits limits;
    limits.requestTime = 100ms;
    listen(limits);
    send("GET /slow/1");
    QTRY_VERIFY(m_received.startsWith("HTTP/1.1 503 "));
    m_service->replies.at(0)(SlowService::text("too late"_ba));
    QTRY_COMPARE(m_peer->state(), QTcpSocket::UnconnectedState);
    QVERIFY(!m_received.contains("too late\""));
}

void TestApiService::leavesTheRestToTheRouter()
{
    send("GET /api/health");
    QTRY_VERIFY(m_received.contains("healthy"));
    QVERIFY(m_service->asked.empty());
}

void TestApiService::worksWithoutARouter()
{
    ApiServer alone{HttpLimits()};
    connectTo(alone);
    send("GET /api/health");
    QTRY_VERIFY(m_received.startsWith("HTTP/1.1 404 "));
    send("GET /slow/now");
    QTRY_VERIFY(m_received.endsWith("\r\n\r\nnow"));
}

void TestApiService::refusesWhenAllAreBeingAnswered()
{
    listen({.connections = 2});
    send("GET /slow/1");
    QTRY_COMPARE(m_service->asked.size(), 1U);
    const auto dial = [this] {
        auto socket = std::make_unique<QTcpSocket>();
        socket->connectToHost(QHostAddress(QHostAddress::LocalHost), m_peer->peerPort());
        return socket;
    };
    const auto second = dial();
    second->write("GET /slow/2 HTTP/1.1\r\nHost: h\r\n\r\n");
    QTRY_COMPARE(m_service->asked.size(), 2U);
    const auto third = dial();
    third->write("GET /slow/3 HTTP/1.1\r\nHost: h\r\n\r\n");
    QTRY_VERIFY(third->state() == QTcpSocket::UnconnectedState);
    const QByteArray refusal = third->readAll();
    QVERIFY2(refusal.startsWith("HTTP/1.1 503 "), refusal.constData());
    QVERIFY(refusal.contains("\r\nConnection: close\r\n"));
    QCOMPARE(m_frontend->openConnections(), 2);
    m_service->replies.at(0)(SlowService::text("first"_ba));
    QTRY_VERIFY(m_received.endsWith("first"));
    const auto fourth = dial(); // in the place of the first, which is idle now
    fourth->write("GET /slow/now HTTP/1.1\r\nHost: h\r\n\r\n");
    QTRY_VERIFY(fourth->bytesAvailable() > 0);
    QVERIFY(fourth->readAll().startsWith("HTTP/1.1 200 "));
    QTRY_VERIFY(m_peer->state() == QTcpSocket::UnconnectedState);
}

void TestApiService::asksTheGate()
{
    ApiGateSettings settings;
    settings.tokenRequired = true;
    settings.hosts = {u"h"_s};
    settings.check = [](QStringView token) {
        return token == u"good" ? std::optional(ApiRight::Change) : std::nullopt;
    };
    m_frontend->setGate(ApiGate(settings));
    send("GET /slow/now");
    QTRY_VERIFY(m_received.contains("\r\n\r\n{"));
    QVERIFY2(m_received.startsWith("HTTP/1.1 401 "), m_received.constData());
    QVERIFY2(m_received.contains("Bearer realm=\"frpx\""), m_received.constData());
    QVERIFY(m_service->asked.empty());
    m_received.clear();
    send("GET /slow/now", "authorization: bearer good\r\n");
    QTRY_VERIFY(m_received.endsWith("\r\n\r\nnow"));
    QVERIFY(m_service->asked.at(0).peerIsLoopback);
    m_received.clear();
    send("GET /api/health");
    QTRY_VERIFY(m_received.startsWith("HTTP/1.1 200 "));
}

void TestApiService::tellsBrowsersWhoMaySeeAnAnswer()
{
    m_frontend->setGate(ApiGate({.checksHost = false, .origins = {u"https://status.example.org"_s}}));
    const QByteArray allowed = "\r\nAccess-Control-Allow-Origin: https://status.example.org\r\n"_ba;
    for (const QByteArray &path : {"/slow/now"_ba, "/api/health"_ba}) {
        m_received.clear();
        send("GET " + path, "Origin: https://status.example.org\r\n");
        QTRY_VERIFY(m_received.contains("\r\n\r\n"));
        QVERIFY2(m_received.toLower().contains(allowed.toLower()), m_received.constData());
        QVERIFY(m_received.toLower().contains("\r\nvary: origin\r\n"));
        m_received.clear();
        send("GET " + path, "Origin: https://elsewhere.example\r\n");
        QTRY_VERIFY(m_received.contains("\r\n\r\n"));
        QVERIFY(!m_received.toLower().contains("access-control-allow-origin"));
    }
}

const frpx::test::TestRegistration registration("tst_apiservice", frpx::test::runTest<TestApiService>);

#include "tst_apiservice.moc"
