// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/testca.h"
#include "tests/support/testregistry.h"
#include "tests/support/tlsuser.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>
#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// What visitors are told when no client serves them.
class TestE2eUnserved : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_frps = std::make_unique<FrpsProcess>(); }
    void cleanup() { m_frps.reset(); }

    void answersHttpAtOnce_data();
    void answersHttpAtOnce();
    void answersWhoStillSends();
    void alertsTls();
    void resetsWhatSpeaksSomethingElse_data();
    void resetsWhatSpeaksSomethingElse();
    void answersWithinItsOwnTls();
    void answersOnThePortOfATunnel();
    void answersWhenNoClientAccepts_data();
    void answersWhenNoClientAccepts();
    void tellsCurl();
    void tellsFetchOfNode();

private:
    int stat(QLatin1StringView name) const
    {
        return m_frps->api("/api/stats"_ba).toObject().value(name).toInt(-1);
    }
    /// The whole answer to \a bytes.
    QByteArray answerTo(const QByteArray &bytes, bool endsSending = false)
    {
        RawPeer visitor(m_frps->publicPort());
        if (!visitor.send(bytes))
            return "not sent"_ba;
        if (endsSending)
            visitor.shutdownWrite();
        if (!visitor.waitForClosed() || visitor.wasReset())
            return "no end"_ba;
        return visitor.received();
    }

    std::unique_ptr<FrpsProcess> m_frps;
};

void TestE2eUnserved::answersHttpAtOnce_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QByteArray>("type");
    QTest::newRow("API") << "GET /api/tags HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"_ba
                         << "application/json"_ba;
    QTest::newRow("browser") << "GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html,*/*;q=0.8\r\n\r\n"_ba
                             << "text/html"_ba;
    QTest::newRow("HTTP/1.0") << "GET / HTTP/1.0\r\n\r\n"_ba
                              << "application/json"_ba;
    QTest::newRow("with a body") << "POST /v1/chat HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"_ba
                                 << "application/json"_ba;
}

void TestE2eUnserved::answersHttpAtOnce()
{
    QFETCH(const QByteArray, request);
    QFETCH(const QByteArray, type);
    QVERIFY(m_frps->start());
    for (const bool endsSending : {false, true}) {
        const QByteArray answer = answerTo(request, endsSending);
        QVERIFY2(answer.startsWith("HTTP/1.1 503 "), answer.constData());
        QVERIFY(answer.contains("\r\nRetry-After: "));
        QVERIFY(answer.contains("\r\nConnection: close\r\n"));
        QVERIFY2(answer.contains("\r\nContent-Type: " + type), answer.constData());
    }
    QCOMPARE(stat("rejected_no_client"_L1), 2);
    QTRY_COMPARE(stat("pending_connections"_L1), 0);
}

/// What is sent behind the request does not destroy the answer.
void TestE2eUnserved::answersWhoStillSends()
{
    QVERIFY(m_frps->start());
    RawPeer visitor(m_frps->publicPort());
    QVERIFY(visitor.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n"));
    for (int i = 0; i < 3; ++i)
        QVERIFY(visitor.send(QByteArray(1'000'000, 'x')));
    QVERIFY(visitor.waitForClosed());
    QVERIFY(!visitor.wasReset());
    QVERIFY(visitor.received().startsWith("HTTP/1.1 503 "));
}

void TestE2eUnserved::alertsTls()
{
    QVERIFY(m_frps->start());
    TlsUser visitor{TestCa().certificate()};
    QVERIFY(!visitor.open(m_frps->publicPort()));
    QVERIFY2(visitor.error().contains(u"internal error"_s), qPrintable(visitor.error()));
}

void TestE2eUnserved::resetsWhatSpeaksSomethingElse_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("SSH") << "SSH-2.0-OpenSSH_9.2\r\n"_ba;
    QTest::newRow("PostgreSQL") << QByteArray::fromHex("0000000804d2162f");
    QTest::newRow("silent") << ""_ba;
    QTest::newRow("half a method") << "GE"_ba;
}

void TestE2eUnserved::resetsWhatSpeaksSomethingElse()
{
    QFETCH(const QByteArray, bytes);
    QVERIFY(m_frps->start());
    RawPeer visitor(m_frps->publicPort());
    QVERIFY(bytes.isEmpty() || visitor.send(bytes));
    QVERIFY(visitor.waitForClosed());
    QVERIFY(visitor.wasReset());
    QVERIFY(visitor.received().isEmpty());
}

void TestE2eUnserved::answersWithinItsOwnTls()
{
    const TestCa ca;
    const PemPair pair = ca.issue({.names = {"DNS:localhost", "IP:127.0.0.1"}});
    QStringList options;
    for (const auto &[option, content] :
        {std::pair(u"--public-tls-cert"_s, pair.certificate), std::pair(u"--public-tls-key"_s, pair.key)}) {
        const QString name = m_frps->directory() + u'/' + option.sliced(2) + u".pem"_s;
        QFile file(name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(content), content.size());
        QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
        options << option << name;
    }
    QVERIFY(m_frps->start(options));
    TlsUser visitor(ca.certificate());
    QVERIFY2(visitor.open(m_frps->publicPort()), qPrintable(visitor.error()));
    QVERIFY(visitor.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const QByteArray answer = visitor.receiveAll();
    QVERIFY2(answer.startsWith("HTTP/1.1 503 "), answer.constData());
    QVERIFY(visitor.endedInOrder());
    QCOMPARE(stat("rejected_no_client"_L1), 1);
}

void TestE2eUnserved::answersOnThePortOfATunnel()
{
    const quint16 port = freePorts(1).first();
    HttpService service("here"_ba);
    QVERIFY(service.start());
    QVERIFY(m_frps->start({u"--allow-ports"_s, QString::number(port)}));
    FrpcProcess client(u"home"_s);
    QVERIFY(client.start(*m_frps, service.port(),
        {u"--tunnel"_s, u"web,local=127.0.0.1:%1,remote=%2"_s.arg(service.port()).arg(port)}));
    const HttpClient visitor(port);
    QTRY_VERIFY(visitor.get("/"_ba).isOk());
    QVERIFY(HttpClient(m_frps->apiPort()).send("POST"_ba, "/api/clients/home/drain"_ba).isOk());
    QTRY_COMPARE(visitor.get("/"_ba).status, 503);
    QCOMPARE(m_frps->user().get("/"_ba).status, 503);
    QVERIFY(HttpClient(m_frps->apiPort()).send("POST"_ba, "/api/clients/home/undrain"_ba).isOk());
    QTRY_VERIFY(visitor.get("/"_ba).isOk());
}

void TestE2eUnserved::answersWhenNoClientAccepts_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("waiting connections") << QStringList();
    QTest::newRow("on request") << QStringList{u"--pool-max"_s, u"0"_s};
}

/// Not before the visitor's time is over.
void TestE2eUnserved::answersWhenNoClientAccepts()
{
    QFETCH(const QStringList, options);
    QVERIFY(m_frps->start({u"--pending-timeout"_s, u"2"_s}));
    const quint16 servicePort = freePorts(1).first();
    FrpcProcess client(u"home"_s);
    QVERIFY(client.start(*m_frps, servicePort, options));
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(m_frps->user().get("/"_ba).status, 503);
    QVERIFY2(timer.elapsed() >= 1900, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(stat("rejected_timeout"_L1), 1);

    // A service that comes back meanwhile serves the visitor.
    RawPeer visitor(m_frps->publicPort());
    QVERIFY(visitor.send("GET / HTTP/1.0\r\n\r\n"));
    QTRY_COMPARE(stat("pending_connections"_L1), 1);
    HttpService service("back"_ba);
    QVERIFY(service.start(servicePort));
    QVERIFY(visitor.waitForClosed());
    QVERIFY2(visitor.received().endsWith("back"), visitor.received().constData());
}

void TestE2eUnserved::tellsCurl()
{
    const QString curl = QStandardPaths::findExecutable(u"curl"_s);
    if (curl.isEmpty())
        QSKIP("there is no curl");
    QVERIFY(m_frps->start());
    QByteArray output;
    QCOMPARE(Process::run(curl,
                 {u"-sS"_s, u"--noproxy"_s, u"*"_s, u"-m"_s, u"5"_s, u"-w"_s, u"%{http_code}"_s, u"-o"_s,
                     u"/dev/null"_s, u"http://127.0.0.1:%1/"_s.arg(m_frps->publicPort())},
                 {}, &output),
        0);
    QCOMPARE(output, "503"_ba);
    QByteArray log;
    const int code = Process::run(curl,
        {u"-sS"_s, u"-k"_s, u"--noproxy"_s, u"*"_s, u"-m"_s, u"5"_s,
            u"https://127.0.0.1:%1/"_s.arg(m_frps->publicPort())},
        {}, nullptr, &log);
    QCOMPARE(code, 35); // the handshake failed, at once
    QVERIFY2(log.contains("alert internal error"), log.constData());
}

void TestE2eUnserved::tellsFetchOfNode()
{
    const QString node = QStandardPaths::findExecutable(u"node"_s);
    if (node.isEmpty())
        QSKIP("there is no node");
    QByteArray version;
    if (Process::run(node, {u"-p"_s, u"typeof fetch"_s}, {}, &version) != 0
        || version.trimmed() != "function")
        QSKIP("this node has no fetch");
    QVERIFY(m_frps->start());
    const QString program =
        u"fetch('http://127.0.0.1:%1/v1/models', {method: 'POST', body: 'x'.repeat(500000)}).then(async r => "
        "console.log(r.status, r.headers.get('retry-after'), (await r.json()).error.type))"_s.arg(
            m_frps->publicPort());
    QByteArray output;
    QCOMPARE(Process::run(node, {u"-e"_s, program}, {}, &output), 0);
    QCOMPARE(output.trimmed(), "503 5 service_unavailable"_ba);
}

const frpx::test::TestRegistration registration("tst_e2e_unserved", frpx::test::runTest<TestE2eUnserved>);

#include "tst_e2e_unserved.moc"
