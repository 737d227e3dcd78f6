// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/configfile.h"
#include "common/config/configkeys.h"
#include "common/config/programhelp.h"
#include "common/tls/certificate.h"
#include "frpc/config/clientconfig.h"
#include "frpc/config/clientconfigwriter.h"
#include "frpc/config/clientkeys.h"
#include "frpc/config/tunnelconfig.h"
#include "frps/app/serverconfig.h"
#include "frps/app/serverkeys.h"
#include "tests/support/testregistry.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::client;
using namespace Qt::StringLiterals;

/// What frps and frpc make of their configuration files, variables and command lines.
class TestProgramConfig : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsASimpleFileOfFrp();
    void readsTheHeaderOfATunnel();
    void readsAnIniFile();
    void readsAddresses();
    void readsUnixSockets();
    void readsFrpsUnixSockets();
    void readsRanges();
    void readsRangesOfIni();
    void writesTunnels();
    void notesEncryptionAndCompression();
    void readsEveryClientKey();
    void readsEveryServerKey();
    void hasTheirPrecedence();
    void flagsAreNoSettings();
    void shortOptionIsFileOrId();
    void namesFaults_data();
    void namesFaults();
    void collectsFaultsInOrder();
    void notesWhatHasNoEffect();
    void readsThePasswordFile();
    void readsTunnels();
    void boundsTunnels();
    void comparesTunnels();
    void checksAFile();
    void asksToReload();
    void exampleFilesAreGood_data();
    void exampleFilesAreGood();
    void documentsEveryKey();

private:
    QString write(const QString &name, const QByteArray &content) const;
    Result<ClientConfig> client(const QByteArray &content, const QStringList &more = {}) const
    {
        return parseClientArguments(
            QStringList{u"frpc"_s, u"-c"_s, write(u"frpc.toml"_s, content)} + more, m_environment);
    }
    Result<server::ServerConfig> server(const QByteArray &content, const QStringList &more = {}) const
    {
        return server::parseServerArguments(
            QStringList{u"frps"_s, u"-c"_s, write(u"frps.toml"_s, content)} + more, m_environment);
    }

    QTemporaryDir m_directory;
    QProcessEnvironment m_environment;
};

QString TestProgramConfig::write(const QString &name, const QByteArray &content) const
{
    QFile file(m_directory.filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("The file cannot be written.");
    return file.fileName();
}

void TestProgramConfig::readsASimpleFileOfFrp()
{
    const auto frpc = client("serverAddr = \"x.x.x.x\"\nserverPort = 7000\n\n[[proxies]]\nname = \"ssh\"\n"
                             "type = \"tcp\"\nlocalIP = \"127.0.0.1\"\nlocalPort = 22\nremotePort = 6000\n");
    QVERIFY2(frpc, qPrintable(frpc ? QString() : frpc.error().detail));
    QCOMPARE(frpc->session.serverHost, u"x.x.x.x"_s);
    QCOMPARE(frpc->session.controlPort, 7000);
    QCOMPARE(frpc->tunnels.size(), size_t(1));
    const TunnelSpec &ssh = frpc->tunnels.front();
    QCOMPARE(ssh.name, u"ssh"_s);
    QCOMPARE(ssh.localHost, u"127.0.0.1"_s);
    QCOMPARE(ssh.localPort, 22);
    QCOMPARE(ssh.remotePort, 6000);
    QVERIFY(frpc->notes.isEmpty());

    const auto frps = server("bindPort = 7000\n");
    QVERIFY2(frps, qPrintable(frps ? QString() : frps.error().detail));
    QCOMPARE(frps->controlPort, 7000);
}

void TestProgramConfig::readsTheHeaderOfATunnel()
{
    const auto frpc = client("[[proxies]]\nname = \"a\"\nlocalPort = 1\n");
    QVERIFY(frpc && !frpc->session.wantsVisitorAddresses && frpc->tunnels.front().proxyProtocol.isEmpty());
    const auto v2 = client("[[proxies]]\nname = \"a\"\nlocalPort = 1\npolicy = \"random\"\n"
                           "transport.proxyProtocolVersion = \"v2\"\n");
    QVERIFY(v2 && v2->session.wantsVisitorAddresses);
    QVERIFY(v2->tunnels.front().proxyProtocol == u"v2"_s);
    QVERIFY(v2->session.proxyProtocol == proxyproto::Version::None);
}

void TestProgramConfig::readsAnIniFile()
{
    const auto frpc = parseClientArguments(
        {u"frpc"_s, u"-c"_s,
            write(u"frpc.ini"_s,
                "[common]\nserver_addr = 192.0.2.1\nserver_port = 7000\nclient_id = a b\nlog_level = "
                "warning\n"
                "[web]\ntype = tcp\nlocal_ip = 10.0.0.1\nlocal_port = 80\nremote_port = 8080\n"
                "[ssh]\nlocal_port = 22\n")},
        m_environment);
    QVERIFY2(frpc, qPrintable(frpc ? QString() : frpc.error().detail));
    QCOMPARE(frpc->session.serverHost, u"192.0.2.1"_s);
    QCOMPARE(frpc->session.controlPort, 7000);
    QCOMPARE(frpc->session.clientId, u"a b"_s);
    QCOMPARE(frpc->logLevel, u"warning"_s);
    QCOMPARE(frpc->tunnels.size(), size_t(2));
    QCOMPARE(frpc->tunnels[0].name, u"web"_s);
    QCOMPARE(frpc->tunnels[0].remotePort, 8080);
    QCOMPARE(frpc->tunnels[1].localHost, u"127.0.0.1"_s);

    const auto bad = parseClientArguments({u"frpc"_s, u"-c"_s,
                                              write(u"bad.ini"_s,
                                                  "[common]\nserver_prot = 7\n[web]\ntype = udp\n"
                                                  "local_port = eighty\n")},
        m_environment);
    QVERIFY(!bad);
    QVERIFY2(
        bad.error().detail.contains("bad.ini:2: unknown key 'serverProt'; did you mean 'serverPort'?"_L1),
        qPrintable(bad.error().detail));
    QVERIFY(bad.error().detail.contains("bad.ini:4: "_L1));
    QVERIFY(bad.error().detail.contains("bad.ini:5: "_L1));
}

void TestProgramConfig::readsAddresses()
{
    const auto frpc =
        client("serverAddr = \"[2001:db8::1]\"\nlocalIP = \"[::1]\"\n"
               "transport.tls.serverName = \"[2001:db8::1]\"\ntransport.tls.trustedCaFile = \"system\"\n"
               "[[proxies]]\nname = \"a\"\nlocalIP = \"[fe80::1%eth0]\"\nlocalPort = 80\n");
    QVERIFY2(frpc, qPrintable(frpc ? QString() : frpc.error().detail));
    QCOMPARE(frpc->session.serverHost, u"2001:db8::1"_s);
    QCOMPARE(frpc->session.tls.serverName, u"2001:db8::1"_s);
    QCOMPARE(frpc->session.localHost, u"::1"_s);
    QCOMPARE(frpc->tunnels.front().localHost, u"fe80::1%eth0"_s);
    const auto scoped = client("serverAddr = \"fe80::1%eth0\"\n");
    QVERIFY2(scoped, qPrintable(scoped ? QString() : scoped.error().detail));
    QCOMPARE(scoped->session.serverHost, u"fe80::1%eth0"_s);
    for (const QString &command : {u"services"_s, u"ports"_s, u"trust"_s}) {
        QCOMPARE(
            client("", {command, u"--server-addr=[2001:db8::1]"_s})->session.serverHost, u"2001:db8::1"_s);
        QVERIFY(!client("", {command, u"--server-addr=frps.example.org:7000"_s}));
    }

    const auto frps =
        server("bindAddr = \"[::1]\"\nwebServer.addr = \"[::]\"\nallowFrom = [\"[2001:db8::]/32\"]\n",
            {u"--monitor"_s});
    QVERIFY2(frps, qPrintable(frps ? QString() : frps.error().detail));
    QCOMPARE(frps->listen, QHostAddress(QHostAddress::LocalHostIPv6));
    QCOMPARE(frps->apiListen, QHostAddress(QHostAddress::Any));
    QVERIFY(frps->accessRules.allowFrom.contains(QHostAddress(u"2001:db8::1"_s)));
}

void TestProgramConfig::readsUnixSockets()
{
#ifndef Q_OS_UNIX
    QSKIP("There are no services on unix sockets here.");
#endif
    const auto frpc = client("localIP = \"unix:/run/default.sock\"\n"
                             "[[proxies]]\nname = \"a\"\nlocalIP = \"unix:/run/a,b.sock\"\n",
        {u"--tunnel=b,local=unix:/run/b.sock"_s});
    QVERIFY2(frpc, qPrintable(frpc ? QString() : frpc.error().detail));
    QCOMPARE(frpc->session.localHost, u"unix:/run/default.sock"_s);
    QCOMPARE(frpc->session.localPort, 0);
    QVERIFY(!frpc->session.onlyTunnels);
    QCOMPARE(frpc->tunnels.size(), size_t(2));
    QCOMPARE(frpc->tunnels[0].localHost, u"unix:/run/a,b.sock"_s);
    QCOMPARE(frpc->tunnels[0].localPort, 0);
    QCOMPARE(frpc->tunnels[1].localHost, u"unix:/run/b.sock"_s);
    // A port further away is that of another service; one that is as near contradicts.
    const auto nearer = client("localPort = 80\n", {u"--local-addr=unix:/run/a.sock"_s});
    QVERIFY2(nearer, qPrintable(nearer ? QString() : nearer.error().detail));
    QCOMPARE(nearer->session.localPort, 0);
    const auto both = client("localIP = \"unix:/run/a.sock\"\nlocalPort = 80\n");
    QVERIFY(!both);
    QVERIFY2(both.error().detail.contains(":2: 'localPort' does not go with 'localIP' unix:"_L1),
        qPrintable(both.error().detail));
    QVERIFY(!client("localIP = \"unix:/run/a.sock\"\n", {u"--local-port=80"_s}));
    TunnelSpec before = frpc->tunnels[0];
    TunnelSpec after = before;
    QVERIFY(diffTunnels({before}, {after}).isEmpty());
    after.localHost = u"unix:/run/c.sock"_s;
    QCOMPARE(diffTunnels({before}, {after}).open.size(), size_t(1));
}

void TestProgramConfig::readsFrpsUnixSockets()
{
#ifndef Q_OS_UNIX
    QSKIP("There are no services on unix sockets here.");
#endif
    const QByteArray toml =
        "[[proxies]]\nname = \"a\"\ntype = \"tcp\"\nremotePort = 6000\n"
        "[proxies.plugin]\ntype = \"unix_domain_socket\"\nunixPath = \"/var/run/docker.sock\"\n";
    const auto frpc = client(toml);
    QVERIFY2(frpc, qPrintable(frpc ? QString() : frpc.error().detail));
    QCOMPARE(frpc->tunnels.front().localHost, u"unix:/var/run/docker.sock"_s);
    QCOMPARE(frpc->tunnels.front().localPort, 0);
    const auto ini =
        parseClientArguments({u"frpc"_s, u"-c"_s,
                                 write(u"unix.ini"_s,
                                     "[common]\nserver_addr = x\n[a]\nplugin = unix_domain_socket\n"
                                     "plugin_unix_path = /var/run/docker.sock\n")},
            m_environment);
    QVERIFY2(ini, qPrintable(ini ? QString() : ini.error().detail));
    QCOMPARE(ini->tunnels.front().localHost, u"unix:/var/run/docker.sock"_s);
}

void TestProgramConfig::readsRanges()
{
    const auto frpc =
        client("serverAddr = \"x\" # and many ports\n"
               "{{- range $_, $v := parseNumberRangePair \"6000-6006,6007\" \"7000-7006,7007\" }}\n"
               "[[proxies]]\nname = \"tcp-{{ $v.First }}\"\ntype = \"tcp\"\n"
               "localPort = {{ $v.First }}\nremotePort = {{ $v.Second }}\n"
               "{{- end }}\n");
    QVERIFY2(frpc, qPrintable(frpc ? QString() : frpc.error().detail));
    QCOMPARE(frpc->tunnels.size(), size_t(8));
    QCOMPARE(frpc->tunnels.back().name, u"tcp-6007"_s);
    QCOMPARE(frpc->tunnels.back().remotePort, 7007);
    // The fault of each turn is told once, with its line.
    const auto bad =
        client("{{- range $_, $v := parseNumberRange \"1-9\" }}\n[[proxies]]\nname = \"n{{ $v }}\"\n"
               "localPrt = {{ $v }}\n{{- end }}\n");
    QVERIFY(!bad);
    QCOMPARE(bad.error().detail.count(u'\n'), 1);
    QVERIFY2(bad.error().detail.contains("frpc.toml:4: unknown key 'localPrt'"_L1),
        qPrintable(bad.error().detail));
    const auto most = client("{{- range $_, $v := parseNumberRange \"1-1000\" }}\n[[proxies]]\n"
                             "name = \"n{{ $v }}\"\nlocalPort = {{ $v }}\n{{- end }}\n");
    QVERIFY2(most, qPrintable(most ? QString() : most.error().detail));
    QCOMPARE(most->tunnels.size(), maxConfiguredTunnels);
}

void TestProgramConfig::readsRangesOfIni()
{
    const auto read = [this](const QByteArray &text) {
        return parseClientArguments({u"frpc"_s, u"-c"_s, write(u"range.ini"_s, text)}, m_environment);
    };
    const auto frpc = read("[common]\nserver_addr = x\n[range:game]\nlocal_ip = 192.0.2.1\n"
                           "local_port = 6010-6020,6022\nremote_port = 6010-6020,6022 ; the same\n");
    QVERIFY2(frpc, qPrintable(frpc ? QString() : frpc.error().detail));
    QCOMPARE(frpc->tunnels.size(), size_t(12));
    QCOMPARE(frpc->tunnels.back().name, u"game_11"_s);
    QCOMPARE(frpc->tunnels.back().localHost, u"192.0.2.1"_s);
    QCOMPARE(frpc->tunnels.back().localPort, 6022);
    QVERIFY(
        !read("[range:a]\nlocal_port = 1-1000\nremote_port = 1-1000\n[b]\nlocal_port = 1\n")); // one too many
    const auto twice = read("[range:a]\nlocal_port = 1-2\nremote_port = 1-2\n[a_1]\nlocal_port = 1\n");
    QVERIFY(!twice);
    QVERIFY2(twice.error().detail.contains(":4: there is a tunnel 'a_1' already"_L1),
        qPrintable(twice.error().detail));
}

/// What is written is read again as it was.
void TestProgramConfig::writesTunnels()
{
    const auto config = client(R"(
localIP = "::1"
[[proxies]]
name = "host"
localIP = "2001:db8::1"
localPort = 1
transport.proxyProtocolVersion = "v1"
[[proxies]]
name = "plain"
localPort = 2
transport.proxyProtocolVersion = "none"
)" +
#ifdef Q_OS_UNIX
        QByteArray("[[proxies]]\nname = \"socket\"\nlocalIP = 'unix:/run/a \"quoted\" name.sock'\n")
#else
        QByteArray()
#endif
    );
    QVERIFY2(config, qPrintable(config ? QString() : config.error().detail));
    const auto again = client(writeClientConfig({}, config->tunnels));
    QVERIFY2(again, qPrintable(again ? QString() : again.error().detail));
    QVERIFY(diffTunnels(config->tunnels, again->tunnels).isEmpty());
    QCOMPARE(again->tunnels.size(), config->tunnels.size());
#ifdef Q_OS_UNIX
    const QHash<QString, QString> settings{
        {u"local-addr"_s, u"unix:/run/a.sock"_s}, {u"local-port"_s, u"11434"_s}};
    const auto same = client(writeClientConfig(settings, {}));
    QVERIFY2(same, qPrintable(same ? QString() : same.error().detail));
    QCOMPARE(same->session.localHost, u"unix:/run/a.sock"_s);
    QCOMPARE(same->session.localPort, 0);
#endif
}

void TestProgramConfig::notesEncryptionAndCompression()
{
    const auto config = client("transport.useEncryption = true\ntransport.useCompression = false\n"
                               "[[proxies]]\nname = \"a\"\nlocalPort = 1\ntransport.useEncryption = true\n"
                               "transport.useCompression = true\n");
    QVERIFY2(config, qPrintable(config ? QString() : config.error().detail));
    QCOMPARE(config->notes.size(), 3);
    QVERIFY(config->notes.at(0).contains("frpc.toml:1: 'transport.useEncryption' is ignored: the links"_L1));
    QVERIFY(config->notes.at(1).contains("frpc.toml:6: 'transport.useEncryption' is ignored: the links"_L1));
    QVERIFY(config->notes.at(2).contains("frpc.toml:7: 'transport.useCompression' is ignored: nothing"_L1));
    QVERIFY(!client("[[proxies]]\nname = \"a\"\nlocalPort = 1\ntransport.useEncryption = 1\n"));
}

void TestProgramConfig::readsEveryClientKey()
{
    const auto config = client(R"(
serverAddr = "s"
serverPort = 1
proxyPort = 2
clientID = "c"
localIP = "l"
localPort = 3
weight = 4
drainTimeout = 5
relayThreads = 6
auth = { email = "a@b.c", password = "p", tokenFile = "t" }
transport = { poolCount = 7, maxPoolCount = 8, heartbeatInterval = 9, proxyProtocolVersion = "v2" }
log.level = "warning"
[[healthCheck]]
type = "http"
path = "/p"
status = 204
intervalSeconds = 10
timeoutSeconds = 11
minSucceeded = 12
maxFailed = 13
)");
    QVERIFY2(config, qPrintable(config ? QString() : config.error().detail));
    const SessionSettings &session = config->session;
    QCOMPARE(session.serverHost, u"s"_s);
    QCOMPARE(session.controlPort, 1);
    QCOMPARE(session.proxyPort, 2);
    QCOMPARE(session.clientId, u"c"_s);
    QCOMPARE(session.localHost, u"l"_s);
    QCOMPARE(session.localPort, 3);
    QCOMPARE(session.weight, 4);
    QCOMPARE(config->drainTimeoutS, 5);
    QCOMPARE(session.relayThreads, 6);
    QCOMPARE(config->email, u"a@b.c"_s);
    QCOMPARE(config->password, u"p"_s);
    QCOMPARE(config->tokenFile, u"t"_s);
    QCOMPARE(session.pool.min, 7);
    QCOMPARE(session.pool.max, 8);
    QCOMPARE(session.heartbeatIntervalMs, 9000);
    QCOMPARE(session.proxyProtocol, proxyproto::Version::V2);
    QCOMPARE(config->logLevel, u"warning"_s);
    QCOMPARE(session.health.kind, HealthCheck::Kind::Http);
    QCOMPARE(session.health.path, "/p"_ba);
    QCOMPARE(session.health.maxStatus, 204);
    QCOMPARE(session.health.intervalMs, 10'000);
    QCOMPARE(session.health.timeoutMs, 11'000);
    QCOMPARE(session.health.rise, 12);
    QCOMPARE(session.health.fall, 13);
}

void TestProgramConfig::readsEveryServerKey()
{
    const auto config = server(R"(
bindAddr = "127.0.0.1"
bindPort = 1
proxyPort = 2
publicPort = 3
dataDir = "/d"
userConnTimeout = 4
allowFrom = ["192.0.2.0/24", "::1"]
denyFrom = "192.0.2.1"
maxConnectionsPerSource = 5
acceptProxyProtocolFrom = ["10.0.0.0/8"]
drainTimeout = 6
relayThreads = 7
policy = "round-robin"
[webServer]
addr = "::1"
port = 8
[transport]
heartbeatTimeout = 9
[log]
to = "console"
level = "debug"
)");
    QVERIFY2(config, qPrintable(config ? QString() : config.error().detail));
    QCOMPARE(config->listen, QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(config->controlPort, 1);
    QCOMPARE(config->proxyPort, 2);
    QCOMPARE(config->publicPort, 3);
    QCOMPARE(config->dataDir, u"/d"_s);
    QCOMPARE(config->pendingTimeoutS, 4);
    QVERIFY(config->accessRules.allowFrom.contains(QHostAddress(u"192.0.2.9"_s)));
    QVERIFY(config->accessRules.allowFrom.contains(QHostAddress(QHostAddress::LocalHostIPv6)));
    QVERIFY(config->accessRules.denyFrom.contains(QHostAddress(u"192.0.2.1"_s)));
    QCOMPARE(config->accessRules.maxPerSource, 5);
    QVERIFY(config->accessRules.frontProxies.contains(QHostAddress(u"10.1.1.1"_s)));
    QCOMPARE(config->drainTimeoutS, 6);
    QCOMPARE(config->relayThreads, 7);
    QCOMPARE(config->policy, server::BalancePolicy::RoundRobin);
    QCOMPARE(config->apiListen, QHostAddress(QHostAddress::LocalHostIPv6));
    QCOMPARE(config->apiPort, 8);
    QCOMPARE(config->heartbeatTimeoutS, 9);
    QCOMPARE(config->logLevel, u"debug"_s);
    QVERIFY(config->notes.isEmpty());
}

void TestProgramConfig::hasTheirPrecedence()
{
    const QByteArray file = "localPort = 1\nserverAddr = \"f\"\nweight = 2\n";
    QProcessEnvironment environment;
    environment.insert(u"FRPX_LOCAL_PORT"_s, u"10"_s);
    environment.insert(u"FRPX_SERVER_ADDR"_s, u"e"_s);
    environment.insert(u"FRPX_WEIGHT"_s, QString()); // counts as none
    const QString path = write(u"frpc.toml"_s, file);
    environment.insert(u"FRPX_CONFIG"_s, path);
    const auto config = parseClientArguments({u"frpc"_s, u"--local-port"_s, u"100"_s}, environment);
    QVERIFY2(config, qPrintable(config ? QString() : config.error().detail));
    QCOMPARE(config->configFile, path);
    QCOMPARE(config->session.localPort, 100); // the command line
    QCOMPARE(config->session.serverHost, u"e"_s); // the environment
    QCOMPARE(config->session.weight, 2); // the file
    QCOMPARE(config->session.proxyPort, 17001); // the default

    environment.insert(u"FRPX_LOCAL_PORT"_s, u"many"_s);
    const auto bad = parseClientArguments({u"frpc"_s}, environment);
    QVERIFY(!bad);
    QCOMPARE(int(bad.error().code), int(Errc::InvalidArgument)); // not the file's fault
    QVERIFY2(bad.error().detail.startsWith("FRPX_LOCAL_PORT takes"_L1), qPrintable(bad.error().detail));
}

void TestProgramConfig::flagsAreNoSettings()
{
    QProcessEnvironment environment;
    environment.insert(u"FRPX_MONITOR"_s, u"true"_s);
    environment.insert(u"FRPX_CHECK_CONFIG"_s, u"true"_s);
    const auto config = server::parseServerArguments({u"frps"_s}, environment);
    QVERIFY(config);
    QCOMPARE(config->task, server::ServerConfig::Task::Serve);
    QVERIFY(!server("monitor = true\n"));
}

void TestProgramConfig::shortOptionIsFileOrId()
{
    const QString toml = write(u"a.toml"_s, "weight = 3\n");
    const QString plain = write(u"settings"_s, "weight = 4\n");
    const auto parse = [this](const QStringList &arguments) {
        return parseClientArguments(QStringList{u"frpc"_s} + arguments, m_environment);
    };
    const auto id = parse({u"-c"_s, u"client_A"_s});
    QVERIFY(id);
    QCOMPARE(id->session.clientId, u"client_A"_s);
    QVERIFY(id->configFile.isEmpty());
    QCOMPARE(parse({u"-c"_s, toml})->session.weight, 3);
    QCOMPARE(parse({u"-c"_s, plain})->session.weight, 4); // a file that is there
    const auto both = parse({u"-c"_s, toml, u"-c"_s, u"client_A"_s});
    QVERIFY(both);
    QCOMPARE(both->session.weight, 3);
    QCOMPARE(both->session.clientId, u"client_A"_s);
    const auto missing = parse({u"-c"_s, u"nowhere.toml"_s}); // meant as a file, and not there
    QVERIFY(!missing);
    QVERIFY(missing.error().detail.contains("nowhere.toml"_L1));
    QCOMPARE(parse({u"--config"_s, plain, u"--client-id"_s, toml})->session.clientId, toml); // said in full
}

void TestProgramConfig::namesFaults_data()
{
    QTest::addColumn<bool>("ofServer");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("fault");
    const auto client = [](const char *name, const QByteArray &text, const QString &fault) {
        QTest::addRow("frpc: %s", name) << false << text << fault;
    };
    const auto server = [](const char *name, const QByteArray &text, const QString &fault) {
        QTest::addRow("frps: %s", name) << true << text << fault;
    };
    client("unknown", "\nservrPort = 1\n",
        u"frpc.toml:2: unknown key 'servrPort'; did you mean 'serverPort'?"_s);
    client("unknown in a table", "[log]\nlevle = \"info\"",
        u":2: unknown key 'log.levle'; did you mean 'log.level'?"_s);
    client("unknown table", "[colours]\na = 1", u":1: unknown key 'colours'"_s);
    client("type", "serverPort = \"7000\"", u":1: 'serverPort' takes a whole number"_s);
    client("type of text", "serverAddr = 1", u":1: 'serverAddr' takes text in quotes"_s);
    client("fraction", "serverPort = 7e3", u":1: 'serverPort' takes a whole number"_s);
    client("range", "a = 1\nserverPort = 70000", u":2: 'serverPort' takes a whole number from 1 to 65535"_s);
    client("word", "transport.proxyProtocolVersion = \"v3\"",
        u":1: 'transport.proxyProtocolVersion' takes none"_s);
    client("level", "[log]\nlevel = \"trace\"", u":2: 'log.level' takes debug"_s);
    client("alone", "auth.email = \"a@b.c\"", u":1: 'auth.email' and --password"_s);
    client("health alone", "healthCheck.path = \"/\"", u":1: 'healthCheck.path' goes together with"_s);
    client("frp's login", "auth.method = \"token\"\nauth.token = \"x\"",
        u":2: 'auth.token' is not supported by frpx: it logs in by"_s);
    client("web server", "webServer.port = 7400", u"'webServer' is not supported"_s);
    client("proxy", "transport.proxyURL = \"http://x\"", u":1: 'transport.proxyURL': the proxy is written"_s);
    client("protocol", "transport.protocol = \"quic\"", u"'transport.protocol' is not supported"_s);
    client("two checks", "[[healthCheck]]\n[[healthCheck]]\n", u"unknown key 'healthCheck'"_s);
    client("no file", "auth.email = \"a\"\nauth.passwordFile = \"/nowhere/p\"", u":2: 'auth.passwordFile'"_s);
    client("udp", "[[proxies]]\nname = \"a\"\ntype = \"udp\"\nlocalPort = 1",
        u":3: 'type' takes tcp, not \"udp\""_s);
    client("no name", "[[proxies]]\nlocalPort = 1", u":1: 'name' is missing"_s);
    client("no port", "[[proxies]]\nname = \"a\"", u":1: 'localPort' is missing"_s);
    client("port", "[[proxies]]\nname = \"a\"\nlocalPort = 0",
        u":3: 'localPort' takes a whole number from 1 to"_s);
    client("remote", "[[proxies]]\nname = \"a\"\nlocalPort = 1\nremotePort = 65536",
        u":4: 'remotePort' takes"_s);
    client("unknown in a tunnel", "[[proxies]]\nname = \"a\"\nlocalPort = 1\nremotPort = 1",
        u":4: unknown key 'remotPort' in [[proxies]]; did you mean 'remotePort'?"_s);
    client("name twice", "[[proxies]]\nname = \"a\"\nlocalPort = 1\n[[proxies]]\nname = \"a\"\nlocalPort = 2",
        u":4: there is a tunnel 'a' already"_s);
    client("policy", "[[proxies]]\nname = \"a\"\nlocalPort = 1\npolicy = \"fastest\"",
        u":4: 'policy' takes random, round-robin"_s);
    client("header of a tunnel",
        "[[proxies]]\nname = \"a\"\nlocalPort = 1\ntransport.proxyProtocolVersion = \"v3\"",
        u":4: 'transport.proxyProtocolVersion' takes none, v1 or v2"_s);
    client("plugin", "[[proxies]]\nname = \"a\"\nlocalPort = 1\n[proxies.plugin]\ntype = \"x\"",
        u"'plugin' is not supported"_s);
    client("server with a port", "serverAddr = \"frps.example.org:7000\"\nserverPort = 7000",
        u":1: 'serverAddr' takes a host such as frps.example.org, 192.0.2.1 or 2001:db8::1, not "
        "\"frps.example.org:7000\": write the host \"frps.example.org\" here, and the port 7000 as serverPort."_s);
    client("page for a server", "serverAddr = \"https://frps.example.org\"",
        u"write the host alone, without https://"_s);
    client("no server", "serverAddr = \"\"", u":1: 'serverAddr' takes a host such as"_s);
    client("number for a server", "serverAddr = \"10\"", u":1: 'serverAddr' takes a host such as"_s);
    client("unix socket for a server", "serverAddr = \"unix:/run/a\"",
        u":1: 'serverAddr' takes a host such as"_s);
    client("server name", "transport.tls.serverName = \"a:1\"",
        u":1: 'transport.tls.serverName' takes a host"_s);
    client("service with a port", "localIP = \"[::1]:80\"",
        u":1: 'localIP' takes a host such as frps.example.org, 192.0.2.1 or 2001:db8::1, not \"[::1]:80\": "
        u"write "
        "the host \"::1\" here, and the port 80 as localPort."_s);
    client("tunnel's service with a port", "[[proxies]]\nname = \"a\"\nlocalIP = \"b:80\"\nlocalPort = 1",
        u":3: 'localIP' takes a host such as"_s);
    client(
        "relative path", "[[proxies]]\nname = \"a\"\nlocalIP = \"unix:a.sock\"", u":3: 'localIP' takes a "_s);
    client("port of a unix socket", "[[proxies]]\nname = \"a\"\nlocalIP = \"unix:/a\"\nlocalPort = 1",
        u":4: 'localPort' does not go with a unix socket"_s);
    client("plugin without a path", "[[proxies]]\nname = \"a\"\nplugin.type = \"unix_domain_socket\"",
        u"'plugin.unixPath' is missing"_s);
    client("plugin and port",
        "[[proxies]]\nname = \"a\"\nlocalPort = 1\nplugin.type = \"unix_domain_socket\"\nplugin.unixPath = "
        "\"/a\"",
        u":4: 'plugin.type' is instead of localIP and localPort"_s);
    client("unknown in a plugin",
        "[[proxies]]\nname = \"a\"\nplugin.type = \"unix_domain_socket\"\nplugin.unixPath = \"/a\"\nplugin.x "
        "= 1",
        u":5: unknown key 'plugin.x' in [[proxies]]"_s);
    server("address with a port", "bindAddr = \"[::]:7000\"",
        u":1: 'bindAddr' takes an IP address such as 127.0.0.1, 0.0.0.0 or ::, not \"[::]:7000\": write the "
        u"address "
        "\"::\" here, and the port 7000 as --control-port."_s);
    server(
        "name to listen on", "webServer.addr = \"localhost\"", u":1: 'webServer.addr' takes an IP address"_s);
    server("number to listen on", "bindAddr = \"10\"", u":1: 'bindAddr' takes an IP address"_s);
    client("no tables", "proxies = 3", u":1: 'proxies' takes tables"_s);
    client("no table", "proxies = [3]", u":1: '[[proxies]]' takes a table"_s);
    client("user", "user = 3", u":1: 'user' takes text"_s);
    server("unknown", "bindProt = 1", u"frps.toml:1: unknown key 'bindProt'; did you mean 'bindPort'?"_s);
    server("client's key", "serverPort = 1", u":1: unknown key 'serverPort'"_s);
    server("list", "allowFrom = [1]", u":1: 'allowFrom' takes an array of texts"_s);
    server("list of lists", "allowFrom = [\"::1,::2\"]", u":1: 'allowFrom' takes an array of texts"_s);
    server("entry", "\nallowFrom = [\"10.0.0.0/33\"]", u":2: 'allowFrom': "_s);
    server("policy", "policy = \"coin\"", u":1: 'policy' takes one of"_s);
    server("login of the API", "webServer.user = \"x\"", u"'webServer.user' is not supported"_s);
    server("token", "auth.token = \"x\"", u"'auth' is not supported by frpx: clients log in by"_s);
    server("vhost", "vhostHTTPPort = 80", u"'vhostHTTPPort' is not supported"_s);
}

void TestProgramConfig::namesFaults()
{
    QFETCH(const bool, ofServer);
    QFETCH(const QByteArray, text);
    QFETCH(const QString, fault);
    const auto frps = server(ofServer ? text : QByteArray());
    const auto frpc = client(ofServer ? QByteArray() : text);
    QVERIFY(ofServer ? !frps : !frpc);
    const Error error = ofServer ? frps.error() : frpc.error();
    QCOMPARE(int(error.code), int(Errc::BadConfig));
    QVERIFY2(error.detail.contains(fault), qPrintable(error.detail));
}

void TestProgramConfig::collectsFaultsInOrder()
{
    const auto config = client("weight = 0\nserverPort = 0\ncolour = 1\n\n[[proxies]]\nname = \"a\"\n");
    QVERIFY(!config);
    const QStringList lines = config.error().detail.split(u'\n');
    QCOMPARE(lines.size(), 4);
    for (qsizetype i = 0; i < 3; ++i)
        QVERIFY2(lines.at(i).contains(u"frpc.toml:%1: "_s.arg(i + 1)), qPrintable(lines.at(i)));
    QVERIFY(lines.at(3).contains("frpc.toml:5: "_L1));
    const auto many = client(QByteArray("[[proxies]]\n").repeated(2000));
    QVERIFY(!many);
    QCOMPARE(many.error().detail.count(u'\n') + 1, ConfigReport::maxFaults);
}

void TestProgramConfig::notesWhatHasNoEffect()
{
    const auto config = client("loginFailExit = false\nlog.to = \"/var/log/frpc.log\"\nlog.maxDays = 3\n"
                               "transport.tcpMux = true\ntransport.protocol = \"tcp\"\n"
                               "[[proxies]]\nname = \"a\"\nlocalPort = 1\nmetadatas.x = \"y\"\n"
                               "transport.useEncryption = false\n");
    QVERIFY2(config, qPrintable(config ? QString() : config.error().detail));
    QCOMPARE(config->notes.size(), 5);
    QVERIFY(config->notes.at(1).contains("frpc.toml:2: 'log.to' is ignored: "_L1));
    QVERIFY(config->notes.at(4).contains("frpc.toml:9: 'metadatas' is ignored"_L1));
}

void TestProgramConfig::readsThePasswordFile()
{
    const QString secret = write(u"password"_s, "correct horse\nnot this\n");
    QFile::setPermissions(secret, QFile::ReadOwner | QFile::WriteOwner);
    const QByteArray text = "auth.email = \"a@b.c\"\nauth.passwordFile = \"" + secret.toUtf8() + "\"\n";
    const auto config = client(text);
    QVERIFY2(config, qPrintable(config ? QString() : config.error().detail));
    QCOMPARE(config->password, u"correct horse"_s);
    QVERIFY(config->notes.isEmpty());
    QCOMPARE(client(text, {u"--password"_s, u"p"_s})->password, u"p"_s); // goes before the file
    QVERIFY(!client(text + "auth.password = \"p\"\n")); // which one?
    QFile::setPermissions(secret, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther);
    QCOMPARE(client(text)->notes.size(), 1);
    (void)write(u"password"_s, "\n");
    QVERIFY(!client(text));
    (void)write(u"password"_s, QByteArray(5000, 'x'));
    QVERIFY(!client(text));
}

void TestProgramConfig::readsTunnels()
{
    const auto config = client(R"(
user = "me"
[[proxies]]
name = "any"
localPort = 1
maxConnections = 2
totalConnections = 3
lifetimeSeconds = 4
message = "hello"
policy = "round-robin"
[[proxies]]
name = "one-of-many"
localPort = 5
remotePort = 6
loadBalancer.group = "web"
loadBalancer.groupKey = "123"
)");
    QVERIFY2(config, qPrintable(config ? QString() : config.error().detail));
    QCOMPARE(config->tunnels.size(), size_t(2));
    const TunnelSpec &any = config->tunnels[0];
    QCOMPARE(any.name, u"me.any"_s);
    QCOMPARE(any.remotePort, 0);
    QCOMPARE(any.maxConnections, 2);
    QCOMPARE(any.totalConnections, 3);
    QCOMPARE(any.lifetimeS, 4);
    QCOMPARE(any.message, u"hello"_s);
    QCOMPARE(any.policy, u"round-robin"_s);
    QCOMPARE(config->tunnels[1].name, u"me.web"_s);
    QCOMPARE(config->tunnels[1].group, u"123"_s);
}

void TestProgramConfig::boundsTunnels()
{
    QByteArray text;
    for (size_t i = 0; i < maxConfiguredTunnels; ++i)
        text += "[[proxies]]\nname = \"t" + QByteArray::number(qulonglong(i)) + "\"\nlocalPort = 1\n";
    const auto most = client(text);
    QVERIFY2(most, qPrintable(most ? QString() : most.error().detail));
    QCOMPARE(most->tunnels.size(), maxConfiguredTunnels);
    QVERIFY(!client(text + "[[proxies]]\nname = \"more\"\nlocalPort = 1\n"));
}

void TestProgramConfig::comparesTunnels()
{
    const auto spec = [](const QString &name, quint16 port) {
        TunnelSpec tunnel;
        tunnel.name = name;
        tunnel.localPort = port;
        return tunnel;
    };
    const std::vector<TunnelSpec> before{spec(u"gone"_s, 1), spec(u"same"_s, 2), spec(u"changed"_s, 3)};
    const std::vector<TunnelSpec> after{spec(u"new"_s, 1), spec(u"changed"_s, 4), spec(u"same"_s, 2)};
    const TunnelChanges changes = diffTunnels(before, after);
    QCOMPARE(changes.close, (QStringList{u"gone"_s, u"changed"_s}));
    QCOMPARE(changes.open.size(), size_t(2));
    QCOMPARE(changes.open[0].name, u"new"_s);
    QCOMPARE(changes.open[1].localPort, 4);
    QCOMPARE(changes.unchanged, size_t(1));
    QVERIFY(diffTunnels(before, before).isEmpty());
    QVERIFY(diffTunnels({}, {}).isEmpty());
}

void TestProgramConfig::checksAFile()
{
    const auto good = client("weight = 2\n", {u"--check-config"_s});
    QVERIFY(good && good->text);
    QVERIFY(good->text->endsWith("frpc.toml: ok\n"_L1));
    const auto noted = server("log.maxDays = 3\n", {u"--check-config"_s});
    QVERIFY(noted);
    QCOMPARE(noted->task, server::ServerConfig::Task::PrintAndExit);
    QVERIFY2(noted->text.contains("frps.toml:1: 'log.maxDays' is ignored"_L1), qPrintable(noted->text));
    QVERIFY(!client("weight = 0\n", {u"--check-config"_s}));
    const auto nothing = parseClientArguments({u"frpc"_s, u"--check-config"_s}, m_environment);
    QVERIFY(!nothing);
    QCOMPARE(int(nothing.error().code), int(Errc::InvalidArgument));
}

void TestProgramConfig::asksToReload()
{
    const auto frpc = client("nonsense", {u"reload"_s}); // which is for the running one to find out
    QVERIFY(frpc && frpc->task == client::ClientConfig::Task::Reload);
    QVERIFY(!parseClientArguments({u"frpc"_s, u"reload"_s}, m_environment));
    QVERIFY(!client("", {u"reload"_s, u"now"_s}));
    const auto frps = server("nonsense", {u"reload"_s});
    QVERIFY(frps);
    QCOMPARE(frps->task, server::ServerConfig::Task::Reload);
    QVERIFY(!server::parseServerArguments({u"frps"_s, u"reload"_s}, m_environment));
}

void TestProgramConfig::exampleFilesAreGood_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("uncommented");
    for (const bool uncommented : {false, true}) {
        for (const QString &name : {u"frpc.toml"_s, u"frps.toml"_s})
            QTest::addRow("%s%s", qPrintable(name), uncommented ? ", uncommented" : "")
                << name << uncommented;
    }
}

void TestProgramConfig::exampleFilesAreGood()
{
    QFETCH(const QString, name);
    QFETCH(const bool, uncommented);
    QFile file(QStringLiteral(FRPX_TEST_SOURCE_DIR "/packaging/etc/") + name);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QString text = QString::fromUtf8(file.readAll());
    if (uncommented) { // each key, and none is unknown; those that need other things are given them
        text.replace(
            QRegularExpression(u"^#(?=[a-zA-Z[])"_s, QRegularExpression::MultilineOption), QString());
        text.replace(u"\ndatabaseFile ="_s, u"\n#databaseFile ="_s); // one or the other
        const QString secret = write(u"password"_s, "p\n");
        text.replace(u"/etc/frpx/password"_s, secret);
        text.replace(u"/etc/frpx/proxy-password"_s, secret);
        const Result<TlsIdentity> tls = makeSelfSigned({u"frpx"_s}, QDateTime::currentDateTimeUtc());
        QVERIFY(tls);
        for (const QString &pem : {u"/etc/frpx/ca.crt"_s, u"/etc/frpx/client.crt"_s})
            text.replace(pem, write(u"certificate"_s, tls->certificatePem));
        text.replace(u"/etc/frpx/client.key"_s, write(u"key"_s, tls->keyPem));
        text.replace(u"#type = \"none\""_s, u"type = \"http\""_s);
        text.replace(u"type = \"none\""_s, u"type = \"http\""_s);
    }
    const bool ofServer = name == "frps.toml"_L1;
    const auto frps = server(ofServer ? text.toUtf8() : QByteArray());
    const auto frpc = client(ofServer ? QByteArray() : text.toUtf8());
    QVERIFY2(frps, qPrintable(frps ? QString() : frps.error().detail));
    QVERIFY2(frpc, qPrintable(frpc ? QString() : frpc.error().detail));
    if (uncommented && !ofServer)
        QCOMPARE(frpc->tunnels.size(), size_t(1));

    if (uncommented) { // what is shown as the default is the default
        static const QStringList others = {u"data-dir"_s, u"health-check"_s}; // an example, and changed above
        const ProgramHelp help = ofServer ? server::serverHelp() : clientHelp();
        const QHash<QString, QString> settings = ofServer ? frps->settings : frpc->settings;
        for (const auto &[option, key, variable] : help.options) {
            if (!option.defaultValue.isEmpty() && !others.contains(option.name))
                QVERIFY2(settings.value(option.name) == option.defaultValue, qPrintable(key));
        }
        for (const ProgramHelp::Table &table : help.tables) { // which are at the end
            static const QRegularExpression keys(u"^([a-zA-Z.]+) = "_s, QRegularExpression::MultilineOption);
            const QString part = text.section(u"\n[[%1]]\n"_s.arg(table.name), 1);
            QVERIFY(!part.isEmpty());
            QSet<QString> shown;
            for (const QRegularExpressionMatch &match : keys.globalMatch(part))
                shown << match.captured(1);
            QSet<QString> told;
            for (const auto &[known, meaning] : table.keys)
                told << known;
            QCOMPARE(shown, told);
        }
    }

    // Nothing that can be set is missing, but the ways not to be recommended.
    for (const OptionSpelling &spelling : ofServer ? server::serverSpellings() : clientSpellings()) {
        const QString key = spelling.key.section(u'.', -1);
        if (spelling.key != "auth.password"_L1)
            QVERIFY2(text.contains(key + u" = "_s), qPrintable(spelling.key));
    }
}

void TestProgramConfig::documentsEveryKey()
{
    QFile file(QStringLiteral(FRPX_TEST_SOURCE_DIR "/docs/configuration.md"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(file.readAll());
    const qsizetype frpc = text.indexOf("## Keys of frpc"_L1);
    const qsizetype frps = text.indexOf("## Keys of frps"_L1);
    QVERIFY(frpc > 0 && frps > 0 && frps < frpc);
    const auto check = [](const QString &part, const QList<OptionSpelling> &spellings) {
        for (const OptionSpelling &spelling : spellings) {
            const QString row =
                u"| `%1` | `%2` | `%3` |"_s.arg(spelling.key, spelling.option, spelling.variable);
            QVERIFY2(part.contains(row), qPrintable(row));
        }
        static const QRegularExpression rows(u"^\\| `[^|]*` \\| `--"_s, QRegularExpression::MultilineOption);
        QCOMPARE(part.count(rows), spellings.size()); // and nothing that has gone
    };
    check(text.sliced(frps, frpc - frps), server::serverSpellings());
    check(text.sliced(frpc), clientSpellings());
}

const frpx::test::TestRegistration registration("tst_programconfig", frpx::test::runTest<TestProgramConfig>);

#include "tst_programconfig.moc"
