// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/serversession.h"
#include "tests/support/framepeer.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTest>

#include <memory>

#include <sys/socket.h>

using namespace frpx;
using namespace frpx::client;
using namespace frpx::test;
using namespace Qt::StringLiterals;

using State = ServerSession::State;

namespace {

const auto loginAccepted = R"({"LoginResult":{"success":true,"error":null,"token":null}})"_ba;
const auto registered = R"({"RegisterResult":{"success":true,"error":null}})"_ba;
const auto registeredWithFeatures = R"({"RegisterResult":{"success":true,"error":null,)"
                                    R"("features":["heartbeat-ack","conn-failed","ping","disconnect"]}})"_ba;
const auto registeredWithDrain = R"({"RegisterResult":{"success":true,"error":null,)"
                                 R"("features":["work-conn","drain"],"session":"s"}})"_ba;

/// Shorter times than outside of tests.
constexpr SessionTiming quick{
    .firstReconnectMs = 400,
    .reconnectProbeIntervalMs = 200,
    .proofMs = 500,
    .settleTimeoutMs = 1000,
    .work = {.dialTimeoutMs = 1000},
};
constexpr int leastReconnectMs = quick.firstReconnectMs / 2;
constexpr int afterReconnectMs = quick.firstReconnectMs + 300;

QByteArray loginRefused(const QByteArray &why)
{
    return R"({"LoginResult":{"success":false,"error":")" + why + R"(","token":null}})";
}

/// A listening port whose connections the test takes one by one.
class Port : public QTcpServer
{
public:
    explicit Port(quint16 port = 0) { listen(QHostAddress::LocalHost, port); }

    std::unique_ptr<FramePeer> next(int ms = 5000)
    {
        if (!QTest::qWaitFor([this] { return hasPendingConnections(); }, ms))
            return nullptr;
        return std::make_unique<FramePeer>(nextPendingConnection());
    }
};

} // namespace

class TestServerSession : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void logsInByTokenAndRegisters();
    void fallsBackToThePasswordWhenTheTokenIsRefused();
    void needsALoginWhenTheTokenIsRefusedAndNothingElseIsKnown();
    void needsALoginWhenThePasswordIsRefused();
    void needsALoginWhenThereIsNone();
    void staysAwayAsLongAsItIsTold();
    void comesBackAtOnceWithTheNetwork();
    void startsAnewInAnotherNetwork();
    void looksAfterItsLinkInAnotherNetwork();
    void tellsThePublicPort();
    void comesBackSoonFromAServerThatGoesDown();
    void findsAServerThatIsStartedLater();
    void backsOffFromAServerThatIsBusy();
    void backsOffFromUnexpectedMessages_data();
    void backsOffFromUnexpectedMessages();
    void reconnectsWhenHeartbeatsAreNotAcknowledged();
    void asksNoAcknowledgementsOfAnOriginalServer();
    void servesConnections();
    void putsHeadersInFrontWithoutTheServersHelp_data();
    void putsHeadersInFrontWithoutTheServersHelp();
    void reportsAServiceThatIsDown();
    void hangsUpOnAnOriginalServerForAServiceThatIsDown();
    void hangsUpOnAnOriginalServerForAServiceThatDoesNotAnswer();
    void mayBeStoppedInEveryState_data();
    void mayBeStoppedInEveryState();
    void takesCredentialsInTheSignalThatAsksForThem();
    void drainsInEveryState_data();
    void drainsInEveryState();
    void waitsForItsWaitingConnectionsWhenDraining();
    void servesThoseAnnouncedWhenDraining();
    void givesUpOnAServerThatDoesNotLetItGo();
    void doesNotComeBackWhenTheLinkIsLostWhileDraining();
    void leavesAServerWithoutDrainByHalfClosing();
    void saysGoodbyeWhenItLeavesAtOnce_data();
    void saysGoodbyeWhenItLeavesAtOnce();
    void asksAgainForTunnels();
    void triesAgainAtOnce();

private:
    SessionSettings settings() const;
    /// Accepts a link and plays the server until the session is online on it.
    std::unique_ptr<FramePeer> bringOnline(const QByteArray &registerResult = registered, int ms = 5000);

    std::unique_ptr<Port> m_control;
    std::unique_ptr<Port> m_proxy;
    std::unique_ptr<Port> m_service;
    std::unique_ptr<ServerSession> m_session;
    QList<State> m_states;
    QList<Errc> m_losses;
    qint64 m_delayMs = -1; ///< said at the last loss
    QElapsedTimer m_sinceLoss;
    qint64 m_awayMs = -1; ///< from the last loss to the next attempt
    QList<Errc> m_loginsNeeded;
    int m_heartbeatMs = 10'000;
    SessionTiming m_timing;
};

SessionSettings TestServerSession::settings() const
{
    SessionSettings settings;
    settings.clientId = u"a-client"_s;
    settings.controlPort = m_control->serverPort();
    settings.proxyPort = m_proxy->serverPort();
    settings.localPort = m_service->serverPort();
    settings.heartbeatIntervalMs = m_heartbeatMs;
    settings.relayThreads = 1;
    settings.timing = m_timing;
    return settings;
}

void TestServerSession::init()
{
    m_control = std::make_unique<Port>();
    m_proxy = std::make_unique<Port>();
    m_service = std::make_unique<Port>();
    const QLatin1String function(QTest::currentTestFunction());
    if (function.contains("eartbeat"_L1))
        m_heartbeatMs = 500; // three of them are how late this test may be with its acknowledgements
    else
        m_heartbeatMs = function.contains("cknowledgement"_L1) ? 50 : 10'000;
    m_timing = quick;
    // Where the probes bring it back, the delay is much longer than their interval.
    if (function == "comesBackSoonFromAServerThatGoesDown"_L1)
        m_timing.firstReconnectMs = 10'000;
    else if (function == "findsAServerThatIsStartedLater"_L1)
        m_timing.firstReconnectMs = 1000;
    m_session = std::make_unique<ServerSession>(settings());
    m_states.clear();
    m_losses.clear();
    m_loginsNeeded.clear();
    m_sinceLoss.invalidate();
    m_awayMs = -1;
    connect(m_session.get(), &ServerSession::stateChanged, this, [this](State state) {
        m_states += state;
        // Who has knocked is connected when the state changes.
        if ((state == State::Connecting || state == State::LoggingIn) && m_sinceLoss.isValid()
            && m_awayMs < 0)
            m_awayMs = m_sinceLoss.elapsed();
    });
    connect(
        m_session.get(), &ServerSession::connectionLost, this, [this](const Error &error, qint64 delayMs) {
            m_losses += error.code;
            m_delayMs = delayMs;
            m_sinceLoss.start();
            m_awayMs = -1;
        });
    connect(m_session.get(), &ServerSession::loginNeeded, this,
        [this](const Error &error) { m_loginsNeeded += error.code; });
}

void TestServerSession::cleanup()
{
    m_session.reset();
}

std::unique_ptr<FramePeer> TestServerSession::bringOnline(const QByteArray &registerResult, int ms)
{
    auto link = m_control->next(ms);
    if (!link || !link->frame().startsWith(R"({"Login)"))
        return nullptr;
    link->send(loginAccepted);
    if (link->message(u"Register"_s).value("client_id"_L1) != "a-client"_L1)
        return nullptr;
    link->send(registerResult);
    if (link->frame() != R"("Heartbeat")"_ba && link->frame().isEmpty())
        return nullptr;
    if (!QTest::qWaitFor([this] { return m_session->state() == State::Online; }))
        return nullptr;
    return link;
}

void TestServerSession::logsInByTokenAndRegisters()
{
    m_session->setToken(u"secret"_s);
    QCOMPARE(m_session->state(), State::Idle);
    m_session->start();
    const auto link = m_control->next();
    QVERIFY(link);
    QCOMPARE(link->frame(), R"({"LoginByToken":{"token":"secret"}})"_ba);
    link->send(loginAccepted);
    const QJsonObject registration = link->message(u"Register"_s);
    QCOMPARE(registration.value("client_id"_L1).toString(), u"a-client"_s);
    QVERIFY(!registration.value("instance"_L1).toString().isEmpty());
    QVERIFY(
        !registration.value("features"_L1).toArray().contains("user-address"_L1)); // asked for only if used
    link->send(registered);
    QTRY_COMPARE(m_session->state(), State::Online);
    QCOMPARE(
        m_states, (QList<State>{State::Connecting, State::LoggingIn, State::Registering, State::Online}));
    QVERIFY(link->frame().contains("Heartbeat"));
    QVERIFY(link->message(u"SystemInfo"_s).contains("cpu_usage"_L1));
    m_session->stop();
    QCOMPARE(m_session->state(), State::Idle);
    QVERIFY(link->isClosed());
    QVERIFY(m_losses.isEmpty());
}

void TestServerSession::fallsBackToThePasswordWhenTheTokenIsRefused()
{
    QSignalSpy issued(m_session.get(), &ServerSession::tokenIssued);
    m_session->setToken(u"old"_s);
    m_session->setCredentials(u"a@example.com"_s, u"pass"_s);
    m_session->start();
    const auto first = m_control->next();
    QVERIFY(first);
    QVERIFY(first->frame().contains("LoginByToken"));
    first->send(loginRefused("Invalid token"));
    QVERIFY(first->isClosed());
    const auto second = m_control->next(500); // at once
    QVERIFY(second);
    QCOMPARE(second->frame(), R"({"Login":{"email":"a@example.com","pass":"pass"}})"_ba);
    second->send(R"({"LoginResult":{"success":true,"error":null,"token":"new"}})");
    QVERIFY(!second->frame().isEmpty());
    second->send(registered);
    QTRY_COMPARE(m_session->state(), State::Online);
    QCOMPARE(issued.size(), 1);
    QCOMPARE(issued.first().first().toString(), u"new"_s);
    QVERIFY(m_loginsNeeded.isEmpty());

    // The next time it comes by the new token.
    second->close();
    const auto third = m_control->next();
    QVERIFY(third);
    QCOMPARE(third->frame(), R"({"LoginByToken":{"token":"new"}})"_ba);
}

void TestServerSession::needsALoginWhenTheTokenIsRefusedAndNothingElseIsKnown()
{
    m_session->setToken(u"old"_s);
    m_session->start();
    const auto first = m_control->next();
    QVERIFY(first);
    QVERIFY(!first->frame().isEmpty());
    first->send(loginRefused("Invalid token"));
    QTRY_COMPARE(m_session->state(), State::NeedsLogin);
    QCOMPARE(m_loginsNeeded, QList<Errc>{Errc::InvalidToken});
    QVERIFY(!m_control->next(afterReconnectMs)); // nothing is tried meanwhile
    m_session->setCredentials(u"a@example.com"_s, u"pass"_s);
    QVERIFY(bringOnline());
}

void TestServerSession::needsALoginWhenThePasswordIsRefused()
{
    m_session->setCredentials(u"a@example.com"_s, u"wrong"_s);
    m_session->start();
    const auto first = m_control->next();
    QVERIFY(first);
    QVERIFY(first->frame().contains("wrong"));
    first->send(loginRefused("Invalid password"));
    QTRY_COMPARE(m_session->state(), State::NeedsLogin);
    QCOMPARE(m_loginsNeeded, QList<Errc>{Errc::InvalidCredentials});
    m_session->setCredentials(u"a@example.com"_s, u"right"_s);
    QVERIFY(bringOnline());
    QCOMPARE(m_states.mid(2),
        (QList<State>{
            State::NeedsLogin, State::Connecting, State::LoggingIn, State::Registering, State::Online}));
}

void TestServerSession::needsALoginWhenThereIsNone()
{
    m_session->start();
    QCOMPARE(m_session->state(), State::NeedsLogin);
    QCOMPARE(m_loginsNeeded.size(), 1);
    m_session->setToken(u"secret"_s);
    QVERIFY(bringOnline());
}

void TestServerSession::staysAwayAsLongAsItIsTold()
{
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline(registeredWithFeatures);
    QVERIFY(link);
    link->send(R"({"Disconnect":{"reason":"maintenance","retry_after_s":1}})");
    QTRY_COMPARE(m_session->state(), State::Waiting);
    QCOMPARE(m_losses, QList<Errc>{Errc::PeerClosed});
    QVERIFY(bringOnline());
    QVERIFY2(m_awayMs >= 900, qPrintable(QString::number(m_awayMs)));
}

void TestServerSession::comesBackAtOnceWithTheNetwork()
{
    m_session->setToken(u"secret"_s);
    m_session->onNetworkChanged(); // not started: nothing happens
    QCOMPARE(m_session->state(), State::Idle);
    m_session->start();
    const auto link = bringOnline(registeredWithFeatures);
    QVERIFY(link);
    link->send(R"({"Disconnect":{"reason":"maintenance","retry_after_s":600}})");
    QTRY_COMPARE(m_session->state(), State::Waiting);
    m_session->onNetworkChanged();
    QVERIFY(bringOnline(registered, 2000));
}

/// Who is in the middle of a login does not wait for the answer of a server it can no longer hear.
void TestServerSession::startsAnewInAnotherNetwork()
{
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto unheard = m_control->next();
    QVERIFY(unheard);
    QTRY_COMPARE(m_session->state(), State::LoggingIn);
    m_session->onNetworkChanged();
    const auto registering = m_control->next(2000);
    QVERIFY(registering && registering->frame().startsWith(R"({"Login)"));
    registering->send(loginAccepted);
    QTRY_COMPARE(m_session->state(), State::Registering);
    m_session->onNetworkChanged();
    QVERIFY(bringOnline(registered, 2000));
}

/// A link that has not survived is found within seconds, not after three heartbeats.
void TestServerSession::looksAfterItsLinkInAnotherNetwork()
{
    SessionSettings slow = settings();
    slow.heartbeatIntervalMs = 60'000;
    m_session = std::make_unique<ServerSession>(slow);
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline(registeredWithFeatures);
    QVERIFY(link);
    m_session->onNetworkChanged();
    QTRY_COMPARE_WITH_TIMEOUT(m_session->state(), State::Waiting, 5000);
}

void TestServerSession::tellsThePublicPort()
{
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link =
        bringOnline(R"({"RegisterResult":{"success":true,"error":null,"public_port":18080}})"_ba);
    QVERIFY(link);
    QCOMPARE(m_session->publicPort(), std::optional<quint16>(18080));
}

void TestServerSession::comesBackSoonFromAServerThatGoesDown()
{
    m_session->setToken(u"secret"_s);
    m_session->start();
    constexpr int soonMs = 3500; // without probes it would be five seconds at least
    for (int i = 0; i < 4; ++i) {
        const auto link = bringOnline(registeredWithFeatures, soonMs);
        QVERIFY(link);
        if (i % 2 == 0)
            link->send(R"({"Disconnect":{"reason":"shutting down","retry_after_s":0}})");
        link->close();
    }
    QVERIFY(bringOnline(registered, soonMs));
}

void TestServerSession::findsAServerThatIsStartedLater()
{
    const quint16 port = m_control->serverPort();
    m_control.reset();
    m_session->setToken(u"secret"_s);
    m_session->start();
    QTRY_COMPARE(m_session->state(), State::Waiting);
    QTRY_COMPARE_WITH_TIMEOUT(m_losses.size(), 3, 20'000); // the back-off has grown by now
    QCOMPARE(m_losses.first(), Errc::ConnectFailed);
    m_control = std::make_unique<Port>(port);
    QVERIFY(m_control->isListening());
    QVERIFY(m_delayMs >= 2000); // but it looks earlier whether there is a server
    QVERIFY(bringOnline());
    QVERIFY2(m_sinceLoss.elapsed() < m_delayMs * 9 / 10, qPrintable(QString::number(m_sinceLoss.elapsed())));
}

void TestServerSession::backsOffFromAServerThatIsBusy()
{
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = m_control->next();
    QVERIFY(link);
    QVERIFY(!link->frame().isEmpty());
    link->send(loginRefused("The server is busy, try again in a moment"));
    QTRY_COMPARE(m_session->state(), State::Waiting);
    QCOMPARE(m_losses, QList<Errc>{Errc::Busy});
    QVERIFY(bringOnline()); // the token is still good
    QVERIFY2(m_awayMs >= leastReconnectMs * 9 / 10, qPrintable(QString::number(m_awayMs)));
    QVERIFY(m_loginsNeeded.isEmpty());
}

void TestServerSession::backsOffFromUnexpectedMessages_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<bool>("online");
    QTest::addColumn<int>("code");
    QTest::newRow("registered before login") << registered << false << int(Errc::UnexpectedMessage);
    QTest::newRow("request before login")
        << R"({"RequestNewProxyConn":{"proxy_conn_id":"x"}})"_ba << false << int(Errc::UnexpectedMessage);
    QTest::newRow("login again") << loginAccepted << true << int(Errc::UnexpectedMessage);
    QTest::newRow("a client's word") << R"("Heartbeat")"_ba << true << int(Errc::UnexpectedMessage);
    QTest::newRow("not negotiated") << R"("RetryTunnels")"_ba << true << int(Errc::UnexpectedMessage);
    QTest::newRow("unknown") << R"("Nonsense")"_ba << true << int(Errc::UnknownVariant);
    QTest::newRow("no JSON") << "nonsense"_ba << false << int(Errc::BadJson);
}

void TestServerSession::backsOffFromUnexpectedMessages()
{
    QFETCH(QByteArray, payload);
    QFETCH(bool, online);
    QFETCH(int, code);
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = online ? bringOnline() : m_control->next();
    QVERIFY(link);
    if (!online)
        QVERIFY(!link->frame().isEmpty()); // the login
    link->send(payload);
    QTRY_COMPARE(m_losses.size(), 1);
    QCOMPARE(int(m_losses.first()), code);
    QCOMPARE(m_session->state(), State::Waiting);
    QVERIFY(bringOnline());
    QVERIFY2(m_awayMs >= leastReconnectMs * 9 / 10, qPrintable(QString::number(m_awayMs)));
}

void TestServerSession::reconnectsWhenHeartbeatsAreNotAcknowledged()
{
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline(registeredWithFeatures);
    QVERIFY(link);
    QElapsedTimer clock;
    clock.start();
    while (clock.elapsed() < 5 * m_heartbeatMs) {
        QVERIFY(!link->frame().isEmpty());
        link->send(R"("HeartbeatAck")");
    }
    QVERIFY(m_losses.isEmpty());
    QTRY_COMPARE(m_losses, QList<Errc>{Errc::Timeout});
    QVERIFY(link->isClosed());
    QVERIFY(bringOnline(registeredWithFeatures, 2000));
}

void TestServerSession::asksNoAcknowledgementsOfAnOriginalServer()
{
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline();
    QVERIFY(link);
    QTest::qWait(500);
    QVERIFY(m_losses.isEmpty());
    while (!link->received().isEmpty()) {
        const QByteArray payload = link->frame();
        QVERIFY2(payload.startsWith(R"("Heartbeat")") || payload.startsWith(R"({"SystemInfo")"),
            payload.constData());
    }
}

void TestServerSession::servesConnections()
{
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline();
    QVERIFY(link);
    for (int i = 0; i < 3; ++i) {
        link->send(R"({"RequestNewProxyConn":{"proxy_conn_id":"id"}})");
        const auto work = m_proxy->next();
        QVERIFY(work);
        QCOMPARE(work->frame(), R"({"NewProxyConn":{"proxy_conn_id":"id"}})"_ba);
        work->sendRaw("question");
        const auto service = m_service->next();
        QVERIFY(service);
        QCOMPARE(service->raw(8), "question"_ba);
        service->sendRaw("answer");
        QCOMPARE(work->raw(6), "answer"_ba);
        service->close();
        QVERIFY(work->isClosed());
    }
    QTRY_COMPARE(m_session->meter().open.load(), 0);
    QCOMPARE(m_session->meter().bytesToVisitor.load(), 3U * 6);
}

void TestServerSession::putsHeadersInFrontWithoutTheServersHelp_data()
{
    QTest::addColumn<int>("version");
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("v1") << int(proxyproto::Version::V1) << "PROXY UNKNOWN\r\n"_ba;
    QTest::newRow("v2") << int(proxyproto::Version::V2)
                        << QByteArray::fromHex("0d0a0d0a000d0a515549540a20000000");
}

void TestServerSession::putsHeadersInFrontWithoutTheServersHelp()
{
    QFETCH(const int, version);
    QFETCH(const QByteArray, header);
    SessionSettings wanted = settings();
    wanted.proxyProtocol = proxyproto::Version(version);
    m_session = std::make_unique<ServerSession>(wanted);
    m_session->setToken(u"secret"_s);
    m_session->start();
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"does not send visitors' addresses"_s));
    const auto link = bringOnline();
    QVERIFY(link);
    link->send(R"({"RequestNewProxyConn":{"proxy_conn_id":"id"}})");
    const auto work = m_proxy->next();
    QVERIFY(work);
    QVERIFY(!work->frame().isEmpty());
    work->sendRaw("question");
    const auto service = m_service->next();
    QVERIFY(service);
    QCOMPARE(service->raw(header.size() + 8), header + "question");
}

void TestServerSession::reportsAServiceThatIsDown()
{
    m_service->close();
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline(registeredWithFeatures);
    QVERIFY(link);
    link->send(R"({"RequestNewProxyConn":{"proxy_conn_id":"id"}})");
    QByteArray payload;
    while (!payload.contains("ProxyConnFailed")) {
        payload = link->frame();
        QVERIFY(!payload.isEmpty());
    }
    QVERIFY(payload.contains(R"("proxy_conn_id":"id")"));
    if (const auto work = m_proxy->next(100)) {
        QVERIFY(work->isClosed());
        QVERIFY(work->received().isEmpty());
    }
    QCOMPARE(m_session->state(), State::Online);
}

void TestServerSession::hangsUpOnAnOriginalServerForAServiceThatIsDown()
{
    m_service->close();
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline();
    QVERIFY(link);
    link->send(R"({"RequestNewProxyConn":{"proxy_conn_id":"id"}})");
    const auto work = m_proxy->next();
    QVERIFY(work);
    QCOMPARE(work->frame(), R"({"NewProxyConn":{"proxy_conn_id":"id"}})"_ba);
    QVERIFY(work->isClosed());
    QCOMPARE(m_session->state(), State::Online);
}

/// The user of an original server, which waits for ever, is told even then.
void TestServerSession::hangsUpOnAnOriginalServerForAServiceThatDoesNotAnswer()
{
    // A full queue that nobody accepts from: further connects get no answer.
    ::listen(static_cast<int>(m_service->socketDescriptor()), 0);
    m_service->pauseAccepting();
    QTcpSocket fillers[4];
    for (QTcpSocket &filler : fillers)
        filler.connectToHost(QHostAddress(QHostAddress::LocalHost), m_service->serverPort());
    QTRY_COMPARE(fillers[0].state(), QAbstractSocket::ConnectedState);
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline();
    QVERIFY(link);
    link->send(R"({"RequestNewProxyConn":{"proxy_conn_id":"id"}})");
    const auto work = m_proxy->next();
    QVERIFY(work);
    QCOMPARE(work->frame(8000), R"({"NewProxyConn":{"proxy_conn_id":"id"}})"_ba);
    QVERIFY(work->isClosed());
    QCOMPARE(m_session->state(), State::Online);
}

void TestServerSession::mayBeStoppedInEveryState_data()
{
    QTest::addColumn<ServerSession::State>("when");
    for (const State state : {State::Connecting, State::LoggingIn, State::Registering, State::Online,
             State::Waiting, State::NeedsLogin}) {
        QTest::addRow("%d", int(state)) << state;
    }
}

void TestServerSession::mayBeStoppedInEveryState()
{
    QFETCH(ServerSession::State, when);
    QSignalSpy lost(m_session.get(), &ServerSession::connectionLost);
    QSignalSpy needed(m_session.get(), &ServerSession::loginNeeded);
    connect(m_session.get(), &ServerSession::stateChanged, m_session.get(), [this, when](State state) {
        if (state == when)
            m_session->stop();
    });
    m_session->setToken(u"secret"_s);
    m_session->start();
    std::unique_ptr<FramePeer> link;
    if (when != State::Connecting) {
        link = m_control->next();
        QVERIFY(link);
    }
    if (link && when != State::LoggingIn) {
        QVERIFY(!link->frame().isEmpty()); // the login
        link->send(when == State::NeedsLogin ? loginRefused("Invalid token") : loginAccepted);
        link->send(registered);
    }
    if (when == State::Waiting) {
        QTRY_COMPARE(m_session->state(), State::Online);
        link->close();
    }
    QTRY_COMPARE(m_session->state(), State::Idle);
    QVERIFY(!m_control->next(afterReconnectMs)); // it stays away
    QCOMPARE(m_session->state(), State::Idle);
    QVERIFY(lost.isEmpty());
    QVERIFY(needed.isEmpty());
    if (link)
        QVERIFY(link->isClosed());
    m_session->start(); // and is as good as new
    QVERIFY(m_session->state() != State::Idle || when == State::Connecting || when == State::NeedsLogin);
}

void TestServerSession::takesCredentialsInTheSignalThatAsksForThem()
{
    connect(m_session.get(), &ServerSession::loginNeeded, m_session.get(),
        [this] { m_session->setCredentials(u"a@example.com"_s, u"pass"_s); });
    m_session->start();
    QVERIFY(bringOnline());
}

void TestServerSession::drainsInEveryState_data()
{
    mayBeStoppedInEveryState_data();
}

void TestServerSession::drainsInEveryState()
{
    QFETCH(ServerSession::State, when);
    QSignalSpy drained(m_session.get(), &ServerSession::drained);
    const auto began = std::make_shared<bool>(false); // it may be over before anybody looks
    connect(m_session.get(), &ServerSession::stateChanged, m_session.get(), [this, when, began](State state) {
        if (state == when)
            m_session->drain(10'000);
        *began |= state == State::Draining;
    });
    m_session->setToken(u"secret"_s);
    m_session->start();
    std::unique_ptr<FramePeer> link;
    if (when != State::Connecting) {
        link = m_control->next();
        QVERIFY(link);
    }
    if (link && when != State::LoggingIn) {
        QVERIFY(!link->frame().isEmpty()); // the login
        link->send(when == State::NeedsLogin ? loginRefused("Invalid token") : loginAccepted);
        link->send(registered);
    }
    if (when == State::Waiting) {
        QTRY_COMPARE(m_session->state(), State::Online);
        link->close();
    } else if (when == State::Online) { // an original server hangs up when it hears nothing more
        QTRY_VERIFY(*began);
        link->close();
    }
    QTRY_COMPARE_WITH_TIMEOUT(drained.size(), 1, 2000);
    QCOMPARE(m_session->state(), State::Idle);
    QVERIFY(!m_control->next(afterReconnectMs));
}

void TestServerSession::waitsForItsWaitingConnectionsWhenDraining()
{
    QSignalSpy drained(m_session.get(), &ServerSession::drained);
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline(registeredWithDrain);
    QVERIFY(link);
    std::vector<std::unique_ptr<FramePeer>> waiting;
    for (int i = 0; i < WorkConnectionManager::Size().min; ++i) {
        waiting.push_back(m_proxy->next());
        QVERIFY(waiting.back() && waiting.back()->frame().contains("NewWorkConn"));
    }
    m_session->drain(10'000);
    QTRY_VERIFY(link->received().contains(R"("Drain")"));
    link->send(R"("Drain")");
    QVERIFY(!drained.wait(400));
    QVERIFY(std::all_of(waiting.begin(), waiting.end(), [](const auto &one) { return one->isConnected(); }));
    waiting.clear();
    QTRY_COMPARE_WITH_TIMEOUT(drained.size(), 1, 1000);
    QVERIFY(link->isClosed());
    QVERIFY(!m_proxy->next(100)); // none is replaced
}

void TestServerSession::servesThoseAnnouncedWhenDraining()
{
    QSignalSpy drained(m_session.get(), &ServerSession::drained);
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline(registeredWithDrain);
    QVERIFY(link);
    std::vector<std::unique_ptr<FramePeer>> waiting;
    for (int i = 0; i < WorkConnectionManager::Size().min; ++i) {
        waiting.push_back(m_proxy->next());
        QVERIFY(waiting.back() && waiting.back()->frame().contains("NewWorkConn"));
    }
    m_session->drain(10'000);
    QTRY_VERIFY(link->received().contains(R"("Drain")"));

    // The server has not read that yet: it asks for one user and announces another.
    link->send(R"({"RequestNewProxyConn":{"proxy_conn_id":"requested"}})");
    const auto announced = std::move(waiting.back());
    waiting.pop_back();
    announced->send(R"({"StartProxyConn":{"proxy_conn_id":"announced"}})");
    link->send(R"("Drain")");
    waiting.clear();
    const auto requested = m_proxy->next();
    QVERIFY(requested);
    QCOMPARE(requested->message(u"NewProxyConn"_s).value("proxy_conn_id"_L1).toString(), u"requested"_s);
    QCOMPARE(announced->frame(), R"("ProxyConnReady")"_ba);
    const auto one = m_service->next();
    const auto two = m_service->next();
    QVERIFY(one && two);
    for (const auto &peer : {one.get(), two.get()})
        peer->sendRaw("hello");
    QCOMPARE(announced->raw(5), "hello"_ba);
    QCOMPARE(requested->raw(5), "hello"_ba);
    QVERIFY(!drained.wait(300));
    announced->close();
    requested->close();
    QTRY_COMPARE_WITH_TIMEOUT(drained.size(), 1, 1000);
}

void TestServerSession::givesUpOnAServerThatDoesNotLetItGo()
{
    QSignalSpy drained(m_session.get(), &ServerSession::drained);
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline(registeredWithDrain);
    QVERIFY(link);
    const auto waiting = m_proxy->next();
    QVERIFY(waiting);
    m_session->drain(60'000);
    QTRY_COMPARE_WITH_TIMEOUT(drained.size(), 1, 8'000);
    QVERIFY(waiting->isClosed());
}

void TestServerSession::doesNotComeBackWhenTheLinkIsLostWhileDraining()
{
    QSignalSpy drained(m_session.get(), &ServerSession::drained);
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline(registeredWithDrain);
    QVERIFY(link);
    link->send(R"({"RequestNewProxyConn":{"proxy_conn_id":"one"}})");
    const auto service = m_service->next();
    QVERIFY(service);
    std::unique_ptr<FramePeer> work;
    for (int i = 0; i < WorkConnectionManager::Size().min + 5 && !work; ++i) {
        auto next = m_proxy->next();
        QVERIFY(next);
        if (next->frame().contains("NewProxyConn"))
            work = std::move(next);
    }
    service->sendRaw("x");
    QCOMPARE(work->raw(1), "x"_ba);
    m_session->drain(10'000);
    link->close();
    QVERIFY(!m_control->next(afterReconnectMs)); // nor does it probe
    QVERIFY(drained.isEmpty());
    QCOMPARE(m_session->state(), State::Draining);
    work->close();
    QTRY_COMPARE_WITH_TIMEOUT(drained.size(), 1, 6'000);
}

void TestServerSession::leavesAServerWithoutDrainByHalfClosing()
{
    QSignalSpy drained(m_session.get(), &ServerSession::drained);
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline(registeredWithFeatures);
    QVERIFY(link);
    m_session->drain(10'000);
    QVERIFY(!link->received().contains("Drain"));
    // FramePeer's socket closes by itself when the peer's stream ends, which is this server's answer.
    QVERIFY(link->isClosed());
    QTRY_COMPARE_WITH_TIMEOUT(drained.size(), 1, 1000);
}

void TestServerSession::saysGoodbyeWhenItLeavesAtOnce_data()
{
    QTest::addColumn<QString>("how");
    QTest::newRow("stopped") << u"stopped"_s;
    QTest::newRow("drained without waiting") << u"drained"_s;
    QTest::newRow("destroyed") << u"destroyed"_s;
}

/// So that the server knows that the link is not lost.
void TestServerSession::saysGoodbyeWhenItLeavesAtOnce()
{
    QFETCH(const QString, how);
    m_session->setToken(u"secret"_s);
    m_session->start();
    const auto link = bringOnline(registeredWithDrain);
    QVERIFY(link);
    QVERIFY(link->frame().contains("SystemInfo"));
    if (how == u"stopped")
        m_session->stop();
    else if (how == u"drained")
        m_session->drain(0);
    else
        m_session.reset();
    QCOMPARE(link->frame(), R"("Drain")"_ba);
    QVERIFY(link->isClosed());
}

void TestServerSession::asksAgainForTunnels()
{
    const auto registeredWithTunnels = R"({"RegisterResult":{"success":true,"error":null,)"
                                       R"("features":["tunnels","retry-tunnels"]}})"_ba;
    TunnelSpec web;
    web.name = u"web"_s;
    web.localPort = 80;
    web.remotePort = 9930;
    QSignalSpy delayed(m_session.get(), &ServerSession::tunnelDelayed);
    QSignalSpy opened(m_session.get(), &ServerSession::tunnelOpened);
    m_session->openTunnel(web, {.keepTrying = true});
    m_session->setToken(u"secret"_s);
    m_session->start();
    auto link = bringOnline(registeredWithTunnels);
    QVERIFY(link);
    QVERIFY(link->frame().contains("SystemInfo"));
    const auto isAsked = [&link](int request) {
        return link->frame().contains("\"OpenTunnel\":{\"request_id\":" + QByteArray::number(request));
    };
    const auto answer = [&link](int request, const QByteArray &code, int port = 0) {
        link->send(R"({"OpenTunnelResult":{"request_id":)" + QByteArray::number(request) + R"(,"code":")"
            + code + R"(","port":)" + QByteArray::number(port) + "}}");
    };
    QVERIFY(isAsked(1));
    answer(1, "port_not_allowed");
    QTRY_COMPARE(delayed.size(), 1);
    QCOMPARE(delayed.last().at(3).toLongLong(), 15'000);

    link->send(R"("RetryTunnels")");
    QVERIFY(isAsked(2));
    answer(2, "bad_request");
    QTRY_COMPARE(delayed.size(), 2);
    QCOMPARE(delayed.last().at(3).toLongLong(), 15'000);

    QCOMPARE(m_session->tryAgain(), 1);
    QVERIFY(isAsked(3));
    answer(3, "too_many_tunnels");
    QTRY_COMPARE(delayed.size(), 3);

    link->close();
    link = bringOnline(registeredWithTunnels);
    QVERIFY(link);
    QVERIFY(link->frame().contains("SystemInfo"));
    QVERIFY(isAsked(4)); // in each new session
    answer(4, "ok", 9930);
    QTRY_COMPARE(opened.size(), 1);
    link->send(R"("RetryTunnels")"); // for what it has, nothing is to be asked
    QCOMPARE(m_session->tryAgain(), 0);
    link->send(R"("Ping")");
    QCOMPARE(link->frame(), R"("Pong")"_ba);
}

/// Also the whole client that was refused.
void TestServerSession::triesAgainAtOnce()
{
    m_session->setToken(u"secret"_s);
    m_session->start();
    auto link = m_control->next();
    QVERIFY(link);
    for (int i = 0; i < 4; ++i) {
        QVERIFY(link->frame().contains("Login"));
        link->send(loginAccepted);
        QVERIFY(link->frame().contains("Register"));
        link->send(R"({"RegisterResult":{"success":false,"error":"not with this id"}})");
        QTRY_COMPARE(m_losses.size(), i + 1);
        QCOMPARE(m_session->state(), State::Waiting);
        QCOMPARE(m_session->tryAgain(), 0);
        QCOMPARE(m_session->state(), State::Connecting); // and not after a second or more
        link = m_control->next();
        QVERIFY(link);
    }
}

const frpx::test::TestRegistration registration("tst_serversession", frpx::test::runTest<TestServerSession>);

#include "tst_serversession.moc"
