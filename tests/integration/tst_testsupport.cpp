// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/echoservice.h"
#include "tests/support/httpclient.h"
#include "tests/support/httpservice.h"
#include "tests/support/originalclient.h"
#include "tests/support/originalserver.h"
#include "tests/support/pattern.h"
#include "tests/support/process.h"
#include "tests/support/rawpeer.h"
#include "tests/support/testregistry.h"
#include "tests/support/threads.h"

#include <QTcpSocket>
#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// The tools the other tests measure with, measured: the scripted peers against each other, the service
/// against the client.
class TestTestSupport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void framesRoundTrip();
    void patternHasNoShortPeriod();
    void originalPeersServeEachOther();
    void originalServerRefuses();
    void originalClientGivesUpOnUnknownVariant();
    void serviceStreamsBothWays();
    void serviceHoldsFiveHundred();
    void echoesAfterEof();
    void givesOutFreePorts();
    void runsPrograms();
};

void TestTestSupport::framesRoundTrip()
{
    const QByteArray bytes = frame("\"Heartbeat\""_ba);
    QCOMPARE(bytes, "\0\0\0\x0b\"Heartbeat\""_ba);
    FrameBuffer buffer;
    for (const char c : bytes + bytes) {
        buffer.append(QByteArray(1, c));
    }
    QCOMPARE(buffer.takeFrame(), "\"Heartbeat\""_ba);
    QCOMPARE(parseMessage(*buffer.takeFrame()).variant, u"Heartbeat"_s);
    QVERIFY(!buffer.takeFrame());
    QCOMPARE(parseMessage(R"({"A":{"b":1}})"_ba).fields.value("b"_L1).toInt(), 1);
    QVERIFY(parseMessage("{}"_ba).variant.isEmpty());
    QVERIFY(parseMessage(R"({"A":{},"B":{}})"_ba).variant.isEmpty());
}

void TestTestSupport::patternHasNoShortPeriod()
{
    const QByteArray start = patternAt(0, 64).toByteArray();
    for (const quint64 offset : {1ULL << 10, 1ULL << 12, 1ULL << 16, 1ULL << 20})
        QVERIFY(patternAt(offset, 64).toByteArray() != start);
    QCOMPARE(patternSha256(0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"_ba);
}

void TestTestSupport::originalPeersServeEachOther()
{
    HttpService service("here"_ba);
    QVERIFY(service.start());
    OriginalServer server;
    server.setAccount(u"a@example.com"_s, u"pa\"ss"_s);
    QVERIFY(server.start());
    OriginalClient client(server.controlPort(), server.proxyPort());
    client.setLocalPort(service.port());
    QVERIFY(client.login(u"a@example.com"_s, u"pa\"ss"_s));
    QVERIFY(!client.token().isEmpty());
    QVERIFY(client.registerAs(u"c"_s));
    client.sendHeartbeat(OriginalClient::HeartbeatForm::Bare);
    client.sendHeartbeat(OriginalClient::HeartbeatForm::WithModels);
    client.sendSystemInfo(1.5, 2, 3);
    QTRY_COMPARE(server.controlFrames().size(), 5);

    const std::unique_ptr<QTcpSocket> user = server.openUserConnection();
    QVERIFY(user);
    user->write("GET / HTTP/1.1\r\n\r\n"_ba);
    QTRY_VERIFY(user->peek(1'000).endsWith("\r\n\r\nhere"));
    QTRY_COMPARE(user->state(), QAbstractSocket::UnconnectedState);

    server.dropLinks();
    QTRY_VERIFY(!client.isConnected());
    QVERIFY(client.loginByToken(client.token()));
    QCOMPARE(
        client.frames().last(), frame(R"({"LoginResult":{"success":true,"error":null,"token":null}})"_ba));
    QVERIFY(client.registerAs(u"c"_s));
    QCOMPARE(client.frames().last(), frame(R"({"RegisterResult":{"success":true,"error":null}})"_ba));
    QCOMPARE(server.problems(), QStringList());
    QCOMPARE(client.problems(), QStringList());
}

void TestTestSupport::originalServerRefuses()
{
    OriginalServer server;
    server.setAccount(u"a@example.com"_s, u"pass"_s);
    QVERIFY(server.start());
    OriginalClient client(server.controlPort(), server.proxyPort());
    QVERIFY(!client.login(u"a@example.com"_s, u"wrong"_s));
    QCOMPARE(client.error(), u"Invalid password"_s);
    QTRY_VERIFY(!client.isConnected());
    QVERIFY(!client.login(u"b@example.com"_s, u"pass"_s));
    QCOMPARE(client.error(), u"User not found"_s);
    QTRY_VERIFY(!client.isConnected());
    QVERIFY(!client.loginByToken(u"made up"_s));
    QCOMPARE(client.error(), u"Invalid token"_s);
    QTRY_VERIFY(!client.isConnected());
    QVERIFY(client.login(u"a@example.com"_s, u"pass"_s));
    QVERIFY(client.registerAs(u"c"_s));

    OriginalClient second(server.controlPort(), server.proxyPort());
    QVERIFY(second.loginByToken(client.token()));
    QVERIFY(!second.registerAs(u"c"_s));
    QCOMPARE(second.error(), u"Client ID already in use"_s);
    RawPeer odd(server.controlPort());
    odd.sendFrame(R"({"Strange":{}})"_ba);
    QTRY_COMPARE(server.problems(), QStringList{uR"(unknown: {"Strange":{}})"_s});
}

void TestTestSupport::originalClientGivesUpOnUnknownVariant()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QTcpServer::newConnection, this,
        [&server] { server.nextPendingConnection()->write(frame("\"HeartbeatAck\""_ba)); });
    OriginalClient client(server.serverPort(), 1);
    QVERIFY(!client.login(u"a"_s, u"b"_s));
    QCOMPARE(client.problems(), QStringList{u"unknown: \"HeartbeatAck\""_s});
}

void TestTestSupport::serviceStreamsBothWays()
{
    HttpService service("one"_ba);
    QVERIFY(service.start());
    const HttpClient client(service.port());
    constexpr quint64 size = 64ULL << 20;
    const QByteArray wanted = patternSha256(size);

    const HttpReply down = client.get("/bytes/" + QByteArray::number(size), HttpClient::Body::Hash);
    QVERIFY2(down.isOk(), qPrintable(down.error));
    QCOMPARE(down.bodySize, size);
    QCOMPARE(down.firstDifference, -1);
    QCOMPARE(down.sha256, wanted);
    const HttpReply up = client.postPattern("/sink"_ba, size);
    QVERIFY2(up.isOk(), qPrintable(up.error));
    QCOMPARE(up.body, QByteArray::number(size) + ' ' + wanted);
    QCOMPARE(client.get("/slow/1"_ba).body, "one"_ba);
    QCOMPARE(client.get("/none"_ba).status, 404);
    const quint16 port = service.port();
    service.stop();
    QVERIFY(!client.get("/"_ba).isOk());
    QVERIFY(service.start());
    QCOMPARE(service.port(), port);
    QVERIFY(client.get("/"_ba).isOk());
}

void TestTestSupport::serviceHoldsFiveHundred()
{
    raiseDescriptorLimit();
    HttpService service("held"_ba);
    QVERIFY(service.start());
    std::vector<RawPeer> users(500);
    for (RawPeer &user : users)
        QVERIFY(user.open(service.port()) && user.send("GET /hold HTTP/1.1\r\n\r\n"_ba));
    QTRY_COMPARE(service.heldCount(), 500);
    service.releaseHeld();
    for (RawPeer &user : users) {
        QVERIFY(user.waitForClosed());
        QVERIFY(user.received().endsWith("held"));
    }
    users.clear();
    QTRY_COMPARE(service.connectionCount(), 0);
}

void TestTestSupport::echoesAfterEof()
{
    EchoService service(EchoService::Mode::AfterEof);
    QVERIFY(service.start());
    RawPeer peer(service.port());
    QVERIFY(peer.send("question"_ba));
    QVERIFY(!peer.receive(1, 50));
    peer.shutdownWrite();
    QVERIFY(peer.waitForClosed());
    QCOMPARE(peer.received(), "question"_ba);
    QVERIFY(!peer.wasReset());

    EchoService atOnce;
    QVERIFY(atOnce.start());
    QVERIFY(peer.open(atOnce.port()));
    QVERIFY(peer.sendSlowly("slow"_ba, 1));
    QVERIFY(peer.receive(4));
    QCOMPARE(peer.received(), "slow"_ba);
}

void TestTestSupport::givesOutFreePorts()
{
    const QList<quint16> ports = freePorts(50);
    QCOMPARE(QSet<quint16>(ports.begin(), ports.end()).size(), 50);
}

void TestTestSupport::runsPrograms()
{
    QByteArray output;
    QByteArray log;
    QCOMPARE(
        Process::run(u"/bin/sh"_s, {u"-c"_s, u"cat; echo no >&2; exit 3"_s}, "yes"_ba, &output, &log), 3);
    QCOMPARE(output, "yes"_ba);
    QCOMPARE(log, "no\n"_ba);
    Process process;
    QVERIFY(process.start(u"/bin/sh"_s, {u"-c"_s, u"echo up >&2; sleep 60"_s}));
    QVERIFY(process.waitForLog(u"up"_s));
    QVERIFY(process.rssKib() > 0);
    QVERIFY(process.descriptorCount() >= 3);
    process.kill9();
    QVERIFY(!process.isRunning());
    QCOMPARE(process.rssKib(), -1);
}

const frpx::test::TestRegistration registration("tst_testsupport", frpx::test::runTest<TestTestSupport>);

#include "tst_testsupport.moc"
