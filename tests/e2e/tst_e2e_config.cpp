// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/programs.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

#include <csignal>

using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

bool write(const QString &path, const QByteArray &content)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}

QByteArray portLine(const char *key, quint16 port)
{
    return QByteArray(key) + " = " + QByteArray::number(port) + '\n';
}

} // namespace

/// Configuration files, as people use them.
class TestE2eConfig : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void runsFromFiles();
    void checksFiles();
    void refusesABadFile();
    void reloadsTheServer();
    void reloadsTheClient();
    void asksForRefusedTunnelsAgain();
    void replacesTheSession();
    void reloadNeedsARunningProgram();
    void survivesAKilledPredecessor();

private:
    bool startServer(const QByteArray &more = {});
    bool startClient(const QByteArray &more = {});
    QByteArray clientText() const;
    /// \return exit code; \a said gets what was printed
    int reload(const QString &program, const QString &file, QByteArray *said) const;
    QString clientFile() const { return m_client->directory() + u"/frpc.toml"_s; }
    QString serverFile() const { return m_server->directory() + u"/frps.toml"_s; }

    std::unique_ptr<HttpService> m_service;
    std::unique_ptr<FrpsProcess> m_server;
    std::unique_ptr<FrpcProcess> m_client;
    QTemporaryDir m_runtime;
};

void TestE2eConfig::initTestCase()
{
    qputenv("XDG_RUNTIME_DIR", QFile::encodeName(m_runtime.path())); // for the programs
}

void TestE2eConfig::init()
{
    m_client.reset();
    m_service = std::make_unique<HttpService>("here"_ba);
    QVERIFY(m_service->start());
    qputenv("SERVICE_PORT", QByteArray::number(m_service->port())); // before the processes copy it
    m_server = std::make_unique<FrpsProcess>();
    m_client = std::make_unique<FrpcProcess>(u"unused"_s);
}

bool TestE2eConfig::startServer(const QByteArray &more)
{
    const QByteArray text = more + "bindAddr = \"127.0.0.1\"\n"
        + portLine("bindPort", m_server->controlPort()) + portLine("proxyPort", m_server->proxyPort())
        + portLine("publicPort", m_server->publicPort()) + "dataDir = \"" + m_server->dataDirectory().toUtf8()
        + "\"\n[webServer]\n" + portLine("port", m_server->apiPort());
    if (!write(serverFile(), text))
        return false;
    auto *process = static_cast<Process *>(m_server.get());
    return process->start(frpsProgram(), {u"-c"_s, serverFile()})
        && process->waitForLog(u"FRPS listening on ports"_s);
}

QByteArray TestE2eConfig::clientText() const
{
    return "serverAddr = \"127.0.0.1\"\n" + portLine("serverPort", m_server->controlPort())
        + portLine("proxyPort", m_server->proxyPort()) + "localPort = {{ .Envs.SERVICE_PORT }}\n"
        + "clientID = \"from-file\"\nauth.email = \"" + demoEmail + "\"\nauth.password = \"" + demoPassword
        + "\"\nauth.tokenFile = \"" + m_client->tokenFile().toUtf8() + "\"\n";
}

bool TestE2eConfig::startClient(const QByteArray &more)
{
    if (!write(clientFile(), clientText() + more))
        return false;
    auto *process = static_cast<Process *>(m_client.get());
    return process->start(frpcProgram(), {u"-c"_s, clientFile()}) && m_client->waitForRegistrations(1);
}

int TestE2eConfig::reload(const QString &program, const QString &file, QByteArray *said) const
{
    QByteArray output;
    QByteArray log;
    const int code = Process::run(program, {u"reload"_s, u"-c"_s, file}, {}, &output, &log);
    *said = output + log;
    return code;
}

void TestE2eConfig::runsFromFiles()
{
    QVERIFY2(startServer(), m_server->log().constData());
    QVERIFY2(startClient(), m_client->log().constData());
    QCOMPARE(m_server->clientIds(), QStringList{u"from-file"_s});
    QCOMPARE(m_server->user().get("/"_ba).body, "here"_ba);
    QCOMPARE(m_client->terminate(), 0);
    QCOMPARE(m_server->terminate(), 0);
}

void TestE2eConfig::checksFiles()
{
    const QString file = m_client->directory() + u"/frpc.toml"_s;
    QVERIFY(write(file, "[[proxies]]\nname = \"ssh\"\ntype = \"tcp\"\nlocalPort = 22\nremotePort = 6000\n"));
    QByteArray output;
    QByteArray log;
    QCOMPARE(Process::run(frpcProgram(), {u"-c"_s, file, u"--check-config"_s}, {}, &output, &log), 0);
    QVERIFY2(output.endsWith("frpc.toml: ok\n"), output.constData());
    QCOMPARE(log, QByteArray());

    QVERIFY(write(file, "serverAddr = \"x\"\nservrPort = 1\n[[proxies]]\nname = 3\n"));
    QCOMPARE(Process::run(frpcProgram(), {u"-c"_s, file, u"--check-config"_s}, {}, &output, &log), 1);
    QVERIFY2(
        log.contains("frpc.toml:2: unknown key 'servrPort'; did you mean 'serverPort'?\n"), log.constData());
    QVERIFY2(log.contains("frpc.toml:4: "), log.constData());
    QCOMPARE(output, QByteArray());
}

void TestE2eConfig::refusesABadFile()
{
    const QString file = m_server->directory() + u"/frps.toml"_s;
    QVERIFY(write(file, "bindPort = 700000\n"));
    QByteArray log;
    QCOMPARE(Process::run(frpsProgram(), {u"-c"_s, file}, {}, nullptr, &log), 1);
    QVERIFY2(log.contains("frps.toml:1: 'bindPort' takes"), log.constData());
    QCOMPARE(Process::run(frpsProgram(), {u"-c"_s, u"/nowhere.toml"_s}, {}, nullptr, &log), 2);
    QVERIFY2(log.contains("/nowhere.toml"), log.constData());
}

void TestE2eConfig::reloadsTheServer()
{
    QVERIFY(startServer("policy = \"random\"\n"));
    QVERIFY(startClient());
    QVERIFY(m_server->user().get("/"_ba).isOk());
    QFile file(serverFile());
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray old = file.readAll();

    QVERIFY(write(serverFile(), "denyFrom = [\"127.0.0.0/8\"]\nrelayThreads = 1\n" + old));
    QByteArray said;
    QCOMPARE(reload(frpsProgram(), serverFile(), &said), 0);
    QVERIFY2(said.contains("Changed: deny-from."), said.constData());
    QVERIFY2(said.contains("relay-threads"), said.constData());
    QVERIFY(!m_server->user().get("/"_ba).isOk());
    QCOMPARE(m_server->activeClients(), 1); // untouched

    QVERIFY(write(serverFile(), "denyFrom = 3\n" + old));
    QCOMPARE(reload(frpsProgram(), serverFile(), &said), 1);
    QVERIFY2(said.contains("frps.toml:1: 'denyFrom' takes"), said.constData());
    QVERIFY(!m_server->user().get("/"_ba).isOk()); // as it was

    QVERIFY(write(serverFile(), old));
    const qsizetype from = m_server->logSize();
    m_server->sendSignal(SIGHUP);
    QVERIFY(
        m_server->waitForLog(u"The configuration file is read again: Changed: deny-from."_s, 10'000, from));
    QVERIFY(m_server->user().get("/"_ba).isOk());

    const auto policy = [this] {
        return m_server->api("/api/tunnels/default"_ba).toObject().value("policy"_L1).toString();
    };
    QCOMPARE(policy(), u"random"_s);
    QVERIFY(write(serverFile(), QByteArray(old).replace("random", "two-choices")));
    QCOMPARE(reload(frpsProgram(), serverFile(), &said), 0);
    QVERIFY2(said.contains("Changed: policy."), said.constData());
    QCOMPARE(policy(), u"two-choices"_s);
    QVERIFY(m_server->user().get("/"_ba).isOk());
    QCOMPARE(m_client->registrations(), 1);
    QCOMPARE(m_server->terminate(), 0);
}

void TestE2eConfig::reloadsTheClient()
{
    QVERIFY(startServer());
    QVERIFY(startClient());
    QByteArray said;
    QCOMPARE(reload(frpcProgram(), clientFile(), &said), 0);
    QCOMPARE(said, "Nothing has changed.\n"_ba);

    QVERIFY(write(clientFile(), clientText() + "drainTimeout = 1\nlog.level = \"debug\"\n"));
    QCOMPARE(reload(frpcProgram(), clientFile(), &said), 0);
    QCOMPARE(said, "The settings have changed.\n"_ba);

    QVERIFY(write(clientFile(), "nonsense"));
    QCOMPARE(reload(frpcProgram(), clientFile(), &said), 1);
    QVERIFY2(said.contains("frpc.toml:1: not TOML"), said.constData());
    const qsizetype from = m_client->logSize();
    m_client->sendSignal(SIGHUP);
    QVERIFY(m_client->waitForLog(u"The configuration stays as it was"_s, 10'000, from));
    QVERIFY(m_server->user().get("/"_ba).isOk());
    QCOMPARE(m_client->registrations(), 1); // all the time the same session
    QCOMPARE(m_client->terminate(), 0);
}

void TestE2eConfig::asksForRefusedTunnelsAgain()
{
    const QList<quint16> ports = freePorts(2);
    const QByteArray right = QByteArray::number(ports.at(0));
    const QByteArray wrong = QByteArray::number(ports.at(1));
    const auto proxy = [](const QByteArray &name, const QByteArray &port) {
        return "[[proxies]]\nname = \"" + name
            + "\"\nlocalPort = {{ .Envs.SERVICE_PORT }}\nremotePort = " + port + '\n';
    };
    QVERIFY(startServer("allowPorts = \"" + right + "\"\n"));
    QVERIFY(startClient(proxy("good", right) + proxy("bad", wrong)));
    QVERIFY(m_client->waitForLog(u"Tunnel 'bad' is refused"_s));
    const qsizetype size = m_client->logSize();

    QByteArray said;
    QCOMPARE(reload(frpcProgram(), clientFile(), &said), 1);
    QVERIFY2(
        said.startsWith("Nothing has changed. Tunnels asked for again: 1.\nTunnel 'bad' is refused: Port "
            + wrong + " is not among those"),
        said.constData());
    QVERIFY2(said.endsWith(" The server is asked again in 15 s.\n"), said.constData());
    QCOMPARE(said.count('\n'), 2);
    QVERIFY(m_client->waitForLog(u"Tunnel 'bad' is refused"_s, 10'000, size));
    QCOMPARE(HttpClient(ports.at(0)).get("/"_ba).body, "here"_ba);

    // A port moves to another name at once.
    QVERIFY(write(clientFile(), clientText() + proxy("renamed", right)));
    QCOMPARE(reload(frpcProgram(), clientFile(), &said), 0);
    QCOMPARE(said, "2 tunnels closed, 1 opened, 0 left as they are.\n"_ba);
    QCOMPARE(HttpClient(ports.at(0)).get("/"_ba).body, "here"_ba);
    QCOMPARE(m_client->registrations(), 1);

    // What the administrator has closed is opened again, and the whole session waits for its answers as well.
    const auto services = [this] { return m_server->api("/api/services"_ba).toArray().size(); };
    const QString id = m_server->api("/api/tunnels"_ba).toArray().at(1).toObject().value("id"_L1).toString();
    QVERIFY(HttpClient(m_server->apiPort()).send("DELETE"_ba, "/api/tunnels/" + id.toUtf8()).isOk());
    QVERIFY(m_client->waitForLog(u"Tunnel 'renamed' is closed: deleted"_s));
    QCOMPARE(services(), 0);
    QCOMPARE(reload(frpcProgram(), clientFile(), &said), 0);
    QCOMPARE(services(), 1);
    QVERIFY(write(clientFile(), clientText() + "weight = 2\n" + proxy("again", right) + proxy("bad", wrong)));
    QCOMPARE(reload(frpcProgram(), clientFile(), &said), 1);
    QVERIFY2(
        said.startsWith("A new session starts, with 2 tunnels.\nTunnel 'bad' is refused"), said.constData());
    QCOMPARE(HttpClient(ports.at(0)).get("/"_ba).body, "here"_ba); // left by the old session at once

    m_server->kill9();
    QCOMPARE(reload(frpcProgram(), clientFile(), &said), 0);
    QVERIFY2(said.contains("There is no connection to the server"), said.constData());
    QCOMPARE(m_client->terminate(), 0);
}

void TestE2eConfig::replacesTheSession()
{
    QVERIFY(startServer());
    QVERIFY(startClient());
    HttpService other("there"_ba);
    QVERIFY(other.start());
    QVERIFY(write(clientFile(),
        clientText()
            .replace("{{ .Envs.SERVICE_PORT }}", QByteArray::number(other.port()))
            .replace("from-file", "renamed")));
    m_client->sendSignal(SIGHUP);
    QVERIFY2(m_client->waitForRegistrations(2), m_client->log().constData());
    QTRY_COMPARE(m_server->clientIds(), QStringList{u"renamed"_s});
    QCOMPARE(m_server->user().get("/"_ba).body, "there"_ba);

    // The same id: the new session takes the place of the old at once.
    QVERIFY(write(clientFile(), clientText().replace("from-file", "renamed") + "weight = 2\n"));
    QByteArray said;
    QCOMPARE(reload(frpcProgram(), clientFile(), &said), 0);
    QVERIFY2(m_client->waitForRegistrations(3), m_client->log().constData());
    QCOMPARE(m_server->user().get("/"_ba).body, "here"_ba);
    QVERIFY(!m_client->log().contains("refuses the registration"));
    QCOMPARE(m_client->terminate(), 0);
}

void TestE2eConfig::reloadNeedsARunningProgram()
{
    QVERIFY(write(clientFile(), ""));
    QByteArray said;
    QCOMPARE(reload(frpcProgram(), clientFile(), &said), 1);
    QVERIFY2(said.contains("SIGHUP"), said.constData());
}

void TestE2eConfig::survivesAKilledPredecessor()
{
    QVERIFY(startServer());
    m_server->kill9();
    const qsizetype from = m_server->logSize();
    auto *process = static_cast<Process *>(m_server.get());
    QVERIFY(process->start(frpsProgram(), {u"-c"_s, serverFile()}));
    QVERIFY(process->waitForLog(u"FRPS listening on ports"_s, 10'000, from));
    QByteArray said;
    QCOMPARE(reload(frpsProgram(), serverFile(), &said), 0);

    FrpsProcess second; // with the same file: says that it cannot be reached, before it fails for the ports
    QByteArray log;
    QCOMPARE(Process::run(frpsProgram(), {u"-c"_s, serverFile()}, {}, nullptr, &log), 1);
    QVERIFY2(log.contains("frps reload will not work"), log.constData());
    QCOMPARE(reload(frpsProgram(), serverFile(), &said), 0); // the first is still there
}

const frpx::test::TestRegistration registration("tst_e2e_config", frpx::test::runTest<TestE2eConfig>);

#include "tst_e2e_config.moc"
