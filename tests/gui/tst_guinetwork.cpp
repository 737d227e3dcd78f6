// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/clock.h"
#include "frpc-gui/session/controlthread.h"
#include "frpc-gui/session/sessioncontroller.h"
#include "tests/gui/guibench.h"
#include "tests/support/faultrelay.h"
#include "tests/support/testregistry.h"

#include <QApplication>
#include <QDateTime>
#include <QDir>
#include <QTest>

#include <mutex>

using namespace frpx;
using namespace frpx::gui;
using namespace frpx::test;
using namespace Qt::StringLiterals;
using State = client::ServerSession::State;

namespace {

constexpr qint64 farAwayMs = 60'000; // no test waits for that

/// The network as a laptop sees it, which is carried about and sleeps.
class FakeNetwork
{
public:
    NetworkWatch::NetworkReader reader()
    {
        return [this] {
            const std::scoped_lock lock(m_mutex);
            return NetworkLook{steadyMs(), QDateTime::currentMSecsSinceEpoch() + m_asleepMs, m_addresses};
        };
    }
    void setAddresses(const QStringList &addresses)
    {
        const std::scoped_lock lock(m_mutex);
        m_addresses = addresses;
    }
    void sleep(qint64 ms)
    {
        const std::scoped_lock lock(m_mutex);
        m_asleepMs += ms;
    }

private:
    std::mutex m_mutex; // guards what follows
    QStringList m_addresses{u"192.0.2.1"_s};
    qint64 m_asleepMs = 0;
};

/// Moves the server's certificate and its key from one directory to another.
bool moveCertificate(const QString &from, const QString &to)
{
    const QStringList files = QDir(from).entryList({u"*.pem"_s, u"*.crt"_s, u"*.key"_s}, QDir::Files);
    bool done = !files.isEmpty();
    for (const QString &file : files) {
        QFile::remove(to + u'/' + file);
        done = done && QFile::rename(from + u'/' + file, to + u'/' + file);
    }
    return done;
}

} // namespace

/// What a laptop does to a connection: it sleeps, and comes back in other networks. With a real server and a
/// made-up view of the network.
class TestGuiNetwork : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void comesBackAtOnce_data();
    void comesBackAtOnce();
    void findsOutThatItsLinkIsDead();

private:
    void start(const Profile &profile);

    std::unique_ptr<GuiBench> m_bench;
    std::unique_ptr<FakeNetwork> m_network;
    std::unique_ptr<ControlThread> m_control;
    std::unique_ptr<SessionController> m_controller;
};

void TestGuiNetwork::init()
{
    m_bench = std::make_unique<GuiBench>();
    QVERIFY(m_bench->isReady());
    m_network = std::make_unique<FakeNetwork>();
    m_control = std::make_unique<ControlThread>(m_network->reader());
}

void TestGuiNetwork::cleanup()
{
    m_controller.reset();
    m_control.reset();
    m_network.reset();
    m_bench.reset();
}

void TestGuiNetwork::start(const Profile &profile)
{
    m_controller = std::make_unique<SessionController>(
        profile, m_bench->directory() + u"/token.json"_s, *m_control, nullptr);
    m_controller->logIn(QString::fromLatin1(demoEmail), QString::fromLatin1(demoPassword));
}

void TestGuiNetwork::comesBackAtOnce_data()
{
    QTest::addColumn<bool>("asleep");
    QTest::newRow("network is back") << false;
    QTest::newRow("machine wakes up") << true;
}

/// A server that has shown another certificate is left in peace for ten minutes. Then the machine is in
/// another network, or another day, and nobody wants to wait for what is left of them.
void TestGuiNetwork::comesBackAtOnce()
{
    QFETCH(const bool, asleep);
    Profile wanted = m_bench->profile(u"home"_s);
    wanted.set(u"tls"_s, u"on"_s);
    start(wanted);
    const auto status = [this]() -> const SessionStatus & { return m_controller->status(); };
    QTRY_VERIFY_WITH_TIMEOUT(status().certificate, patience);
    m_controller->trustServer(status().certificate->fingerprint);
    QTRY_VERIFY_WITH_TIMEOUT(m_controller->isOnline(), patience);

    const QTemporaryDir aside;
    m_bench->server().terminate();
    QVERIFY(moveCertificate(m_bench->server().dataDirectory(), aside.path()));
    QVERIFY(m_bench->server().start());
    QTRY_VERIFY_WITH_TIMEOUT(
        status().state == State::Waiting && status().error->code == Errc::ServerChanged, patience);
    QVERIFY(status().nextAttemptMs - QDateTime::currentMSecsSinceEpoch() > farAwayMs);
    if (!asleep)
        m_network->setAddresses({});
    m_bench->server().terminate();
    QVERIFY(moveCertificate(aside.path(), m_bench->server().dataDirectory()));
    QVERIFY(m_bench->server().start());
    QTest::qWait(3000);
    QCOMPARE(status().state, State::Waiting); // the right server is back, but nobody looks

    if (asleep)
        m_network->sleep(3'600'000);
    else
        m_network->setAddresses({u"198.51.100.7"_s});
    QTRY_VERIFY_WITH_TIMEOUT(m_controller->isOnline(), patience);
    QCOMPARE(m_bench->server().user().get("/").body, "page"_ba);
}

/// The old link was one of the old network: nothing ends it, and nothing passes.
void TestGuiNetwork::findsOutThatItsLinkIsDead()
{
    FaultRelay relay(m_bench->server().controlPort());
    QVERIFY(relay.start());
    Profile wanted = m_bench->profile(u"home"_s);
    wanted.set(u"control-port"_s, QString::number(relay.port()));
    wanted.set(u"heartbeat-interval"_s, u"60"_s); // three minutes until it is found to be dead otherwise
    start(wanted);
    QTRY_VERIFY_WITH_TIMEOUT(m_controller->isOnline(), patience);
    relay.setMode(FaultRelay::Fault::BlackHole);
    relay.setModeForNew({});
    QList<State> states;
    connect(m_controller.get(), &SessionController::changed, this,
        [this, &states] { states << m_controller->status().state; });
    QTest::qWait(2500);
    QVERIFY(!states.contains(State::Waiting)); // it does not know

    m_network->setAddresses({u"198.51.100.7"_s});
    QTRY_VERIFY_WITH_TIMEOUT(states.contains(State::Waiting), patience);
    QTRY_VERIFY_WITH_TIMEOUT(m_controller->isOnline(), patience);
    QCOMPARE(relay.acceptedCount(), 2);
    QCOMPARE(m_bench->server().user().get("/").body, "page"_ba);
}

namespace {

int testMain(int argc, char *argv[])
{
    GuiBench::prepare();
    const QApplication application(argc, argv);
    TestGuiNetwork test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_guinetwork", testMain);

#include "tst_guinetwork.moc"
