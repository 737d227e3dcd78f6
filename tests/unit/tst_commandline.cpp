// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/config/clientconfig.h"
#include "frps/app/serverconfig.h"
#include "tests/support/testregistry.h"

#include <QRegularExpression>
#include <QTest>

using namespace frpx;
using namespace Qt::StringLiterals;

class TestCommandLine : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void serverDefaultsAreTheOriginals();
    void clientDefaultsAreTheOriginals();
    void readsServerOptions();
    void readsAmounts_data();
    void readsAmounts();
    void readsClientOptions();
    void readsHealthOptions();
    void readsTheUserCommand();
    void printsHelpAndVersion_data();
    void printsHelpAndVersion();
    void refusesBadServerOptions_data();
    void refusesBadServerOptions();
    void refusesBadClientOptions_data();
    void refusesBadClientOptions();
};

void TestCommandLine::serverDefaultsAreTheOriginals()
{
    const auto config = server::parseServerArguments({u"frps"_s});
    QVERIFY(config);
    QCOMPARE(config->task, server::ServerConfig::Task::Serve);
    QCOMPARE(config->controlPort, 17000);
    QCOMPARE(config->proxyPort, 17001);
    QCOMPARE(config->publicPort, 18080);
    QCOMPARE(config->apiPort, 18081);
    QCOMPARE(config->listen, QHostAddress(QHostAddress::Any));
    QCOMPARE(config->apiListen, QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(config->heartbeatTimeoutS, 30);
    QCOMPARE(config->pendingTimeoutS, 10);
    QVERIFY(config->accessRules.allowFrom.isEmpty() && config->accessRules.denyFrom.isEmpty());
    QVERIFY(config->accessRules.frontProxies.isEmpty());
    QCOMPARE(config->accessRules.maxPerSource, 0);
    QCOMPARE(config->policy, server::BalancePolicy::Random);
    QCOMPARE(config->drainTimeoutS, 30);
    QCOMPARE(config->bandwidthPerUser, 0);
}

void TestCommandLine::clientDefaultsAreTheOriginals()
{
    const auto config = client::parseClientArguments({u"frpc"_s});
    QVERIFY(config);
    QCOMPARE(config->session.serverHost, u"127.0.0.1"_s);
    QCOMPARE(config->session.controlPort, 17000);
    QCOMPARE(config->session.proxyPort, 17001);
    QCOMPARE(config->session.localHost, u"127.0.0.1"_s);
    QCOMPARE(config->session.localPort, 11434);
    QCOMPARE(config->session.proxyProtocol, proxyproto::Version::None);
    QCOMPARE(config->tokenFile, u"token.json"_s);
    QCOMPARE(config->session.weight, 1);
    QCOMPARE(config->drainTimeoutS, 30);
    QVERIFY(!config->session.clientId.isEmpty());
    const auto again = client::parseClientArguments({u"frpc"_s});
    QCOMPARE(again->session.clientId, config->session.clientId);
}

void TestCommandLine::readsServerOptions()
{
    const auto config = server::parseServerArguments({u"frps"_s, u"--control-port"_s, u"1"_s,
        u"--proxy-port=2"_s, u"--public-port"_s, u"3"_s, u"--api-port"_s, u"4"_s, u"--listen"_s, u"::1"_s,
        u"--data-dir"_s, u"/d"_s, u"--heartbeat-timeout"_s, u"5"_s, u"--allow-from"_s, u"192.0.2.0/24,::1"_s,
        u"--deny-from"_s, u"192.0.2.1"_s, u"--accept-proxy-protocol-from"_s, u"10.0.0.0/8"_s,
        u"--max-connections-per-source"_s, u"6"_s, u"--policy"_s, u"source-hash"_s, u"--allow-ports"_s,
        u"9930-9932"_s, u"--drain-timeout"_s, u"0"_s});
    QVERIFY(config);
    QCOMPARE(config->drainTimeoutS, 0);
    QCOMPARE(config->controlPort, 1);
    QCOMPARE(config->proxyPort, 2);
    QCOMPARE(config->publicPort, 3);
    QCOMPARE(config->apiPort, 4);
    QCOMPARE(config->listen, QHostAddress(QHostAddress::LocalHostIPv6));
    QCOMPARE(config->dataDir, u"/d"_s);
    QCOMPARE(config->heartbeatTimeoutS, 5);
    QVERIFY(config->accessRules.allowFrom.contains(QHostAddress(u"192.0.2.9"_s)));
    QVERIFY(config->accessRules.denyFrom.contains(QHostAddress(u"192.0.2.1"_s)));
    QVERIFY(config->accessRules.frontProxies.contains(QHostAddress(u"10.1.2.3"_s)));
    QCOMPARE(config->accessRules.maxPerSource, 6);
    QCOMPARE(config->policy, server::BalancePolicy::SourceHash);
    QCOMPARE(config->allowPorts.toString(), u"9930-9932"_s);
}

void TestCommandLine::readsAmounts_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("bytes"); // -1: refused
    const auto add = [](const char *text, qint64 bytes) {
        QTest::newRow(*text ? text : "empty") << QString::fromLatin1(text) << bytes;
    };
    add("0", 0);
    add("1000", 1000);
    add("20K", 20'000);
    add("20k", 20'000);
    add("3M", 3'000'000);
    add("2G", 2'000'000'000);
    add("100G", 100'000'000'000);
    add("4KiB", 4096);
    add("5MiB", qint64(5) << 20);
    add("1gib", qint64(1) << 30);
    for (const char *bad : {"", "999", "101G", "9223372036854775807G", "99999999999999999999", "-1", "1.5M",
             "M", "5 M", "5MB", "5Ki", "0x10"})
        add(bad, -1);
}

void TestCommandLine::readsAmounts()
{
    QFETCH(QString, text);
    QFETCH(qint64, bytes);
    const auto config = server::parseServerArguments({u"frps"_s, u"--bandwidth-per-user="_s + text});
    QCOMPARE(bool(config), bytes >= 0);
    if (config)
        QCOMPARE(config->bandwidthPerUser, bytes);
    else
        QVERIFY(config.error().detail.contains(u"--bandwidth-per-user"_s));
}

void TestCommandLine::readsClientOptions()
{
    const auto config = client::parseClientArguments({u"frpc"_s, u"-c"_s, u"client_A"_s, u"-s"_s,
        u"example.org"_s, u"--local-port"_s, u"80"_s, u"--email"_s, u"a@b.c"_s, u"--password"_s, u"p"_s,
        u"--proxy-protocol"_s, u"v2"_s, u"--weight"_s, u"1000"_s});
    QVERIFY(config);
    QCOMPARE(config->session.clientId, u"client_A"_s);
    QCOMPARE(config->session.serverHost, u"example.org"_s);
    QCOMPARE(config->session.localPort, 80);
    QCOMPARE(config->email, u"a@b.c"_s);
    QCOMPARE(config->password, u"p"_s);
    QCOMPARE(config->session.proxyProtocol, proxyproto::Version::V2);
    QCOMPARE(config->session.weight, 1000);
}

void TestCommandLine::readsHealthOptions()
{
    using Kind = client::HealthCheck::Kind;
    const auto none = client::parseClientArguments({u"frpc"_s});
    QVERIFY(none);
    QCOMPARE(none->session.health.kind, Kind::None);

    const auto tcp =
        client::parseClientArguments({u"frpc"_s, u"--health-check"_s, u"tcp"_s, u"--health-interval"_s,
            u"5"_s, u"--health-timeout"_s, u"2"_s, u"--health-rise"_s, u"3"_s, u"--health-fall"_s, u"4"_s});
    QVERIFY(tcp);
    QCOMPARE(tcp->session.health.kind, Kind::Tcp);
    QCOMPARE(tcp->session.health.intervalMs, 5000);
    QCOMPARE(tcp->session.health.timeoutMs, 2000);
    QCOMPARE(tcp->session.health.rise, 3);
    QCOMPARE(tcp->session.health.fall, 4);

    const QStringList http{u"frpc"_s, u"--health-check"_s, u"http"_s};
    const auto any = client::parseClientArguments(http);
    QVERIFY(any);
    QCOMPARE(any->session.health.kind, Kind::Http);
    QCOMPARE(any->session.health.path, "/"_ba);
    QCOMPARE(any->session.health.minStatus, 200);
    QCOMPARE(any->session.health.maxStatus, 399);
    QCOMPARE(any->session.health.intervalMs, 10'000);
    QCOMPARE(any->session.health.timeoutMs, 3000);
    const auto exact = client::parseClientArguments(
        http + QStringList{u"--health-path"_s, u"/api/version?x=1"_s, u"--health-status"_s, u"204"_s});
    QVERIFY(exact);
    QCOMPARE(exact->session.health.path, "/api/version?x=1"_ba);
    QCOMPARE(exact->session.health.minStatus, 204);
    QCOMPARE(exact->session.health.maxStatus, 204);
}

void TestCommandLine::readsTheUserCommand()
{
    const auto config =
        server::parseServerArguments({u"frps"_s, u"user"_s, u"add"_s, u"a@b.c"_s, u"--data-dir"_s, u"/d"_s});
    QVERIFY(config);
    QCOMPARE(config->task, server::ServerConfig::Task::User);
    QCOMPARE(config->userArguments, (QStringList{u"add"_s, u"a@b.c"_s}));
    QCOMPARE(config->dataDir, u"/d"_s);
}

void TestCommandLine::printsHelpAndVersion_data()
{
    QTest::addColumn<QString>("option");
    QTest::addColumn<QString>("part");
    QTest::newRow("-h") << u"-h"_s << u"control-port"_s;
    QTest::newRow("--help") << u"--help"_s << u"control-port"_s;
    QTest::newRow("-V") << u"-V"_s << QStringLiteral(FRPX_VERSION);
    QTest::newRow("--version") << u"--version"_s << QStringLiteral(FRPX_VERSION);
}

void TestCommandLine::printsHelpAndVersion()
{
    QFETCH(const QString, option);
    QFETCH(const QString, part);
    const auto server = server::parseServerArguments({u"frps"_s, option});
    QVERIFY(server && server->task == server::ServerConfig::Task::PrintAndExit);
    QVERIFY(server->text.contains(part));
    const auto client = client::parseClientArguments({u"frpc"_s, option});
    QVERIFY(client && client->text);
    QVERIFY(client->text->contains(part));
}

void TestCommandLine::refusesBadServerOptions_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("named");
    QTest::newRow("unknown") << QStringList{u"--colour"_s} << u"colour"_s;
    QTest::newRow("no value") << QStringList{u"--api-port"_s} << u"api-port"_s;
    QTest::newRow("not a number") << QStringList{u"--api-port"_s, u"http"_s} << u"--api-port"_s;
    QTest::newRow("too large") << QStringList{u"--proxy-port"_s, u"65536"_s} << u"--proxy-port"_s;
    QTest::newRow("negative") << QStringList{u"--proxy-port=-1"_s} << u"--proxy-port"_s;
    QTest::newRow("not an address") << QStringList{u"--listen"_s, u"everywhere"_s} << u"--listen"_s;
    QTest::newRow("zero seconds") << QStringList{u"--pending-timeout"_s, u"0"_s} << u"--pending-timeout"_s;
    QTest::newRow("log level") << QStringList{u"--log-level"_s, u"loud"_s} << u"--log-level"_s;
    QTest::newRow("allow list") << QStringList{u"--allow-from"_s, u"home"_s} << u"--allow-from"_s;
    QTest::newRow("deny list") << QStringList{u"--deny-from"_s, u"10.0.0.0/33"_s} << u"--deny-from"_s;
    QTest::newRow("front proxies") << QStringList{u"--accept-proxy-protocol-from"_s, u"10.0.0.1/8"_s}
                                   << u"--accept-proxy-protocol-from"_s;
    QTest::newRow("per source") << QStringList{u"--max-connections-per-source"_s, u"-1"_s}
                                << u"--max-connections-per-source"_s;
    QTest::newRow("command") << QStringList{u"serve"_s} << u"serve"_s;
    QTest::newRow("policy") << QStringList{u"--policy"_s, u"coin"_s} << u"two-choices"_s;
    QTest::newRow("ports to give away")
        << QStringList{u"--allow-ports"_s, u"9000-80"_s} << u"--allow-ports"_s;
    QTest::newRow("watch alone") << QStringList{u"--watch"_s} << u"--watch"_s;
}

void TestCommandLine::refusesBadServerOptions()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, named);
    QTest::failOnWarning(QRegularExpression(u"."_s)); // Qt's own words mean nothing to people
    const auto config = server::parseServerArguments(QStringList{u"frps"_s} + arguments);
    QVERIFY(!config);
    QCOMPARE(int(config.error().code), int(Errc::InvalidArgument));
    QVERIFY2(config.error().detail.contains(named), qPrintable(config.error().detail));
}

void TestCommandLine::refusesBadClientOptions_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("named");
    QTest::newRow("client id") << QStringList{u"-c"_s, u"a\nb"_s} << u"--client-id"_s;
    QTest::newRow("empty client id") << QStringList{u"--client-id="_s} << u"--client-id"_s;
    QTest::newRow("email alone") << QStringList{u"--email"_s, u"a@b.c"_s} << u"--password"_s;
    QTest::newRow("positional") << QStringList{u"start"_s} << u"start"_s;
    QTest::newRow("word of a tunnel") << QStringList{u"--tunnel"_s, u"ssh,22"_s} << u"--tunnel"_s;
    QTest::newRow("a word like an option") << QStringList{u"--tunnel"_s, u"ssh,--local"_s} << u"--tunnel"_s;
    QTest::newRow("positional like an option") << QStringList{u"--"_s, u"--local"_s} << u"--local"_s;
    QTest::newRow("proxy protocol") << QStringList{u"--proxy-protocol"_s, u"v3"_s} << u"--proxy-protocol"_s;
    QTest::newRow("no weight") << QStringList{u"--weight"_s, u"0"_s} << u"--weight"_s;
    QTest::newRow("weight") << QStringList{u"--weight"_s, u"1001"_s} << u"--weight"_s;
    QTest::newRow("interval") << QStringList{u"--heartbeat-interval"_s, u"0"_s} << u"--heartbeat-interval"_s;

    const auto http = [](const QString &name, const QString &value) {
        return QStringList{u"--health-check=http"_s, name, value};
    };
    QTest::newRow("check") << QStringList{u"--health-check"_s, u"udp"_s} << u"--health-check"_s;
    QTest::newRow("check empty") << QStringList{u"--health-check="_s} << u"--health-check"_s;
    QTest::newRow("path without check") << QStringList{u"--health-path"_s, u"/"_s} << u"--health-path"_s;
    QTest::newRow("path of tcp") << QStringList{u"--health-check=tcp"_s, u"--health-path=/"_s}
                                 << u"--health-path"_s;
    QTest::newRow("fall without check") << QStringList{u"--health-fall"_s, u"2"_s} << u"--health-fall"_s;
    QTest::newRow("path relative") << http(u"--health-path"_s, u"api"_s) << u"--health-path"_s;
    QTest::newRow("path with a line") << http(u"--health-path"_s, u"/\r\nX:"_s) << u"--health-path"_s;
    QTest::newRow("path not ASCII") << http(u"--health-path"_s, u"/ü"_s) << u"--health-path"_s;
    QTest::newRow("path long") << http(u"--health-path"_s, u'/' + QString(255, u'x')) << u"--health-path"_s;
    for (const auto *status : {"199", "600", "ok", "", "200-", "-200", "300-200", "200-300-400", "200,204"}) {
        QTest::addRow("status %s", status)
            << http(u"--health-status"_s, QString::fromLatin1(status)) << u"--health-status"_s;
    }
    QTest::newRow("health interval") << http(u"--health-interval"_s, u"0"_s) << u"--health-interval"_s;
    QTest::newRow("health time-out") << http(u"--health-timeout"_s, u"0"_s) << u"--health-timeout"_s;
    QTest::newRow("rise") << http(u"--health-rise"_s, u"0"_s) << u"--health-rise"_s;
    QTest::newRow("fall") << http(u"--health-fall"_s, u"101"_s) << u"--health-fall"_s;
    QTest::newRow("long interval") << QStringList{u"--heartbeat-interval"_s, u"301"_s}
                                   << u"--heartbeat-interval"_s;
}

void TestCommandLine::refusesBadClientOptions()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, named);
    QTest::failOnWarning(QRegularExpression(u"."_s));
    const auto config = client::parseClientArguments(QStringList{u"frpc"_s} + arguments);
    QVERIFY(!config);
    QVERIFY2(config.error().detail.contains(named), qPrintable(config.error().detail));
}

const frpx::test::TestRegistration registration("tst_commandline", frpx::test::runTest<TestCommandLine>);

#include "tst_commandline.moc"
