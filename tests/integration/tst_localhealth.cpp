// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/messages.h"
#include "frpc/health/localhealth.h"
#include "tests/support/httpservice.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTest>

#include <memory>

using namespace frpx::client;
using namespace frpx::test;
using namespace Qt::StringLiterals;

using Kind = HealthCheck::Kind;

namespace {

/// A service that says what it is told to whoever connects, whether asked or not, and keeps what it is told.
class ScriptedService : public QTcpServer
{
public:
    explicit ScriptedService(QByteArray answer, const QHostAddress &address = QHostAddress::LocalHost)
        : m_answer(std::move(answer))
    {
        listen(address);
        connect(this, &QTcpServer::newConnection, this, [this] {
            ++m_count;
            m_open = nextPendingConnection();
            connect(m_open, &QTcpSocket::readyRead, this, [this] {
                m_request += m_open->readAll();
                if (m_request.endsWith("\r\n\r\n"))
                    m_open->write(m_answer);
            });
        });
    }

    int count() const { return m_count; }
    const QByteArray &request() const { return m_request; }
    /// Says more on the connection that came last.
    void say(const QByteArray &bytes)
    {
        m_open->write(bytes);
        m_open->flush();
    }
    void hangUp() { m_open->disconnectFromHost(); }

private:
    const QByteArray m_answer;
    QByteArray m_request;
    QTcpSocket *m_open = nullptr;
    int m_count = 0;
};

const QHostAddress loopback(QHostAddress::LocalHost);

frpx::net::DialTarget targetAt(const QHostAddress &address, quint16 port)
{
    frpx::net::DialTarget target;
    target.port = port;
    if (!address.isNull())
        target.addresses = {address};
    return target;
}

} // namespace

class TestLocalHealth : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup();

    void doesNothingUnlessAsked();
    void followsTheStatus();
    void takesTheStatusItIsTold_data();
    void takesTheStatusItIsTold();
    void connectsAndNoMore();
    void noticesARefusal_data();
    void noticesARefusal();
    void noticesSilence();
    void givesUpOnAServiceThatNeverEnds();
    void readsAnAnswerInPieces();
    void noticesAnEndWithoutAnAnswer();
    void sendsARequest_data();
    void sendsARequest();
    void doesNotTellTheQuery();
    void waitsForAnAddress();
    void stopsAndGoesOn();
    void checksEarlyOnceInAWhile();
    void warnsWhenThePublicNameIsRefused();
    void asksForThePublicNameOnce();
    void asksAgainWhenTheServiceIsBack();
    void doesNotWarnOfAFault();
    void namesWhatTheQuestionIsAbout_data();
    void namesWhatTheQuestionIsAbout();

private:
    /// Checks \a port often, believing each result.
    void watch(HealthCheck check, quint16 port, const QHostAddress &address = loopback,
        const QString &host = u"127.0.0.1"_s);
    static HealthCheck http(const QByteArray &path = "/health"_ba, int intervalMs = 50);

    std::unique_ptr<LocalHealth> m_health;
    QStringList m_changes; ///< "+", or "-" and why
    QStringList m_failures;
    QStringList m_warnings;
    QString m_publicName; ///< for watch()
    quint16 m_publicPort = 0;
};

void TestLocalHealth::cleanup()
{
    m_health.reset();
    m_publicName.clear();
    m_publicPort = 0;
}

HealthCheck TestLocalHealth::http(const QByteArray &path, int intervalMs)
{
    HealthCheck check;
    check.kind = Kind::Http;
    check.path = path;
    check.intervalMs = intervalMs;
    check.rise = check.fall = 1;
    return check;
}

void TestLocalHealth::watch(HealthCheck check, quint16 port, const QHostAddress &address, const QString &host)
{
    m_changes.clear();
    m_failures.clear();
    m_warnings.clear();
    m_health = std::make_unique<LocalHealth>(std::move(check), host, port);
    connect(m_health.get(), &LocalHealth::healthChanged, this, [this](bool healthy, const QString &detail) {
        m_changes += healthy ? u"+"_s : u"-"_s + detail;
        QCOMPARE(m_health->isHealthy(), healthy);
        QCOMPARE(m_health->detail(), detail);
    });
    connect(m_health.get(), &LocalHealth::checkFailed, this,
        [this](const QString &reason) { m_failures += reason; });
    connect(m_health.get(), &LocalHealth::warningChanged, this, [this](const QString &warning) {
        m_warnings += warning;
        QCOMPARE(m_health->warning(), warning);
    });
    m_health->setPublicName(m_publicName, m_publicPort);
    m_health->start(targetAt(address, port));
}

void TestLocalHealth::doesNothingUnlessAsked()
{
    ScriptedService service({});
    HealthCheck check = http();
    check.kind = Kind::None;
    watch(check, service.serverPort());
    QTest::qWait(200);
    QCOMPARE(service.count(), 0);
    QVERIFY(m_health->isHealthy());
}

void TestLocalHealth::followsTheStatus()
{
    HttpService service("x"_ba);
    QVERIFY(service.start());
    HealthCheck check = http();
    check.rise = 2;
    check.fall = 3;
    watch(check, service.port());
    QTRY_VERIFY(service.healthCount() > 3);
    QVERIFY(m_changes.isEmpty());
    service.setHealth(500);
    QTRY_COMPARE(m_changes, QStringList{u"-GET /health answered 500"_s});
    QVERIFY(m_failures.size() >= 3);
    service.setHealth(204);
    QTRY_COMPARE(m_changes.size(), 2);
    QCOMPARE(m_changes.last(), u"+"_s);
}

void TestLocalHealth::takesTheStatusItIsTold_data()
{
    QTest::addColumn<int>("min");
    QTest::addColumn<int>("max");
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("good");
    QTest::newRow("redirection") << 200 << 399 << 302 << true;
    QTest::newRow("client error") << 200 << 399 << 400 << false;
    QTest::newRow("exact") << 401 << 401 << 401 << true;
    QTest::newRow("exact, but another") << 204 << 204 << 200 << false;
}

void TestLocalHealth::takesTheStatusItIsTold()
{
    QFETCH(const int, min);
    QFETCH(const int, max);
    QFETCH(const int, status);
    QFETCH(const bool, good);
    HttpService service("x"_ba);
    QVERIFY(service.start());
    service.setHealth(status);
    HealthCheck check = http();
    check.minStatus = min;
    check.maxStatus = max;
    watch(check, service.port());
    if (good)
        QTRY_VERIFY(service.healthCount() > 3);
    else
        QTRY_COMPARE(m_changes, QStringList{u"-GET /health answered %1"_s.arg(status)});
    QCOMPARE(m_health->isHealthy(), good);
}

void TestLocalHealth::connectsAndNoMore()
{
    ScriptedService service({});
    HealthCheck check = http();
    check.kind = Kind::Tcp;
    watch(check, service.serverPort());
    QTRY_VERIFY(service.count() > 3);
    QVERIFY(m_failures.isEmpty());
    QVERIFY(service.request().isEmpty());
    const quint16 port = service.serverPort();
    service.close();
    QTRY_COMPARE(m_changes, QStringList{u"-127.0.0.1:%1 refused the connection"_s.arg(port)});
    QVERIFY(service.listen(loopback, port));
    QTRY_COMPARE(m_changes.size(), 2);
    QVERIFY(m_health->isHealthy());
}

void TestLocalHealth::noticesARefusal_data()
{
    QTest::addColumn<QHostAddress>("address");
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("name");
    QTest::newRow("IPv4") << loopback << u"127.0.0.1"_s << u"127.0.0.1:%1"_s;
    QTest::newRow("IPv6") << QHostAddress(QHostAddress::LocalHostIPv6) << u"::1"_s << u"[::1]:%1"_s;
    QTest::newRow("name") << loopback << u"localhost"_s << u"localhost:%1"_s;
}

void TestLocalHealth::noticesARefusal()
{
    QFETCH(const QHostAddress, address);
    QFETCH(const QString, host);
    QFETCH(const QString, name);
    QTcpServer gone;
    QVERIFY(gone.listen(address));
    const quint16 port = gone.serverPort();
    gone.close();
    watch(http(), port, address, host);
    QTRY_COMPARE(m_changes, QStringList{u'-' + name.arg(port) + u" refused the connection"_s});
}

void TestLocalHealth::noticesSilence()
{
    HttpService service("x"_ba);
    QVERIFY(service.start());
    HealthCheck check = http("/hold"_ba, 400);
    check.timeoutMs = 100;
    watch(check, service.port());
    QTRY_COMPARE(m_changes, QStringList{u"-GET /hold was not answered within 0.1 s"_s});
    service.releaseHeld();
    QTRY_COMPARE(m_changes.size(), 2);
    QVERIFY(m_health->isHealthy());

    // A time-out as long as the interval is cut, so that each check is over before the next.
    ScriptedService silent({});
    check.intervalMs = check.timeoutMs = 200;
    watch(check, silent.serverPort());
    QTRY_COMPARE(m_changes, QStringList{u"-GET /hold was not answered within 0.18 s"_s});
    QTRY_VERIFY(m_failures.size() >= 3);
    QVERIFY(silent.count() <= m_failures.size() + 1);
}

void TestLocalHealth::givesUpOnAServiceThatNeverEnds()
{
    // A drop now and then must not put off the deadline.
    ScriptedService dripping("HTTP/1.1 "_ba);
    HealthCheck check = http("/"_ba, 1000);
    check.timeoutMs = 300;
    watch(check, dripping.serverPort());
    QTimer drip;
    connect(&drip, &QTimer::timeout, &dripping, [&dripping] { dripping.say("1"_ba); });
    QTRY_COMPARE(dripping.count(), 1);
    drip.start(50);
    QTRY_COMPARE(m_changes, QStringList{u"-GET / was not answered within 0.3 s"_s});
    drip.stop();

    // And one that never comes to the point is stopped by the bound, before the deadline.
    ScriptedService endless("HTTP/1.1 200 " + QByteArray(1'000'000, 'x'));
    check.intervalMs = 60'000;
    check.timeoutMs = 30'000;
    watch(check, endless.serverPort());
    QTRY_COMPARE(m_changes, QStringList{u"-GET /: the answer holds no status in its first 8192 bytes"_s});

    ScriptedService other("SSH-2.0-x\r\n"_ba);
    watch(check, other.serverPort());
    QTRY_COMPARE(m_changes, QStringList{u"-GET /: the answer is not HTTP"_s});
}

void TestLocalHealth::readsAnAnswerInPieces()
{
    ScriptedService service("HTTP/1.0 20"_ba);
    HealthCheck check = http("/"_ba, 60'000);
    check.timeoutMs = 30'000;
    check.minStatus = check.maxStatus = 200;
    watch(check, service.serverPort());
    QTRY_VERIFY(service.request().endsWith("\r\n\r\n"));
    QTest::qWait(50); // nothing is decided yet
    QVERIFY(m_changes.isEmpty());
    service.say("3 Odd\r"_ba);
    QTest::qWait(50);
    QVERIFY(m_changes.isEmpty());
    service.say("\n"_ba);
    QTRY_COMPARE(m_changes, QStringList{u"-GET / answered 203"_s});
}

void TestLocalHealth::noticesAnEndWithoutAnAnswer()
{
    ScriptedService service("HTTP/1.1 200"_ba);
    HealthCheck check = http("/"_ba, 60'000);
    watch(check, service.serverPort());
    QTRY_VERIFY(!service.request().isEmpty());
    service.hangUp();
    QTRY_COMPARE(m_changes, QStringList{u"-GET /: the connection ended without an answer"_s});
}

void TestLocalHealth::sendsARequest_data()
{
    QTest::addColumn<QHostAddress>("address");
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("field");
    QTest::newRow("IPv4") << loopback << u"127.0.0.1"_s << u"Host: 127.0.0.1:%1"_s;
    QTest::newRow("IPv6") << QHostAddress(QHostAddress::LocalHostIPv6) << u"::1"_s << u"Host: [::1]:%1"_s;
    QTest::newRow("name") << loopback << u"localhost"_s << u"Host: localhost:%1"_s;
}

void TestLocalHealth::sendsARequest()
{
    QFETCH(const QHostAddress, address);
    QFETCH(const QString, host);
    QFETCH(const QString, field);
    ScriptedService service("HTTP/1.1 500 No\r\n\r\n"_ba, address);
    watch(http("/a?b=c"_ba, 60'000), service.serverPort(), address, host);
    QTRY_COMPARE(m_changes.size(), 1);
    const QList<QByteArray> lines = service.request().split('\n');
    QCOMPARE(lines.first(), "GET /a?b=c HTTP/1.1\r"_ba);
    QVERIFY2(
        lines.contains(field.arg(service.serverPort()).toLatin1() + '\r'), service.request().constData());
    QVERIFY(lines.contains("Connection: close\r"_ba));
}

void TestLocalHealth::doesNotTellTheQuery()
{
    ScriptedService service("HTTP/1.1 500 No\r\n\r\n"_ba);
    watch(http("/a?key=secret"_ba), service.serverPort());
    QTRY_COMPARE(m_changes, QStringList{u"-GET /a answered 500"_s});
}

void TestLocalHealth::waitsForAnAddress()
{
    HttpService service("x"_ba);
    QVERIFY(service.start());
    watch(http("/health"_ba, 60'000), service.port(), {}, u"somewhere"_s);
    QCOMPARE(m_changes, QStringList{u"-the address of somewhere:%1 is not known"_s.arg(service.port())});
    m_health->setTarget(targetAt(loopback, service.port())); // checked at once, not a minute later
    QTRY_COMPARE(m_changes.size(), 2);
    QVERIFY(m_health->isHealthy());

    watch(http("/health"_ba, 60'000), service.port(), {}, QString(1000, u'x'));
    QCOMPARE(m_changes.size(), 1);
    QVERIFY(m_health->detail().size() <= frpx::proto::maxTextLength); // else the server would hang up
}

void TestLocalHealth::stopsAndGoesOn()
{
    HttpService service("x"_ba);
    QVERIFY(service.start());
    service.setHealth(500);
    watch(http(), service.port());
    QTRY_COMPARE(m_changes.size(), 1);
    m_health->stop();
    m_health->setTarget(targetAt(loopback, service.port()));
    const int asked = service.healthCount();
    service.setHealth(200);
    QTest::qWait(200);
    QVERIFY(service.healthCount() <= asked + 1); // one may have been on its way
    QVERIFY(!m_health->isHealthy());
    QCOMPARE(m_health->detail(), u"GET /health answered 500"_s);
    m_health->start(targetAt(loopback, service.port()));
    QTRY_VERIFY(m_health->isHealthy());
}

void TestLocalHealth::checksEarlyOnceInAWhile()
{
    HttpService service("x"_ba);
    QVERIFY(service.start());
    watch(http("/health"_ba, 600'000), service.port());
    QTRY_COMPARE(service.healthCount(), 1);
    QTRY_VERIFY(m_health->isHealthy());
    service.setHealth(500);
    QTRY_VERIFY((m_health->checkEarly(), service.healthCount() == 2)); // once the first one is over
    QTRY_COMPARE(m_changes.size(), 1);
    m_health->checkEarly();
    QTest::qWait(200);
    QCOMPARE(service.healthCount(), 2);
    m_health->stop();
    m_health->checkEarly();
    QTest::qWait(100);
    QCOMPARE(service.healthCount(), 2);
}

void TestLocalHealth::warnsWhenThePublicNameIsRefused()
{
    HttpService ollama("x"_ba);
    ollama.actAsOllama();
    QVERIFY(ollama.start());
    m_publicName = u"my.server.org"_s;
    m_publicPort = 18080;
    watch(http("/api/version"_ba), ollama.port());
    QTRY_COMPARE(m_warnings.size(), 1);
    QVERIFY2(m_warnings.first().startsWith("the service refuses requests for my.server.org (403): "_L1),
        qPrintable(m_warnings.first()));
    QVERIFY(m_warnings.first().contains("OLLAMA_HOST"_L1));
    QVERIFY(m_health->isHealthy());
    QVERIFY(m_changes.isEmpty() && m_failures.isEmpty());

    QTRY_VERIFY(ollama.refusedCount() >= 2); // asked now and then, and warned of once
    QCOMPARE(m_warnings.size(), 1);
    QVERIFY(ollama.healthCount() > ollama.refusedCount());
    ollama.setChecksHost(false); // somebody has set OLLAMA_HOST
    QTRY_COMPARE(m_warnings.size(), 2);
    QVERIFY(m_warnings.last().isEmpty());
}

void TestLocalHealth::asksForThePublicNameOnce()
{
    ScriptedService service("HTTP/1.1 200 OK\r\n\r\n"_ba);
    m_publicName = u"my.server.org"_s;
    watch(http("/"_ba, 20), service.serverPort());
    QTRY_VERIFY(service.count() > 20);
    QCOMPARE(service.request().count("Host: my.server.org\r\n"), 1);
    m_health->start(targetAt(loopback, service.serverPort())); // another session
    QTRY_COMPARE(service.request().count("Host: my.server.org\r\n"), 2);
    QVERIFY(m_warnings.isEmpty());
}

void TestLocalHealth::asksAgainWhenTheServiceIsBack()
{
    HttpService ollama("x"_ba);
    ollama.actAsOllama();
    ollama.setChecksHost(false);
    QVERIFY(ollama.start());
    m_publicName = u"my.server.org"_s;
    watch(http("/api/version"_ba), ollama.port());
    QTRY_VERIFY(ollama.healthCount() > 3);
    QVERIFY(m_warnings.isEmpty());
    ollama.stop();
    QTRY_COMPARE(m_changes.size(), 1);
    ollama.setChecksHost(true); // it comes back with other settings
    QVERIFY(ollama.start());
    QTRY_COMPARE(m_warnings.size(), 1);
    QCOMPARE(m_changes.size(), 2);
    ollama.stop();
    QTRY_COMPARE(m_changes.size(), 3);
    QVERIFY(m_health->warning().isEmpty()); // there is something worse to tell
}

void TestLocalHealth::doesNotWarnOfAFault()
{
    // It answers the check, and nothing else: that may have any reason.
    QTcpServer service;
    QVERIFY(service.listen(loopback));
    int asked = 0;
    connect(&service, &QTcpServer::newConnection, this, [&service, &asked] {
        QTcpSocket *socket = service.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [socket, &asked] {
            const bool isQuestion = socket->readAll().contains("my.server.org");
            asked += isQuestion ? 1 : 0;
            if (!isQuestion)
                socket->write("HTTP/1.1 200 OK\r\n\r\n");
            else if (asked == 1)
                socket->write("HTTP/1.1 503 Busy\r\n\r\n");
            socket->disconnectFromHost();
        });
    });
    m_publicName = u"my.server.org"_s;
    watch(http(), service.serverPort());
    QTRY_VERIFY(asked >= 3);
    QVERIFY(m_warnings.isEmpty() && m_changes.isEmpty() && m_failures.isEmpty());
}

void TestLocalHealth::namesWhatTheQuestionIsAbout_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::addColumn<QByteArray>("field");
    QTest::newRow("name") << u"My.Server.org"_s << 80 << "my.server.org:80"_ba;
    QTest::newRow("no port") << u"my.server.org"_s << 0 << "my.server.org"_ba;
    QTest::newRow("IPv4") << u"203.0.113.7"_s << 18080 << "203.0.113.7:18080"_ba;
    QTest::newRow("IPv6") << u"2001:db8::1"_s << 18080 << "[2001:db8::1]:18080"_ba;
    QTest::newRow("scope") << u"fe80::1%eth0"_s << 0 << "[fe80::1]"_ba;
    QTest::newRow("not ASCII") << u"büro.example"_s << 0 << "xn--bro-hoa.example"_ba;
}

void TestLocalHealth::namesWhatTheQuestionIsAbout()
{
    QFETCH(const QString, host);
    QFETCH(const int, port);
    QFETCH(const QByteArray, field);
    HostQuestion question(1000);
    QVERIFY(!question.isDue(1));
    question.setPublicName(host, static_cast<quint16>(port));
    question.begin();
    QVERIFY(question.isDue(1));
    QCOMPARE(question.field().toLower(), field);
    QVERIFY(question.settle(403, false, 1));
    QVERIFY(question.warning().size() <= frpx::proto::maxTextLength);
    QVERIFY(!question.isDue(1000));
    QVERIFY(question.isDue(1001));
    QVERIFY(!question.settle(404, false, 1001) || question.warning().contains("404"_L1));
    QVERIFY(!question.settle({}, false, 5000)); // no answer: what was known stays known
    QVERIFY(question.settle(200, true, 9000));
    QVERIFY(question.warning().isEmpty() && !question.isDue(100'000));
}

const frpx::test::TestRegistration registration("tst_localhealth", frpx::test::runTest<TestLocalHealth>);

#include "tst_localhealth.moc"
