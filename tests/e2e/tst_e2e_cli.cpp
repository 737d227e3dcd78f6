// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/originalclient.h"
#include "tests/support/programs.h"
#include "tests/support/pty.h"
#include "tests/support/sockets.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QTest>

#include <csignal>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// The command lines, as scripts and people use them.
class TestE2eCli : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void printsHelpAndVersion_data();
    void printsHelpAndVersion();
    void namesTheBadOption_data();
    void namesTheBadOption();
    void namesThePortThatIsTaken_data();
    void namesThePortThatIsTaken();
    void monitorNeedsAServer();
    void clientPromptsOnATerminal();
    void clientPromptsBesideALog();
    void clientReadsPipes();
    void clientWithoutTerminalNeedsAnAccount();
    void clientSaysWhenTheAccountIsWrong();
    void manageAccounts();
    void writesNoSecretsToTheLog();
};

void TestE2eCli::printsHelpAndVersion_data()
{
    QTest::addColumn<QString>("program");
    QTest::addColumn<QString>("option");
    QTest::addColumn<QByteArrayList>("texts");
    const QByteArrayList serverOptions{"--control-port"_ba, "--proxy-port"_ba, "--public-port"_ba,
        "--api-port"_ba, "--monitor"_ba, "--data-dir"_ba, "--heartbeat-timeout"_ba, "--pending-timeout"_ba,
        "--drain-timeout"_ba, "--allow-ports"_ba, "port-keeper"_ba, "--log-level"_ba, "17000"_ba, "17001"_ba,
        "18080"_ba, "18081"_ba, "--help"_ba, "--version"_ba};
    const QByteArrayList clientOptions{"--client-id"_ba, "--server-addr"_ba, "--control-port"_ba,
        "--proxy-port"_ba, "--local-addr"_ba, "--local-port"_ba, "--email"_ba, "--password"_ba,
        "--token-file"_ba, "--heartbeat-interval"_ba, "--drain-timeout"_ba, "--log-level"_ba, "17000"_ba,
        "17001"_ba, "11434"_ba, "--help"_ba, "--version"_ba};
    for (const auto &option : {u"-h"_s, u"--help"_s}) {
        QTest::addRow("frps %s", qPrintable(option)) << frpsProgram() << option << serverOptions;
        QTest::addRow("frpc %s", qPrintable(option)) << frpcProgram() << option << clientOptions;
    }
    for (const auto &option : {u"-V"_s, u"--version"_s}) {
        QTest::addRow("frps %s", qPrintable(option)) << frpsProgram() << option << QByteArrayList{"frps "_ba};
        QTest::addRow("frpc %s", qPrintable(option)) << frpcProgram() << option << QByteArrayList{"frpc "_ba};
    }
}

void TestE2eCli::printsHelpAndVersion()
{
    QFETCH(const QString, program);
    QFETCH(const QString, option);
    QFETCH(const QByteArrayList, texts);
    QByteArray output;
    QByteArray log;
    QCOMPARE(Process::run(program, {option}, {}, &output, &log), 0);
    for (const QByteArray &text : texts)
        QVERIFY2(output.contains(text), (text + " is not in:\n" + output).constData());
    QCOMPARE(log, QByteArray());
}

void TestE2eCli::namesTheBadOption_data()
{
    QTest::addColumn<QString>("program");
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("named");
    const QString frps = frpsProgram();
    const QString frpc = frpcProgram();
    const QStringList id{u"-c"_s, u"x"_s};
    QTest::newRow("frps: unknown") << frps << QStringList{u"--nonsense"_s} << "nonsense"_ba;
    QTest::newRow("frps: word") << frps << QStringList{u"nonsense"_s} << "nonsense"_ba;
    QTest::newRow("frps: port of letters")
        << frps << QStringList{u"--control-port"_s, u"abc"_s} << "control-port"_ba;
    QTest::newRow("frps: port too large")
        << frps << QStringList{u"--public-port"_s, u"65536"_s} << "public-port"_ba;
    QTest::newRow("frps: negative port") << frps << QStringList{u"--api-port=-1"_s} << "api-port"_ba;
    QTest::newRow("frps: no value") << frps << QStringList{u"--proxy-port"_s} << "proxy-port"_ba;
    QTest::newRow("frps: address with a port")
        << frps << QStringList{u"--listen"_s, u"[::1]:7000"_s} << "--control-port"_ba;
    QTest::newRow("port keeper: no port")
        << frps << QStringList{u"port-keeper"_s, u"--allow-ports=6000"_s, u"--listen"_s, u"::1"_s}
        << "[::1]:8080"_ba;
    QTest::newRow("frpc: server with a port")
        << frpc << id + QStringList{u"--server-addr"_s, u"frps.example.org:7000"_s}
        << "write the host \"frps.example.org\" here, and the port 7000 as --control-port"_ba;
    QTest::newRow("frpc: page for a server")
        << frpc << id + QStringList{u"--server-addr"_s, u"https://frps.example.org"_s}
        << "without https://"_ba;
    QTest::newRow("frpc ports: number for a server")
        << frpc << QStringList{u"ports"_s, u"-s"_s, u"10"_s} << "server-addr"_ba;
    QTest::newRow("frpc: tunnel without a port")
        << frpc << id + QStringList{u"--tunnel"_s, u"a,local=localhost"_s} << "local=localhost:80"_ba;
    QTest::newRow("frps: address") << frps << QStringList{u"--listen"_s, u"nowhere"_s} << "listen"_ba;
    QTest::newRow("frps: zero seconds")
        << frps << QStringList{u"--heartbeat-timeout"_s, u"0"_s} << "heartbeat-timeout"_ba;
    QTest::newRow("frps: seconds of letters")
        << frps << QStringList{u"--pending-timeout"_s, u"soon"_s} << "pending-timeout"_ba;
    QTest::newRow("frps: log level") << frps << QStringList{u"--log-level"_s, u"loud"_s} << "log-level"_ba;
    QTest::newRow("frps: user without command") << frps << QStringList{u"user"_s} << "user"_ba;
    QTest::newRow("frpc: empty client id") << frpc << QStringList{u"-c"_s, QString()} << "client-id"_ba;
    QTest::newRow("frpc: unknown") << frpc << (id + QStringList{u"--nonsense"_s}) << "nonsense"_ba;
    QTest::newRow("frpc: local port")
        << frpc << (id + QStringList{u"--local-port"_s, u"0"_s}) << "local-port"_ba;
    QTest::newRow("frpc: control port")
        << frpc << (id + QStringList{u"--control-port"_s, u"x"_s}) << "control-port"_ba;
    QTest::newRow("frpc: tunnel") << frpc << (id + QStringList{u"--tunnel"_s, u"ssh,22"_s}) << "--tunnel"_ba;
    QTest::newRow("frpc: interval") << frpc << (id + QStringList{u"--heartbeat-interval"_s, u"0"_s})
                                    << "heartbeat-interval"_ba;
}

void TestE2eCli::namesTheBadOption()
{
    QFETCH(const QString, program);
    QFETCH(const QStringList, arguments);
    QFETCH(const QByteArray, named);
    QByteArray output;
    QByteArray log;
    QCOMPARE(Process::run(program, arguments, {}, &output, &log), 2);
    QVERIFY2(log.contains(named), log.constData());
    QVERIFY2(!log.contains("WARN"), log.constData()); // nothing of Qt's own in front
    QCOMPARE(output, QByteArray());
}

void TestE2eCli::namesThePortThatIsTaken_data()
{
    QTest::addColumn<int>("index");
    QTest::newRow("control") << 0;
    QTest::newRow("proxy") << 1;
    QTest::newRow("public") << 2;
    QTest::newRow("api") << 3;
}

void TestE2eCli::namesThePortThatIsTaken()
{
    QFETCH(const int, index);
    FrpsProcess frps;
    const QList<quint16> ports{frps.controlPort(), frps.proxyPort(), frps.publicPort(), frps.apiPort()};
    const Fd other = listenLoopback(ports.at(index));
    QVERIFY(other.isValid());
    QByteArray log;
    const int code = Process::run(frpsProgram(), frps.arguments(), {}, nullptr, &log);
    QCOMPARE(code, 1);
    QVERIFY2(log.contains(QByteArray::number(ports.at(index))), log.constData());
    QVERIFY(!log.contains("FRPS listening on ports"));
}

void TestE2eCli::monitorNeedsAServer()
{
    const FrpsProcess frps; // not started
    QByteArray output;
    QByteArray log;
    QCOMPARE(Process::run(frpsProgram(), frps.arguments() << u"--monitor"_s, {}, &output, &log), 1);
    QVERIFY2(log.contains(QByteArray::number(frps.apiPort())), log.constData());
    QCOMPARE(output, QByteArray());
    QVERIFY(!QDir(frps.dataDirectory()).exists()); // looking leaves nothing behind
}

void TestE2eCli::clientPromptsOnATerminal()
{
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start());
    const QStringList arguments{u"--client-id"_s, u"person"_s, u"--control-port"_s,
        QString::number(frps.controlPort()), u"--proxy-port"_s, QString::number(frps.proxyPort()),
        u"--local-port"_s, QString::number(service.port()), u"--token-file"_s,
        frps.directory() + u"/person.json"_s};
    PtyProcess client;
    QVERIFY(client.start(frpcProgram(), arguments, frps.directory()));
    QVERIFY(client.waitForText("mail"_ba));
    client.type("test@example.com\n"_ba);
    QVERIFY(client.waitForText("test@example.com"_ba)); // typed, and to be seen
    QVERIFY2(client.waitForText("password"_ba), client.screen().constData());
    client.type("123456\n"_ba);
    QVERIFY2(client.waitForText("Successfully registered with the server."_ba), client.screen().constData());
    QVERIFY2(!client.screen().contains("123456"), client.screen().constData());
    QVERIFY(frps.user().get("/"_ba).isOk());
    QCOMPARE(client.terminate(), 0);

    PtyProcess again; // the token spares the questions
    QVERIFY(again.start(frpcProgram(), arguments, frps.directory()));
    QVERIFY2(again.waitForText("Successfully registered with the server."_ba), again.screen().constData());
    QVERIFY2(!again.screen().toLower().contains("password"), again.screen().constData());
    QCOMPARE(again.terminate(), 0);
}

void TestE2eCli::clientPromptsBesideALog()
{
    FrpsProcess frps;
    QVERIFY(frps.start());
    const QString log = frps.directory() + u"/frpc.log"_s;
    const QString command =
        u"cd %1 && exec %2 --client-id person --control-port %3 --proxy-port %4 --token-file person.json "
        "> out.log 2> %5"_s.arg(frps.directory(), frpcProgram(), QString::number(frps.controlPort()),
            QString::number(frps.proxyPort()), log);
    PtyProcess client;
    QVERIFY(client.start(u"/bin/bash"_s, {u"-c"_s, command}, frps.directory()));
    QVERIFY2(client.waitForText("E-mail: "_ba), client.screen().constData());
    client.type("test@example.com\n"_ba);
    QVERIFY2(client.waitForText("Password: "_ba), client.screen().constData());
    client.type("123456\n"_ba);
    QVERIFY(frps.waitForClients(1));
    QCOMPARE(client.terminate(), 0);
    for (const QString &name : {log, frps.directory() + u"/out.log"_s}) {
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray text = file.readAll();
        QCOMPARE(text.contains("Successfully registered"), name == log);
        QVERIFY2(!text.contains("E-mail") && !text.contains("Password"), text.constData());
    }
}

void TestE2eCli::clientReadsPipes()
{
    FrpsProcess frps;
    QVERIFY(frps.start());
    const QString command =
        u"cd %1 && exec %2 -c <(printf 'serverPort = %3\\nproxyPort = %4\\n') --client-id piped --token-file "
        "piped.json --email test@example.com --password-file <(echo 123456)"_s.arg(frps.directory(),
            frpcProgram(), QString::number(frps.controlPort()), QString::number(frps.proxyPort()));
    Process client;
    QVERIFY(client.start(u"/bin/bash"_s, {u"-c"_s, command}));
    QVERIFY2(client.waitForLog(u"Successfully registered with the server."_s), client.log().constData());
    client.sendSignal(SIGHUP); // what was read is kept
    QVERIFY2(client.waitForLog(u"Nothing has changed."_s), client.log().constData());
    QVERIFY2(!client.log().contains("WARN"), client.log().constData());
    QCOMPARE(client.terminate(), 0);

    QByteArray output;
    QCOMPARE(Process::run(frpcProgram(), {u"--config"_s, u"/dev/stdin"_s, u"--check-config"_s},
                 "serverAddr = \"here.example\"\n"_ba, &output),
        0);
    QCOMPARE(output, "/dev/stdin: ok\n"_ba);
    QByteArray log;
    QCOMPARE(Process::run(frpcProgram(), {u"--config"_s, u"/dev/stdin"_s, u"--check-config"_s},
                 "serverAdr = \"here.example\"\n"_ba, nullptr, &log),
        1);
    QVERIFY2(log.startsWith("/dev/stdin:1: "), log.constData());
}

void TestE2eCli::clientWithoutTerminalNeedsAnAccount()
{
    FrpsProcess frps;
    QVERIFY(frps.start());
    FrpcProcess client(u"script"_s);
    QVERIFY(client.launch(frps.controlPort(), frps.proxyPort(), 1, {}));
    QCOMPARE(client.waitForExit(), 1);
    QVERIFY2(client.log().contains("--email"), client.log().constData());
    QVERIFY2(client.log().contains("frps user add"), client.log().constData());
}

void TestE2eCli::clientSaysWhenTheAccountIsWrong()
{
    FrpsProcess frps;
    QVERIFY(frps.start());
    FrpcProcess client(u"script"_s);
    QVERIFY(client.launch(frps.controlPort(), frps.proxyPort(), 1,
        {u"--email"_s, u"test@example.com"_s, u"--password"_s, u"not-it-at-all"_s}));
    QCOMPARE(client.waitForExit(), 1);
    QVERIFY2(client.log().contains("Invalid"), client.log().constData());
    QVERIFY2(client.log().contains("frps user add"), client.log().constData());
    QVERIFY(!client.log().contains("not-it-at-all"));
    QVERIFY(!frps.log().contains("not-it-at-all"));
    QCOMPARE(frps.activeClients(), 0);
}

void TestE2eCli::manageAccounts()
{
    FrpsProcess frps;
    const auto user = [&frps](const QStringList &arguments, const QByteArray &input, QByteArray *output) {
        return Process::run(frpsProgram(),
            QStringList{u"user"_s} + arguments + QStringList{u"--data-dir"_s, frps.dataDirectory()}, input,
            output);
    };
    const QString alice = u"alice@example.com"_s;
    const QByteArray secret = "correct horse battery"_ba;
    QVERIFY(frps.start()); // which makes the demo account
    QCOMPARE(frps.terminate(), 0);
    QByteArray output;
    QCOMPARE(user({u"list"_s}, {}, &output), 0);
    QVERIFY2(output.contains(demoEmail), output.constData());
    QCOMPARE(user({u"add"_s, alice}, secret + '\n', &output), 0);
    QVERIFY(!output.contains(secret));
    QCOMPARE(user({u"add"_s, alice}, secret + '\n', nullptr), 1); // there is one already
    QCOMPARE(user({u"add"_s, u"nonsense"_s}, secret + '\n', nullptr), 1);
    QCOMPARE(user({u"list"_s}, {}, &output), 0);
    QVERIFY2(output.contains("alice@example.com") && !output.contains(demoEmail), output.constData());

    QVERIFY(frps.start());
    OriginalClient client(frps.controlPort(), frps.proxyPort());
    QVERIFY(!client.login(QString::fromLatin1(demoEmail), QString::fromLatin1(demoPassword)));
    client.close();
    QVERIFY(client.login(alice, QString::fromLatin1(secret)));
    QVERIFY(client.registerAs(u"alices"_s));
    const QString token = client.token();
    QVERIFY(!token.isEmpty());
    client.close();

    QCOMPARE(frps.terminate(), 0);
    QCOMPARE(user({u"remove"_s, alice}, {}, nullptr), 0);
    QVERIFY(frps.start());
    QVERIFY(!client.loginByToken(token));
    client.close();
    QVERIFY(!client.login(alice, QString::fromLatin1(secret)));
}

void TestE2eCli::writesNoSecretsToTheLog()
{
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start({u"--log-level"_s, u"debug"_s}));
    FrpcProcess client(u"talkative"_s);
    QVERIFY(client.start(frps, service.port(), {u"--log-level"_s, u"debug"_s}));
    QVERIFY(frps.user().get("/"_ba).isOk());
    OriginalClient original(frps.controlPort(), frps.proxyPort());
    QVERIFY(original.login(QString::fromLatin1(demoEmail), QString::fromLatin1(demoPassword)));
    QFile tokenFile(client.tokenFile());
    QVERIFY(tokenFile.open(QIODevice::ReadOnly));
    const QByteArray stored = tokenFile.readAll();
    QVERIFY(!stored.contains(demoPassword));
    for (const QByteArray &log : {frps.log(), client.log()}) {
        QVERIFY(!log.contains(demoPassword));
        QVERIFY(!log.contains(original.token().toUtf8()));
        // Whatever long words the token file holds, none of them is in a log.
        for (const QByteArray &word : stored.split('"'))
            QVERIFY2(word.size() < 32 || !log.contains(word), word.constData());
    }
}

const frpx::test::TestRegistration registration("tst_e2e_cli", frpx::test::runTest<TestE2eCli>);

#include "tst_e2e_cli.moc"
