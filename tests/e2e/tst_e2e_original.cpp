// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/echoservice.h"
#include "tests/support/httpservice.h"
#include "tests/support/originalclient.h"
#include "tests/support/originalserver.h"
#include "tests/support/pattern.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/testregistry.h"
#include "tests/support/threads.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QSet>
#include <QTcpSocket>
#include <QTest>
#include <QUuid>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// The original client against frps, and frpc against the original server.
class TestE2eOriginal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // frps
    void serverAnswersByteForByte();
    void serverRefusesByteForByte();
    void serverKeepsTheIdOfALivingClient();
    void serverTakesHeartbeatsAndSystemInfo();
    void serverProxiesThroughOriginalClients();
    // frpc
    void clientSpeaksByteForByte();
    void clientProxiesForOriginalServer();
    void clientTellsNothingTheOriginalDoesNotKnow();
    void clientComesBackByToken();
    void clientLogsInAfreshWhenItsTokenIsRefused_data();
    void clientLogsInAfreshWhenItsTokenIsRefused();

private:
    static bool startClient(FrpcProcess &client, OriginalServer &server, quint16 localPort);
};

namespace {

const QString email = QString::fromLatin1(demoEmail);
const QString password = QString::fromLatin1(demoPassword);

const QByteArray registered = frame(R"({"RegisterResult":{"success":true,"error":null}})"_ba);
const QByteArray idInUse =
    frame(R"({"RegisterResult":{"success":false,"error":"Client ID already in use"}})"_ba);

QByteArray refused(const QString &why)
{
    return frame(R"({"LoginResult":{"success":false,"error":)" + jsonString(why) + R"(,"token":null}})");
}

bool isVersion4(const QString &id)
{
    const QUuid uuid = QUuid::fromString(id);
    return uuid.version() == QUuid::Random && uuid.toString(QUuid::WithoutBraces) == id;
}

} // namespace

void TestE2eOriginal::serverAnswersByteForByte()
{
    FrpsProcess frps;
    QVERIFY(frps.start());
    OriginalClient client(frps.controlPort(), frps.proxyPort());
    QVERIFY(client.login(email, password));
    QVERIFY(!client.token().isEmpty());
    QCOMPARE(client.frames().last(),
        frame(R"({"LoginResult":{"success":true,"error":null,"token":)" + jsonString(client.token()) + "}}"));
    QVERIFY(client.registerAs(u"Öriginal \"1\""_s));
    QCOMPARE(client.frames().last(), registered);
    QVERIFY(frps.waitForLog(u"Client Öriginal \"1\" registered successfully."_s));
    QCOMPARE(frps.clientIds(), QStringList{u"Öriginal \"1\""_s});

    client.close();
    QVERIFY(frps.waitForClients(0, 2'000));
    QVERIFY(client.loginByToken(client.token()));
    QCOMPARE(
        client.frames().last(), frame(R"({"LoginResult":{"success":true,"error":null,"token":null}})"_ba));
    QVERIFY(client.registerAs(u"again"_s));
    QCOMPARE(client.frames().last(), registered);
    QCOMPARE(client.frames().size(), 4);
    QCOMPARE(client.problems(), QStringList());
}

void TestE2eOriginal::serverRefusesByteForByte()
{
    FrpsProcess frps;
    QVERIFY(frps.start());
    OriginalClient client(frps.controlPort(), frps.proxyPort());
    QVERIFY(!client.loginByToken(u"made up"_s));
    QCOMPARE(client.frames().last(), refused(u"Invalid token"_s));
    client.close();
    // Whether the address exists is nobody's business.
    QVERIFY(!client.login(email, u"wrong"_s));
    const QByteArray wrongPassword = client.frames().last();
    QCOMPARE(wrongPassword, refused(client.error()));
    client.close();
    QVERIFY(!client.login(u"nobody@example.com"_s, u"wrong"_s));
    QCOMPARE(client.frames().last(), wrongPassword);
    QCOMPARE(client.problems(), QStringList());
}

void TestE2eOriginal::serverKeepsTheIdOfALivingClient()
{
    FrpsProcess frps;
    QCOMPARE(Process::run(frpsProgram(),
                 {u"user"_s, u"add"_s, u"a@example.com"_s, u"--data-dir"_s, frps.dataDirectory()},
                 "first password\n"_ba),
        0);
    QCOMPARE(Process::run(frpsProgram(),
                 {u"user"_s, u"add"_s, u"b@example.com"_s, u"--data-dir"_s, frps.dataDirectory()},
                 "other password\n"_ba),
        0);
    QVERIFY(frps.start());
    HttpService service("here"_ba);
    QVERIFY(service.start());
    OriginalClient first(frps.controlPort(), frps.proxyPort());
    first.setLocalPort(service.port());
    QVERIFY(first.login(u"a@example.com"_s, u"first password"_s) && first.registerAs(u"pc"_s));

    OriginalClient stranger(frps.controlPort(), frps.proxyPort());
    QVERIFY(stranger.login(u"b@example.com"_s, u"other password"_s));
    QVERIFY(!stranger.registerAs(u"pc"_s));
    QCOMPARE(stranger.frames().last(), idInUse);

    OriginalClient second(frps.controlPort(), frps.proxyPort());
    QVERIFY(second.loginByToken(first.token()));
    QVERIFY(!second.registerAs(u"pc"_s)); // the first one answers the probe
    QCOMPARE(second.frames().last(), idInUse);
    QVERIFY(first.isConnected());

    first.setAnswering(false); // and now it does not
    second.close();
    QVERIFY(second.loginByToken(first.token()));
    QVERIFY2(second.registerAs(u"pc"_s), qPrintable(second.error()));
    QTRY_VERIFY(!first.isConnected());
    for (const OriginalClient *client : {&first, &second, &stranger})
        QCOMPARE(client->problems(), QStringList());
}

void TestE2eOriginal::serverTakesHeartbeatsAndSystemInfo()
{
    FrpsProcess frps;
    QVERIFY(frps.start({u"--heartbeat-timeout"_s, u"4"_s})); // a busy machine may hold a beat back for long
    OriginalClient client(frps.controlPort(), frps.proxyPort());
    QVERIFY(client.login(email, password) && client.registerAs(u"old"_s));
    client.sendSystemInfo(12.5, 50, 75.25);
    client.sendHeartbeat(OriginalClient::HeartbeatForm::Bare);
    const auto info = [&] {
        return frps.api("/api/clients/old"_ba).toObject().value("system_info"_L1).toObject();
    };
    QTRY_COMPARE(info().value("cpu_usage"_L1).toDouble(), 12.5);
    QCOMPARE(info().value("memory_usage"_L1).toDouble(), 50.0);
    QCOMPARE(info().value("disk_usage"_L1).toDouble(), 75.25);
    QCOMPARE(
        frps.api("/api/clients/old/heartbeat"_ba).toObject().value("status"_L1).toString(), u"healthy"_s);

    // Either form of the heartbeat alone keeps it in the pool.
    for (const auto form : {OriginalClient::HeartbeatForm::WithModels, OriginalClient::HeartbeatForm::Bare}) {
        for (int i = 0; i < 11; ++i) {
            client.sendHeartbeat(form);
            QTest::qWait(500);
        }
        QVERIFY(client.isConnected());
        QCOMPARE(frps.activeClients(), 1);
    }
    QVERIFY(frps.waitForClients(0, 15'000));
    QTRY_VERIFY(!client.isConnected());
    QCOMPARE(client.problems(), QStringList());
    QCOMPARE(client.frames().size(), 2); // nothing was ever sent beside the two results
}

void TestE2eOriginal::serverProxiesThroughOriginalClients()
{
    HttpService service("old"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start());
    OriginalClient client(frps.controlPort(), frps.proxyPort());
    client.setLocalPort(service.port());
    QVERIFY(client.login(email, password) && client.registerAs(u"old"_s));

    constexpr quint64 size = 8ULL << 20;
    std::atomic<int> good = 0;
    inThreads(4, [&](int) {
        const HttpClient user = frps.user();
        for (int i = 0; i < 10; ++i)
            good += user.get("/"_ba).body == "old" ? 1 : 0;
        good += user.get("/bytes/" + QByteArray::number(size), HttpClient::Body::Hash).sha256
                == patternSha256(size)
            ? 1
            : 0;
        good +=
            user.postPattern("/sink"_ba, size).body == QByteArray::number(size) + ' ' + patternSha256(size)
            ? 1
            : 0;
    });
    QCOMPARE(good, 4 * 12);
    QCOMPARE(client.requestedIds().size(), 4 * 12);
    QCOMPARE(QSet<QString>(client.requestedIds().begin(), client.requestedIds().end()).size(), 4 * 12);
    for (qsizetype i = 0; i < client.requestedIds().size(); ++i) {
        const QString &id = client.requestedIds().at(i);
        QVERIFY2(isVersion4(id), qPrintable(id));
        QCOMPARE(client.frames().at(2 + i),
            frame(R"({"RequestNewProxyConn":{"proxy_conn_id":)" + jsonString(id) + "}}"));
    }
    QCOMPARE(client.problems(), QStringList());
}

bool TestE2eOriginal::startClient(FrpcProcess &client, OriginalServer &server, quint16 localPort)
{
    server.setAccount(email, password);
    return server.start()
        && client.launch(server.controlPort(), server.proxyPort(), localPort,
            FrpcProcess::demoAccount() << u"--heartbeat-interval"_s << u"1"_s)
        && client.waitForRegistrations(1) && server.waitForRegistered(client.clientId());
}

void TestE2eOriginal::clientSpeaksByteForByte()
{
    OriginalServer server;
    FrpcProcess client(u"new"_s);
    QVERIFY(startClient(client, server, 1));
    QCOMPARE(
        server.controlFrames().at(0), frame(R"({"Login":{"email":"test@example.com","pass":"123456"}})"_ba));
    const QByteArray registration = server.controlFrames().at(1).sliced(4);
    QVERIFY2(registration.startsWith(R"({"Register":{"client_id":"new")"), registration.constData());

    QTRY_VERIFY_WITH_TIMEOUT(server.payloads(u"Heartbeat"_s).size() >= 2, 10'000);
    for (const QByteArray &payload : server.payloads(u"Heartbeat"_s))
        QCOMPARE(payload, "\"Heartbeat\""_ba);
    QTRY_VERIFY_WITH_TIMEOUT(!server.payloads(u"SystemInfo"_s).isEmpty(), 15'000);
    const QByteArray report = server.payloads(u"SystemInfo"_s).first();
    const QJsonObject fields = parseMessage(report).fields;
    for (const QLatin1StringView key : {"cpu_usage"_L1, "memory_usage"_L1, "disk_usage"_L1}) {
        const double value = fields.value(key).toDouble(-1);
        QVERIFY2(value >= 0 && value <= 100, report.constData());
    }
    QVERIFY(client.waitForLog(u"Successfully logged in."_s));
    QVERIFY(!client.log().contains("123456"));
    QCOMPARE(server.problems(), QStringList());
}

void TestE2eOriginal::clientProxiesForOriginalServer()
{
    EchoService echo;
    QVERIFY(echo.start());
    OriginalServer server;
    FrpcProcess client(u"new"_s);
    QVERIFY(startClient(client, server, echo.port()));

    constexpr int count = 20;
    std::vector<std::unique_ptr<QTcpSocket>> users;
    for (int i = 0; i < count; ++i) {
        users.push_back(server.openUserConnection());
        QVERIFY(users.back());
    }
    constexpr quint64 size = 1'000'000;
    for (int i = 0; i < count; ++i) {
        users.at(size_t(i))->write(patternAt(quint64(i) * 1'000, size).toByteArray());
    }
    for (int i = 0; i < count; ++i) {
        const QByteArray sent = patternAt(quint64(i) * 1'000, size).toByteArray();
        QTRY_COMPARE_WITH_TIMEOUT(users.at(size_t(i))->bytesAvailable(), sent.size(), 10'000);
        QVERIFY(users.at(size_t(i))->readAll() == sent);
        users.at(size_t(i))->disconnectFromHost();
    }
    QTRY_COMPARE(echo.connectionCount(), 0);

    QCOMPARE(server.proxyFrames().size(), count);
    for (const QByteArray &bytes : server.proxyFrames()) {
        const QString id = parseMessage(bytes.sliced(4)).fields.value("proxy_conn_id"_L1).toString();
        QCOMPARE(bytes, frame(R"({"NewProxyConn":{"proxy_conn_id":)" + jsonString(id) + "}}"));
    }
    QCOMPARE(server.problems(), QStringList());
}

void TestE2eOriginal::clientTellsNothingTheOriginalDoesNotKnow()
{
    OriginalServer server;
    FrpcProcess client(u"new"_s);
    QVERIFY(startClient(client, server, freePorts(1).first())); // no local service there
    for (int i = 0; i < 3; ++i) {
        // Whether it dials back or not: the user is let go, and no variant of ours is sent.
        const std::unique_ptr<QTcpSocket> user = server.openUserConnection(1'000);
        if (user)
            QTRY_COMPARE(user->state(), QAbstractSocket::UnconnectedState);
    }
    QTRY_VERIFY_WITH_TIMEOUT(!server.payloads(u"SystemInfo"_s).isEmpty(), 15'000);
    QCOMPARE(server.problems(), QStringList());
    QCOMPARE(server.linkCount(), 1);
    QCOMPARE(client.terminate(), 0);
    QTRY_COMPARE(server.linkCount(), 0);
    QCOMPARE(server.problems(), QStringList()); // nor is there a farewell
}

void TestE2eOriginal::clientComesBackByToken()
{
    HttpService service("here"_ba);
    QVERIFY(service.start());
    OriginalServer server;
    FrpcProcess client(u"new"_s);
    QVERIFY(startClient(client, server, service.port()));
    const QString token = server.lastToken();

    server.forgetFrames();
    server.dropLinks();
    QVERIFY(server.waitForRegistered(client.clientId()));
    const QByteArray byToken = frame(R"({"LoginByToken":{"token":)" + jsonString(token) + "}}");
    QCOMPARE(server.controlFrames().at(0), byToken);

    server.stop();
    server.forgetFrames();
    QVERIFY(server.start());
    QVERIFY(server.waitForRegistered(client.clientId()));
    QCOMPARE(server.controlFrames().at(0), byToken);

    const std::unique_ptr<QTcpSocket> user = server.openUserConnection();
    QVERIFY(user);
    user->write("GET / HTTP/1.1\r\n\r\n"_ba);
    QTRY_VERIFY(user->peek(1'000).endsWith("\r\n\r\nhere"));
    QCOMPARE(server.problems(), QStringList());
}

void TestE2eOriginal::clientLogsInAfreshWhenItsTokenIsRefused_data()
{
    QTest::addColumn<bool>("closes");
    QTest::newRow("the server closes") << true;
    QTest::newRow("the server waits") << false;
}

void TestE2eOriginal::clientLogsInAfreshWhenItsTokenIsRefused()
{
    QFETCH(const bool, closes);
    OriginalServer server;
    server.setClosesAfterRefusal(closes);
    FrpcProcess client(u"new"_s);
    QVERIFY(startClient(client, server, 1));
    server.revokeTokens();
    server.forgetFrames();
    server.dropLinks();
    QVERIFY(server.waitForRegistered(client.clientId()));
    QCOMPARE(server.payloads(u"LoginByToken"_s).size(), 1);
    QCOMPARE(server.payloads(u"Login"_s).size(), 1);
    QCOMPARE(server.problems(), QStringList());
    QVERIFY(client.isRunning());
}

const frpx::test::TestRegistration registration("tst_e2e_original", frpx::test::runTest<TestE2eOriginal>);

#include "tst_e2e_original.moc"
