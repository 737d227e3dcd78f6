// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/library/handlerservice.h"
#include "frps/accounts/passwordhasher.h"
#include "frps/accounts/token.h"
#include "frps/app/serverapp.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"
#include "tests/support/echoservice.h"
#include "tests/support/framepeer.h"
#include "tests/support/process.h"
#include "tests/support/testregistry.h"

#include <QPointer>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTemporaryDir>

#include <Frpx/Client>
#include <Frpx/Discovery>

using namespace frpx::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

using Frpx::Client;
using Frpx::ErrorCode;
using Frpx::Tunnel;
using Frpx::TunnelOptions;
using frpx::server::PortsView;
using frpx::server::ServerApp;
using frpx::server::ServerConfig;

/// The client library as a program sees it, with a real server in the same process.
class TestClient : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void opensServesAndCloses();
    void givesUsersToAHandler_data();
    void givesUsersToAHandler();
    void sendsStrangersAway();
    void comesBackAfterARestart();
    void tellsWhyItIsRefused_data();
    void tellsWhyItIsRefused();
    void refusesWrongAddresses();
    void keepsToItsLimits();
    void isClosedByTheAdministrator();
    void saysThatItTriesAgain();
    void staysInterruptedIfRefusedAfterABreak();
    void logsInByPasswordAndKeepsTheToken();
    void asksForALogin();
    void makesSureOfTheServer();
    void findsServicesAndPorts();
    void asksAgainAfterABreak();
    void finishesQuestionsWhenStopped();
    void finishesQuestionsWhenDeleted();
    void mayBeDeletedAnywhere_data();
    void mayBeDeletedAnywhere();
    void closesTunnelsThatAreDeleted();
    void stopsInOrder();
    void servesTheDefaultTunnelIfToldSo();
    void livesBesideOthers();
    void discoversWithoutBeingAClient();

private:
    using Peer = std::unique_ptr<FramePeer>;

    void startServer();
    Frpx::ClientOptions options() const;
    std::unique_ptr<Client> client(const QString &id = {});
    TunnelOptions web(quint16 port = 0) const
    {
        TunnelOptions options;
        options.name = u"web"_s;
        options.localPort = m_service.port();
        options.port = port;
        return options;
    }
    static bool becomes(const Client &client, Client::State state)
    {
        return QTest::qWaitFor([&] { return client.state() == state; });
    }
    static bool becomes(const Tunnel *tunnel, Tunnel::State state)
    {
        return QTest::qWaitFor([&] { return tunnel->state() == state; });
    }
    template <typename T>
    static Frpx::Answer<T> wait(const QFuture<Frpx::Answer<T>> &future)
    {
        if (!QTest::qWaitFor([&] { return future.isFinished(); }, 15'000))
            qFatal("a future does not finish");
        return future.result();
    }
    static Peer user(quint16 port) { return std::make_unique<FramePeer>(port); }
    static bool isServed(FramePeer &user)
    {
        user.sendRaw("hello");
        return user.raw(5) == "hello"_ba;
    }
    Frpx::DiscoveryTarget target() const { return {u"127.0.0.1"_s, m_ports.control, m_token, {}, {}}; }

    QTemporaryDir m_directory;
    QString m_token;
    EchoService m_service;
    ServerConfig m_config;
    QList<quint16> m_allowed; ///< rising
    std::unique_ptr<ServerApp> m_app;
    PortsView m_ports;
};

void TestClient::initTestCase()
{
    using namespace frpx::server;
    const auto database = Database::open(m_directory.filePath(databaseFileName.toString()));
    QVERIFY(database);
    AccountStore store(**database);
    const frpx::Result<QString> hash = PasswordHasher().hash("secret");
    QVERIFY(hash);
    const frpx::Result<qint64> id = store.addUser(u"alice@example.com"_s, *hash, false);
    QVERIFY(id);
    m_token = newToken();
    QVERIFY(store.addToken(*id, tokenHash(m_token), tokenPrefix(m_token), {}));
    QVERIFY(m_service.start());
}

void TestClient::init()
{
    const QList<quint16> free = freePorts(5);
    m_allowed = free.sliced(2);
    std::sort(m_allowed.begin(), m_allowed.end());
    m_config = {};
    m_config.listen = QHostAddress(QHostAddress::LocalHost);
    m_config.controlPort = free.at(0);
    m_config.proxyPort = free.at(1);
    m_config.publicPort = m_config.apiPort = 0;
    m_config.dataDir = m_directory.path();
    m_config.relayThreads = 1;
    for (const quint16 port : std::as_const(m_allowed))
        QVERIFY(m_config.allowPorts.add(port, port));
    startServer();
}

void TestClient::cleanup()
{
    m_app.reset();
}

void TestClient::startServer()
{
    m_app.reset();
    m_app = std::make_unique<ServerApp>(m_config);
    QSignalSpy ready(m_app.get(), &ServerApp::ready);
    m_app->start();
    QTRY_COMPARE(ready.size(), 1);
    m_ports = m_app->ports();
}

Frpx::ClientOptions TestClient::options() const
{
    Frpx::ClientOptions options;
    options.controlPort = m_ports.control;
    options.proxyPort = m_ports.proxy;
    options.idleConnections = 2;
    return options;
}

std::unique_ptr<Client> TestClient::client(const QString &id)
{
    Frpx::ClientOptions wanted = options();
    wanted.clientId = id;
    auto client = std::make_unique<Client>(wanted);
    client->setToken(m_token);
    client->start();
    if (!becomes(*client, Client::State::Online))
        qFatal("the client does not come online");
    return client;
}

void TestClient::opensServesAndCloses()
{
    const auto a = client();
    Tunnel *tunnel = a->openTunnel(web(m_allowed.at(1)));
    QSignalSpy opened(tunnel, &Tunnel::opened);
    QSignalSpy closed(tunnel, &Tunnel::closed);
    QCOMPARE(tunnel->state(), Tunnel::State::Opening);
    QCOMPARE(tunnel->port(), 0);
    QTRY_COMPARE(opened.size(), 1);
    QCOMPARE(opened.first().at(0).toString(), u"127.0.0.1:%1"_s.arg(m_allowed.at(1)));
    QCOMPARE(tunnel->publicAddress(), opened.first().at(0).toString());
    QCOMPARE(tunnel->port(), m_allowed.at(1));
    QCOMPARE(tunnel->state(), Tunnel::State::Open);
    QCOMPARE(a->tunnel(u"web"_s), tunnel);
    QCOMPARE(a->tunnelByPort(m_allowed.at(1)), tunnel);
    QCOMPARE(a->tunnel(u"we"_s), nullptr);
    QCOMPARE(a->tunnelByPort(m_allowed.at(0)), nullptr);

    const Peer one = user(tunnel->port());
    QVERIFY(isServed(*one));
    QTRY_COMPARE(tunnel->statistics().open, 1);
    const Peer two = user(tunnel->port());
    QVERIFY(isServed(*two));
    two->close();
    QTRY_COMPARE(tunnel->statistics().open, 1);
    QCOMPARE(tunnel->statistics().total, 2u);
    QCOMPARE(tunnel->statistics().bytesFromUsers, 10u);
    QCOMPARE(tunnel->statistics().bytesToUsers, 10u);

    tunnel->close();
    QCOMPARE(closed.size(), 1);
    QCOMPARE(closed.first().at(0).value<Tunnel::CloseReason>(), Tunnel::CloseReason::ClosedHere);
    QCOMPARE(tunnel->state(), Tunnel::State::Closed);
    tunnel->close();
    QCOMPARE(closed.size(), 1);
    QVERIFY(one->isClosed());
    QCOMPARE(a->tunnel(u"web"_s), nullptr);
    QVERIFY(a->tunnels().isEmpty());
    QVERIFY(becomes(a->openTunnel(web(m_allowed.at(1))), Tunnel::State::Open));
}

void TestClient::givesUsersToAHandler_data()
{
    QTest::addColumn<int>("idle");
    QTest::newRow("connections in advance") << 2;
    QTest::newRow("connections on request") << 0;
}

void TestClient::givesUsersToAHandler()
{
    QFETCH(const int, idle);
    Frpx::ClientOptions wanted = options();
    wanted.idleConnections = wanted.maxIdleConnections = idle;
    Client a(wanted);
    a.setToken(m_token);
    a.start();
    TunnelOptions shout;
    shout.name = u"shout"_s;
    QList<Frpx::TunnelUser> users;
    shout.handler = [&users](QTcpSocket *socket, const Frpx::TunnelUser &user) {
        users.append(user);
        const auto answer = [socket] { socket->write(socket->readAll().toUpper()); };
        connect(socket, &QTcpSocket::readyRead, socket, answer);
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        answer();
    };
    const Tunnel *tunnel = a.openTunnel(shout);
    QVERIFY(becomes(tunnel, Tunnel::State::Open));
    auto *socket = new QTcpSocket; // the peer's
    FramePeer peer(socket);
    socket->connectToHost(QHostAddress(QHostAddress::LocalHost), tunnel->port());
    QVERIFY(QTest::qWaitFor([&peer] { return peer.isConnected(); }));
    const quint16 port = socket->localPort();
    peer.sendRaw("one");
    QCOMPARE(peer.raw(3), "ONE"_ba);
    QCOMPARE(users.size(), 1);
    QCOMPARE(users.first().address, QHostAddress(QHostAddress::LocalHost));
    QCOMPARE(users.first().port, port);
    const Peer two = user(tunnel->port());
    two->sendRaw("two");
    QCOMPARE(two->raw(3), "TWO"_ba);
    peer.sendRaw("more");
    QCOMPARE(peer.raw(4), "MORE"_ba);
    two->close();
    QTRY_COMPARE(tunnel->findChildren<QTcpSocket *>().size(), 1);
    QCOMPARE(tunnel->statistics().total, 2u);
    peer.close();
    QTRY_COMPARE(tunnel->findChildren<QTcpSocket *>().size(), 0);
}

void TestClient::sendsStrangersAway()
{
    Frpx::HandlerService service;
    QVERIFY(service.start());
    QList<QTcpSocket *> users;
    connect(
        &service, &Frpx::HandlerService::visitorCame, this, [&users](QTcpSocket *user) { users += user; });
    FramePeer stranger(service.port());
    stranger.sendRaw("GET / HTTP/1.1\r\n\r\n");
    QVERIFY(stranger.isClosed());
    FramePeer impostor(service.port());
    impostor.sendRaw(service.greeting() + "GET / HTTP/1.1\r\n\r\n");
    QVERIFY(impostor.isClosed());
    QVERIFY(users.isEmpty());

    FramePeer friendly(service.port());
    const QByteArray whole = service.greeting() + "PROXY TCP4 192.0.2.1 192.0.2.2 3 4\r\nhello";
    friendly.sendRaw(whole.first(50));
    FramePeer other(service.port()); // by the time it is served, the first part has been seen
    other.sendRaw(service.greeting() + "PROXY UNKNOWN\r\n");
    QTRY_COMPARE(users.size(), 1);
    friendly.sendRaw(whole.sliced(50));
    QTRY_COMPARE(users.size(), 2);
    QTRY_COMPARE(users.last()->bytesAvailable(), 5);
    QCOMPARE(users.last()->readAll(), "hello"_ba);
}

void TestClient::comesBackAfterARestart()
{
    const auto a = client();
    Tunnel *tunnel = a->openTunnel(web());
    QSignalSpy opened(tunnel, &Tunnel::opened);
    QSignalSpy interrupted(tunnel, &Tunnel::interrupted);
    QSignalSpy lost(a.get(), &Client::connectionLost);
    QList<Client::State> states;
    connect(a.get(), &Client::stateChanged, this, [&states](Client::State state) { states += state; });
    QTRY_COMPARE(opened.size(), 1);
    const quint16 port = tunnel->port();
    m_app.reset();
    QTRY_COMPARE(interrupted.size(), 1);
    QCOMPARE(tunnel->state(), Tunnel::State::Interrupted);
    QCOMPARE(tunnel->port(), port);
    QVERIFY(!lost.isEmpty());
    QVERIFY(a->tunnelByPort(port) == nullptr && a->tunnel(u"web"_s) == tunnel);
    startServer();
    QTRY_COMPARE(opened.size(), 2);
    QCOMPARE(tunnel->port(), port);
    QVERIFY(states.contains(Client::State::Waiting));
    QCOMPARE(states.last(), Client::State::Online);
    const Peer one = user(port);
    QVERIFY(isServed(*one));
}

void TestClient::tellsWhyItIsRefused_data()
{
    QTest::addColumn<QString>("how");
    QTest::addColumn<int>("code");
    QTest::newRow("no name") << u"nameless"_s << int(ErrorCode::BadRequest);
    QTest::newRow("no service") << u"serviceless"_s << int(ErrorCode::BadRequest);
    QTest::newRow("no host of a service") << u"hostless"_s << int(ErrorCode::BadRequest);
    QTest::newRow("negative limit") << u"limit"_s << int(ErrorCode::BadRequest);
    QTest::newRow("unknown policy") << u"policy"_s << int(ErrorCode::BadRequest);
    QTest::newRow("port not allowed") << u"port"_s << int(ErrorCode::PortNotAllowed);
    QTest::newRow("port of another program") << u"occupied"_s << int(ErrorCode::PortOccupied);
    QTest::newRow("name in use here") << u"twice"_s << int(ErrorCode::NameInUse);
    QTest::newRow("name in use elsewhere") << u"other"_s << int(ErrorCode::NameInUse);
    QTest::newRow("all ports taken") << u"full"_s << int(ErrorCode::NoFreePort);
    QTest::newRow("too many") << u"many"_s << int(ErrorCode::TooManyTunnels);
    QTest::newRow("server about to stop") << u"draining"_s << int(ErrorCode::ServerError);
}

void TestClient::tellsWhyItIsRefused()
{
    QFETCH(const QString, how);
    QFETCH(const int, code);
    if (how == u"many") {
        m_config.maxTunnelsPerUser = 1;
        startServer();
    }
    const auto a = client();
    const auto b = client();
    QTcpServer program;
    Peer served;
    TunnelOptions wanted = web();
    if (how == u"nameless")
        wanted.name.clear();
    else if (how == u"serviceless")
        wanted.localPort = 0;
    else if (how == u"hostless")
        wanted.localHost = u"127.0.0.1:80"_s;
    else if (how == u"limit")
        wanted.limits.lifetime = -1s;
    else if (how == u"policy")
        wanted.policy = u"nonsense"_s;
    else if (how == u"port")
        wanted.port = 80;
    else if (how == u"occupied") {
        QVERIFY(program.listen(QHostAddress::LocalHost, m_allowed.at(0)));
        wanted.port = m_allowed.at(0);
    } else if (how == u"twice" || how == u"other") {
        QVERIFY(becomes((how == u"twice" ? a : b)->openTunnel(web()), Tunnel::State::Open));
    } else if (how == u"full" || how == u"many") {
        for (int i = 0; i < (how == u"full" ? 3 : 1); ++i) {
            TunnelOptions other = web();
            other.name = QString::number(i);
            QVERIFY(becomes(b->openTunnel(other), Tunnel::State::Open));
        }
    } else if (how == u"draining") {
        TunnelOptions other = web();
        other.name = u"other"_s;
        const Tunnel *open = a->openTunnel(other);
        QVERIFY(becomes(open, Tunnel::State::Open));
        served = user(open->port());
        QVERIFY(isServed(*served));
        m_app->drain();
    }
    const Tunnel *tunnel = a->openTunnel(wanted);
    QCOMPARE(tunnel->state(), Tunnel::State::Opening);
    const QSignalSpy closed(tunnel, &Tunnel::closed);
    QTRY_COMPARE(closed.size(), 1);
    QCOMPARE(tunnel->closeReason(), Tunnel::CloseReason::Refused);
    QCOMPARE(int(tunnel->error().code), code);
    QVERIFY(!tunnel->error().text.isEmpty());
    QCOMPARE(a->state(), Client::State::Online);
}

void TestClient::refusesWrongAddresses()
{
    for (const QString &host : {u"127.0.0.1:17000"_s, u"https://127.0.0.1"_s, u"10"_s, QString()}) {
        Frpx::ClientOptions wrong = options();
        wrong.serverHost = host;
        Client a(wrong);
        a.setToken(m_token);
        QSignalSpy lost(&a, &Client::connectionLost);
        a.start();
        QTRY_COMPARE(lost.size(), 1);
        const auto error = lost.first().first().value<Frpx::Error>();
        QCOMPARE(error.code, ErrorCode::InvalidArgument);
        QVERIFY2(error.text.startsWith("ClientOptions::serverHost takes a host"_L1), qPrintable(error.text));
        QCOMPARE(a.state(), Client::State::Stopped);
        Frpx::DiscoveryTarget nowhere = target();
        nowhere.serverHost = host;
        QCOMPARE(wait(Frpx::Discovery(nowhere).services()).error.code, ErrorCode::InvalidArgument);
    }
    Frpx::ClientOptions wrong = options();
    wrong.defaultHost = u"http://127.0.0.1"_s;
    wrong.defaultPort = m_service.port();
    Client b(wrong);
    QSignalSpy lost(&b, &Client::connectionLost);
    b.start();
    QTRY_COMPARE(lost.size(), 1);
    QVERIFY(lost.first().first().value<Frpx::Error>().text.startsWith("ClientOptions::defaultHost"_L1));
}

void TestClient::keepsToItsLimits()
{
    const auto a = client();
    TunnelOptions few = web();
    few.limits.totalConnections = 1;
    Tunnel *tunnel = a->openTunnel(few);
    QVERIFY(becomes(tunnel, Tunnel::State::Open));
    const Peer only = user(tunnel->port());
    QVERIFY(isServed(*only));
    only->close();
    QVERIFY(becomes(tunnel, Tunnel::State::Closed));
    QCOMPARE(tunnel->closeReason(), Tunnel::CloseReason::ServedAll);

    TunnelOptions brief = web();
    brief.limits.lifetime = 1s;
    brief.limits.maxConnections = 1;
    tunnel = a->openTunnel(brief);
    QVERIFY(becomes(tunnel, Tunnel::State::Open));
    const Peer first = user(tunnel->port());
    QVERIFY(isServed(*first));
    const Peer second = user(tunnel->port());
    second->sendRaw("2");
    QVERIFY(becomes(tunnel, Tunnel::State::Closed));
    QCOMPARE(tunnel->closeReason(), Tunnel::CloseReason::LifetimeOver);
    QVERIFY(first->isClosed() && second->isClosed());
    QVERIFY(second->received().isEmpty());
}

void TestClient::isClosedByTheAdministrator()
{
    const auto a = client();
    Tunnel *tunnel = a->openTunnel(web());
    QVERIFY(becomes(tunnel, Tunnel::State::Open));
    FramePeer api(m_ports.api);
    api.sendRaw("DELETE /api/tunnels/t1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QVERIFY(becomes(tunnel, Tunnel::State::Closed));
    QCOMPARE(tunnel->closeReason(), Tunnel::CloseReason::Deleted);
}

void TestClient::saysThatItTriesAgain()
{
    auto program = std::make_unique<QTcpServer>();
    QVERIFY(program->listen(QHostAddress::LocalHost, m_allowed.at(0)));
    const auto a = client();
    TunnelOptions patient = web(m_allowed.at(0));
    patient.keepTrying = true;
    Tunnel *tunnel = a->openTunnel(patient);
    QSignalSpy delayed(tunnel, &Tunnel::delayed);
    QTRY_COMPARE(delayed.size(), 1);
    QCOMPARE(delayed.first().at(0).value<Frpx::Error>().code, ErrorCode::PortOccupied);
    QCOMPARE(tunnel->state(), Tunnel::State::Opening);
    a->tryAgain();
    QTRY_COMPARE(delayed.size(), 2);
    program.reset();
    a->tryAgain();
    QVERIFY(becomes(tunnel, Tunnel::State::Open));
    QVERIFY(!tunnel->error());
}

/// Also for a reason that would have ended it before it was open.
void TestClient::staysInterruptedIfRefusedAfterABreak()
{
    const auto a = client();
    Tunnel *tunnel = a->openTunnel(web(m_allowed.at(0)));
    QVERIFY(becomes(tunnel, Tunnel::State::Open));
    QSignalSpy delayed(tunnel, &Tunnel::delayed);
    QSignalSpy closed(tunnel, &Tunnel::closed);
    m_app.reset();
    const auto right = std::exchange(m_config.allowPorts, {});
    QVERIFY(m_config.allowPorts.add(m_allowed.at(1), m_allowed.at(1)));
    startServer();
    QTRY_COMPARE(delayed.size(), 1);
    QCOMPARE(delayed.first().at(0).value<Frpx::Error>().code, ErrorCode::PortNotAllowed);
    QCOMPARE(tunnel->state(), Tunnel::State::Interrupted);
    m_app.reset();
    m_config.allowPorts = right;
    startServer();
    QVERIFY(becomes(tunnel, Tunnel::State::Open));
    QCOMPARE(tunnel->port(), m_allowed.at(0));
    QVERIFY(closed.isEmpty());
}

void TestClient::logsInByPasswordAndKeepsTheToken()
{
    Frpx::ClientOptions wanted = options();
    wanted.tokenFile = m_directory.filePath(u"client.json"_s);
    {
        Client first(wanted);
        QSignalSpy issued(&first, &Client::tokenIssued);
        first.setCredentials(u"alice@example.com"_s, u"secret"_s);
        first.start();
        QVERIFY(becomes(first, Client::State::Online));
        QTRY_COMPARE(issued.size(), 1);
        QVERIFY(!issued.first().at(0).toString().isEmpty());
    }
    Client second(wanted); // knows nothing but the file
    second.start();
    QVERIFY(becomes(second, Client::State::Online));
}

void TestClient::asksForALogin()
{
    Client a(options());
    QSignalSpy needed(&a, &Client::loginNeeded);
    a.setToken(u"nonsense"_s);
    a.start();
    QTRY_COMPARE(needed.size(), 1);
    QCOMPARE(needed.first().at(0).value<Frpx::Error>().code, ErrorCode::InvalidToken);
    QCOMPARE(a.state(), Client::State::NeedsLogin);
    QCOMPARE(wait(a.services()).error.code, ErrorCode::Cancelled);
    a.setCredentials(u"alice@example.com"_s, u"wrong"_s);
    QTRY_COMPARE(needed.size(), 2);
    QCOMPARE(needed.last().at(0).value<Frpx::Error>().code, ErrorCode::InvalidCredentials);
    a.setToken(m_token);
    QVERIFY(becomes(a, Client::State::Online));
}

void TestClient::makesSureOfTheServer()
{
    Frpx::ClientOptions wanted = options();
    wanted.tls.mode = Frpx::TlsOptions::Mode::On;
    wanted.tls.knownServersFile = m_directory.filePath(u"known-servers"_s);
    Frpx::ServerCertificate shown;
    {
        Client a(wanted);
        connect(&a, &Client::trustNeeded, this,
            [&shown](const Frpx::ServerCertificate &certificate) { shown = certificate; });
        a.setToken(m_token);
        a.start();
        QVERIFY(becomes(a, Client::State::NeedsTrust));
        QTRY_VERIFY(!shown.fingerprint.isEmpty());
        QCOMPARE(shown.host, u"127.0.0.1"_s);
        QCOMPARE(shown.port, m_ports.control);
        QVERIFY(shown.remembered.isEmpty() && shown.expires > QDateTime::currentDateTimeUtc());
        QCOMPARE(wait(a.services()).error.code, ErrorCode::Cancelled);
        a.trustServer(u"nonsense"_s);
        QCOMPARE(a.state(), Client::State::NeedsTrust);
        a.trustServer(shown.fingerprint);
        QVERIFY(becomes(a, Client::State::Online));
    }
    {
        Client b(wanted); // it is remembered
        b.setToken(m_token);
        b.start();
        QVERIFY(becomes(b, Client::State::Online));
    }
    wanted.tls.fingerprints = {u"nonsense"_s};
    Client c(wanted);
    QSignalSpy refused(&c, &Client::serverRefused);
    c.setToken(m_token);
    c.start();
    QTRY_COMPARE(refused.size(), 1);
    QCOMPARE(refused.first().at(1).value<Frpx::Error>().code, ErrorCode::BadCertificate);
    QVERIFY(becomes(c, Client::State::Waiting));

    Frpx::DiscoveryTarget stranger = target();
    stranger.tls.mode = Frpx::TlsOptions::Mode::On;
    Frpx::Discovery discovery(stranger);
    QCOMPARE(wait(discovery.freePorts()).error.code, ErrorCode::UnknownServer);
    stranger.tls.fingerprints = {shown.fingerprint};
    Frpx::Discovery sure(stranger);
    QVERIFY(wait(sure.freePorts()));
}

void TestClient::findsServicesAndPorts()
{
    const auto a = client();
    TunnelOptions wanted = web(m_allowed.at(1));
    wanted.message = u"the web"_s;
    wanted.limits = {3, 100, 1h};
    QVERIFY(becomes(a->openTunnel(wanted), Tunnel::State::Open));
    const Frpx::Answer<Frpx::ServiceList> services = wait(a->services());
    QVERIFY(services);
    QCOMPARE(services.value.size(), 1);
    const Frpx::ServiceInfo &service = services.value.first();
    QCOMPARE(service.name, u"web"_s);
    QCOMPARE(service.port, m_allowed.at(1));
    QCOMPARE(service.message, u"the web"_s);
    QCOMPARE(service.capacity, 3);
    QCOMPARE(service.totalServe, 100);
    QCOMPARE(service.online, 0);
    QVERIFY(std::abs(service.birth.secsTo(service.deadline) - 3600) <= 1);
    QVERIFY(std::abs(service.birth.secsTo(QDateTime::currentDateTimeUtc())) < 60);
    QVERIFY(wait(a->services(u"x"_s)).value.isEmpty());
    const Frpx::Answer<Frpx::PortList> ports = wait(a->freePorts());
    QVERIFY(ports);
    const quint16 low = m_allowed.at(0);
    const quint16 high = m_allowed.at(2);
    QVERIFY(ports.value == (Frpx::PortList{{low, low}, {high, high}}));
    const Frpx::Answer<quint16> any = wait(a->anyPort());
    QVERIFY(any);
    QVERIFY(any.value == low || any.value == high);

    QList<QFuture<Frpx::Answer<Frpx::PortList>>> many; // more than are asked for at the same time
    for (int i = 0; i < 65; ++i)
        many += a->freePorts();
    QCOMPARE(wait(many.takeLast()).error.code, ErrorCode::Busy);
    for (const auto &future : std::as_const(many))
        QVERIFY(wait(future));
}

void TestClient::asksAgainAfterABreak()
{
    const auto a = client();
    m_app.reset();
    QVERIFY(becomes(*a, Client::State::Waiting));
    const auto ports = a->freePorts();
    startServer();
    QCOMPARE(wait(ports).value.size(), 3);
}

void TestClient::finishesQuestionsWhenStopped()
{
    const auto a = client();
    const auto asked = a->services();
    a->stop();
    QCOMPARE(a->state(), Client::State::Stopped);
    QCOMPARE(wait(asked).error.code, ErrorCode::Cancelled);
    QCOMPARE(wait(a->anyPort()).error.code, ErrorCode::Cancelled);
}

void TestClient::finishesQuestionsWhenDeleted()
{
    auto a = client();
    const auto services = a->services();
    const auto any = a->anyPort();
    a.reset();
    QVERIFY(services.isFinished() && any.isFinished());
    QCOMPARE(services.result().error.code, ErrorCode::Cancelled);
    QCOMPARE(any.result().error.code, ErrorCode::Cancelled);
}

void TestClient::mayBeDeletedAnywhere_data()
{
    QTest::addColumn<QString>("where");
    for (const char *where : {"online", "opened", "refused", "closed", "interrupted", "handler", "answer"})
        QTest::newRow(where) << QString::fromLatin1(where);
}

void TestClient::mayBeDeletedAnywhere()
{
    QFETCH(const QString, where);
    QPointer<Client> a = new Client(options());
    const auto remove = [&a] { delete a.data(); };
    a->setToken(m_token);
    TunnelOptions wanted = web(where == u"refused" ? 80 : 0);
    if (where == u"handler")
        wanted.handler = [remove](QTcpSocket *, const Frpx::TunnelUser &) { remove(); };
    const QPointer<Tunnel> tunnel = a->openTunnel(wanted);
    TunnelOptions other = web();
    other.name = u"other"_s;
    const QPointer<Tunnel> second = a->openTunnel(other);
    if (where == u"online")
        connect(a, &Client::stateChanged, a, [remove](Client::State state) {
            if (state == Client::State::Online)
                remove();
        });
    else if (where == u"opened")
        connect(tunnel, &Tunnel::opened, tunnel, remove);
    else if (where == u"refused" || where == u"closed")
        connect(tunnel, &Tunnel::closed, tunnel, remove);
    else if (where == u"interrupted")
        connect(tunnel, &Tunnel::interrupted, tunnel, remove);
    a->start();
    if (where == u"answer")
        a->freePorts().then(a, [remove](const Frpx::Answer<Frpx::PortList> &) { remove(); });
    Peer one;
    if (where == u"closed" || where == u"interrupted" || where == u"handler") {
        QVERIFY(becomes(tunnel, Tunnel::State::Open));
        QVERIFY(becomes(second, Tunnel::State::Open));
        if (where == u"closed")
            tunnel->close();
        else if (where == u"interrupted")
            m_app.reset();
        else
            one = user(tunnel->port());
    }
    QTRY_VERIFY(!a);
    QVERIFY(!tunnel && !second);
}

void TestClient::closesTunnelsThatAreDeleted()
{
    const auto a = client();
    Tunnel *tunnel = a->openTunnel(web());
    QVERIFY(becomes(tunnel, Tunnel::State::Open));
    const Peer served = user(tunnel->port());
    QVERIFY(isServed(*served));
    delete tunnel;
    QVERIFY(served->isClosed());
    QVERIFY(a->tunnels().isEmpty());
    QTRY_VERIFY(wait(a->services()).value.isEmpty());
}

void TestClient::stopsInOrder()
{
    const auto a = client();
    Tunnel *tunnel = a->openTunnel(web());
    QVERIFY(becomes(tunnel, Tunnel::State::Open));
    const quint16 port = tunnel->port();
    const Peer served = user(port);
    QVERIFY(isServed(*served));
    QSignalSpy interrupted(tunnel, &Tunnel::interrupted);
    a->stop(20s);
    QCOMPARE(a->state(), Client::State::Stopping);
    QVERIFY(isServed(*served));
    served->close();
    QVERIFY(becomes(*a, Client::State::Stopped));
    QTRY_COMPARE(interrupted.size(), 1);
    a->start();
    QVERIFY(becomes(tunnel, Tunnel::State::Open));
    QCOMPARE(tunnel->port(), port);
}

void TestClient::servesTheDefaultTunnelIfToldSo()
{
    Frpx::ClientOptions wanted = options();
    wanted.defaultPort = m_service.port();
    Client a(wanted);
    a.setToken(m_token);
    a.start();
    QVERIFY(becomes(a, Client::State::Online));
    const Peer one = user(m_ports.publicPort);
    QVERIFY(isServed(*one));
}

void TestClient::livesBesideOthers()
{
    auto a = client();
    auto b = client();
    QVERIFY(a->options().clientId != b->options().clientId);
    TunnelOptions shared = web();
    shared.group = u"key"_s;
    shared.policy = u"round-robin"_s;
    const QPointer<Tunnel> one = a->openTunnel(shared);
    QVERIFY(becomes(one, Tunnel::State::Open));
    Tunnel *two = b->openTunnel(shared);
    QVERIFY(becomes(two, Tunnel::State::Open));
    QCOMPARE(two->port(), one->port());
    const Peer first = user(two->port());
    const Peer second = user(two->port());
    QVERIFY(isServed(*first) && isServed(*second));
    QTRY_COMPARE(one->statistics().open, 1);
    QTRY_COMPARE(two->statistics().open, 1);
    a.reset();
    QVERIFY(!one);
    QTRY_COMPARE(two->statistics().open, 1);
    const Peer third = user(two->port());
    QVERIFY(isServed(*third));
}

void TestClient::discoversWithoutBeingAClient()
{
    const auto a = client();
    QVERIFY(becomes(a->openTunnel(web()), Tunnel::State::Open));
    auto discovery = std::make_unique<Frpx::Discovery>(target());
    QCOMPARE(wait(discovery->services(u"w"_s)).value.size(), 1);
    const auto ports = discovery->freePorts();
    const auto services = discovery->services(u"x"_s); // at the same time
    QCOMPARE(wait(ports).value.isEmpty(), false);
    QVERIFY(wait(services) && services.result().value.isEmpty());

    Frpx::DiscoveryTarget stranger = target();
    stranger.token = u"nonsense"_s;
    Frpx::Discovery refused(stranger);
    QCOMPARE(wait(refused.freePorts()).error.code, ErrorCode::InvalidToken);
    QList<QFuture<Frpx::Answer<Frpx::PortList>>> many;
    for (int i = 0; i < 17; ++i)
        many += discovery->freePorts();
    QCOMPARE(wait(many.takeLast()).error.code, ErrorCode::Busy);
    discovery.reset();
    QVERIFY(many.first().isFinished());
    QCOMPARE(many.first().result().error.code, ErrorCode::Cancelled);

    m_app.reset();
    Frpx::Discovery nobody(target());
    QCOMPARE(wait(nobody.services()).error.code, ErrorCode::ConnectFailed);
}

const frpx::test::TestRegistration registration("tst_client", frpx::test::runTest<TestClient>);

#include "tst_client.moc"
