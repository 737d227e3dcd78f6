// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/echoservice.h"
#include "tests/support/faultrelay.h"
#include "tests/support/httpservice.h"
#include "tests/support/loopback.h"
#include "tests/support/programs.h"
#include "tests/support/testregistry.h"
#include "tests/support/threads.h"

#include <QJsonObject>
#include <QTest>

#include <csignal>

using namespace frpx;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// frps and frpc with a relay before the proxy port that counts the work connections.
class TestE2eReuse : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void takesFewConnectionsForManyUsers_data() { links(); }
    void takesFewConnectionsForManyUsers();
    void takesOneForEachThatIsAskedFor();
    void bringsBigAnswersWhole_data() { links(); }
    void bringsBigAnswersWhole();
    void showsUsersThatTheirClientWasKilled();
    void carriesConversations_data() { links(); }
    void carriesConversations();

private:
    static void links();
    bool startClient(const QStringList &more);

    std::unique_ptr<HttpService> m_service;
    std::unique_ptr<FrpsProcess> m_frps;
    std::unique_ptr<FaultRelay> m_work;
    std::unique_ptr<FrpcProcess> m_client;
};

void TestE2eReuse::links()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("plain") << QStringList();
    QTest::newRow("TLS") << QStringList{u"--tls"_s, u"on"_s, u"--trust-on-first-use"_s};
}

void TestE2eReuse::init()
{
    m_service = std::make_unique<HttpService>("service"_ba);
    QVERIFY(m_service->start());
    m_frps = std::make_unique<FrpsProcess>();
    QVERIFY(m_frps->start());
    m_work = std::make_unique<FaultRelay>(m_frps->proxyPort());
    QVERIFY(m_work->start());
    m_client = std::make_unique<FrpcProcess>(u"client"_s);
}

void TestE2eReuse::cleanup()
{
    m_client.reset();
    m_work.reset();
    m_frps.reset();
    m_service.reset();
}

bool TestE2eReuse::startClient(const QStringList &more)
{
    return m_client->launch(m_frps->controlPort(), m_work->port(), m_service->port(),
               FrpcProcess::demoAccount() + QStringList{u"--pool-min"_s, u"4"_s} + more)
        && m_client->waitForRegistrations(1) && m_frps->waitForClients(1)
        && QTest::qWaitFor([this] { return m_work->openCount() >= 4; });
}

void TestE2eReuse::takesFewConnectionsForManyUsers()
{
    QFETCH(const QStringList, options);
    QVERIFY2(startClient(options), m_client->log().constData());
    constexpr int users = 8;
    constexpr int each = 50;
    std::atomic<int> served = 0;
    inThreads(users, [&](int) {
        for (int i = 0; i < each; ++i)
            served += m_frps->user().get("/"_ba).body == "service" ? 1 : 0;
    });
    QCOMPARE(served.load(), users * each);
    QCOMPARE(m_service->requestCount(), users * each);
    // Those kept ready (twice as many after each miss, 128 at most), one for each user at a time, and those
    // that were asked for in the first moments.
    QVERIFY2(m_work->acceptedCount() <= 200, qPrintable(QString::number(m_work->acceptedCount())));
    int before = 0;
    int unchanged = 0; // the pool looks whether it is full once a second
    QVERIFY(QTest::qWaitFor([&] {
        unchanged =
            std::exchange(before, m_work->acceptedCount()) == m_work->acceptedCount() ? unchanged + 1 : 0;
        return unchanged == 150; // of 10 ms
    }));
    for (int i = 0; i < 20; ++i)
        QCOMPARE(m_frps->user().get("/"_ba).body, "service"_ba);
    // One that is out for more than some milliseconds is replaced: on a busy machine a few may come, but not
    // one for each user.
    QVERIFY2(m_work->acceptedCount() <= before + 5, qPrintable(QString::number(m_work->acceptedCount())));
    QCOMPARE(
        m_frps->api("/api/stats"_ba).toObject().value("total_connections"_L1).toInt(), users * each + 20);
}

/// `--pool-max 0` has every connection asked for, as an original client has.
void TestE2eReuse::takesOneForEachThatIsAskedFor()
{
    QVERIFY(m_client->launch(m_frps->controlPort(), m_work->port(), m_service->port(),
        FrpcProcess::demoAccount() + QStringList{u"--pool-max"_s, u"0"_s}));
    QVERIFY(m_client->waitForRegistrations(1) && m_frps->waitForClients(1));
    for (int i = 1; i <= 5; ++i) {
        QCOMPARE(m_frps->user().get("/"_ba).body, "service"_ba);
        QCOMPARE(m_work->acceptedCount(), i);
    }
}

/// In chunks, and beyond the point where they end: the pattern's hash tells.
void TestE2eReuse::bringsBigAnswersWhole()
{
    QFETCH(const QStringList, options);
    QVERIFY2(startClient(options), m_client->log().constData());
    for (const quint64 size : {1ULL, 32'767ULL, 32'768ULL, 32'769ULL, 100'000ULL, 3'000'000ULL}) {
        const HttpReply down =
            m_frps->user().get("/bytes/" + QByteArray::number(size), HttpClient::Body::Hash);
        QVERIFY2(down.isOk(), qPrintable(down.error));
        QCOMPARE(down.bodySize, size);
        QCOMPARE(down.firstDifference, -1);
        const HttpReply up = m_frps->user().postPattern("/sink"_ba, size);
        QVERIFY2(up.isOk(), qPrintable(up.error));
    }
}

/// The kernel closes the connections of a killed process in good order; its user must not take what he has
/// got for the whole.
void TestE2eReuse::showsUsersThatTheirClientWasKilled()
{
    QVERIFY2(startClient({}), m_client->log().constData());
    HttpReply reply;
    std::thread user([&] { reply = m_frps->user().get("/hold"_ba); });
    const bool held = QTest::qWaitFor([this] { return m_service->heldCount() == 1; });
    m_client->sendSignal(SIGKILL);
    user.join();
    QVERIFY(held);
    QVERIFY(!reply.error.isEmpty());
}

/// Users who say little and often, at the same time, and some of them a lot in the end.
void TestE2eReuse::carriesConversations()
{
    QFETCH(const QStringList, options);
    EchoService echo;
    QVERIFY(echo.start());
    QVERIFY(m_client->launch(m_frps->controlPort(), m_work->port(), echo.port(),
                FrpcProcess::demoAccount() + QStringList{u"--pool-min"_s, u"8"_s} + options)
        && m_client->waitForRegistrations(1) && m_frps->waitForClients(1));
    constexpr int users = 8;
    constexpr int rounds = 400;
    const auto talk = [this] {
        std::atomic<int> whole = 0;
        inThreads(users, [&](int user) {
            const UniqueFd fd = connectTo(m_frps->publicPort());
            for (int i = 0; i < rounds; ++i) {
                const bool isLarge = i == rounds - 1 && user % 2 == 0;
                const qsizetype size = isLarge ? 100'000 : 1 + (i * 37 + user) % 1000;
                const QByteArray bytes = noise(size, quint64(user * rounds + i));
                if (!sendAll(fd.get(), bytes) || receive(fd.get(), size).bytes != bytes)
                    return;
            }
            ::shutdown(fd.get(), SHUT_WR);
            whole += receiveAll(fd.get()).ending == Ending::Orderly ? 1 : 0;
        });
        return whole.load();
    };
    for (int i = 0; i < 3; ++i) // on connections that were asked for, that waited, and that have served
        QCOMPARE(talk(), users);
}

const frpx::test::TestRegistration registration("tst_e2e_reuse", frpx::test::runTest<TestE2eReuse>);

#include "tst_e2e_reuse.moc"
