// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/originalserver.h"
#include "tests/support/pattern.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/scale.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QJsonObject>
#include <QTcpSocket>
#include <QTest>

#include <csignal>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// What a signal does to programs that serve somebody.
class TestE2eDrain : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void leavesAtOnceWhenIdle();
    void letsADownloadEnd_data();
    void letsADownloadEnd();
    void cutsAtTheSecondSignal_data();
    void cutsAtTheSecondSignal();
    void cutsWhenTheTimeIsOver_data();
    void cutsWhenTheTimeIsOver();
    void waitsForNobodyIfToldSo_data();
    void waitsForNobodyIfToldSo();
    void serverRefusesUsersAndClientsWhileDraining();
    void serverServesWhoWaits();
    void clientDrainsWithoutItsServer();
    void clientServesWhoAnOriginalServerHasAnnounced();

private:
    static void eitherProgram();
    void startBoth(const QStringList &options = {});
    Process &subject();

    /// A user who has a part of a large answer and reads no further.
    static constexpr qsizetype downloadSize = qsizetype(24) * 1024 * 1024;
    bool beginDownload(RawPeer &user, const QByteArray &request) const;
    static bool finishDownload(RawPeer &user);

    std::unique_ptr<HttpService> m_service;
    std::unique_ptr<FrpsProcess> m_frps;
    std::unique_ptr<FrpcProcess> m_client;
};

namespace {
const QByteArray getDownload = "GET /bytes/25165824 HTTP/1.1\r\nHost: test\r\n\r\n"_ba;
/// More than the kernel keeps on the way for a user who does not read: it gives a connection up to 32 MiB.
const QByteArray getEndless = "GET /bytes/17179869184 HTTP/1.1\r\nHost: test\r\n\r\n"_ba;
constexpr int promptMs = 4'000; // before anybody has waited in vain for the other side to let go

} // namespace

void TestE2eDrain::init()
{
    m_service = std::make_unique<HttpService>("here"_ba);
    QVERIFY(m_service->start());
    m_frps = std::make_unique<FrpsProcess>();
    m_client = std::make_unique<FrpcProcess>(u"a"_s);
}

void TestE2eDrain::cleanup()
{
    m_client.reset();
    m_frps.reset();
    m_service.reset();
}

void TestE2eDrain::eitherProgram()
{
    QTest::addColumn<bool>("server");
    QTest::newRow("frps") << true;
    QTest::newRow("frpc") << false;
}

void TestE2eDrain::startBoth(const QStringList &options)
{
    QVERIFY(m_frps->start(options));
    QVERIFY(m_client->start(*m_frps, m_service->port(), options));
}

/// The program that the row is about.
Process &TestE2eDrain::subject()
{
    const auto *server = static_cast<const bool *>(QTest::qData("server", QMetaType::Bool));
    return *server ? static_cast<Process &>(*m_frps) : static_cast<Process &>(*m_client);
}

bool TestE2eDrain::beginDownload(RawPeer &user, const QByteArray &request) const
{
    return user.open(m_frps->publicPort()) && user.send(request) && user.receive(1'000);
}

bool TestE2eDrain::finishDownload(RawPeer &user)
{
    if (!user.waitForClosed(30'000) || user.wasReset())
        return false;
    user.close(); // he is satisfied, and says so
    const QByteArrayView body =
        QByteArrayView(user.received()).sliced(user.received().indexOf("\r\n\r\n"_ba) + 4);
    for (qsizetype done = 0; done < body.size();) {
        const QByteArrayView wanted = patternAt(quint64(done), quint64(body.size() - done));
        if (body.sliced(done, wanted.size()) != wanted)
            return false;
        done += wanted.size();
    }
    return body.size() == downloadSize;
}

void TestE2eDrain::leavesAtOnceWhenIdle()
{
    startBoth();
    QVERIFY(m_frps->user().get("/"_ba).isOk());
    for (Process *program : {static_cast<Process *>(m_client.get()), static_cast<Process *>(m_frps.get())}) {
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(program->terminate(), 0);
        QVERIFY2(timer.elapsed() < promptMs, qPrintable(QString::number(timer.elapsed())));
    }
}

void TestE2eDrain::letsADownloadEnd_data()
{
    eitherProgram();
}

void TestE2eDrain::letsADownloadEnd()
{
    startBoth();
    RawPeer user;
    QVERIFY(beginDownload(user, getDownload));
    subject().sendSignal(SIGTERM);
    QVERIFY(subject().waitForLog(u"1 open connections"_s));
    QTest::qWait(300); // it does not leave
    QVERIFY(subject().isRunning());
    QVERIFY(finishDownload(user));
    QCOMPARE(subject().waitForExit(), 0);
    QVERIFY(subject().log().contains("All connections have ended"));
    QVERIFY(!subject().log().contains("are cut"));
}

void TestE2eDrain::cutsAtTheSecondSignal_data()
{
    eitherProgram();
}

void TestE2eDrain::cutsAtTheSecondSignal()
{
    startBoth();
    RawPeer user;
    QVERIFY(beginDownload(user, getEndless));
    subject().sendSignal(SIGTERM);
    QVERIFY(subject().waitForLog(u"1 open connections"_s));
    subject().sendSignal(SIGINT);
    QCOMPARE(subject().waitForExit(promptMs), 0);
    QVERIFY(!finishDownload(user));
    QVERIFY(subject().log().contains("1 open connections are cut")
        || subject().log().contains("0 waiting and 1 open connections are cut"));
}

void TestE2eDrain::cutsWhenTheTimeIsOver_data()
{
    eitherProgram();
}

void TestE2eDrain::cutsWhenTheTimeIsOver()
{
    startBoth({u"--drain-timeout"_s, u"1"_s});
    RawPeer user;
    QVERIFY(beginDownload(user, getEndless));
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(subject().terminate(), 0);
    QVERIFY2(timer.elapsed() >= 900 && timer.elapsed() < 1'000 + promptMs,
        qPrintable(QString::number(timer.elapsed())));
    QVERIFY(!finishDownload(user));
    QVERIFY(subject().log().contains("are cut"));
}

void TestE2eDrain::waitsForNobodyIfToldSo_data()
{
    eitherProgram();
}

void TestE2eDrain::waitsForNobodyIfToldSo()
{
    startBoth({u"--drain-timeout"_s, u"0"_s});
    RawPeer user;
    QVERIFY(beginDownload(user, getEndless));
    QCOMPARE(subject().terminate(promptMs), 0);
    QVERIFY(!finishDownload(user));
}

void TestE2eDrain::serverRefusesUsersAndClientsWhileDraining()
{
    startBoth();
    RawPeer user;
    QVERIFY(beginDownload(user, getDownload));
    m_frps->sendSignal(SIGTERM);
    QVERIFY(m_client->waitForLog(u"The server is about to stop"_s));
    QVERIFY(!RawPeer().open(m_frps->publicPort()));
    QCOMPARE(m_frps->api("/api/health"_ba).toObject().value("status"_L1).toString(), u"draining"_s);
    FrpcProcess late(u"late"_s);
    QVERIFY(late.launch(
        m_frps->controlPort(), m_frps->proxyPort(), m_service->port(), FrpcProcess::demoAccount()));
    QVERIFY(late.waitForLog(u"The server is shutting down."_s));
    QCOMPARE(m_frps->clientIds(), QStringList{u"a"_s});
    QVERIFY(finishDownload(user));
    QCOMPARE(m_frps->waitForExit(), 0);
    QVERIFY(m_client->waitForLog(u"The server closed the link: The server is shutting down."_s));

    // Who was there comes back to its successor.
    QVERIFY(m_frps->start());
    QVERIFY(m_client->waitForRegistrations(2));
}

void TestE2eDrain::serverServesWhoWaits()
{
    // The client hangs when the user comes and the server is told to stop.
    startBoth();
    m_client->sendSignal(SIGSTOP);
    QTRY_VERIFY(m_client->isStopped());
    RawPeer user(m_frps->publicPort());
    QVERIFY(user.send("GET / HTTP/1.1\r\n\r\n"_ba));
    const auto pending = [this] {
        return m_frps->api("/api/stats"_ba).toObject().value("pending_connections"_L1).toInt();
    };
    QTRY_COMPARE(pending(), 1);
    m_frps->sendSignal(SIGTERM);
    QVERIFY(m_frps->waitForLog(u"1 waiting"_s));
    m_client->sendSignal(SIGCONT);
    QVERIFY(user.waitForClosed());
    QVERIFY(user.received().endsWith("here"));
    user.close();
    QCOMPARE(m_frps->waitForExit(), 0);
}

void TestE2eDrain::clientDrainsWithoutItsServer()
{
    FrpsProcess gone;
    QVERIFY(m_client->launch(gone.controlPort(), gone.proxyPort(), 1, FrpcProcess::demoAccount()));
    QTRY_VERIFY(m_client->log().contains("Not connected"));
    QCOMPARE(m_client->terminate(promptMs), 0);
}

void TestE2eDrain::clientServesWhoAnOriginalServerHasAnnounced()
{
    OriginalServer server;
    server.setAccount(QString::fromLatin1(demoEmail), QString::fromLatin1(demoPassword));
    QVERIFY(server.start());
    QVERIFY(m_client->launch(
        server.controlPort(), server.proxyPort(), m_service->port(), FrpcProcess::demoAccount()));
    QVERIFY(server.waitForRegistered(u"a"_s));
    const std::unique_ptr<QTcpSocket> early = server.openUserConnection();
    QVERIFY(early);
    early->write("GET /hold HTTP/1.1\r\n\r\n"_ba);
    QTRY_COMPARE(m_service->heldCount(), 1);

    // It is asked for another user before the server knows that it leaves.
    m_client->sendSignal(SIGSTOP);
    QTRY_VERIFY(m_client->isStopped());
    m_client->sendSignal(SIGTERM);
    QTimer::singleShot(100, this, [this] { m_client->sendSignal(SIGCONT); });
    const std::unique_ptr<QTcpSocket> late = server.openUserConnection();
    QVERIFY(late);
    late->write("GET / HTTP/1.1\r\n\r\n"_ba);
    QTRY_VERIFY(late->peek(1'000).endsWith("\r\n\r\nhere"));
    QTRY_COMPARE(server.linkCount(), 0); // no more of them
    QVERIFY(m_client->isRunning());
    m_service->releaseHeld();
    QTRY_VERIFY(early->peek(1'000).endsWith("\r\n\r\nhere"));
    early->close();
    late->close();
    QCOMPARE(m_client->waitForExit(), 0);
    QCOMPARE(server.problems(), QStringList());
}

const frpx::test::TestRegistration registration("tst_e2e_drain", frpx::test::runTest<TestE2eDrain>);

#include "tst_e2e_drain.moc"
