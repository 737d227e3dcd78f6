// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/apiserver.h"
#include "frps/cli/monitorcommand.h"
#include "tests/support/fakeserverview.h"
#include "tests/support/testregistry.h"

#include <QHostAddress>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

class TestMonitorCommand : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void printsTable();
    void saysWhenThereAreNoClients();
    void failsWithoutServer();
    void failsOnOtherAnswers_data();
    void failsOnOtherAnswers();
    void failsWithoutAnswer();
    void watches();
    void clearsScreenOnlyWhenAsked();
    void endsWhileAsking();
    void presentsItsToken();

private:
    MonitorCommand::Options options()
    {
        m_printed.clear();
        m_complaints.clear();
        return {.print = [this](const QString &text) { m_printed.append(text); },
            .printError = [this](const QString &text) { m_complaints.append(text); }};
    }
    static QUrl url(quint16 port) { return QUrl(u"http://127.0.0.1:%1"_s.arg(port)); }
    void listen()
    {
        m_frontend = std::make_unique<ApiServer>(m_view, m_commands);
        const Result<quint16> port = m_frontend->listen(QHostAddress(QHostAddress::LocalHost), m_port);
        QVERIFY(port.hasValue());
        m_port = *port;
    }
    void expectFailure(const MonitorCommand::Options &options, quint16 port, const QString &reason = {})
    {
        MonitorCommand command(url(port), options);
        QSignalSpy finished(&command, &MonitorCommand::finished);
        command.start();
        QTRY_COMPARE(finished.size(), 1);
        QCOMPARE(finished.first().first().toInt(), 1);
        QVERIFY(m_printed.isEmpty());
        QCOMPARE(m_complaints.size(), 1);
        QVERIFY(m_complaints.first().contains(url(port).toString()));
        QVERIFY2(m_complaints.first().contains(reason), qPrintable(m_complaints.first()));
    }

    FakeServerView m_view;
    FakeServerCommands m_commands{m_view};
    std::unique_ptr<ApiServer> m_frontend;
    quint16 m_port = 0;
    QStringList m_printed;
    QStringList m_complaints;
};

void TestMonitorCommand::init()
{
    m_view.clientList.clear();
    m_port = 0;
    listen();
}

void TestMonitorCommand::printsTable()
{
    m_view.addReporting(u"client_A"_s);
    m_view.addSilent(u"书房"_s);
    MonitorCommand command(url(m_port), options());
    QSignalSpy finished(&command, &MonitorCommand::finished);
    command.start();
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(finished.first().first().toInt(), 0);
    QCOMPARE(m_printed,
        QStringList{u"CLIENT       CPU  MEMORY    DISK  LAST HEARTBEAT  OPEN/TOTAL  SERVICE\n"
                    "client_A  12.5 %  50.0 %  75.3 %         3 s ago        1/10  healthy\n"
                    "书房           -       -       -               -        1/10  healthy\n"_s});
    QVERIFY(m_complaints.isEmpty());
}

void TestMonitorCommand::saysWhenThereAreNoClients()
{
    MonitorCommand command(url(m_port), options());
    QSignalSpy finished(&command, &MonitorCommand::finished);
    command.start();
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(m_printed, QStringList{u"No clients are connected.\n"_s});
}

void TestMonitorCommand::failsWithoutServer()
{
    m_frontend.reset();
    expectFailure(options(), m_port);
    MonitorCommand::Options watching = options();
    watching.watch = true;
    expectFailure(watching, m_port);
}

void TestMonitorCommand::failsOnOtherAnswers_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("reason");
    const QByteArray head = "HTTP/1.1 200 OK\r\nConnection: close\r\n"_ba;
    QTest::newRow("not HTTP") << "SSH-2.0-x\r\n"_ba << QString();
    QTest::newRow("closed at once") << QByteArray() << QString();
    QTest::newRow("a web page") << head + "Content-Length: 6\r\n\r\n<html>"_ba
                                << u"does not come from a frps"_s;
    QTest::newRow("not found") << "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"_ba
                               << u"does not come from a frps"_s;
    QTest::newRow("redirect") << "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"_ba
                              << u"does not come from a frps"_s;
    QTest::newRow("a refusal")
        << "HTTP/1.1 503 No\r\nContent-Length: 34\r\n\r\n{\"success\":false,\"message\":\"full\"}"_ba
        << u"the server says: full"_s;
    QTest::newRow("cut short") << head + "Content-Length: 60\r\n\r\n{"_ba << QString();
    QTest::newRow("endless") << head + "\r\n"_ba + QByteArray(2000, ' ') << u"too large"_s;
}

void TestMonitorCommand::failsOnOtherAnswers()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const QString, reason);
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    QObject::connect(&other, &QTcpServer::newConnection, &other, [&other, bytes] {
        QTcpSocket *socket = other.nextPendingConnection();
        QObject::connect(socket, &QTcpSocket::readyRead, socket, [socket, bytes] {
            socket->readAll();
            socket->write(bytes);
            socket->disconnectFromHost();
        });
    });
    MonitorCommand::Options limited = options();
    limited.maxAnswer = 1000;
    expectFailure(limited, other.serverPort(), reason);
}

void TestMonitorCommand::failsWithoutAnswer()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    MonitorCommand::Options impatient = options();
    impatient.timeLimit = 50ms;
    expectFailure(impatient, silent.serverPort(), u"no answer in time"_s);
}

void TestMonitorCommand::watches()
{
    MonitorCommand::Options watching = options();
    watching.watch = true;
    watching.interval = 5ms;
    MonitorCommand command(url(m_port), watching);
    QSignalSpy finished(&command, &MonitorCommand::finished);
    command.start();
    QTRY_VERIFY(m_printed.size() >= 2);
    m_view.addReporting(u"late"_s);
    QTRY_VERIFY(m_printed.last().contains(u"late"_s));

    m_frontend.reset(); // the server restarts
    QTRY_VERIFY(!m_complaints.isEmpty());
    listen();
    const qsizetype printed = m_printed.size();
    QTRY_VERIFY(m_printed.size() > printed);
    QCOMPARE(finished.size(), 0);
}

void TestMonitorCommand::clearsScreenOnlyWhenAsked()
{
    MonitorCommand::Options watching = options();
    watching.watch = true;
    watching.clearScreen = true;
    MonitorCommand command(url(m_port), watching);
    command.start();
    QTRY_COMPARE(m_printed.size(), 1);
    QVERIFY(m_printed.first().startsWith(u"\x1b[H\x1b[J"_s));

    MonitorCommand::Options once = options();
    once.clearScreen = true;
    MonitorCommand second(url(m_port), once);
    second.start();
    QTRY_COMPARE(m_printed.size(), 1);
    QVERIFY(!m_printed.first().contains(u'\x1b'));
}

void TestMonitorCommand::endsWhileAsking()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    auto command = std::make_unique<MonitorCommand>(url(silent.serverPort()), options());
    command->start();
    QTRY_VERIFY(silent.hasPendingConnections());
    command.reset();
    QVERIFY(m_complaints.isEmpty());
}

void TestMonitorCommand::presentsItsToken()
{
    m_frontend->setGate(ApiGate({.tokenRequired = true, .check = [](QStringView token) {
                                     return token == u"good" ? std::optional(ApiRight::Read) : std::nullopt;
                                 }}));
    for (const QString &token : {u"good"_s, u"bad"_s, QString()}) {
        MonitorCommand::Options with = options();
        with.token = token;
        MonitorCommand command(url(m_port), with);
        QSignalSpy finished(&command, &MonitorCommand::finished);
        command.start();
        QTRY_COMPARE(finished.size(), 1);
        QCOMPARE(finished.first().first().toInt(), token == "good"_L1 ? 0 : 1);
        QCOMPARE(m_printed.size(), token == "good"_L1 ? 1 : 0);
        if (token.isEmpty())
            QVERIFY2(m_complaints.first().contains("needs a token"_L1), qPrintable(m_complaints.first()));
    }
}

const frpx::test::TestRegistration registration(
    "tst_monitorcommand", frpx::test::runTest<TestMonitorCommand>);

#include "tst_monitorcommand.moc"
