// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/frames.h"
#include "tests/support/httpservice.h"
#include "tests/support/load.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTest>
#include <QUuid>

using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

/// The lines of a log that hold a text, and the cases they stand for.
struct Lines
{
    qint64 count = 0;
    qint64 cases = 0;
};

Lines linesWith(const QByteArray &log, const QString &text)
{
    static const QRegularExpression number(u"\\((\\d+) more in the last"_s);
    Lines lines;
    const QStringList all = QString::fromUtf8(log).split(u'\n');
    for (const QString &line : all) {
        if (!line.contains(text))
            continue;
        ++lines.count;
        lines.cases += 1 + number.match(line).captured(1).toLongLong();
    }
    return lines;
}

} // namespace

/// What visitors, peers and a dead service can cause as often as they like takes one line a second in the
/// logs, and no case is lost.
class TestE2eDeadService : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void writesOneLineASecond_data();
    void writesOneLineASecond();
    void countsTheVisitorsWhoAreServed();
    void countsStrangers_data();
    void countsStrangers();
    void writesWhatItHasCountedAtTheEnd();

private:
    std::unique_ptr<FrpsProcess> m_frps;
    std::unique_ptr<FrpcProcess> m_client;
};

void TestE2eDeadService::init()
{
    m_frps = std::make_unique<FrpsProcess>();
    m_client = std::make_unique<FrpcProcess>(u"home"_s);
    // So long nobody is found for a visitor. Half of it is what an attempt may take: the client's answer must
    // not be late on a busy machine, or frps counts a case that the client does not know.
    QVERIFY(m_frps->start({u"--pending-timeout"_s, u"6"_s}));
}

void TestE2eDeadService::cleanup()
{
    m_client.reset();
    m_frps.reset();
}

void TestE2eDeadService::writesOneLineASecond_data()
{
    QTest::addColumn<QStringList>("more");
    QTest::newRow("dialled in advance") << QStringList();
    QTest::newRow("on request") << QStringList{u"--pool-max"_s, u"0"_s};
}

void TestE2eDeadService::writesOneLineASecond()
{
    QFETCH(QStringList, more);
    QVERIFY(m_client->start(*m_frps, freePorts(1).first(), more));
    QElapsedTimer clock;
    clock.start();
    Load load(m_frps->publicPort(), "/"_ba, 40);
    load.start();
    QTest::qWait(3200); // the time over which lines are counted
    const auto visitors = static_cast<qint64>(load.stop().size());
    QCOMPARE(load.failureCount(), int(visitors));
    QTRY_COMPARE(m_frps->api("/api/stats"_ba).toObject().value("rejected_timeout"_L1).toInt(), int(visitors));

    // The client is asked several times for each of them.
    const auto atServer = [this] {
        return linesWith(m_frps->log(), u"Client 'home' cannot serve a connection"_s).cases;
    };
    QTRY_VERIFY(atServer() >= 2 * visitors);
    QTRY_COMPARE(linesWith(m_client->log(), u"Cannot serve a connection"_s).cases, atServer());
    const qint64 seconds = clock.elapsed() / 1000 + 1;
    for (const Lines &lines : {linesWith(m_frps->log(), u"Client 'home' cannot serve a connection"_s),
             linesWith(m_client->log(), u"Cannot serve a connection"_s),
             linesWith(m_frps->log(), u"No client could serve a connection"_s)}) {
        QVERIFY2(lines.count >= 1 && lines.count <= seconds + 1, qPrintable(QString::number(lines.count)));
    }
}

void TestE2eDeadService::countsTheVisitorsWhoAreServed()
{
    HttpService service("hello"_ba);
    QVERIFY(service.start());
    QVERIFY(m_client->start(*m_frps, service.port()));
    QElapsedTimer clock;
    clock.start();
    Load load(m_frps->publicPort(), "/"_ba, 8);
    load.start();
    QVERIFY(load.waitForMore(1000));
    const auto visitors = static_cast<qint64>(load.stop().size());
    QCOMPARE(load.failureCount(), 0);
    const auto chosen = [this] { return linesWith(m_frps->log(), u"Chose client 'home'"_s); };
    QTRY_COMPARE(chosen().cases, visitors);
    const qint64 most = 10 + 10 * (clock.elapsed() / 1000 + 1);
    QVERIFY2(chosen().count >= 10 && chosen().count <= most, qPrintable(QString::number(chosen().count)));
}

void TestE2eDeadService::countsStrangers_data()
{
    QTest::addColumn<QString>("message");
    QTest::addColumn<QString>("line");
    QTest::newRow("unknown id") << u"{\"NewProxyConn\":{\"proxy_conn_id\":\"%1\"}}"_s
                                << u"its id is unknown, used or expired"_s;
    QTest::newRow("unknown session") << u"{\"NewWorkConn\":{\"session\":\"%1\"}}"_s
                                     << u"its session is unknown or over"_s;
}

void TestE2eDeadService::countsStrangers()
{
    QFETCH(QString, message);
    QFETCH(QString, line);
    constexpr int strangers = 300;
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < strangers; ++i) {
        RawPeer peer(m_frps->proxyPort());
        QVERIFY(peer.sendFrame(message.arg(QUuid::createUuid().toString(QUuid::WithoutBraces)).toUtf8()));
        QVERIFY(peer.waitForClosed());
    }
    QTRY_COMPARE(linesWith(m_frps->log(), line).cases, qint64(strangers));
    const qint64 count = linesWith(m_frps->log(), line).count;
    QVERIFY2(count <= 20 + clock.elapsed() / 1000 + 2, qPrintable(QString::number(count)));
}

void TestE2eDeadService::writesWhatItHasCountedAtTheEnd()
{
    constexpr int strangers = 40;
    for (int i = 0; i < strangers; ++i) {
        RawPeer peer(m_frps->proxyPort());
        QVERIFY(peer.sendFrame(R"({"NewProxyConn":{"proxy_conn_id":")"
            + QUuid::createUuid().toByteArray(QUuid::WithoutBraces) + R"("}})"));
        QVERIFY(peer.waitForClosed());
    }
    QCOMPARE(m_frps->terminate(), 0);
    QCOMPARE(linesWith(m_frps->log(), u"its id is unknown, used or expired"_s).cases, qint64(strangers));
}

const frpx::test::TestRegistration registration(
    "tst_e2e_deadservice", frpx::test::runTest<TestE2eDeadService>);

#include "tst_e2e_deadservice.moc"
