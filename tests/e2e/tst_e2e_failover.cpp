// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/faultrelay.h"
#include "tests/support/httpservice.h"
#include "tests/support/load.h"
#include "tests/support/programs.h"
#include "tests/support/scale.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>

using namespace frpx::test;
using namespace Qt::StringLiterals;

using Fault = FaultRelay::Fault;

namespace {

constexpr int patienceMs = 20'000; // of a user
constexpr int promptMs = 5'000; // for a user to learn that his connection has been cut
constexpr int settleMs = 20'000; // for what comes back; the first ejection of a session lasts 10 s

/// While something was cut off that cannot be saved: what flowed through it may fail.
struct Cut
{
    qint64 from = 0;
    qint64 to = -1;
};

/// Users who come all the time, whatever became of those before them: some want an answer at once, some one
/// that takes a while.
class Users
{
public:
    explicit Users(quint16 port)
        : m_quick(port, "/"_ba, 32)
        , m_slow(port, "/slow/300"_ba, 8)
    {
        m_quick.setPause(25);
        for (Load *load : {&m_quick, &m_slow}) {
            load->setTimeout(patienceMs);
            load->start();
        }
    }

    bool waitForMore() const { return m_quick.waitForMore(scaled(200, 60)) && m_slow.waitForMore(8); }

    /// Ends the load. Says which requests failed that must not have, empty when none.
    QString verdict(const char *phase, const std::vector<Cut> &cuts = {})
    {
        QStringList lost;
        qsizetype all = 0;
        qsizetype cutOff = 0;
        qint64 longestMs = 0;
        for (Load *load : {&m_quick, &m_slow}) {
            for (const Load::Sample &sample : load->stop()) {
                ++all;
                longestMs = std::max(longestMs, sample.endedMs - sample.startedMs);
                if (sample.error.isEmpty())
                    continue;
                const bool flowed = std::any_of(cuts.begin(), cuts.end(), [&sample](const Cut &cut) {
                    return sample.startedMs <= cut.to && sample.endedMs >= cut.from
                        && sample.endedMs <= cut.to + promptMs;
                });
                if (flowed)
                    ++cutOff;
                else
                    lost << sample.error;
            }
        }
        qInfo("%s: %lld requests, %lld cut off with what they flowed through, the longest took %lld ms",
            phase, static_cast<long long>(all), static_cast<long long>(cutOff),
            static_cast<long long>(longestMs));
        if (lost.isEmpty())
            return {};
        return u"%1 of %2 failed: %3"_s.arg(lost.size()).arg(all).arg(lost.mid(0, 5).join(u"; "_s));
    }

private:
    Load m_quick;
    Load m_slow;
};

} // namespace

/// One of three clients fails in each of the ways there are, one after the other, while users come all the
/// time. Nobody is lost but whose bytes were already flowing through what was killed.
class TestE2eFailover : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void losesNobodyWhoeverFails_data();
    void losesNobodyWhoeverFails();

private:
    enum Who { A, B, C };

    bool startClient(Who who);
    bool allServe() const;
    bool isSilent(Who who) const;
    // One phase each, named after what happens.
    void kill(Who who);
    void stopService(Who who);
    void hangForAMoment(Who who);
    void hang(Who who);
    void goDark();

    QStringList m_options;
    std::array<HttpService, 3> m_services{HttpService("a"_ba), HttpService("b"_ba), HttpService("c"_ba)};
    std::unique_ptr<FrpsProcess> m_frps;
    std::unique_ptr<FaultRelay> m_control; ///< between C and frps
    std::unique_ptr<FaultRelay> m_work;
    std::vector<std::unique_ptr<FrpcProcess>> m_clients;
};

void TestE2eFailover::init()
{
    m_frps = std::make_unique<FrpsProcess>();
    QVERIFY(m_frps->start());
    m_control = std::make_unique<FaultRelay>(m_frps->controlPort());
    m_work = std::make_unique<FaultRelay>(m_frps->proxyPort());
    QVERIFY(m_control->start() && m_work->start());
    for (HttpService &service : m_services) {
        QVERIFY(service.start());
        m_clients.push_back(std::make_unique<FrpcProcess>(QString::fromLatin1(service.name())));
    }
}

void TestE2eFailover::cleanup()
{
    m_clients.clear();
    m_control.reset();
    m_work.reset();
    m_frps.reset();
    for (HttpService &service : m_services)
        service.stop();
}

bool TestE2eFailover::startClient(Who who)
{
    FrpcProcess &client = *m_clients[who];
    const int before = client.registrations();
    const quint16 controlPort = who == C ? m_control->port() : m_frps->controlPort();
    const quint16 workPort = who == C ? m_work->port() : m_frps->proxyPort();
    // A is to be found silent before its heartbeats are missed, the others are to be given up soon.
    const QStringList heartbeat{u"--heartbeat-interval"_s, who == A ? u"20"_s : u"1"_s};
    return client.launch(controlPort, workPort, m_services[who].port(),
               FrpcProcess::demoAccount() + heartbeat + m_options)
        && client.waitForRegistrations(before + 1);
}

bool TestE2eFailover::allServe() const
{
    QByteArrayList seen;
    return QTest::qWaitFor(
        [&] {
            seen += m_frps->user().get("/"_ba).body;
            return std::all_of(m_services.begin(), m_services.end(),
                [&seen](const HttpService &service) { return seen.contains(service.name()); });
        },
        settleMs);
}

/// As the log tells: frps has asked the client whether it lives, and has heard nothing since.
bool TestE2eFailover::isSilent(Who who) const
{
    const QByteArray log = m_frps->log();
    const QByteArray client = "Client " + m_services[who].name();
    return log.lastIndexOf(client + " does not answer;") > log.lastIndexOf(client + " answers again");
}

void TestE2eFailover::kill(Who who)
{
    Users users(m_frps->publicPort());
    QVERIFY(users.waitForMore());
    Cut cut{Load::nowMs()};
    m_clients[who]->sendSignal(SIGKILL);
    cut.to = Load::nowMs();
    QCOMPARE(m_clients[who]->waitForExit(), -1);
    QVERIFY(users.waitForMore());
    QVERIFY(m_frps->waitForClients(2));
    QVERIFY(startClient(who));
    QVERIFY(users.waitForMore());
    QCOMPARE(users.verdict("killed", {cut}), QString());
}

void TestE2eFailover::stopService(Who who)
{
    const qsizetype from = m_frps->logSize();
    Users users(m_frps->publicPort());
    QVERIFY(users.waitForMore());
    Cut cut{Load::nowMs()};
    m_services[who].stop(); // cuts what it serves
    cut.to = Load::nowMs();
    QVERIFY(users.waitForMore());
    QVERIFY(
        m_frps->waitForLog(u"Client '%1' is ejected"_s.arg(m_clients[who]->clientId()), patienceMs, from));
    QCOMPARE(m_frps->activeClients(), 3);
    QVERIFY(users.waitForMore());
    QVERIFY(m_services[who].start());
    QVERIFY(users.waitForMore());
    QCOMPARE(users.verdict("local service down", {cut}), QString());
}

void TestE2eFailover::hangForAMoment(Who who)
{
    const int registrations = m_clients[who]->registrations();
    Users users(m_frps->publicPort());
    QVERIFY(users.waitForMore());
    m_clients[who]->sendSignal(SIGSTOP);
    QTRY_VERIFY(m_clients[who]->isStopped());
    QTRY_VERIFY_WITH_TIMEOUT(isSilent(who), patienceMs);
    m_clients[who]->sendSignal(SIGCONT);
    QTRY_VERIFY_WITH_TIMEOUT(!isSilent(who), patienceMs);
    QVERIFY(users.waitForMore());
    QCOMPARE(users.verdict("hung for a moment"), QString());
    QCOMPARE(m_clients[who]->registrations(), registrations); // it is still the same session
}

void TestE2eFailover::hang(Who who)
{
    const int before = m_clients[who]->registrations();
    Users users(m_frps->publicPort());
    QVERIFY(users.waitForMore());
    m_clients[who]->sendSignal(SIGSTOP);
    QVERIFY(m_frps->waitForClients(2));
    QVERIFY(users.waitForMore());
    m_clients[who]->sendSignal(SIGCONT); // answers come late to whom it served when it stopped
    QVERIFY(m_clients[who]->waitForRegistrations(before + 1));
    QVERIFY(users.waitForMore());
    QCOMPARE(users.verdict("hung"), QString());
}

void TestE2eFailover::goDark()
{
    const int before = m_clients[C]->registrations();
    const qsizetype from = m_clients[C]->logSize();
    Users users(m_frps->publicPort());
    QVERIFY(users.waitForMore());
    m_control->setMode(Fault::BlackHole);
    m_work->setMode(Fault::BlackHole);
    QVERIFY(m_clients[C]->waitForLog(
        u"The server has not acknowledged a heartbeat for too long"_s, settleMs, from));
    QVERIFY(m_frps->waitForClients(2));
    QVERIFY(users.waitForMore());
    m_control->setMode(Fault::None);
    m_work->setMode(Fault::None);
    QVERIFY(m_clients[C]->waitForRegistrations(before + 1, settleMs));
    QVERIFY(users.waitForMore());
    QCOMPARE(users.verdict("links dark"), QString());
}

void TestE2eFailover::losesNobodyWhoeverFails_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("connections in advance") << QStringList();
    QTest::newRow("connections on request") << QStringList{u"--pool-max"_s, u"0"_s};
}

void TestE2eFailover::losesNobodyWhoeverFails()
{
    QFETCH(const QStringList, options);
    m_options = options;
    for (const Who who : {A, B, C})
        QVERIFY(startClient(who));
    QVERIFY(allServe());

    const std::vector<std::function<void()>> phases{[this] { kill(A); }, [this] { stopService(B); },
        [this] { hangForAMoment(A); }, [this] { hang(B); }, [this] { goDark(); }};
    for (const auto &phase : phases) {
        phase();
        if (QTest::currentTestFailed())
            return;
        QTRY_COMPARE_WITH_TIMEOUT(m_frps->activeClients(), 3, settleMs);
        QVERIFY(allServe()); // on a busy machine one may still be taken for silent
    }
}

const frpx::test::TestRegistration registration("tst_e2e_failover", frpx::test::runTest<TestE2eFailover>);

#include "tst_e2e_failover.moc"
