// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/load.h"
#include "tests/support/originalclient.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/scale.h"
#include "tests/support/testregistry.h"
#include "tests/support/threads.h"

#include <QElapsedTimer>
#include <QJsonObject>
#include <QTest>

#include <array>
#include <csignal>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// What happens when something is missing: a client, a heartbeat, an answer, a local service.
class TestE2eLimits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void closesUsersWithoutClientAtOnce();
    void forgetsAClientWhoseHeartbeatStops();
    void dropsUsersWhoWaitTooLong();
    void passesOverAClientWhoseServiceIsDown();
    void passesOverAClientThatStalls();
    void sharesTheBandwidthOfAnAccount();
    void letsNothingTakeAllDescriptors_data();
    void letsNothingTakeAllDescriptors();
};

namespace {

int stat(const FrpsProcess &frps, QLatin1StringView key)
{
    return frps.api("/api/stats"_ba).toObject().value(key).toInt(-1);
}

bool loginAsDemo(OriginalClient &client, const QString &id)
{
    return client.login(QString::fromLatin1(demoEmail), QString::fromLatin1(demoPassword))
        && client.registerAs(id);
}

} // namespace

void TestE2eLimits::closesUsersWithoutClientAtOnce()
{
    FrpsProcess frps;
    QVERIFY(frps.start());
    for (int i = 0; i < 3; ++i) {
        RawPeer user(frps.publicPort());
        QVERIFY(user.isOpen());
        QVERIFY(user.waitForClosed(5'000)); // half of --pending-timeout
        QVERIFY(user.received().isEmpty());
    }
    QCOMPARE(stat(frps, "rejected_no_client"_L1), 3);
    QCOMPARE(stat(frps, "pending_connections"_L1), 0);
}

void TestE2eLimits::forgetsAClientWhoseHeartbeatStops()
{
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start({u"--heartbeat-timeout"_s, u"2"_s}));
    FrpcProcess client(u"sleepy"_s);
    QVERIFY(client.start(frps, service.port(), {u"--heartbeat-interval"_s, u"1"_s}));
    // As long as it beats it stays, well beyond the time-out.
    QVERIFY(!frps.waitForClients(0, 4'000));

    client.sendSignal(SIGSTOP);
    QVERIFY(frps.waitForClients(0, 10'000)); // a third of the usual time-out
    QCOMPARE(frps.clientIds(), QStringList());

    OriginalClient successor(frps.controlPort(), frps.proxyPort());
    successor.setLocalPort(service.port());
    QVERIFY2(loginAsDemo(successor, u"sleepy"_s), qPrintable(successor.error()));
    HttpReply reply;
    inThreads(1, [&](int) { reply = frps.user().get("/"_ba); });
    QVERIFY2(reply.isOk(), qPrintable(reply.error));
    successor.close();
    QVERIFY(frps.waitForClients(0, 2'000));

    client.sendSignal(SIGCONT); // it wakes up, finds its link gone and comes back
    QVERIFY(client.waitForRegistrations(2, 10'000));
    QVERIFY(frps.user().get("/"_ba).isOk());
}

void TestE2eLimits::dropsUsersWhoWaitTooLong()
{
    FrpsProcess frps;
    QVERIFY(frps.start({u"--pending-timeout"_s, u"3"_s})); // time to see them wait
    OriginalClient client(frps.controlPort(), frps.proxyPort());
    client.setAnswering(false);
    QVERIFY(loginAsDemo(client, u"mute"_s));

    constexpr int count = 5;
    std::vector<RawPeer> users(count);
    QElapsedTimer timer;
    timer.start();
    for (RawPeer &user : users)
        QVERIFY(user.open(frps.publicPort()));
    QTRY_COMPARE(client.requestedIds().size(), count);
    QCOMPARE(stat(frps, "pending_connections"_L1), count);
    const QJsonObject pending = frps.api("/api/connections/pending"_ba).toObject();
    QCOMPARE(pending.value("count"_L1).toInt(), count);
    for (RawPeer &user : users)
        QVERIFY(user.waitForClosed(15'000));
    QVERIFY2(timer.elapsed() >= 2'900, qPrintable(QString::number(timer.elapsed())));
    QVERIFY2(timer.elapsed() < 8'000, qPrintable(QString::number(timer.elapsed()))); // the usual time is 10 s
    QCOMPARE(stat(frps, "pending_connections"_L1), 0);
    QCOMPARE(stat(frps, "rejected_timeout"_L1), count);
    QCOMPARE(frps.activeClients(), 1); // it is slow, not dead
    QCOMPARE(client.problems(), QStringList());
}

void TestE2eLimits::passesOverAClientWhoseServiceIsDown()
{
    HttpService up("up"_ba);
    QVERIFY(up.start());
    FrpsProcess frps;
    QVERIFY(frps.start({u"--pending-timeout"_s, u"3"_s}));
    FrpcProcess down(u"down"_s);
    FrpcProcess good(u"good"_s);
    QVERIFY(down.start(frps, freePorts(1).first()));
    QVERIFY(good.start(frps, up.port()));
    QVERIFY(frps.waitForClients(2));

    constexpr int users = 4;
    constexpr int each = 25;
    std::atomic<int> served = 0;
    inThreads(users, [&](int) {
        for (int i = 0; i < each; ++i) {
            const HttpReply reply = frps.user().get("/"_ba);
            served += reply.isOk() && reply.body == "up" ? 1 : 0;
        }
    });
    QCOMPARE(served, users * each);
    QCOMPARE(frps.activeClients(), 2); // the client itself is fine

    // With nobody to pass on to, a user has the whole time.
    QCOMPARE(good.terminate(), 0);
    QVERIFY(frps.waitForClients(1, 2'000));
    RawPeer user(frps.publicPort());
    QVERIFY(!user.waitForClosed(2'500));
    QVERIFY(user.waitForClosed());
}

void TestE2eLimits::passesOverAClientThatStalls()
{
    HttpService service("good"_ba);
    HttpService other("stalled"_ba);
    QVERIFY(service.start() && other.start());
    FrpsProcess frps;
    QVERIFY(frps.start());
    FrpcProcess good(u"good"_s);
    FrpcProcess stalled(u"stalled"_s);
    QVERIFY(good.start(frps, service.port()));
    QVERIFY(stalled.start(frps, other.port()));
    QVERIFY(frps.waitForClients(2));
    stalled.sendSignal(SIGSTOP);
    QTRY_VERIFY(stalled.isStopped());

    std::atomic<int> served = 0;
    constexpr int users = 12;
    inThreads(users, [&](int) {
        HttpClient user = frps.user();
        user.setTimeout(9'000);
        const HttpReply reply = user.get("/"_ba);
        served += reply.isOk() && reply.body == "good" ? 1 : 0;
    });
    QCOMPARE(served, users);
    stalled.sendSignal(SIGCONT);
}

/// Two clients of one account, one with connections in advance and one that is asked for each user.
void TestE2eLimits::sharesTheBandwidthOfAnAccount()
{
    constexpr int rate = 4'000'000;
    constexpr int each = 4'000'000;
    HttpService service("bulk"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY(frps.start({u"--bandwidth-per-user"_s, u"4M"_s, u"--policy"_s, u"round-robin"_s}));
    FrpcProcess first(u"first"_s);
    FrpcProcess second(u"second"_s);
    QVERIFY(first.start(frps, service.port()));
    QVERIFY(second.start(frps, service.port(), {u"--pool-max"_s, u"0"_s}));
    QVERIFY(frps.waitForClients(2));

    std::array<HttpReply, 2> replies;
    QElapsedTimer clock;
    clock.start();
    inThreads(2, [&](int i) { replies[size_t(i)] = frps.user().get("/bytes/" + QByteArray::number(each)); });
    const qint64 took = clock.elapsed();
    for (const HttpReply &reply : replies) {
        QVERIFY2(reply.isOk(), qPrintable(reply.error));
        QCOMPARE(reply.bodySize, quint64(each));
    }
    const qint64 atLeast = (2LL * each - rate / 10) * 1000 / rate; // the burst is free
    QVERIFY2(took >= atLeast - 10, qPrintable(QString::number(took)));
    QVERIFY2(took < 4 * atLeast, qPrintable(QString::number(took)));
}

void TestE2eLimits::letsNothingTakeAllDescriptors_data()
{
    QTest::addColumn<QString>("flood");
    for (const char *flood : {"sessions of one account", "visitors", "control port", "proxy port", "API"})
        QTest::newRow(flood) << QString::fromLatin1(flood);
}

/// With few descriptors: whatever takes as many as it gets, visitors are served, and the API answers.
void TestE2eLimits::letsNothingTakeAllDescriptors()
{
    QFETCH(QString, flood);
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    constexpr quint64 few = 256;
    frps.setDescriptorLimit(few);
    QVERIFY(frps.start());
    FrpcProcess client(u"good"_s);
    QVERIFY(client.start(frps, service.port()));
    QVERIFY(frps.user().get("/"_ba).isOk());

    constexpr int enough = 300;
    std::vector<std::unique_ptr<OriginalClient>> sessions;
    std::vector<std::unique_ptr<RawPeer>> peers;
    if (flood == u"sessions of one account"_s) {
        QString token;
        QString refusal;
        for (int i = 0; i < enough && refusal.isEmpty(); ++i) {
            sessions.push_back(std::make_unique<OriginalClient>(frps.controlPort(), frps.proxyPort()));
            OriginalClient &session = *sessions.back();
            session.setAnswering(false);
            const bool in = i == 0
                ? session.login(QString::fromLatin1(demoEmail), QString::fromLatin1(demoPassword))
                : session.loginByToken(token);
            QVERIFY2(in, qPrintable(session.error()));
            if (i == 0)
                token = session.token();
            if (!session.registerAs(u"evil%1"_s.arg(i)))
                refusal = session.error();
        }
        QVERIFY2(refusal.startsWith(u"The server has as many clients as its open files allow"_s)
                || refusal.startsWith(u"This account has its limit of"_s),
            qPrintable(refusal));
        QVERIFY(sessions.size() > 50);
    } else {
        const quint16 port = flood == u"visitors"_s ? frps.publicPort()
            : flood == u"control port"_s            ? frps.controlPort()
            : flood == u"proxy port"_s              ? frps.proxyPort()
                                                    : frps.apiPort();
        for (int i = 0; i < enough; ++i) {
            peers.push_back(std::make_unique<RawPeer>(port));
            peers.back()->send("G"_ba); // is taken at once, and is not enough
        }
    }

    // The offender is seen, and can be sent away.
    if (flood == u"API"_s) { // it fills its own share only
        QVERIFY(frps.user().get("/"_ba).isOk());
        peers.clear();
    }
    QTRY_VERIFY(frps.clientIds().contains(u"good"_s));
    QVERIFY(frps.descriptorCount() < int(few) - 2);
    if (flood == u"sessions of one account"_s) {
        const HttpReply sent = HttpClient(frps.apiPort()).send("DELETE"_ba, "/api/clients/evil1"_ba);
        QVERIFY(sent.isOk());
        QTRY_VERIFY(!frps.clientIds().contains(u"evil1"_s));
    }
    if (flood == u"visitors"_s) { // a client can come, and serves when there is room again
        FrpcProcess another(u"another"_s);
        QVERIFY(another.start(frps, service.port()));
        peers.resize(20);
    }
    QTRY_VERIFY(frps.user().get("/"_ba).isOk());
    for (const auto &session : sessions) // still there: they are no load any more
        session->close();
}

const frpx::test::TestRegistration registration("tst_e2e_limits", frpx::test::runTest<TestE2eLimits>);

#include "tst_e2e_limits.moc"
