// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/echoservice.h"
#include "tests/support/httpservice.h"
#include "tests/support/load.h"
#include "tests/support/pattern.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/scale.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// Many bytes, many connections, halves of connections: all of it arrives, in bounded memory.
class TestE2eBulk : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void movesBulk_data();
    void movesBulk();
    void keepsHalfClosedConnections();
    void passesTheServicesEndToTheUser();
    void servesFiveHundredAtOnce();
    void stalledReadersDisturbNobody();

private:
    qint64 rssKib() const { return m_frps.rssKib() + m_client.rssKib(); }

    HttpService m_service{"bulk"_ba};
    FrpsProcess m_frps;
    FrpcProcess m_client{u"bulk"_s};
};

namespace {
// Each program may grow by less than 64 MiB; sanitizers keep shadow and freed memory besides.
constexpr qint64 maxGrowthKib = qint64(scaled(64, 192)) * 1024;
} // namespace

void TestE2eBulk::initTestCase()
{
    raiseDescriptorLimit();
    QVERIFY(m_service.start());
    QVERIFY(m_frps.start());
    QVERIFY(m_client.start(m_frps, m_service.port()));
    for (int i = 0; i < 20; ++i) // what is allocated once is allocated now
        QVERIFY(m_frps.user().get("/bytes/1000000"_ba, HttpClient::Body::Hash).isOk());
}

void TestE2eBulk::movesBulk_data()
{
    QTest::addColumn<bool>("upload");
    QTest::newRow("download") << false;
    QTest::newRow("upload") << true;
}

void TestE2eBulk::movesBulk()
{
    QFETCH(const bool, upload);
    const quint64 size = bulkMib() << 20;
    const qint64 frpsBefore = m_frps.rssKib();
    const qint64 clientBefore = m_client.rssKib();
    HttpClient user = m_frps.user();
    user.setTimeout(100'000);

    HttpReply reply;
    std::atomic<bool> done = false;
    std::thread transfer([&] {
        reply = upload ? user.postPattern("/sink"_ba, size)
                       : user.get("/bytes/" + QByteArray::number(size), HttpClient::Body::Hash);
        done = true;
    });
    qint64 frpsMost = 0;
    qint64 clientMost = 0;
    while (!QTest::qWaitFor([&] { return done.load(); }, 50)) {
        frpsMost = std::max(frpsMost, m_frps.rssKib());
        clientMost = std::max(clientMost, m_client.rssKib());
    }
    transfer.join();

    static const QByteArray wanted = patternSha256(size);
    QVERIFY2(reply.isOk(), qPrintable(reply.error));
    if (upload) {
        QCOMPARE(reply.body, QByteArray::number(size) + ' ' + wanted);
    } else {
        QCOMPARE(reply.firstDifference, -1);
        QCOMPARE(reply.bodySize, size);
        QCOMPARE(reply.sha256, wanted);
    }
    QVERIFY2(
        frpsMost - frpsBefore < maxGrowthKib, qPrintable(u"%1 to %2 KiB"_s.arg(frpsBefore).arg(frpsMost)));
    QVERIFY2(clientMost - clientBefore < maxGrowthKib,
        qPrintable(u"%1 to %2 KiB"_s.arg(clientBefore).arg(clientMost)));
}

void TestE2eBulk::keepsHalfClosedConnections()
{
    EchoService echo(EchoService::Mode::AfterEof);
    QVERIFY(echo.start());
    FrpsProcess frps;
    QVERIFY(frps.start());
    FrpcProcess client(u"echo"_s);
    QVERIFY(client.start(frps, echo.port()));

    QByteArray question;
    while (question.size() < qsizetype(4) * 1024 * 1024)
        question += patternAt(static_cast<quint64>(question.size()), 1 << 20);
    RawPeer user(frps.publicPort());
    QVERIFY(user.send(question, 20'000));
    user.shutdownWrite();
    QVERIFY(user.waitForClosed(20'000));
    QCOMPARE(user.received().size(), question.size());
    QVERIFY(user.received() == question);
    QVERIFY(!user.wasReset());

    QVERIFY(user.open(frps.publicPort())); // also when there is nothing but the end
    user.shutdownWrite();
    QVERIFY(user.waitForClosed());
    QVERIFY(user.received().isEmpty() && !user.wasReset());
}

void TestE2eBulk::passesTheServicesEndToTheUser()
{
    RawPeer user(m_frps.publicPort());
    QVERIFY(user.send("GET / HTTP/1.1\r\n\r\n"_ba));
    // The service ends its side after the answer while the user's is still open.
    QVERIFY(user.waitForClosed());
    QVERIFY(user.received().endsWith("\r\n\r\nbulk"));
    QVERIFY(!user.wasReset());
}

void TestE2eBulk::servesFiveHundredAtOnce()
{
    constexpr int count = 500;
    std::vector<RawPeer> users(count);
    for (RawPeer &user : users)
        QVERIFY(user.open(m_frps.publicPort()) && user.send("GET /hold HTTP/1.1\r\n\r\n"_ba));
    QTRY_COMPARE_WITH_TIMEOUT(m_service.heldCount(), count, 20'000);
    m_service.releaseHeld();
    for (RawPeer &user : users) {
        QVERIFY(user.waitForClosed(20'000));
        QVERIFY2(user.received().endsWith("\r\n\r\nbulk"), user.received().constData());
    }
    m_service.holdAgain();
}

void TestE2eBulk::stalledReadersDisturbNobody()
{
    constexpr int stalledCount = 20;
    const qint64 before = rssKib();
    std::vector<RawPeer> stalled(stalledCount);
    for (RawPeer &user : stalled) {
        QVERIFY(user.open(m_frps.publicPort()));
        QVERIFY(user.send("GET /bytes/1000000000 HTTP/1.1\r\n\r\n"_ba));
    }
    Load load(m_frps.publicPort(), "/"_ba, 4);
    load.start();
    QVERIFY(load.waitForMore(scaled(400, 100)));
    qint64 longest = 0;
    for (const Load::Sample &sample : load.stop())
        longest = std::max(longest, sample.endedMs - sample.startedMs);
    QVERIFY2(load.failureCount() == 0, qPrintable(load.failures()));
    QVERIFY2(longest < 6'000, qPrintable(u"the slowest took %1 ms"_s.arg(longest)));
    QVERIFY(rssKib() - before < maxGrowthKib);
    // They were stalled, not dead: each still gets its bytes when it reads.
    QVERIFY(stalled.front().receive(qsizetype(8) * 1024 * 1024, 20'000));
}

const frpx::test::TestRegistration registration("tst_e2e_bulk", frpx::test::runTest<TestE2eBulk>);

#include "tst_e2e_bulk.moc"
