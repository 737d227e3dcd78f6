// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/app/clientapp.h"
#include "tests/support/framepeer.h"
#include "tests/support/testregistry.h"

#include <QSignalSpy>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::client;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

TunnelSpec tunnel(const QString &name, quint16 localPort)
{
    TunnelSpec spec;
    spec.name = name;
    spec.localPort = localPort;
    return spec;
}

/// A server of one client, which says what the test wants.
class Server
{
public:
    Server() { m_port.listen(QHostAddress::LocalHost); }

    quint16 port() const { return m_port.serverPort(); }
    /// Takes a login and registers the client, with tunnels or without.
    bool takeClient(bool tunnels = true)
    {
        if (!QTest::qWaitFor([this] { return m_port.hasPendingConnections(); }))
            return false;
        m_link = std::make_unique<FramePeer>(m_port.nextPendingConnection());
        if (!m_link->frame().contains("Login"))
            return false;
        m_link->send(R"({"LoginResult":{"success":true,"error":null,"token":null}})");
        if (!m_link->frame().contains("Register"))
            return false;
        m_link->send(R"({"RegisterResult":{"success":true,"error":null,"features":[)"
            + QByteArray(tunnels ? R"("tunnels")" : "") + "]}}");
        return m_link->frame().contains("Heartbeat") && m_link->frame().contains("SystemInfo");
    }
    /// The name of the next tunnel that is asked for; "" if none is.
    QString asked(int ms = 5000)
    {
        const QJsonObject open = m_link->message(u"OpenTunnel"_s, ms);
        m_request = open.value("request_id"_L1).toInt();
        return open.value("name"_L1).toString();
    }
    void open(quint16 port) { answer("ok", port, "null"); }
    void refuse(const QByteArray &why) { answer("port_not_allowed", 0, '"' + why + '"'); }
    FramePeer &link() { return *m_link; }

private:
    void answer(const QByteArray &code, quint16 port, const QByteArray &error)
    {
        m_link->send(R"({"OpenTunnelResult":{"request_id":)" + QByteArray::number(m_request) + R"(,"code":")"
            + code + R"(","port":)" + QByteArray::number(port) + R"(,"error":)" + error + "}}");
    }

    QTcpServer m_port;
    std::unique_ptr<FramePeer> m_link;
    int m_request = 0;
};

} // namespace

/// What ClientApp does with a changed configuration.
class TestClientApp : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void opensTheTunnelsAtTheStart();
    void changesOnlyChangedTunnels();
    void keepsTheSessionForLiveOptions();
    void replacesTheSession_data();
    void replacesTheSession();
    void asksAgainForRefusedTunnels();
    void opensAgainWhatTheAdministratorClosed();
    void namesTunnelsThatMakeNoSense();
    void doesNotWaitForAServerThatIsAway();
    void doesNotWaitForEver();
    void saysThatTheServerKnowsNoTunnels();
    void stopsAllSessions();
    void leavesABoundedNumber();

private:
    std::unique_ptr<ClientApp> start();
    /// An app that opens its tunnels at \a server.
    std::unique_ptr<ClientApp> start(const Server &server);
    /// Applies the configuration (again).
    std::shared_ptr<std::optional<Result<QString>>> apply(ClientApp &app) const
    {
        auto answer = std::make_shared<std::optional<Result<QString>>>(); // shared: it may come too late
        app.apply(m_config, [answer](const Result<QString> &done) { *answer = done; });
        return answer;
    }

    QTemporaryDir m_directory;
    ClientConfig m_config;
    QStringList m_names; ///< by id
    QStringList m_calls; ///< of the hooks: "+name:port" and "-name"
    std::vector<const ServerSession *> m_sessions; ///< that have opened tunnels, in order, each once in a row
};

void TestClientApp::init()
{
    m_config = {};
    m_config.session.clientId = u"a"_s;
    m_config.session.controlPort = 1; // nobody listens there
    m_config.email = u"a@b.c"_s;
    m_config.password = u"p"_s;
    m_config.tokenFile = m_directory.filePath(u"token.json"_s);
    m_config.logLevel = u"critical"_s;
    m_config.tunnels = {tunnel(u"one"_s, 1), tunnel(u"two"_s, 2)};
    m_names.clear();
    m_calls.clear();
    m_sessions.clear();
}

std::unique_ptr<ClientApp> TestClientApp::start()
{
    const auto nobody = [](const QString &) -> Result<QString> { return Error{Errc::Io, u"nobody"_s}; };
    auto app = std::make_unique<ClientApp>(m_config, nobody, nobody);
    ClientApp::TunnelHooks hooks;
    hooks.open = [this](const ServerSession &session, const TunnelSpec &spec) {
        m_calls << u"+%1:%2"_s.arg(spec.name).arg(spec.localPort);
        if (m_sessions.empty() || m_sessions.back() != &session)
            m_sessions.push_back(&session);
        m_names << spec.name;
        return static_cast<int>(m_names.size()) - 1;
    };
    hooks.close = [this](const ServerSession &, int id) { m_calls << u'-' + m_names.at(id); };
    app->setTunnelHooks(hooks);
    app->start();
    return app;
}

std::unique_ptr<ClientApp> TestClientApp::start(const Server &server)
{
    m_config.session.controlPort = server.port();
    const auto nobody = [](const QString &) -> Result<QString> { return Error{Errc::Io, u"nobody"_s}; };
    auto app = std::make_unique<ClientApp>(m_config, nobody, nobody);
    app->start();
    return app;
}

void TestClientApp::opensTheTunnelsAtTheStart()
{
    const auto app = start();
    QCOMPARE(m_calls, (QStringList{u"+one:1"_s, u"+two:2"_s}));
}

void TestClientApp::changesOnlyChangedTunnels()
{
    const auto app = start();
    m_calls.clear();
    m_config.tunnels = {tunnel(u"three"_s, 3), tunnel(u"two"_s, 22)};
    (void)app->apply(m_config);
    QCOMPARE(m_calls, (QStringList{u"-one"_s, u"-two"_s, u"+three:3"_s, u"+two:22"_s}));
    m_calls.clear();
    QCOMPARE(app->apply(m_config), u"Nothing has changed."_s);
    QVERIFY(m_calls.isEmpty());
    QCOMPARE(m_sessions.size(), size_t(1));
}

void TestClientApp::keepsTheSessionForLiveOptions()
{
    const auto app = start();
    m_calls.clear();
    m_config.settings.insert(u"drain-timeout"_s, u"1"_s);
    m_config.drainTimeoutS = 1;
    m_config.settings.insert(u"log-level"_s, u"warning"_s);
    m_config.logLevel = u"warning"_s;
    (void)app->apply(m_config);
    QVERIFY(m_calls.isEmpty());
}

void TestClientApp::replacesTheSession_data()
{
    QTest::addColumn<bool>("byPassword");
    QTest::newRow("setting") << false;
    QTest::newRow("content of the password file") << true;
}

void TestClientApp::replacesTheSession()
{
    QFETCH(const bool, byPassword);
    const auto app = start();
    m_calls.clear();
    if (byPassword)
        m_config.password = u"q"_s;
    else
        m_config.settings.insert(u"control-port"_s, u"2"_s);
    m_config.tunnels.pop_back();
    (void)app->apply(m_config);
    QCOMPARE(m_calls, QStringList{u"+one:1"_s}); // nothing is closed: the old session takes its own along
    QCOMPARE(m_sessions.size(), size_t(2));
}

void TestClientApp::asksAgainForRefusedTunnels()
{
    Server server;
    const auto app = start(server);
    QVERIFY(server.takeClient());
    QCOMPARE(server.asked(), u"one"_s);
    server.open(9930);
    QCOMPARE(server.asked(), u"two"_s);
    server.refuse("not this one.");
    QTRY_COMPARE(app->session()->refusedTunnels().size(), 1u);

    const auto first = apply(*app);
    QCOMPARE(server.asked(), u"two"_s);
    QVERIFY(!*first); // it waits for the answer
    server.refuse("not this one.");
    QTRY_VERIFY(*first);
    QVERIFY(!**first);
    QCOMPARE(int((*first)->error().code), int(Errc::Forbidden));
    QCOMPARE((*first)->error().detail,
        u"Nothing has changed. Tunnels asked for again: 1.\n"
        "Tunnel 'two' is refused: not this one. The server is asked again in 15 s."_s);

    const auto second = apply(*app);
    const auto third = apply(*app); // while the other one waits
    QCOMPARE(server.asked(), u"two"_s);
    server.open(9931);
    QTRY_VERIFY(*second && *third);
    QVERIFY(**second);
    QCOMPARE(***second, u"Nothing has changed. Tunnels asked for again: 1."_s);
    QCOMPARE(***third, u"Nothing has changed."_s);

    const auto fourth = apply(*app);
    QTRY_VERIFY(*fourth);
    QCOMPARE(***fourth, u"Nothing has changed."_s);
    m_config.tunnels.back().remotePort = 9932; // closed first, then asked for anew
    const auto fifth = apply(*app);
    QCOMPARE(server.link().message(u"CloseTunnel"_s).value("tunnel"_L1).toString(), u"two"_s);
    QCOMPARE(server.asked(), u"two"_s);
    server.refuse("no.");
    QTRY_VERIFY(*fifth);
    QVERIFY(!**fifth);
}

void TestClientApp::opensAgainWhatTheAdministratorClosed()
{
    Server server;
    const auto app = start(server);
    QVERIFY(server.takeClient());
    for (const quint16 port : {quint16(9930), quint16(9931)}) {
        QVERIFY(!server.asked().isEmpty());
        server.open(port);
    }
    QSignalSpy closed(app->session(), &ServerSession::tunnelClosed);
    server.link().send(R"({"TunnelClosed":{"tunnel":"one","reason":"deleted"}})");
    server.link().send(R"({"TunnelClosed":{"tunnel":"two","reason":"served_all"}})");
    QTRY_COMPARE(closed.size(), 2);
    const auto answer = apply(*app);
    QCOMPARE(server.asked(), u"one"_s); // what has reached its limits does not begin anew
    server.open(9930);
    QTRY_VERIFY(*answer);
    QCOMPARE(***answer, u"Nothing has changed. Tunnels asked for again: 1."_s);
}

void TestClientApp::namesTunnelsThatMakeNoSense()
{
    Server server;
    m_config.tunnels = {tunnel(u"one"_s, 1)};
    m_config.tunnels.back().maxConnections = std::numeric_limits<int>::max();
    const auto app = start(server);
    QVERIFY(server.takeClient());
    for (int i = 0; i < 2; ++i) {
        const auto answer = apply(*app);
        QTRY_VERIFY(*answer);
        QVERIFY(!**answer);
        QVERIFY2((*answer)->error().detail.contains(
                     u"Tunnel 'one' is refused: The tunnel's limit of connections"_s),
            qPrintable((*answer)->error().detail));
    }
}

void TestClientApp::doesNotWaitForAServerThatIsAway()
{
    const auto app = start(); // nobody listens there
    QTRY_COMPARE(app->session()->state(), ServerSession::State::Waiting);
    const auto answer = apply(*app);
    QTRY_VERIFY(*answer);
    QVERIFY(**answer);
    QVERIFY2((***answer).contains(u"There is no connection to the server"_s), qPrintable(***answer));
}

void TestClientApp::doesNotWaitForEver()
{
    Server server;
    const auto app = start(server);
    app->setAnswerTimeout(50);
    QVERIFY(server.takeClient());
    QCOMPARE(server.asked(), u"one"_s);
    QCOMPARE(server.asked(), u"two"_s);
    const auto answer = apply(*app);
    QTRY_VERIFY(*answer);
    QVERIFY(**answer);
    QVERIFY2((***answer).contains(u"has not answered"_s), qPrintable(***answer));
}

void TestClientApp::saysThatTheServerKnowsNoTunnels()
{
    Server server;
    const auto app = start(server);
    QVERIFY(server.takeClient(false));
    const auto answer = apply(*app);
    QTRY_VERIFY(*answer);
    QVERIFY(!**answer);
    QCOMPARE((*answer)->error().detail.count(u"This server opens no tunnels."_s), 2);
}

void TestClientApp::stopsAllSessions()
{
    const auto app = start();
    QSignalSpy stopped(app.get(), &ClientApp::stopped);
    m_config.settings.insert(u"control-port"_s, u"2"_s);
    (void)app->apply(m_config);
    app->drain();
    app->drain(); // once is enough
    QTRY_COMPARE(stopped.size(), 1);
    QCOMPARE(app->apply(m_config), u"It is about to stop."_s);
    app->stop();
    QTest::qWait(0);
    QCOMPARE(stopped.size(), 1);
}

void TestClientApp::leavesABoundedNumber()
{
    const auto app = start();
    QSignalSpy stopped(app.get(), &ClientApp::stopped);
    for (int i = 0; i < 20; ++i) {
        m_config.settings.insert(u"control-port"_s, QString::number(i));
        (void)app->apply(m_config);
    }
    app->drain();
    QTRY_COMPARE(stopped.size(), 1);
}

const frpx::test::TestRegistration registration("tst_clientapp", frpx::test::runTest<TestClientApp>);

#include "tst_clientapp.moc"
