// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/apiserver.h"
#include "tests/support/fakeserverview.h"

#include <QElapsedTimer>
#include <QHostAddress>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QTimer>

#include <limits>

#ifdef Q_OS_UNIX
#include "tests/support/loopback.h"
#include "tests/support/shortage.h"
#include "tests/support/testregistry.h"

#include <poll.h>
#include <sys/socket.h>
#endif

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace {

struct Answer
{
    int status = 0;
    QList<QByteArray> headers;
    QByteArray body;

    /// Names in headers are the same in any case, and Qt 6.8 writes them small.
    bool has(const QByteArray &header) const
    {
        return std::any_of(headers.begin(), headers.end(),
            [&header](const QByteArray &line) { return line.compare(header, Qt::CaseInsensitive) == 0; });
    }
    QJsonObject json() const { return QJsonDocument::fromJson(body).object(); }
    bool isFailure(int expected) const
    {
        return status == expected && json().value("success"_L1) == QJsonValue(false)
            && json().contains("data"_L1) && json().contains("timestamp"_L1);
    }
};

/// A client that sends exactly the bytes it is told to.
class Peer
{
public:
    explicit Peer(quint16 port)
    {
        socket.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
        QObject::connect(&socket, &QTcpSocket::readyRead, &socket, [this] { received += socket.readAll(); });
    }

    bool connected()
    {
        return QTest::qWaitFor([this] { return socket.state() == QTcpSocket::ConnectedState; });
    }
    bool closed(int ms = 5'000)
    {
        return QTest::qWaitFor([this] { return socket.state() == QTcpSocket::UnconnectedState; }, ms);
    }
    void send(const QByteArray &bytes)
    {
        socket.write(bytes);
        if (socket.state() == QTcpSocket::ConnectedState)
            socket.flush();
    }
    /// Waits for one whole answer and takes it. Status 0 if none comes. \a headOnly: an answer to HEAD.
    Answer take(bool headOnly = false)
    {
        Answer answer;
        const bool whole = QTest::qWaitFor([this, headOnly, &answer] { return parse(headOnly, answer); });
        return whole ? answer : Answer{};
    }
    Answer ask(const QByteArray &bytes)
    {
        send(bytes);
        return take();
    }

    QTcpSocket socket;
    QByteArray received;

private:
    bool parse(bool headOnly, Answer &answer)
    {
        const qsizetype end = received.indexOf("\r\n\r\n");
        if (end < 0)
            return false;
        answer.headers = received.first(end).replace("\r\n", "\n").split('\n');
        answer.status = answer.headers.takeFirst().split(' ').value(1).toInt();
        qsizetype length = 0;
        for (const QByteArray &header : answer.headers) {
            if (header.toLower().startsWith("content-length:"))
                length = header.split(':').value(1).trimmed().toLongLong();
        }
        if (headOnly)
            length = 0;
        if (received.size() < end + 4 + length)
            return false;
        answer.body = received.sliced(end + 4, length);
        received.remove(0, end + 4 + length);
        return true;
    }
};

QByteArray request(const QByteArray &method, const QByteArray &path, const QByteArray &more = {})
{
    return method + ' ' + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"_ba + more + "\r\n"_ba;
}

} // namespace

class TestApiServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void keepsConnectionAlive();
    void answersHead();
    void answersOptions();
    void takesCommands();
    void ownsNotFoundAndWrongMethod();
    void passesPathsUnchanged_data();
    void passesPathsUnchanged();
    void deletesClient();
    void takesRequestsInPieces();
    void ignoresBody();
    void answersExpectation();
    void closesOnRequest_data();
    void closesOnRequest();
    void refusesAndCloses_data();
    void refusesAndCloses();
    void deliversRefusalToBusySender();
    void answersPipelinedRequests();
    void answersManyPipelinedRequests();
    void stopsAfterPipelinedClose();
    void answersPeerThatHasShutItsSide();
    void ignoresUpgrade();
    void closesSlowRequest();
    void closesSilentConnection();
    void closesIdleConnection();
    void closesPeerThatLingers();
    void limitsConnections();
    void survivesPeersThatLeaveEarly();
    void holdsBackWhenPeerDoesNotRead();
    void servesManyConnections();
    void sendsLongListsInParts_data();
    void sendsLongListsInParts();
    void leavesOutOfALongListWhatHasGone();
    void takesTurnsWithTheRest();
    void slowsDownUnknownPeers();
    void refusesUnknownPeersThatComeTooOften();
    void reportsOccupiedPort();
    void endsWithOpenConnections();
    void livesThroughAShortageOfDescriptors();

private:
    void listen(const HttpLimits &limits = {})
    {
        m_frontend = std::make_unique<ApiServer>(*m_view, *m_commands, limits);
        const Result<quint16> port = m_frontend->listen(QHostAddress(QHostAddress::LocalHost), 0);
        QVERIFY(port.hasValue());
        m_port = *port;
    }
    bool allClosed()
    {
        return QTest::qWaitFor([this] { return m_frontend->openConnections() == 0; });
    }

    std::unique_ptr<FakeServerView> m_view;
    std::unique_ptr<FakeServerCommands> m_commands;
    std::unique_ptr<ApiServer> m_frontend;
    quint16 m_port = 0;
};

void TestApiServer::init()
{
    m_view = std::make_unique<FakeServerView>();
    m_view->addReporting(u"client_A"_s);
    m_commands = std::make_unique<FakeServerCommands>(*m_view);
    listen();
}

void TestApiServer::cleanup()
{
    m_frontend.reset();
}

void TestApiServer::keepsConnectionAlive()
{
    Peer peer(m_port);
    for (int i = 0; i < 3; ++i) {
        const Answer answer = peer.ask(request("GET"_ba, "/api/clients"_ba));
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.json().value("message"_L1).toString(), u"操作成功"_s);
        QVERIFY(answer.has("Content-Type: application/json; charset=utf-8"_ba));
        QVERIFY(answer.has("Cache-Control: no-store"_ba));
        QVERIFY(answer.has("X-Content-Type-Options: nosniff"_ba));
        QVERIFY(answer.has("Content-Length: "_ba + QByteArray::number(answer.body.size())));
        QCOMPARE(answer.headers.size(), 4);
    }
    QCOMPARE(peer.socket.state(), QTcpSocket::ConnectedState);
    QCOMPARE(m_frontend->openConnections(), 1);
}

void TestApiServer::answersHead()
{
    Peer peer(m_port);
    const Answer get = peer.ask(request("GET"_ba, "/api/ports"_ba));
    peer.send(request("HEAD"_ba, "/api/ports"_ba));
    const Answer head = peer.take(true);
    QCOMPARE(head.status, 200);
    QCOMPARE(head.headers, get.headers); // the length of GET's body among them
    // Nothing of a body may stand before the next answer.
    QCOMPARE(peer.ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
    peer.send(request("HEAD"_ba, "/nowhere"_ba));
    QCOMPARE(peer.take(true).status, 404);
    QCOMPARE(peer.ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
}

void TestApiServer::answersOptions()
{
    Peer peer(m_port);
    for (const auto &[target, methods] : {std::pair("/api/clients/x"_ba, "DELETE, GET, HEAD, OPTIONS"_ba),
             std::pair("*"_ba, "DELETE, GET, HEAD, OPTIONS, PATCH, POST"_ba)}) {
        const Answer answer = peer.ask(request("OPTIONS"_ba, target));
        QCOMPARE(answer.status, 204);
        QVERIFY(answer.has("Allow: "_ba + methods));
        QCOMPARE(answer.headers.size(), 2);
    }
}

void TestApiServer::takesCommands()
{
    Peer peer(m_port);
    QCOMPARE(peer.ask(request("POST"_ba, "/api/clients/client_A/drain"_ba)).status, 200);
    const Answer fromAPage = peer.ask(
        request("POST"_ba, "/api/clients/client_A/undrain"_ba, "Origin: http://elsewhere.example\r\n"_ba));
    QCOMPARE(fromAPage.status, 403);
    const QByteArray body = R"({"retry_after_s":86401})"_ba;
    const QByteArray length = "Content-Length: "_ba + QByteArray::number(body.size()) + "\r\n"_ba;
    QCOMPARE(peer.ask(request("DELETE"_ba, "/api/clients/client_A"_ba, length) + body).status, 400);
    QCOMPARE(peer.ask(request("DELETE"_ba, "/api/clients/client_A?retry_after_s=86401"_ba)).status, 400);
    QCOMPARE(peer.ask(request("DELETE"_ba, "/api/clients/client_A?retry_after_s=1"_ba)).status, 200);
}

void TestApiServer::ownsNotFoundAndWrongMethod()
{
    Peer peer(m_port);
    QVERIFY(peer.ask(request("GET"_ba, "/nowhere"_ba)).isFailure(404));
    const Answer answer = peer.ask(request("POST"_ba, "/api/clients"_ba, "Content-Length: 0\r\n"_ba));
    QVERIFY(answer.isFailure(405));
    QVERIFY(answer.has("Allow: GET, HEAD, OPTIONS"_ba));
    QCOMPARE(peer.ask(request("GET"_ba, "/api/clients"_ba)).status, 200);
}

void TestApiServer::passesPathsUnchanged_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QByteArray>("segment");
    QTest::newRow("slash") << u"a/b"_s << "a%2Fb"_ba;
    QTest::newRow("space") << u"my pc"_s << "my%20pc"_ba;
    QTest::newRow("UTF-8") << u"书房"_s << "%E4%B9%A6%E6%88%BF"_ba;
    QTest::newRow("percent") << u"50%25"_s << "50%2525"_ba;
    QTest::newRow("question mark") << u"a?b#c"_s << "a%3Fb%23c"_ba;
    QTest::newRow("dots") << u".."_s << ".."_ba;
    QTest::newRow("encoded dots") << u"."_s << "%2E"_ba;
    QTest::newRow("brackets") << uR"([{a}]|^`\"<>)"_s << R"([{a}]|^`\"<>)"_ba;
    QTest::newRow("encoded brackets") << u"[{a}]"_s << "%5B%7Ba%7D%5D"_ba;
    QTest::newRow("plus and query") << u"a+b"_s << "a+b?x=%20y"_ba;
    QTest::newRow("colon and at") << u"a:b@c"_s << "a:b@c"_ba;
    QTest::newRow("control character") << u"a\u0001b"_s << "a%01b"_ba;
    QTest::newRow("replacement character") << u"a\ufffdb"_s << "a%EF%BF%BDb"_ba;
}

void TestApiServer::passesPathsUnchanged()
{
    QFETCH(const QString, id);
    QFETCH(const QByteArray, segment);
    m_view->addReporting(id);
    Peer peer(m_port);
    const Answer answer = peer.ask(request("GET"_ba, "/api/clients/"_ba + segment));
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.json().value("data"_L1).toObject().value("client_id"_L1).toString(), id);
    QVERIFY(peer.ask(request("GET"_ba, "/api/clients/%C3%28"_ba)).isFailure(400));
    QCOMPARE(peer.ask(request("GET"_ba, "http://example.com/api/ports"_ba)).status, 200);
}

void TestApiServer::deletesClient()
{
    Peer peer(m_port);
    QCOMPARE(peer.ask(request("DELETE"_ba, "/api/clients/client_A"_ba)).status, 200);
    QVERIFY(m_view->clientList.empty());
    QVERIFY(peer.ask(request("DELETE"_ba, "/api/clients/client_A"_ba)).isFailure(404));
}

void TestApiServer::takesRequestsInPieces()
{
    Peer peer(m_port);
    QVERIFY(peer.connected());
    const QByteArray whole = request("PUT"_ba, "/api/ports"_ba, "Content-Length: 3\r\n"_ba) + "abc"_ba
        + request("GET"_ba, "/api/ports"_ba);
    peer.socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
    for (const char c : whole) {
        peer.send(QByteArray(1, c));
        QCoreApplication::processEvents();
    }
    QVERIFY(peer.take().isFailure(405));
    QCOMPARE(peer.take().status, 200);
}

void TestApiServer::ignoresBody()
{
    Peer peer(m_port);
    const QByteArray body(HttpLimits{}.body, ' ');
    const QByteArray length = "Content-Length: "_ba + QByteArray::number(body.size()) + "\r\n"_ba;
    QCOMPARE(peer.ask(request("GET"_ba, "/api/ports"_ba, length) + body).status, 200);
    QCOMPARE(peer.ask(request("DELETE"_ba, "/api/clients/client_A"_ba, length) + body).status, 200);
}

void TestApiServer::answersExpectation()
{
    Peer peer(m_port);
    peer.send(request("GET"_ba, "/api/ports"_ba, "Content-Length: 3\r\nExpect: 100-continue\r\n"_ba));
    QTRY_COMPARE(peer.received, "HTTP/1.1 100 Continue\r\n\r\n"_ba);
    peer.received.clear();
    QCOMPARE(peer.ask("abc"_ba).status, 200);
    QVERIFY(peer.received.isEmpty());
    // A refusal saves the peer from sending the body.
    QVERIFY(peer.ask(request("GET"_ba, "/"_ba, "Content-Length: 99999\r\nExpect: 100-continue\r\n"_ba))
                .isFailure(413));
}

void TestApiServer::closesOnRequest_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("Connection: close") << request("GET"_ba, "/api/ports"_ba, "Connection: close\r\n"_ba);
    QTest::newRow("HTTP/1.0") << "GET /api/ports HTTP/1.0\r\n\r\n"_ba;
    QTest::newRow("HTTP/1.0 keep-alive") << "GET /api/ports HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"_ba;
}

void TestApiServer::closesOnRequest()
{
    QFETCH(const QByteArray, bytes);
    Peer peer(m_port);
    const Answer answer = peer.ask(bytes);
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.has("Connection: close"_ba));
    QVERIFY(peer.closed());
    QCOMPARE(peer.socket.error(), QAbstractSocket::RemoteHostClosedError);
    QVERIFY(allClosed());
}

void TestApiServer::refusesAndCloses_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    QTest::newRow("garbage") << "hello\r\n\r\n"_ba << 400;
    QTest::newRow("TLS") << "\x16\x03\x01\x02"_ba << 400;
    QTest::newRow("no Host") << "GET / HTTP/1.1\r\n\r\n"_ba << 400;
    QTest::newRow("bad Host") << "GET / HTTP/1.1\r\nHost: a b[\r\n\r\n"_ba << 400;
    QTest::newRow("bad escape") << request("GET"_ba, "/api/clients/%zz"_ba) << 400;
    QTest::newRow("chunked") << request("GET"_ba, "/"_ba, "Transfer-Encoding: chunked\r\n"_ba) << 411;
    QTest::newRow("large body") << request("GET"_ba, "/"_ba, "Content-Length: 65537\r\n"_ba) << 413;
    QTest::newRow("long line") << "GET /"_ba + QByteArray(9000, 'x') << 414;
    QTest::newRow("large fields") << "GET / HTTP/1.1\r\nA: "_ba + QByteArray(20000, 'x') << 431;
    QTest::newRow("unknown method") << "BREW / HTTP/1.1\r\n"_ba << 501;
    QTest::newRow("HTTP/2") << "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"_ba << 505;
}

void TestApiServer::refusesAndCloses()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const int, status);
    Peer peer(m_port);
    QCOMPARE(peer.ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
    const Answer answer = peer.ask(bytes);
    QVERIFY2(answer.isFailure(status), answer.body.constData());
    QVERIFY(answer.has("Connection: close"_ba));
    QVERIFY(peer.closed());
    QVERIFY(allClosed());
}

void TestApiServer::deliversRefusalToBusySender()
{
    // With unread data a plain close() would reset the connection, and the answer with it.
    Peer peer(m_port);
    peer.send(request("POST"_ba, "/api/clients"_ba, "Content-Length: 10000000\r\n"_ba));
    peer.send(QByteArray(4'000'000, 'x'));
    QVERIFY(peer.take().isFailure(413));
    QVERIFY(peer.closed());
    QCOMPARE(peer.socket.error(), QAbstractSocket::RemoteHostClosedError);
}

void TestApiServer::answersPipelinedRequests()
{
    Peer peer(m_port);
    peer.send(request("GET"_ba, "/api/ports"_ba) + request("HEAD"_ba, "/api/stats"_ba)
        + request("GET"_ba, "/nowhere"_ba, "Content-Length: 3\r\n"_ba) + "abc\r\n"_ba
        + request("GET"_ba, "/api/users"_ba));
    QVERIFY(peer.take().json().value("data"_L1).toObject().contains("api_port"_L1));
    QCOMPARE(peer.take(true).status, 200);
    QVERIFY(peer.take().isFailure(404));
    QVERIFY(peer.take().json().value("data"_L1).isArray());
    QCOMPARE(peer.socket.state(), QTcpSocket::ConnectedState);
}

void TestApiServer::answersManyPipelinedRequests()
{
    Peer peer(m_port);
    constexpr int count = 3000; // several read buffers full
    peer.send(request("GET"_ba, "/api/users"_ba).repeated(count));
    for (int i = 0; i < count; ++i)
        QCOMPARE(peer.take().status, 200);
    QVERIFY(peer.received.isEmpty());
}

void TestApiServer::stopsAfterPipelinedClose()
{
    Peer peer(m_port);
    peer.send(request("GET"_ba, "/api/ports"_ba)
        + request("GET"_ba, "/api/users"_ba, "Connection: close\r\n"_ba)
        + request("DELETE"_ba, "/api/clients/client_A"_ba));
    QCOMPARE(peer.take().status, 200);
    QVERIFY(peer.take().has("Connection: close"_ba));
    QVERIFY(peer.closed());
    QVERIFY(peer.received.isEmpty());
    QCOMPARE(m_view->clientList.size(), 1U);
}

void TestApiServer::answersPeerThatHasShutItsSide()
{
#ifdef Q_OS_UNIX
    // `printf … | nc -N` does this. A large answer, so that not all of it fits into the kernel at once.
    for (int i = 0; i < 2000; ++i)
        m_view->addReporting(QString::number(i));
    for (const QByteArray &path : {"/api/ports"_ba, "/api/clients"_ba}) {
        Peer peer(m_port);
        QVERIFY(peer.connected());
        peer.send(request("GET"_ba, path));
        QCOMPARE(::shutdown(static_cast<int>(peer.socket.socketDescriptor()), SHUT_WR), 0);
        QCOMPARE(peer.take().status, 200);
        QVERIFY(peer.closed());
        QVERIFY(allClosed());
    }
#else
    QSKIP("Qt itself has no half-close");
#endif
}

void TestApiServer::ignoresUpgrade()
{
    Peer peer(m_port);
    const QByteArray upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"_ba;
    QCOMPARE(peer.ask(request("GET"_ba, "/api/ports"_ba, upgrade)).status, 200);
    QCOMPARE(peer.ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
}

void TestApiServer::closesSlowRequest()
{
    listen({.requestTime = 100ms});
    QElapsedTimer elapsed;
    elapsed.start();
    Peer peer(m_port);
    QVERIFY(peer.connected());
    QTimer drip; // a byte now and then does not buy time
    QObject::connect(&drip, &QTimer::timeout, &peer.socket, [&peer] { peer.send("x"_ba); });
    peer.send("GET /"_ba);
    drip.start(20);
    QVERIFY(peer.take().isFailure(408));
    QVERIFY(elapsed.elapsed() >= 90);
    drip.stop();
    QVERIFY(peer.closed());
    QVERIFY(allClosed());
}

void TestApiServer::closesSilentConnection()
{
    listen({.requestTime = 100ms});
    Peer peer(m_port);
    QVERIFY(peer.connected());
    QVERIFY(peer.closed());
    QVERIFY(peer.received.isEmpty());
    QVERIFY(allClosed());
}

void TestApiServer::closesIdleConnection()
{
    listen({.requestTime = 10s, .idleTime = 100ms});
    Peer peer(m_port);
    QCOMPARE(peer.ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
    QVERIFY(peer.closed());
    QVERIFY(peer.received.isEmpty());
    QVERIFY(allClosed());
}

void TestApiServer::closesPeerThatLingers()
{
    listen({.lingerTime = 100ms});
    QTcpSocket stubborn; // does not look at what it gets, so it does not see the end either
    stubborn.setReadBufferSize(1);
    stubborn.connectToHost(QHostAddress(QHostAddress::LocalHost), m_port);
    QTRY_COMPARE(stubborn.state(), QTcpSocket::ConnectedState);
    stubborn.write("hello\r\n\r\n"_ba);
    QTRY_COMPARE(m_frontend->openConnections(), 1);
    QVERIFY(allClosed());
}

void TestApiServer::limitsConnections()
{
    listen({.connections = 3});
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 3; ++i) {
        peers.push_back(std::make_unique<Peer>(m_port));
        QCOMPARE(peers.back()->ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
    }
    Peer next(m_port); // in the place of the one that has been idle for the longest time
    QCOMPARE(next.ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
    QVERIFY(peers.at(0)->closed());
    QCOMPARE(m_frontend->openConnections(), 3);
    QCOMPARE(peers.at(1)->ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
    peers.at(2)->send(
        "GET /api/po"_ba); // has begun, and may take its time, but not for ever in the way of others
    Peer another(m_port);
    QCOMPARE(another.ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
    QCOMPARE(m_frontend->openConnections(), 3);
}

void TestApiServer::survivesPeersThatLeaveEarly()
{
    for (const QByteArray &bytes : {QByteArray(), "GET /api"_ba, request("GET"_ba, "/api/clients"_ba),
             request("GET"_ba, "/api/clients"_ba).repeated(100), "hello\r\n\r\n"_ba,
             request("POST"_ba, "/"_ba, "Content-Length: 10\r\n"_ba)}) {
        for (int i = 0; i < 10; ++i) {
            Peer peer(m_port);
            QVERIFY(peer.connected());
            peer.send(bytes);
            peer.socket.abort();
        }
    }
    Peer peer(m_port);
    QCOMPARE(peer.ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
    QTRY_COMPARE(m_frontend->openConnections(), 1);
}

void TestApiServer::holdsBackWhenPeerDoesNotRead()
{
    for (int i = 0; i < 2000; ++i)
        m_view->addReporting(QString::number(i));
    listen({.idleTime = 300ms});
    QTcpSocket stubborn;
    stubborn.setReadBufferSize(1);
    stubborn.connectToHost(QHostAddress(QHostAddress::LocalHost), m_port);
    QTRY_COMPARE(stubborn.state(), QTcpSocket::ConnectedState);
    stubborn.write(request("GET"_ba, "/api/clients"_ba).repeated(100)); // 70 MB of answers
    QTRY_COMPARE(m_frontend->openConnections(), 1);
    Peer other(m_port); // is served meanwhile
    QCOMPARE(other.ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
    QVERIFY(allClosed());
}

void TestApiServer::servesManyConnections()
{
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 100; ++i) {
        peers.push_back(std::make_unique<Peer>(m_port));
        peers.back()->socket.write(request("GET"_ba, "/api/clients/client_A"_ba));
    }
    for (const auto &peer : peers)
        QCOMPARE(peer->take().status, 200);
    QCOMPARE(m_frontend->openConnections(), 100);
    peers.clear();
    QVERIFY(allClosed());
}

void TestApiServer::sendsLongListsInParts_data()
{
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<int>("count");
    QTest::addColumn<bool>("chunked");
    QTest::newRow("short") << "HTTP/1.1"_ba << 100 << false;
    QTest::newRow("long") << "HTTP/1.1"_ba << 5000 << true;
    QTest::newRow("long, to one that knows no chunks") << "HTTP/1.0"_ba << 5000 << false;
}

void TestApiServer::sendsLongListsInParts()
{
    constexpr int longListMs = 30'000; // made in a third of the time of a thread, and sanitizers are slow
    QFETCH(const QByteArray, version);
    QFETCH(const int, count);
    QFETCH(const bool, chunked);
    m_view->clientList.clear();
    for (int i = 0; i < count; ++i)
        m_view->addReporting(QString::number(i));
    Peer peer(m_port);
    const QByteArray rest = " /api/clients "_ba + version + "\r\nHost: h\r\n\r\n"_ba;
    peer.send("HEAD"_ba + rest + "GET"_ba + rest);
    const auto headEnd = [&peer] { return peer.received.indexOf("\r\n\r\n"); };
    QTRY_VERIFY(headEnd() >= 0);
    if (version == "HTTP/1.0"_ba) { // the first answer is the last
        QVERIFY(peer.closed());
        QCOMPARE(headEnd(), peer.received.size() - 4);
        QVERIFY(peer.received.contains("Connection: close"));
        Peer second(m_port);
        second.send("GET"_ba + rest);
        QVERIFY(second.closed(longListMs));
        QVERIFY(!second.received.contains("Transfer-Encoding"));
        const QByteArray body = second.received.sliced(second.received.indexOf("\r\n\r\n") + 4);
        QCOMPARE(QJsonDocument::fromJson(body).object().value("data"_L1).toArray().size(), count);
        return;
    }
    const QByteArray head = peer.received.first(headEnd());
    QCOMPARE(head.contains("Transfer-Encoding: chunked"), chunked);
    QCOMPARE(head.contains("Content-Length"), !chunked);
    peer.received.remove(0, headEnd() + 4);
    QTRY_VERIFY(headEnd() >= 0);
    QVERIFY(peer.received.startsWith(head.first(head.indexOf("\r\n"))));
    QByteArray body;
    if (chunked) {
        QTRY_VERIFY_WITH_TIMEOUT(peer.received.endsWith("\r\n0\r\n\r\n"), longListMs);
        peer.received.remove(0, headEnd() + 4);
        int parts = 0;
        while (!peer.received.isEmpty()) {
            const qsizetype lineEnd = peer.received.indexOf("\r\n");
            const qsizetype size = peer.received.first(lineEnd).toLongLong(nullptr, 16);
            body += peer.received.sliced(lineEnd + 2, size);
            peer.received.remove(0, lineEnd + 2 + size + 2);
            ++parts;
        }
        QVERIFY(parts > 10);
    } else {
        body = peer.take().body;
    }
    const QJsonObject object = QJsonDocument::fromJson(body).object();
    QVERIFY(object.value("success"_L1).toBool());
    QCOMPARE(object.value("data"_L1).toArray().size(), count);
    QCOMPARE(object.value("data"_L1).toArray().last()["client_id"_L1].toString(), QString::number(count - 1));
    QCOMPARE(peer.ask(request("GET"_ba, "/api/ports"_ba)).status, 200); // the connection lives
}

void TestApiServer::leavesOutOfALongListWhatHasGone()
{
    ApiRouter router(*m_view, *m_commands);
    m_view->addReporting(u"client_B"_s);
    ApiResponse response = router.handle({"GET"_ba, "/api/clients"_ba, {}, {}});
    response.addItems(response.body.size() + 1); // the first one
    QVERIFY(response.items);
    m_view->clientList.pop_back();
    response.addItems(std::numeric_limits<qsizetype>::max());
    QVERIFY(!response.items);
    QCOMPARE(QJsonDocument::fromJson(response.body)["data"_L1].toArray().size(), 1);
}

/// Whoever has other things to do on this thread gets to do them while requests without end are there.
void TestApiServer::takesTurnsWithTheRest()
{
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 20; ++i) {
        peers.push_back(std::make_unique<Peer>(m_port));
        peers.back()->send(request("GET"_ba, "/api/ports"_ba).repeated(2000));
    }
    QTRY_VERIFY(!peers.front()->received.isEmpty());
    int turns = 0; // of the event loop
    QTimer others;
    QObject::connect(&others, &QTimer::timeout, &others, [&turns] { ++turns; });
    others.start(0);
    const auto received = [&peers] {
        qsizetype answers = 0;
        for (const auto &peer : peers)
            answers += peer->received.count("HTTP/1.1 200 ");
        return answers;
    };
    const qsizetype before = received();
    std::vector<qsizetype> sizes;
    for (const auto &peer : peers)
        sizes.push_back(peer->received.size());
    // The share of time says when each goes on: after a step that took long, the API rests.
    QTRY_VERIFY(turns >= 300);
    for (size_t i = 0; i < peers.size(); ++i)
        QTRY_VERIFY(peers[i]->received.size() > sizes[i]); // all of them have their turns
    const qsizetype more = received() - before;
    QVERIFY2(more < qsizetype(turns) * 100, qPrintable(QString::number(more)));
}

void TestApiServer::slowsDownUnknownPeers()
{
    listen({.unknownBurst = 2, .unknownPerSecond = 20});
    m_frontend->setGate(ApiGate({.tokenRequired = true, .check = [](QStringView token) {
                                     return token == u"good" ? std::optional(ApiRight::Read) : std::nullopt;
                                 }}));
    QElapsedTimer elapsed;
    elapsed.start();
    Peer peer(m_port);
    peer.send(
        request("GET"_ba, "/api/health"_ba).repeated(3) + request("GET"_ba, "/api/stats"_ba).repeated(3));
    Peer known(m_port); // of the same address
    for (int i = 0; i < 20; ++i)
        QCOMPARE(
            known.ask(request("GET"_ba, "/api/stats"_ba, "Authorization: Bearer good\r\n"_ba)).status, 200);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(peer.take().status, 200);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(peer.take().status, 401);
    QVERIFY(elapsed.elapsed() >= 190); // four had to wait, 50 ms each
}

void TestApiServer::refusesUnknownPeersThatComeTooOften()
{
    listen({.unknownBurst = 1, .unknownPerSecond = 1, .unknownWait = 0ms});
    m_frontend->setGate(ApiGate({.tokenRequired = true}));
    Peer peer(m_port);
    peer.send(request("GET"_ba, "/api/health"_ba).repeated(3));
    QCOMPARE(peer.take().status, 200);
    const Answer answer = peer.take();
    QVERIFY2(answer.isFailure(429), answer.body.constData());
    QVERIFY(answer.has("Connection: close"_ba));
    QVERIFY(peer.closed());
}

void TestApiServer::reportsOccupiedPort()
{
    ApiServer second(*m_view, *m_commands);
    const Result<quint16> port = second.listen(QHostAddress(QHostAddress::LocalHost), m_port);
    QVERIFY(!port.hasValue());
    QCOMPARE(int(port.error().code), int(Errc::Io));
    QVERIFY(port.error().detail.contains(QString::number(m_port)));
}

void TestApiServer::endsWithOpenConnections()
{
    Peer idle(m_port);
    QCOMPARE(idle.ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
    Peer halfway(m_port);
    QVERIFY(halfway.connected());
    halfway.send("GET /"_ba);
    QTRY_COMPARE(m_frontend->openConnections(), 2);
    m_frontend.reset();
    QVERIFY(idle.closed());
    QVERIFY(halfway.closed());
}

void TestApiServer::livesThroughAShortageOfDescriptors()
{
#ifdef Q_OS_UNIX
    Peer early(m_port);
    QCOMPARE(early.ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
    const UniqueFd late = connectTo(m_port); // made by the kernel: it is accepting that needs a descriptor
    QVERIFY(sendAll(late.get(), request("GET"_ba, "/api/ports"_ba)));
    {
        const NoDescriptors shortage;
        const qint64 cpu = cpuMs();
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"cannot accept"_s));
        QTest::qWait(900);
        QVERIFY2(cpuMs() - cpu < 300, "the listener turns the processor");
        QCOMPARE(early.ask(request("GET"_ba, "/api/ports"_ba)).status, 200);
        QCOMPARE(m_frontend->openConnections(), 1);
    }
    QTRY_COMPARE(m_frontend->openConnections(), 2);
    pollfd watched{late.get(), POLLIN, 0};
    QTRY_COMPARE(::poll(&watched, 1, 0), 1);
    QCOMPARE(receive(late.get(), 12).bytes, "HTTP/1.1 200"_ba);
#endif
}

const frpx::test::TestRegistration registration("tst_apiserver", frpx::test::runTest<TestApiServer>);

#include "tst_apiserver.moc"
