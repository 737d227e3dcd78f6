// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/originalclient.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QFileInfo>
#include <QHash>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTest>

#include <chrono>
#include <csignal>
#include <thread>

#include <unistd.h>

using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

const QString alice = u"alice@example.com"_s;
const QByteArray secret = "correct horse battery"_ba;

/// The port that the server gives to \a name; 0 without a whole answer.
int leasedPort(const FrpsProcess &frps, const QString &name)
{
    const QByteArray body =
        R"({"version":"0.1.0","op":"NewProxy","content":{"user":{"user":"u","metas":null,"run_id":"1"},)"
        R"("proxy_name":"u.)"
        + name.toUtf8() + R"(","proxy_type":"tcp","remote_port":0}})";
    HttpClient http(frps.apiPort());
    http.setTimeout(2'000);
    const HttpReply reply = http.post("/port-registrations?op=NewProxy", body);
    const QJsonObject answer = QJsonDocument::fromJson(reply.body).object();
    return reply.isOk() && !answer.value("reject"_L1).toBool()
        ? answer.value("content"_L1).toObject().value("remote_port"_L1).toInt()
        : 0;
}

} // namespace

/// What becomes of accounts, tokens and leases, as operators and clients see it.
class TestE2eAccounts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void endsSessions_data();
    void endsSessions();
    void cutsWhoIsServed_data();
    void cutsWhoIsServed();
    void keepsToTheRightsOfAnAccount();
    void losesNothingWhenKilled();
    void refusesAReadOnlyDatabase();

private:
    static int frps(const FrpsProcess &server, const QStringList &arguments, const QByteArray &input = {},
        QByteArray *output = nullptr)
    {
        return Process::run(
            frpsProgram(), arguments + QStringList{u"--data-dir"_s, server.dataDirectory()}, input, output);
    }
    static int addAlice(const FrpsProcess &server)
    {
        return frps(server, {u"user"_s, u"add"_s, alice}, secret + '\n');
    }
    static QStringList account()
    {
        return {u"--email"_s, alice, u"--password"_s, QString::fromLatin1(secret)};
    }
};

void TestE2eAccounts::endsSessions_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QByteArray>("reason");
    QTest::newRow("removed") << QStringList{u"user"_s, u"remove"_s, alice}
                             << "the account has been removed"_ba;
    QTest::newRow("disabled") << QStringList{u"user"_s, u"disable"_s, alice}
                              << "the account has been disabled"_ba;
    QTest::newRow("new password") << QStringList{u"user"_s, u"passwd"_s, alice}
                                  << "token has been revoked"_ba;
}

void TestE2eAccounts::endsSessions()
{
    QFETCH(const QStringList, command);
    QFETCH(const QByteArray, reason);
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess server;
    QCOMPARE(addAlice(server), 0);
    QCOMPARE(frps(server, {u"user"_s, u"add"_s, u"bob@example.com"_s}, secret + '\n'), 0);
    QVERIFY(server.start());
    FrpcProcess client(u"alices"_s);
    QVERIFY(client.start(server, service.port(), account()));
    FrpcProcess other(u"bobs"_s);
    QVERIFY(other.start(server, service.port(),
        {u"--email"_s, u"bob@example.com"_s, u"--password"_s, QString::fromLatin1(secret)}));
    QVERIFY(server.waitForClients(2));

    QCOMPARE(frps(server, command, "another one\n"), 0);
    QCOMPARE(client.waitForExit(), 1); // it gives up instead of trying for ever
    QVERIFY2(client.log().contains("Your login is no longer valid"), client.log().constData());
    QVERIFY2(client.log().contains(reason), client.log().constData());
    QTRY_COMPARE(server.activeClients(), 1);
    QVERIFY(other.isRunning());
    QCOMPARE(other.registrations(), 1);
}

void TestE2eAccounts::cutsWhoIsServed_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<bool>("sessionGoesFirst");
    const QStringList revoke{u"token"_s, u"revoke"_s, u"--user"_s, alice};
    QTest::newRow("token revoked") << revoke << false;
    QTest::newRow("session gone, token revoked") << revoke << true;
    QTest::newRow("removed") << QStringList{u"user"_s, u"remove"_s, alice} << false;
    QTest::newRow("disabled") << QStringList{u"user"_s, u"disable"_s, alice} << false;
}

/// Not only sessions end with their login: so does what they serve.
void TestE2eAccounts::cutsWhoIsServed()
{
    QFETCH(const QStringList, command);
    QFETCH(const bool, sessionGoesFirst);
    HttpService service("alice's"_ba);
    HttpService otherService("bob's"_ba);
    QVERIFY(service.start() && otherService.start());
    FrpsProcess server;
    const quint16 tunnel = freePorts(1).first();
    QCOMPARE(addAlice(server), 0);
    QCOMPARE(frps(server, {u"user"_s, u"add"_s, u"bob@example.com"_s}, secret + '\n'), 0);
    QVERIFY(server.start({u"--allow-ports"_s, QString::number(tunnel)}));
    FrpcProcess client(u"alices"_s);
    QVERIFY(client.start(server, service.port(),
        account() + QStringList{u"--tunnel"_s, u"web,remote=%1,local=%2"_s.arg(tunnel).arg(service.port())}));
    QTRY_VERIFY(HttpClient(tunnel).get("/"_ba).isOk());
    // A download that takes for ever, and an answer that does not come: both alice's.
    RawPeer download(server.publicPort());
    QVERIFY(download.send("GET /bytes/100000000000 HTTP/1.1\r\nHost: x\r\n\r\n"));
    QVERIFY(download.receive(100'000));
    RawPeer idle(server.publicPort());
    QVERIFY(idle.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    RawPeer byTunnel(tunnel);
    QVERIFY(byTunnel.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    QTRY_COMPARE(service.heldCount(), 2);

    FrpcProcess other(u"bobs"_s);
    QVERIFY(other.start(server, otherService.port(),
        {u"--email"_s, u"bob@example.com"_s, u"--password"_s, QString::fromLatin1(secret)}));
    QTRY_COMPARE(HttpClient(server.apiPort()).post("/api/clients/alices/drain", {}).status, 200);
    RawPeer bobsUser(server.publicPort());
    QVERIFY(bobsUser.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    QTRY_COMPARE(otherService.heldCount(), 1);
    if (sessionGoesFirst) { // which cuts nothing
        const HttpReply gone =
            HttpClient(server.apiPort()).send("DELETE", "/api/clients/alices?retry_after_s=600");
        QCOMPARE(gone.status, 200);
        QVERIFY(server.waitForClients(1));
    }
    QVERIFY(!idle.isClosedByPeer() && !byTunnel.isClosedByPeer());

    QCOMPARE(frps(server, command), 0);
    QTRY_VERIFY(idle.isClosedByPeer());
    QVERIFY(byTunnel.waitForClosed());
    QVERIFY(download.waitForClosed());
    QVERIFY(download.wasReset()); // so that nobody takes it for the whole
    QVERIFY(!bobsUser.isClosedByPeer());
    otherService.releaseHeld();
    QVERIFY(bobsUser.waitForClosed());
    QVERIFY2(bobsUser.received().endsWith("bob's"), bobsUser.received().constData());
}

void TestE2eAccounts::keepsToTheRightsOfAnAccount()
{
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess server;
    const quint16 port = freePorts(1).first();
    QCOMPARE(addAlice(server), 0);
    QCOMPARE(frps(server,
                 {u"user"_s, u"set"_s, alice, u"--client-ids"_s, u"web-*"_s, u"--tunnel-names"_s, u"good-?"_s,
                     u"--max-tunnels"_s, u"1"_s}),
        0);
    QVERIFY(server.start({u"--allow-ports"_s, QString::number(port)}));
    FrpcProcess wrong(u"db-1"_s);
    QVERIFY(wrong.launch(server.controlPort(), server.proxyPort(), service.port(), account()));
    QVERIFY2(wrong.waitForLog(u"may not use the client id"_s), wrong.log().constData());
    FrpcProcess right(u"web-1"_s);
    const QString local = QString::number(service.port());
    QVERIFY(right.start(server, service.port(),
        account()
            + QStringList{u"--tunnel"_s, u"bad,local="_s + local, u"--tunnel"_s, u"good-1,local="_s + local,
                u"--tunnel"_s, u"good-2,local="_s + local}));
    QVERIFY2(right.waitForLog(u"may not open a tunnel of the name 'bad'"_s), right.log().constData());
    QVERIFY2(right.waitForLog(u"limit of 1 tunnels"_s), right.log().constData());
    QTRY_VERIFY(HttpClient(port).get("/"_ba).isOk());
    QCOMPARE(server.clientIds(), QStringList{u"web-1"_s});
}

void TestE2eAccounts::losesNothingWhenKilled()
{
    QRandomGenerator random(20'261'121);
    FrpsProcess server;
    QCOMPARE(addAlice(server), 0);
    QStringList users{alice};
    QStringList tokens;
    QHash<QString, int> leases;
    // A slow machine may need longer than some of the moments to get anything acknowledged.
    const auto isEnough = [&] { return leases.size() > 10 && !tokens.isEmpty() && users.size() >= 5; };
    for (int round = 0; round < 5 || (!isEnough() && round < 15); ++round) {
        QVERIFY2(server.start({u"--allow-ports"_s, u"33000-39999"_s}), server.log().constData());
        const auto moment = std::chrono::milliseconds(random.bounded(100, 900)) * (1 + round / 5);
        std::thread killer([pid = static_cast<pid_t>(server.pid()), moment] {
            std::this_thread::sleep_for(moment);
            ::kill(pid, SIGKILL);
        });
        OriginalClient client(server.controlPort(), server.proxyPort());
        for (int i = 0; server.isRunning(); ++i) {
            for (int k = 0; k < 5 && server.isRunning(); ++k) {
                const QString name = u"p%1-%2-%3"_s.arg(round).arg(i).arg(k);
                if (const int port = leasedPort(server, name); port > 0)
                    leases.insert(name, port);
            }
            if (server.isRunning() && client.login(alice, QString::fromLatin1(secret), 1'000))
                tokens << client.token();
            client.close();
            const QString user = u"user%1-%2@example.com"_s.arg(round).arg(i);
            if (i % 3 == 0 && frps(server, {u"user"_s, u"add"_s, user}, secret + '\n') == 0)
                users << user;
        }
        killer.join();
    }
    QVERIFY2(leases.size() > 10, qPrintable(QString::number(leases.size())));
    QVERIFY(!tokens.isEmpty());
    QVERIFY(users.size() >= 5);

    QVERIFY(server.start({u"--allow-ports"_s, u"33000-39999"_s})); // it checks the file, too
    QByteArray listed;
    QCOMPARE(frps(server, {u"user"_s, u"list"_s}, {}, &listed), 0);
    for (const QString &user : std::as_const(users))
        QVERIFY2(listed.contains(user.toUtf8() + '\n'), qPrintable(user));
    for (auto lease = leases.cbegin(); lease != leases.cend(); ++lease)
        QCOMPARE(leasedPort(server, lease.key()), lease.value());
    for (const QString &token : std::as_const(tokens)) {
        OriginalClient client(server.controlPort(), server.proxyPort());
        QVERIFY(client.loginByToken(token));
    }
}

void TestE2eAccounts::refusesAReadOnlyDatabase()
{
    if (::geteuid() == 0)
        QSKIP("Root may write everywhere.");
    FrpsProcess server;
    QCOMPARE(addAlice(server), 0);
    const QString file = server.dataDirectory() + u"/frpx.db"_s;
    QVERIFY(QFile::setPermissions(file, QFileDevice::ReadOwner));
    QVERIFY(QFile::setPermissions(server.dataDirectory(), QFileDevice::ReadOwner | QFileDevice::ExeOwner));
    QByteArray log;
    QCOMPARE(Process::run(frpsProgram(), server.arguments(), {}, nullptr, &log), 1);
    QVERIFY2(log.contains("frpx.db"), log.constData());
    QVERIFY(QFile::setPermissions(
        server.dataDirectory(), QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner));
    QVERIFY(QFile::setPermissions(file, QFileDevice::ReadOwner | QFileDevice::WriteOwner));
    QVERIFY(server.start());
    OriginalClient client(server.controlPort(), server.proxyPort());
    QVERIFY(client.login(alice, QString::fromLatin1(secret)));
}

const frpx::test::TestRegistration registration("tst_e2e_accounts", frpx::test::runTest<TestE2eAccounts>);

#include "tst_e2e_accounts.moc"
