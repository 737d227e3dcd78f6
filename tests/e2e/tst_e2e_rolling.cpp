// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/load.h"
#include "tests/support/programs.h"
#include "tests/support/scale.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <atomic>
#include <csignal>
#include <thread>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// Clients that are restarted, drained and sent away, one after the other, while users come all the time.
class TestE2eRolling : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void losesNobodyWhenClientsAreRestarted_data();
    void losesNobodyWhenClientsAreRestarted();
    void handsOverToASuccessorWhileTheFormerDrains();
    void sparesADrainedClient();
    void sendsAClientAwayForAWhile();

private:
    bool startClients(const QStringList &options = {});
    /// Who has served so many requests of the last load.
    static int servedBy(const std::vector<Load::Sample> &samples, const QByteArray &name);
    bool isDraining(const QString &id) const;
    QJsonValue post(const QByteArray &path) const;

    HttpService m_services[3]{HttpService("a"_ba), HttpService("b"_ba), HttpService("c"_ba)};
    std::unique_ptr<FrpsProcess> m_frps;
    std::vector<std::unique_ptr<FrpcProcess>> m_clients;
};

void TestE2eRolling::init()
{
    m_frps = std::make_unique<FrpsProcess>();
    QVERIFY(m_frps->start());
    for (HttpService &service : m_services)
        QVERIFY(service.start());
}

void TestE2eRolling::cleanup()
{
    m_clients.clear();
    m_frps.reset();
    for (HttpService &service : m_services)
        service.stop();
}

bool TestE2eRolling::startClients(const QStringList &options)
{
    for (const HttpService &service : m_services) {
        m_clients.push_back(std::make_unique<FrpcProcess>(QString::fromLatin1(service.name())));
        if (!m_clients.back()->start(*m_frps, service.port(), options))
            return false;
    }
    return m_frps->waitForClients(3);
}

int TestE2eRolling::servedBy(const std::vector<Load::Sample> &samples, const QByteArray &name)
{
    return static_cast<int>(std::count_if(
        samples.begin(), samples.end(), [&name](const Load::Sample &sample) { return sample.body == name; }));
}

bool TestE2eRolling::isDraining(const QString &id) const
{
    return m_frps->api("/api/clients/"_ba + id.toUtf8()).toObject().value("draining"_L1).toBool();
}

QJsonValue TestE2eRolling::post(const QByteArray &path) const
{
    const HttpReply reply = HttpClient(m_frps->apiPort()).send("POST"_ba, path);
    return QJsonDocument::fromJson(reply.body).object().value("data"_L1);
}

void TestE2eRolling::losesNobodyWhenClientsAreRestarted_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("connections in advance") << QStringList();
    QTest::newRow("connections on request") << QStringList{u"--pool-max"_s, u"0"_s};
}

void TestE2eRolling::losesNobodyWhenClientsAreRestarted()
{
    QFETCH(const QStringList, options);
    QVERIFY(startClients(options));
    Load quick(m_frps->publicPort(), "/"_ba, 6);
    Load slow(m_frps->publicPort(), "/slow/300"_ba, 6);
    quick.start();
    slow.start();
    for (int round = 0; round < scaled(3, 1); ++round) {
        for (size_t i = 0; i < m_clients.size(); ++i) {
            QVERIFY(quick.waitForMore(scaled(300, 50)));
            QVERIFY(slow.waitForMore(6));
            QCOMPARE(m_clients[i]->terminate(), 0);
            QVERIFY(m_clients[i]->start(*m_frps, m_services[i].port(), options));
        }
    }
    QVERIFY(quick.waitForMore(scaled(300, 50)));
    quick.stop();
    slow.stop();
    QVERIFY2(quick.failureCount() == 0, qPrintable(quick.failures()));
    QVERIFY2(slow.failureCount() == 0, qPrintable(slow.failures()));
    QVERIFY(quick.finished() >= scaled(3'000, 150));
    qInfo("%d quick and %d slow requests", quick.finished(), slow.finished());
    for (const auto &client : m_clients)
        QVERIFY2(!client->log().contains("are cut"), client->log().constData());
}

void TestE2eRolling::handsOverToASuccessorWhileTheFormerDrains()
{
    // There is no other client, and the former has its hands full.
    FrpcProcess former(u"only"_s);
    QVERIFY(former.start(*m_frps, m_services[0].port()));
    std::atomic<bool> served = false;
    std::thread held([this, &served] { served = m_frps->user().get("/hold"_ba).isOk(); });
    const bool holds = QTest::qWaitFor([this] { return m_services[0].heldCount() == 1; });
    former.sendSignal(SIGTERM);
    const bool leaves = former.waitForLog(u"Leaving the server"_s)
        && QTest::qWaitFor([this] { return isDraining(u"only"_s); });
    FrpcProcess successor(u"only"_s);
    const bool registered = successor.start(*m_frps, m_services[1].port());
    const HttpReply reply = m_frps->user().get("/"_ba);
    const bool drains = former.isRunning();
    m_services[0].releaseHeld();
    held.join();
    QVERIFY(holds && leaves && registered && drains && served);
    QCOMPARE(reply.body, "b"_ba);
    QCOMPARE(former.waitForExit(), 0);
    m_services[0].holdAgain();
}

void TestE2eRolling::sparesADrainedClient()
{
    QVERIFY(startClients());
    QCOMPARE(post("/api/clients/a/drain"_ba).toObject().value("draining"_L1), QJsonValue(true));
    QVERIFY(isDraining(u"a"_s));
    QVERIFY(!isDraining(u"b"_s));
    const auto countOfA = [this] {
        Load load(m_frps->publicPort(), "/"_ba, 2);
        load.start();
        [[maybe_unused]] const bool enough = load.waitForMore(60);
        return servedBy(load.stop(), "a"_ba);
    };
    QCOMPARE(countOfA(), 0);
    QByteArray table;
    QCOMPARE(Process::run(frpsProgram(),
                 {u"--monitor"_s, u"--api-port"_s, QString::number(m_frps->apiPort())}, {}, &table),
        0);
    QVERIFY2(table.contains("a (draining)"), table.constData());

    // It is the client that is meant, not its session.
    QCOMPARE(m_clients[0]->terminate(), 0);
    QVERIFY(m_clients[0]->start(*m_frps, m_services[0].port()));
    QVERIFY(isDraining(u"a"_s));
    QCOMPARE(countOfA(), 0);
    QCOMPARE(post("/api/clients/a/undrain"_ba).toObject().value("draining"_L1), QJsonValue(false));
    QVERIFY(countOfA() > 0);
    QCOMPARE(post("/api/clients/nobody/drain"_ba), QJsonValue(QJsonValue::Null));
}

void TestE2eRolling::sendsAClientAwayForAWhile()
{
    QVERIFY(startClients());
    QElapsedTimer away;
    away.start();
    const HttpReply reply =
        HttpClient(m_frps->apiPort()).send("DELETE"_ba, "/api/clients/a?retry_after_s=4"_ba);
    QVERIFY(reply.isOk());
    QCOMPARE(m_frps->activeClients(), 2);
    QVERIFY(m_clients[0]->waitForLog(u"Disconnected by the administrator"_s));
    QVERIFY(m_clients[0]->waitForRegistrations(2));
    QVERIFY2(away.elapsed() >= 3'700, qPrintable(QString::number(away.elapsed())));
    QCOMPARE(m_frps->countInLog("Client a registered"_ba), 2); // it has not come in between
}

const frpx::test::TestRegistration registration("tst_e2e_rolling", frpx::test::runTest<TestE2eRolling>);

#include "tst_e2e_rolling.moc"
