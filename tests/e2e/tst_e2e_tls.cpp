// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/programs.h"
#include "tests/support/pty.h"
#include "tests/support/scale.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTest>

#include <csignal>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// Encrypted links and API, as people and scripts use them.
class TestE2eTls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void servesUsersByFingerprint();
    void servesABurstBeyondTheLineForHandshakes_data();
    void servesABurstBeyondTheLineForHandshakes();
    void tellsTheFingerprint();
    void refusesAnUnknownServerWithoutATerminal();
    void acceptsByTheCommandItNames();
    void asksOnATerminal();
    void leavesWhenThePersonSaysNo();
    void trustsOnFirstUse();
    void refusesAChangedCertificate();
    void refusesThePlainWhenToldTo();
    void servesTheApiByHttps();
    void takesGivenFilesAndTheirRenewal();
    void saysWhatIsWrongWithItsFiles();

private:
    QString fingerprint() const
    {
        QByteArray output;
        const QStringList arguments{u"fingerprint"_s, u"--data-dir"_s, m_frps->dataDirectory()};
        return Process::run(frpsProgram(), arguments, {}, &output) == 0
            ? QString::fromLatin1(output).trimmed()
            : QString();
    }
    /// What `frpc …` needs to reach the server, in one-shot use.
    QStringList target() const
    {
        return {u"--control-port"_s, QString::number(m_frps->controlPort()), u"--tls"_s, u"on"_s,
            u"--known-servers"_s, knownServers()};
    }
    QString knownServers() const { return m_frps->directory() + u"/known_servers"_s; }
    static QByteArray read(const QString &file)
    {
        QFile content(file);
        return content.open(QIODevice::ReadOnly) ? content.readAll() : QByteArray();
    }
    static mode_t mode(const QString &file)
    {
        struct stat status = {};
        ::stat(QFile::encodeName(file).constData(), &status);
        return status.st_mode & 0777;
    }
    /// The exit code of `frpc …`.
    static int frpc(const QStringList &arguments, QByteArray *said = nullptr)
    {
        QByteArray output;
        QByteArray log;
        const int code = Process::run(frpcProgram(), arguments, {}, &output, &log);
        if (said)
            *said = output + log;
        return code;
    }

    std::unique_ptr<HttpService> m_service;
    std::unique_ptr<FrpsProcess> m_frps;
};

void TestE2eTls::init()
{
    m_service = std::make_unique<HttpService>("here"_ba);
    QVERIFY(m_service->start());
    m_frps = std::make_unique<FrpsProcess>();
}

void TestE2eTls::cleanup()
{
    m_frps.reset();
    m_service.reset();
}

void TestE2eTls::servesUsersByFingerprint()
{
    QVERIFY(m_frps->start({u"--require-tls"_s}));
    FrpcProcess client(u"alice"_s);
    QVERIFY2(client.start(*m_frps, m_service->port(), {u"--tls-fingerprint"_s, fingerprint()}),
        client.log().constData());
    for (int i = 0; i < 20; ++i) {
        const HttpReply reply = m_frps->user().get("/"_ba);
        QVERIFY2(reply.isOk(), qPrintable(reply.error));
    }
    QCOMPARE(m_frps->clientIds(), QStringList{u"alice"_s});
    QCOMPARE(client.terminate(), 0);
    QCOMPARE(m_frps->terminate(), 0);
}

void TestE2eTls::servesABurstBeyondTheLineForHandshakes_data()
{
    QTest::addColumn<int>("clients");
    QTest::newRow("one client") << 1;
    QTest::newRow("two clients of one address") << 2;
}

/// Far more at once than the 1,024 work connections that an address may have in the line: nobody is lost for
/// that.
void TestE2eTls::servesABurstBeyondTheLineForHandshakes()
{
    QFETCH(int, clients);
    raiseDescriptorLimit();
    QVERIFY(m_frps->start({u"--require-tls"_s}));
    std::vector<std::unique_ptr<FrpcProcess>> running;
    for (int i = 0; i < clients; ++i) {
        running.push_back(std::make_unique<FrpcProcess>(u"c%1"_s.arg(i)));
        QVERIFY(running.back()->start(*m_frps, m_service->port(), {u"--tls-fingerprint"_s, fingerprint()}));
    }
    const int count = scaled(1800, 1200);
    std::vector<Fd> visitors;
    const QDeadlineTimer deadline(60'000);
    for (int i = 0; i < count; ++i) {
        visitors.push_back(connectLoopback(m_frps->publicPort(), deadline));
        QVERIFY(visitors.back().isValid());
        const QByteArray request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"_ba;
        QCOMPARE(::send(visitors.back().get(), request.constData(), size_t(request.size()), MSG_NOSIGNAL),
            ssize_t(request.size()));
    }
    int served = 0;
    for (const Fd &visitor : visitors) {
        QByteArray answer(1000, Qt::Uninitialized);
        if (waitForEvents(visitor, POLLIN, deadline) != 0)
            answer.truncate(std::max<ssize_t>(0, ::recv(visitor.get(), answer.data(), 1000, 0)));
        served += answer.startsWith("HTTP/1.1 200") ? 1 : 0;
    }
    QCOMPARE(served, count);
    QCOMPARE(m_frps->countInLog("is ejected"_ba), 0);
    for (const auto &client : running)
        QCOMPARE(client->countInLog("Cannot serve a connection"_ba), 0);
}

void TestE2eTls::tellsTheFingerprint()
{
    QByteArray log;
    const QStringList arguments{u"fingerprint"_s, u"--data-dir"_s, m_frps->dataDirectory()};
    QCOMPARE(Process::run(frpsProgram(), arguments, {}, nullptr, &log), 1);
    QVERIFY2(log.contains("when it starts"), log.constData());
    QVERIFY(!QFile::exists(m_frps->dataDirectory()));

    QVERIFY(m_frps->start());
    const QString printed = fingerprint();
    static const QRegularExpression form(u"^SHA256:([0-9A-F]{2}:){31}[0-9A-F]{2}$"_s);
    QVERIFY2(form.match(printed).hasMatch(), qPrintable(printed));
    QVERIFY2(m_frps->log().contains("Clients see the certificate " + printed.toLatin1()),
        m_frps->log().constData());
    for (const QString &name : {u"/tls-key.pem"_s, u"/tls-cert.pem"_s})
        QCOMPARE(mode(m_frps->dataDirectory() + name), 0600U);
    QCOMPARE(m_frps->terminate(), 0);
    QVERIFY(m_frps->start());
    QCOMPARE(fingerprint(), printed);
    QVERIFY(!m_frps->log().contains("PRIVATE KEY"));
}

void TestE2eTls::refusesAnUnknownServerWithoutATerminal()
{
    QVERIFY(m_frps->start());
    FrpcProcess client(u"script"_s);
    QVERIFY(client.launch(m_frps->controlPort(), m_frps->proxyPort(), m_service->port(),
        FrpcProcess::demoAccount() + QStringList{u"--tls"_s, u"on"_s}));
    QCOMPARE(client.waitForExit(), 3);
    QVERIFY2(client.log().contains(fingerprint().toLatin1()), client.log().constData());
    QVERIFY2(client.log().contains("frpc trust SHA256:"), client.log().constData());
    QVERIFY(!QFile::exists(client.directory() + u"/known_servers"_s));
    QVERIFY(!m_frps->log().contains("Login"));

    QByteArray said;
    QCOMPARE(frpc(QStringList{u"services"_s} + target() + FrpcProcess::demoAccount(), &said), 3);
    QVERIFY2(said.contains("frpc trust SHA256:"), said.constData());
    QCOMPARE(frpc(QStringList{u"trust"_s} + target()), 3);
}

void TestE2eTls::acceptsByTheCommandItNames()
{
    QVERIFY(m_frps->start());
    FrpcProcess client(u"script"_s);
    const QStringList more = FrpcProcess::demoAccount() + QStringList{u"--tls"_s, u"on"_s};
    QVERIFY(client.launch(m_frps->controlPort(), m_frps->proxyPort(), m_service->port(), more));
    QCOMPARE(client.waitForExit(), 3);
    static const QRegularExpression command(u"\n  frpc (trust SHA256:[^\n]+)\n"_s);
    const QRegularExpressionMatch match = command.match(QString::fromUtf8(client.log()));
    QVERIFY2(match.hasMatch(), client.log().constData());
    QByteArray said;
    QCOMPARE(frpc(match.captured(1).split(u' '), &said), 0);
    QVERIFY2(said.startsWith("Trusted from now on: " + fingerprint().toLatin1()), said.constData());
    QCOMPARE(frpc(match.captured(1).split(u' '), &said), 0);
    QVERIFY2(said.startsWith("Trusted already"), said.constData());
    QVERIFY2(client.start(*m_frps, m_service->port(), {u"--tls"_s, u"on"_s}), client.log().constData());

    const QString wrong = u"SHA256:"_s + QString(64, u'0');
    QCOMPARE(frpc(QStringList{u"trust"_s, wrong} + target(), &said), 3);
    QVERIFY2(said.contains(fingerprint().toLatin1()), said.constData());
    QVERIFY(!QFile::exists(knownServers()));
}

void TestE2eTls::asksOnATerminal()
{
    QVERIFY(m_frps->start());
    const QString token = m_frps->directory() + u"/person.json"_s;
    const QStringList arguments =
        QStringList{u"--client-id"_s, u"person"_s, u"--proxy-port"_s, QString::number(m_frps->proxyPort()),
            u"--local-port"_s, QString::number(m_service->port()), u"--token-file"_s, token}
        + target() + FrpcProcess::demoAccount();
    PtyProcess client;
    QVERIFY(client.start(frpcProgram(), arguments, m_frps->directory()));
    QVERIFY2(client.waitForText("is this the server you want"_ba), client.screen().constData());
    QVERIFY(client.screen().contains(fingerprint().toLatin1()));
    client.type("yes\n"_ba);
    QVERIFY2(client.waitForText("Successfully registered with the server."_ba), client.screen().constData());
    QVERIFY(m_frps->user().get("/"_ba).isOk());
    QCOMPARE(client.terminate(), 0);
    QCOMPARE(mode(knownServers()), 0600U);
    QCOMPARE(read(knownServers()),
        u"127.0.0.1:%1 %2\n"_s.arg(QString::number(m_frps->controlPort()), fingerprint()).toLatin1());

    PtyProcess again; // it remembers
    QVERIFY(again.start(frpcProgram(), arguments, m_frps->directory()));
    QVERIFY2(again.waitForText("Successfully registered with the server."_ba), again.screen().constData());
    QVERIFY(!again.screen().contains("you want"));
    QCOMPARE(again.terminate(), 0);
}

void TestE2eTls::leavesWhenThePersonSaysNo()
{
    QVERIFY(m_frps->start());
    PtyProcess client;
    QVERIFY(client.start(
        frpcProgram(), QStringList{u"ports"_s} + target() + FrpcProcess::demoAccount(), m_frps->directory()));
    QVERIFY2(client.waitForText("is this the server you want"_ba), client.screen().constData());
    client.type("maybe\n"_ba);
    QVERIFY2(client.waitForText("please type yes"_ba), client.screen().constData());
    client.type("no\n"_ba);
    QVERIFY2(client.waitForText("has not been accepted yet"_ba), client.screen().constData());
    QVERIFY(!QFile::exists(knownServers()));
}

void TestE2eTls::trustsOnFirstUse()
{
    QVERIFY(m_frps->start());
    FrpcProcess client(u"script"_s);
    QVERIFY2(client.start(*m_frps, m_service->port(), {u"--trust-on-first-use"_s}), client.log().constData());
    QVERIFY2(client.log().contains("is trusted from now on"), client.log().constData());
    QVERIFY(read(client.directory() + u"/known_servers"_s).contains(fingerprint().toLatin1()));
    QVERIFY(m_frps->user().get("/"_ba).isOk());
}

void TestE2eTls::refusesAChangedCertificate()
{
    QVERIFY(m_frps->start());
    const QString before = fingerprint();
    QCOMPARE(frpc(QStringList{u"trust"_s, before} + target()), 0);
    FrpcProcess client(u"alice"_s);
    QVERIFY2(client.start(*m_frps, m_service->port(), target()), client.log().constData());
    QCOMPARE(m_frps->terminate(), 0);
    QVERIFY(QFile::remove(m_frps->dataDirectory() + u"/tls-key.pem"_s));
    QVERIFY(QFile::remove(m_frps->dataDirectory() + u"/tls-cert.pem"_s));
    QVERIFY(m_frps->start());
    const QString after = fingerprint();
    QVERIFY(after != before);

    QVERIFY2(
        client.waitForLog(u"THE CERTIFICATE OF THE SERVER HAS CHANGED"_s, 20'000), client.log().constData());
    QVERIFY2(client.waitForLog(u"Trying again in 600.0 s, attempt"_s), client.log().constData());
    QVERIFY(client.isRunning());
    for (const QString &text : {before, after})
        QVERIFY2(client.log().contains(text.toLatin1()), client.log().constData());
    QTest::qWait(1500); // no knocking
    QCOMPARE(client.countInLog("HAS CHANGED"), 1);
    QCOMPARE(m_frps->activeClients(), 0);

    QByteArray said;
    QCOMPARE(frpc(QStringList{u"ports"_s} + target() + FrpcProcess::demoAccount(), &said), 3);
    QVERIFY2(said.contains("HAS CHANGED"), said.constData());
    QVERIFY(read(knownServers()).contains(before.toLatin1()));

    QCOMPARE(frpc(QStringList{u"trust"_s, after} + target()), 0);
    QCOMPARE(frpc(QStringList{u"ports"_s} + target() + FrpcProcess::demoAccount()), 0);
    QCOMPARE(client.terminate(), 0);
}

void TestE2eTls::refusesThePlainWhenToldTo()
{
    QVERIFY(m_frps->start({u"--require-tls"_s}));
    QByteArray said;
    const QStringList arguments =
        QStringList{u"ports"_s, u"--control-port"_s, QString::number(m_frps->controlPort())}
        + FrpcProcess::demoAccount();
    QCOMPARE(frpc(arguments, &said), 1);
    QVERIFY2(said.contains("encrypted"), said.constData());
    QVERIFY2(m_frps->log().contains("is refused: it is not encrypted"), m_frps->log().constData());
}

void TestE2eTls::servesTheApiByHttps()
{
    const QString curl = QStandardPaths::findExecutable(u"curl"_s);
    if (curl.isEmpty())
        QSKIP("There is no curl.");
    QVERIFY(m_frps->start({u"--api-tls"_s}));
    const QString url = u"https://127.0.0.1:%1/api/health"_s.arg(m_frps->apiPort());
    const QString ca = m_frps->dataDirectory() + u"/tls-cert.pem"_s;
    QByteArray output;
    QCOMPARE(Process::run(curl, {u"-sS"_s, u"--cacert"_s, ca, url}, {}, &output), 0);
    QVERIFY2(output.contains(R"("status":"healthy")"), output.constData());
    QCOMPARE(Process::run(curl, {u"-sS"_s, u"--http1.0"_s, u"--cacert"_s, ca, url}, {}, &output), 0);
    QVERIFY2(output.contains(R"("status":"healthy")"), output.constData());
    QVERIFY(Process::run(curl, {u"-sS"_s, url}, {}, &output) != 0); // nobody else vouches for it
    QVERIFY(Process::run(curl,
                {u"-sS"_s, u"--max-time"_s, u"5"_s, QString(url).replace(u"https"_s, u"http"_s)}, {}, &output)
        != 0);
    QCOMPARE(Process::run(frpsProgram(),
                 {u"--monitor"_s, u"--api-tls"_s, u"--api-port"_s, QString::number(m_frps->apiPort()),
                     u"--data-dir"_s, m_frps->dataDirectory()},
                 {}, &output),
        0);
    QVERIFY2(output.contains("No clients are connected."), output.constData());
}

void TestE2eTls::takesGivenFilesAndTheirRenewal()
{
    // Another server's pair: given, it is used; put in place of the old and announced, it is taken up.
    FrpsProcess maker;
    QVERIFY(maker.start());
    QCOMPARE(maker.terminate(), 0);
    const QString certificate = m_frps->directory() + u"/c.pem"_s;
    const QString key = m_frps->directory() + u"/k.pem"_s;
    const auto install = [&](const QString &from) {
        QFile::remove(certificate);
        QFile::remove(key);
        return QFile::copy(from + u"/tls-cert.pem"_s, certificate)
            && QFile::copy(from + u"/tls-key.pem"_s, key);
    };
    QVERIFY(install(maker.dataDirectory()));
    QFile config(m_frps->directory() + u"/frps.toml"_s);
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write("transport.tls.certFile = \"" + certificate.toUtf8() + "\"\ntransport.tls.keyFile = \""
        + key.toUtf8() + "\"\n");
    config.close();
    QVERIFY2(m_frps->start({u"--config"_s, config.fileName()}), m_frps->log().constData());
    QVERIFY(!QFile::exists(m_frps->dataDirectory() + u"/tls-key.pem"_s));
    QByteArray given;
    const QStringList ask{u"fingerprint"_s, u"--config"_s, config.fileName()};
    QCOMPARE(Process::run(frpsProgram(), ask, {}, &given), 0);
    QCOMPARE(frpc(QStringList{u"trust"_s, QString::fromLatin1(given).trimmed()} + target()), 0);

    FrpsProcess renewer;
    QVERIFY(renewer.start());
    QCOMPARE(renewer.terminate(), 0);
    QVERIFY(install(renewer.dataDirectory()));
    QByteArray renewed;
    QCOMPARE(Process::run(frpsProgram(), ask, {}, &renewed), 0);
    QVERIFY(renewed != given);
    m_frps->sendSignal(SIGHUP);
    QVERIFY2(m_frps->waitForLog(u"Clients see the certificate "_s + QString::fromLatin1(renewed).trimmed()),
        m_frps->log().constData());
    QCOMPARE(frpc(QStringList{u"trust"_s, QString::fromLatin1(renewed).trimmed()} + target()), 0);
}

void TestE2eTls::saysWhatIsWrongWithItsFiles()
{
    QVERIFY(m_frps->start());
    QCOMPARE(m_frps->terminate(), 0);
    QVERIFY(QFile::remove(m_frps->dataDirectory() + u"/tls-key.pem"_s));
    QVERIFY(!m_frps->start());
    QCOMPARE(m_frps->waitForExit(), 1);
    QVERIFY2(m_frps->log().contains("tls-key.pem is missing"), m_frps->log().constData());
    QVERIFY(!m_frps->start({u"--tls-cert"_s, u"/nowhere/c.pem"_s, u"--tls-key"_s, u"/nowhere/k.pem"_s}));
    QVERIFY2(m_frps->log().contains("There is no /nowhere/c.pem"), m_frps->log().constData());
}

const frpx::test::TestRegistration registration("tst_e2e_tls", frpx::test::runTest<TestE2eTls>);

#include "tst_e2e_tls.moc"
