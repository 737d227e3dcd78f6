// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/discovery.h"
#include "frpc/session/serversession.h"
#include "frps/accounts/token.h"
#include "frps/app/serverapp.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"
#include "tests/support/echoservice.h"
#include "tests/support/framepeer.h"
#include "tests/support/process.h"
#include "tests/support/testregistry.h"

#include <QJsonArray>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTemporaryDir>

using namespace frpx;
using namespace frpx::client;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// A server and clients of it in one process, that open tunnels to echo services.
class TestTunnels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void opensServesAndCloses_data();
    void opensServesAndCloses();
    void refuses_data();
    void refuses();
    void refusesAPortOfAnotherProgram();
    void refusesWhenAllPortsAreTaken();
    void refusesTooManyTunnels();
    void boundsTheLeasesOfAnAccount();
    void refusesTooManySessions();
    void letsUsersWaitAtTheLimit();
    void dropsUsersWhoWaitTooLong();
    void limitsTheUsersOfAnAccount();
    void closesWhenItHasServedAll();
    void endsWithItsLifetime_data();
    void endsWithItsLifetime();
    void sharesAPortInAGroup();
    void comesBackAfterALostLink();
    void comesBackAfterARestart();
    void keepsItsCountOverALostLink();
    void triesAgainIfToldSo();
    void isToldWhenAPlaceIsFree_data();
    void isToldWhenAPlaceIsFree();
    void isToldWhenItsRightsChange();
    void tellsOnlyThoseWhoUnderstand();
    void sendsVisitorsToHealthyServices_data();
    void sendsVisitorsToHealthyServices();
    void givesEachClientOfAGroupItsWeight();
    void freesThePortForItsAccount_data();
    void freesThePortForItsAccount();
    void isClosedByTheAdministrator();
    void leavesTheDefaultTunnelAloneIfToldSo();
    void tellsTheServiceWhoComes();
    void findsServicesAndPorts();
    void refusesStrangersWhoAsk();

private:
    struct Client
    {
        std::unique_ptr<ServerSession> session;
        std::unique_ptr<QSignalSpy> opened;
        std::unique_ptr<QSignalSpy> refused;
        std::unique_ptr<QSignalSpy> closed;

        /// Opens it and waits for the port; 0 if it does not come.
        quint16 open(const TunnelSpec &spec, const ServingOptions &options = {})
        {
            const qsizetype before = opened->size();
            id = session->openTunnel(spec, options);
            if (!QTest::qWaitFor([&] { return opened->size() > before; }))
                return 0;
            return opened->last().at(1).value<quint16>();
        }
        /// Opens it and waits for the refusal.
        QString refusal(const TunnelSpec &spec)
        {
            id = session->openTunnel(spec);
            if (!QTest::qWaitFor([&] { return !refused->isEmpty(); }))
                return {};
            const QList<QVariant> told = refused->takeFirst();
            return told.at(0).toInt() == id ? told.at(1).value<Error>().detail : u"of another"_s;
        }
        int id = 0; ///< of the last one
    };
    using Peer = std::unique_ptr<FramePeer>;

    void startServer();
    Client client(const QString &id, const QString &token = {});
    /// For tunnels that are asked for again and again.
    static ServingOptions patient() { return {.keepTrying = true}; }
    Result<void> setRights(const UserRights &rights) const
    {
        const auto database = Database::open(m_directory.filePath(databaseFileName.toString()));
        return database ? AccountStore(**database).setRights(u"alice@example.com"_s, rights)
                        : Result<void>(database.error());
    }
    TunnelSpec spec(const QString &name, quint16 port = 0) const
    {
        TunnelSpec spec;
        spec.name = name;
        spec.localPort = m_service.port();
        spec.remotePort = port;
        return spec;
    }
    static Peer user(quint16 port) { return std::make_unique<FramePeer>(port); }
    static bool isServed(FramePeer &user)
    {
        user.sendRaw("hello");
        return user.raw(5) == "hello"_ba;
    }
    /// Nobody listens on \a port.
    static bool isShut(quint16 port) { return !connectLoopback(port, QDeadlineTimer(1000)).isValid(); }
    QJsonValue api(const QString &path, const QByteArray &verb = "GET");
    Discovery::Target target() const { return {u"127.0.0.1"_s, m_ports.control, {}, {}, m_token, {}, {}}; }

    QTemporaryDir m_directory;
    QString m_token; ///< of alice
    QString m_bobsToken;
    EchoService m_service;
    ServerConfig m_config;
    QList<quint16> m_allowed; ///< rising
    std::unique_ptr<ServerApp> m_app;
    PortsView m_ports;
    int m_poolMax = 16;
    bool m_onlyTunnels = false;
    bool m_wantsUserAddresses = false;
    QNetworkAccessManager m_network;
    int m_status = 0; ///< of the last answer of the API
};

void TestTunnels::initTestCase()
{
    const auto database = Database::open(m_directory.filePath(databaseFileName.toString()));
    QVERIFY(database);
    AccountStore store(**database);
    const auto addUser = [&store](const QString &email, QString &token) {
        const Result<qint64> id = store.addUser(email, u"no password fits"_s, false);
        token = newToken();
        return id && store.addToken(*id, tokenHash(token), tokenPrefix(token), {});
    };
    QVERIFY(addUser(u"alice@example.com"_s, m_token));
    QVERIFY(addUser(u"bob@example.com"_s, m_bobsToken));
    QVERIFY(m_service.start());
}

void TestTunnels::init()
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
    m_config.pendingTimeoutS = 20;
    m_config.relayThreads = 1;
    for (const quint16 port : std::as_const(m_allowed))
        QVERIFY(m_config.allowPorts.add(port, port));
    m_poolMax = 16;
    m_onlyTunnels = false;
    m_wantsUserAddresses = false;
    startServer();
}

void TestTunnels::cleanup()
{
    m_app.reset();
    QVERIFY(setRights({}));
    qunsetenv("FRPX_RELAY");
}

void TestTunnels::startServer()
{
    m_app.reset();
    m_app = std::make_unique<ServerApp>(m_config);
    QSignalSpy ready(m_app.get(), &ServerApp::ready);
    m_app->start();
    QTRY_COMPARE(ready.size(), 1);
    m_ports = m_app->ports();
}

TestTunnels::Client TestTunnels::client(const QString &id, const QString &token)
{
    SessionSettings settings;
    settings.clientId = id;
    settings.controlPort = m_ports.control;
    settings.proxyPort = m_ports.proxy;
    settings.localPort = m_service.port();
    settings.relayThreads = 1;
    settings.pool = {std::min(2, m_poolMax), m_poolMax};
    settings.onlyTunnels = m_onlyTunnels;
    settings.wantsVisitorAddresses = m_wantsUserAddresses;
    Client client;
    client.session = std::make_unique<ServerSession>(settings);
    client.opened = std::make_unique<QSignalSpy>(client.session.get(), &ServerSession::tunnelOpened);
    client.refused = std::make_unique<QSignalSpy>(client.session.get(), &ServerSession::tunnelRefused);
    client.closed = std::make_unique<QSignalSpy>(client.session.get(), &ServerSession::tunnelClosed);
    client.session->setToken(token.isEmpty() ? m_token : token);
    client.session->start();
    if (!QTest::qWaitFor([&] { return client.session->state() == ServerSession::State::Online; }))
        qFatal("the client does not come online");
    return client;
}

QJsonValue TestTunnels::api(const QString &path, const QByteArray &verb)
{
    const QNetworkRequest request(QUrl(u"http://127.0.0.1:%1%2"_s.arg(m_ports.api).arg(path)));
    const std::unique_ptr<QNetworkReply> reply(m_network.sendCustomRequest(request, verb));
    if (!QTest::qWaitFor([&reply] { return reply->isFinished(); }))
        qFatal("the API does not answer");
    m_status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    return QJsonDocument::fromJson(reply->readAll()).object().value("data"_L1);
}

void TestTunnels::opensServesAndCloses_data()
{
    QTest::addColumn<int>("poolMax");
    QTest::newRow("connections in advance") << 16;
    QTest::newRow("connections on request") << 0;
}

void TestTunnels::opensServesAndCloses()
{
    QFETCH(const int, poolMax);
    m_poolMax = poolMax;
    Client a = client(u"a"_s);
    const quint16 wanted = m_allowed.at(1);
    QCOMPARE(a.open(spec(u"web"_s, wanted)), wanted);
    const int web = a.id;
    const quint16 given = a.open(spec(u"any"_s));
    QVERIFY(m_allowed.contains(given) && given != wanted);
    for (const quint16 port : {wanted, given, m_ports.publicPort}) {
        const Peer one = user(port);
        QVERIFY(isServed(*one));
    }

    // Closing takes its own users along, and nobody else's.
    const Peer ofWeb = user(wanted);
    const Peer ofAny = user(given);
    QVERIFY(isServed(*ofWeb) && isServed(*ofAny));
    a.session->closeTunnel(web);
    QVERIFY(ofWeb->isClosed());
    QTRY_VERIFY(isShut(wanted));
    QVERIFY(isServed(*ofAny));
    QVERIFY(a.closed->isEmpty());
    QCOMPARE(a.open(spec(u"other"_s, wanted)), wanted); // free the moment it ends
}

void TestTunnels::refuses_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("port"); // a number, or which
    QTest::addColumn<QString>("says");
    QTest::newRow("no name") << QString() << u"0"_s << u"is empty"_s;
    QTest::newRow("long name") << QString(129, u'x') << u"0"_s << u"longer than 128"_s;
    QTest::newRow("control character") << u"a\nb"_s << u"0"_s << u"control character"_s;
    QTest::newRow("system's port") << u"a"_s << u"80"_s << u"not among those"_s;
    QTest::newRow("port out of range") << u"a"_s << u"1500"_s << u"not among those"_s;
    QTest::newRow("server's own port") << u"a"_s << u"control"_s << u"not among those"_s;
}

void TestTunnels::refuses()
{
    QFETCH(const QString, name);
    QFETCH(const QString, port);
    QFETCH(const QString, says);
    QVERIFY(m_config.allowPorts.add(m_ports.control, m_ports.control));
    startServer();
    Client a = client(u"a"_s);
    const quint16 wanted = port == u"control" ? m_ports.control : port.toUShort();
    const QString refusal = a.refusal(spec(name, wanted));
    QVERIFY2(refusal.contains(says), qPrintable(refusal));
    QVERIFY(a.open(spec(u"good"_s)) > 0); // the server goes on, and so does the link
    QVERIFY(a.opened->last().at(1).value<quint16>() != m_ports.control);
}

void TestTunnels::refusesAPortOfAnotherProgram()
{
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost, m_allowed.at(0)));
    Client a = client(u"a"_s);
    const QString refusal = a.refusal(spec(u"web"_s, m_allowed.at(0)));
    QVERIFY2(refusal.contains(u"Another program"_s), qPrintable(refusal));
    QCOMPARE(a.open(spec(u"web"_s)), m_allowed.at(1));
}

void TestTunnels::refusesWhenAllPortsAreTaken()
{
    Client a = client(u"a"_s);
    for (const char *name : {"1", "2", "3"})
        QVERIFY(a.open(spec(QString::fromLatin1(name))) > 0);
    const QString refusal = a.refusal(spec(u"4"_s));
    QVERIFY2(refusal.contains(u"is taken"_s), qPrintable(refusal));
    const QString second = a.refusal(spec(u"4"_s, m_allowed.at(0)));
    QVERIFY2(second.contains(u"Another tunnel"_s), qPrintable(second));
}

void TestTunnels::refusesTooManyTunnels()
{
    m_config.maxTunnelsPerUser = 1;
    startServer();
    Client a = client(u"a"_s);
    QVERIFY(a.open(spec(u"1"_s)) > 0);
    const QString refusal = a.refusal(spec(u"2"_s));
    QVERIFY2(refusal.contains(u"limit"_s), qPrintable(refusal));
}

void TestTunnels::boundsTheLeasesOfAnAccount()
{
    m_config.maxTunnelsPerUser = 1;
    startServer();
    const int before = api(u"/api/ports/leases"_s).toObject().value("total"_L1).toInt(); // of other tests
    Client a = client(u"a"_s);
    for (const char *name : {"one", "two", "three", "four"}) {
        QVERIFY(a.open(spec(QString::fromLatin1(name))) > 0);
        a.session->closeTunnel(a.id);
    }
    const QJsonObject leases = api(u"/api/ports/leases"_s).toObject();
    QCOMPARE(leases.value("max_per_account"_L1).toInt(), 2);
    const int after = leases.value("total"_L1).toInt();
    QCOMPARE(leases.value("given_up"_L1).toInt(), before + 4 - after);
}

void TestTunnels::refusesTooManySessions()
{
    m_config.maxSessionsPerUser = 2;
    startServer();
    Client a = client(u"a"_s);
    Client b = client(u"b"_s);
    SessionSettings settings = a.session->settings();
    settings.clientId = u"c"_s;
    ServerSession third(settings);
    QSignalSpy lost(&third, &ServerSession::connectionLost);
    third.setToken(m_token);
    third.start();
    QTRY_COMPARE(lost.size(), 1);
    const QString why = lost.first().at(0).value<Error>().detail;
    QVERIFY2(why.contains(u"limit of 2 sessions"_s), qPrintable(why));
    Client bob = client(u"d"_s, m_bobsToken);
    a.session.reset();
    QTRY_COMPARE(third.state(), ServerSession::State::Online); // by itself
}

void TestTunnels::letsUsersWaitAtTheLimit()
{
    Client a = client(u"a"_s);
    TunnelSpec narrow = spec(u"web"_s);
    narrow.maxConnections = 1;
    const quint16 port = a.open(narrow);
    const Peer first = user(port);
    QVERIFY(isServed(*first));
    const Peer second = user(port);
    const Peer third = user(port);
    second->sendRaw("2");
    third->sendRaw("3");
    const auto waiting = [this] {
        return api(u"/api/tunnels"_s).toArray().at(1).toObject().value("pending_connections"_L1).toInt();
    };
    QTRY_COMPARE(waiting(), 2);
    QVERIFY(second->received().isEmpty());
    first->close();
    QCOMPARE(second->raw(1), "2"_ba);
    QVERIFY(third->received().isEmpty());
    second->close();
    QCOMPARE(third->raw(1), "3"_ba);
    QCOMPARE(waiting(), 0);
}

void TestTunnels::dropsUsersWhoWaitTooLong()
{
    m_config.pendingTimeoutS = 1;
    startServer();
    Client a = client(u"a"_s);
    TunnelSpec narrow = spec(u"web"_s);
    narrow.maxConnections = 1;
    const quint16 port = a.open(narrow);
    const Peer first = user(port);
    QVERIFY(isServed(*first));
    const Peer second = user(port);
    QVERIFY(second->isClosed());
    QVERIFY(isServed(*first));
    QVERIFY(!isShut(port)); // it never flaps
    QCOMPARE(api(u"/api/stats"_s).toObject().value("rejected_timeout"_L1).toInt(), 1);
}

void TestTunnels::limitsTheUsersOfAnAccount()
{
    m_config.maxConnectionsPerUser = 1;
    startServer();
    Client a = client(u"a"_s);
    Client b = client(u"b"_s);
    const quint16 one = a.open(spec(u"1"_s));
    const quint16 two = b.open(spec(u"2"_s));
    const Peer first = user(one);
    QVERIFY(isServed(*first));
    const Peer second = user(two);
    second->sendRaw("2");
    QTRY_COMPARE(api(u"/api/stats"_s).toObject().value("pending_connections"_L1).toInt(), 1);
    first->close();
    QCOMPARE(second->raw(1), "2"_ba);
}

void TestTunnels::closesWhenItHasServedAll()
{
    Client a = client(u"a"_s);
    TunnelSpec few = spec(u"web"_s);
    few.totalConnections = 2;
    const quint16 port = a.open(few);
    const Peer first = user(port);
    QVERIFY(isServed(*first));
    QVERIFY(!isShut(port)); // this was the second one
    QTRY_VERIFY(isShut(port));
    QVERIFY(a.closed->isEmpty());
    QVERIFY(isServed(*first)); // who is there may stay
    first->close();
    QTRY_COMPARE(a.closed->size(), 1);
    QCOMPARE(a.closed->first().at(0).toInt(), a.id);
    QCOMPARE(a.closed->first().at(1).toString(), u"served_all"_s);
    QVERIFY(api(u"/api/services"_s).toArray().isEmpty());
}

void TestTunnels::endsWithItsLifetime_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::newRow("epoll") << "epoll"_ba;
    QTest::newRow("portable") << "portable"_ba;
}

void TestTunnels::endsWithItsLifetime()
{
    QFETCH(const QByteArray, backend);
    qputenv("FRPX_RELAY", backend);
    startServer();
    Client a = client(u"a"_s);
    TunnelSpec brief = spec(u"web"_s);
    brief.lifetimeS = 1;
    brief.maxConnections = 1;
    const quint16 port = a.open(brief);
    const Peer served = user(port);
    const Peer elsewhere = user(m_ports.publicPort);
    QVERIFY(isServed(*served) && isServed(*elsewhere));
    const Peer waits = user(port);
    QTRY_COMPARE(a.closed->size(), 1);
    QCOMPARE(a.closed->first().at(1).toString(), u"lifetime"_s);
    QVERIFY(served->isClosed());
    QVERIFY(waits->isClosed());
    QTRY_VERIFY(isShut(port));
    QVERIFY(isServed(*elsewhere));
}

void TestTunnels::sharesAPortInAGroup()
{
    Client a = client(u"a"_s);
    Client b = client(u"b"_s);
    TunnelSpec shared = spec(u"web"_s);
    shared.group = u"key"_s;
    shared.policy = u"round-robin"_s;
    const quint16 port = a.open(shared);
    QCOMPARE(b.open(shared), port);
    const Peer first = user(port);
    const Peer second = user(port);
    QVERIFY(isServed(*first) && isServed(*second));
    const QJsonObject view = api(u"/api/tunnels"_s).toArray().at(1).toObject();
    QCOMPARE(view.value("clients"_L1).toInt(), 2);
    QCOMPARE(view.value("policy"_L1).toString(), u"round-robin"_s);
    for (const char *id : {"a", "b"}) {
        const QJsonObject each = api(u"/api/clients/"_s + QLatin1String(id)).toObject();
        QCOMPARE(each.value("open_connections"_L1).toInt(), 1);
    }

    Client c = client(u"c"_s);
    shared.group = u"other"_s;
    QVERIFY(c.refusal(shared).contains(u"group key"_s));

    a.session->closeTunnel(a.id); // the other one stays
    for (int i = 0; i < 3; ++i) {
        const Peer later = user(port);
        QVERIFY(isServed(*later));
    }
    b.session.reset();
    QTRY_VERIFY(isShut(port));
}

void TestTunnels::comesBackAfterALostLink()
{
    Client a = client(u"a"_s);
    Client b = client(u"b"_s);
    const quint16 port = a.open(spec(u"web"_s));
    const Peer served = user(port);
    QVERIFY(isServed(*served));
    api(u"/api/clients/a?retry_after_s=1"_s, "DELETE");
    QCOMPARE(m_status, 200);
    const QString refusal = b.refusal(spec(u"thief"_s, port)); // it is kept for its owner
    QVERIFY2(refusal.contains(u"Another tunnel"_s), qPrintable(refusal));
    QTRY_COMPARE(a.opened->size(), 2);
    QCOMPARE(a.opened->last().at(0).toInt(), a.id);
    QCOMPARE(a.opened->last().at(1).value<quint16>(), port);
    QVERIFY(isServed(*served)); // a relay does not need the link
    const Peer next = user(port);
    QVERIFY(isServed(*next));
}

void TestTunnels::comesBackAfterARestart()
{
    Client a = client(u"a"_s);
    const quint16 first = a.open(spec(u"first"_s));
    const quint16 second = a.open(spec(u"second"_s));
    a.session->closeTunnel(1); // the server's own choice would be this one
    m_app.reset();
    startServer();
    QTRY_COMPARE(a.opened->size(), 3);
    QCOMPARE(a.opened->last().at(1).value<quint16>(), second);
    QVERIFY(isShut(first));
    const Peer next = user(second);
    QVERIFY(isServed(*next));
}

void TestTunnels::keepsItsCountOverALostLink()
{
    Client a = client(u"a"_s);
    TunnelSpec few = spec(u"web"_s);
    few.totalConnections = 2;
    const quint16 port = a.open(few);
    const Peer first = user(port);
    QVERIFY(isServed(*first));
    first->close();
    const QString birth = api(u"/api/services"_s).toArray().at(0).toObject().value("birth"_L1).toString();
    api(u"/api/clients/a?retry_after_s=0"_s, "DELETE");
    QTRY_COMPARE(a.opened->size(), 2);
    const QJsonObject service = api(u"/api/services"_s).toArray().at(0).toObject();
    QCOMPARE(service.value("already_serve"_L1).toInt(), 1);
    QCOMPARE(service.value("birth"_L1).toString(), birth);
    const Peer second = user(port);
    QVERIFY(isServed(*second));
    QTRY_VERIFY(isShut(port));
}

void TestTunnels::triesAgainIfToldSo()
{
    auto other = std::make_unique<QTcpServer>();
    QVERIFY(other->listen(QHostAddress::LocalHost, m_allowed.at(0)));
    Client a = client(u"a"_s);
    QSignalSpy delayed(a.session.get(), &ServerSession::tunnelDelayed);
    a.session->openTunnel(spec(u"web"_s, m_allowed.at(0)), patient());
    QTRY_COMPARE(delayed.size(), 1);
    QCOMPARE(delayed.first().at(3).toLongLong(), 15'000);
    QVERIFY(a.refused->isEmpty());
    QCOMPARE(a.session->refusedTunnels().size(), 1u);
    other.reset();
    QCOMPARE(a.session->tryAgain(), 1);
    QTRY_COMPARE(a.opened->size(), 1);
    QCOMPARE(a.opened->last().at(1).value<quint16>(), m_allowed.at(0));
    QVERIFY(a.session->refusedTunnels().empty());
}

void TestTunnels::isToldWhenAPlaceIsFree_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("how");
    for (const QString &what : {u"name"_s, u"port"_s, u"limit"_s, u"group"_s}) {
        QTest::addRow("%s, closed", qPrintable(what)) << what << u"closed"_s;
        QTest::addRow("%s, left", qPrintable(what)) << what << u"left"_s;
        QTest::addRow("%s, deleted", qPrintable(what)) << what << u"deleted"_s;
    }
    QTest::newRow("name, lost") << u"name"_s << u"lost"_s;
    QTest::newRow("limit, lost") << u"limit"_s << u"lost"_s;
}

/// A client is refused what another one of its account has, and gets it the moment that is free: long before
/// it would ask again by itself.
void TestTunnels::isToldWhenAPlaceIsFree()
{
    QFETCH(const QString, what);
    QFETCH(const QString, how);
    if (what == u"limit") {
        m_config.maxTunnelsPerUser = 1;
        startServer();
    }
    Client a = client(u"a"_s);
    TunnelSpec first = spec(u"web"_s, m_allowed.at(0));
    TunnelSpec second = spec(
        what == u"name" || what == u"group" ? u"web"_s : u"other"_s, m_allowed.at(what == u"limit" ? 1 : 0));
    if (what == u"group") {
        first.group = u"key"_s;
        second.group = u"another"_s;
    }
    QVERIFY(a.open(first) > 0);
    Client b = client(u"b"_s);
    QSignalSpy delayed(b.session.get(), &ServerSession::tunnelDelayed);
    b.session->openTunnel(second, patient());
    QTRY_COMPARE(delayed.size(), 1);
    if (how == u"closed")
        a.session->closeTunnel(a.id);
    else if (how == u"left")
        a.session->drain(10'000);
    else if (how == u"deleted")
        api(u"/api/tunnels/t1"_s, "DELETE");
    else
        api(u"/api/clients/a?retry_after_s=60"_s, "DELETE");
    QTRY_COMPARE(b.opened->size(), 1);
    QCOMPARE(b.opened->last().at(1).value<quint16>(), second.remotePort);
    QCOMPARE(delayed.size(), 1); // told once, and in time
    const Peer one = user(second.remotePort);
    QVERIFY(isServed(*one));
}

void TestTunnels::isToldWhenItsRightsChange()
{
    Client a = client(u"a"_s);
    QVERIFY(a.open(spec(u"web"_s, m_allowed.at(0)), patient()) > 0);
    UserRights rights;
    rights.ports = PortRanges();
    QVERIFY(setRights(rights));
    Client b = client(u"b"_s); // a login sees the rights at once
    QSignalSpy delayed(b.session.get(), &ServerSession::tunnelDelayed);
    b.session->openTunnel(spec(u"other"_s, m_allowed.at(1)), patient());
    b.session->openTunnel(spec(u"any"_s), patient());
    QTRY_COMPARE(delayed.size(), 2);
    api(u"/api/clients/a?retry_after_s=0"_s, "DELETE"); // what is open stays, but not over a break
    QSignalSpy delayedOfA(a.session.get(), &ServerSession::tunnelDelayed);
    QTRY_COMPARE(delayedOfA.size(), 1);
    QCOMPARE(delayedOfA.first().at(2).value<proto::TunnelCode>(), proto::TunnelCode::PortNotAllowed);

    QVERIFY(setRights({}));
    QTRY_COMPARE(b.opened->size(), 2);
    QTRY_COMPARE(a.opened->size(), 2);
    QCOMPARE(a.opened->last().at(1).value<quint16>(), m_allowed.at(0));
    QVERIFY(a.refused->isEmpty() && b.refused->isEmpty());
}

void TestTunnels::tellsOnlyThoseWhoUnderstand()
{
    Client a = client(u"a"_s);
    QVERIFY(a.open(spec(u"web"_s, m_allowed.at(0))) > 0);
    const auto registered = [this](const char *id, const char *features) {
        auto peer = std::make_unique<FramePeer>(m_ports.control);
        peer->send(R"({"LoginByToken":{"token":")" + m_token.toUtf8() + R"("}})");
        peer->frame();
        peer->send(QByteArray(R"({"Register":{"client_id":")") + id + R"(","features":[)" + features + "]}}");
        peer->frame();
        peer->send(R"({"OpenTunnel":{"request_id":1,"name":"web","port":0}})");
        return peer;
    };
    const Peer old = registered("old", R"("tunnels")");
    const Peer current = registered("current", R"("tunnels","retry-tunnels")");
    for (FramePeer *peer : {old.get(), current.get()})
        QCOMPARE(peer->message(u"OpenTunnelResult"_s).value("code"_L1).toString(), u"name_in_use"_s);
    a.session->closeTunnel(a.id);
    QCOMPARE(current->frame(), R"("RetryTunnels")"_ba);
    old->send(R"({"ListFreePorts":{"request_id":2}})");
    QCOMPARE(old->message(u"FreePorts"_s).value("request_id"_L1).toInt(), 2); // nothing before
}

void TestTunnels::sendsVisitorsToHealthyServices_data()
{
    QTest::addColumn<QString>("check");
    QTest::newRow("by a connection") << u"tcp"_s;
    QTest::newRow("by a request") << u"http"_s; // of a service that does not speak HTTP: it is bad
}

void TestTunnels::sendsVisitorsToHealthyServices()
{
    QFETCH(const QString, check);
    TunnelSpec shared = spec(u"web"_s);
    shared.group = u"key"_s;
    shared.policy = u"round-robin"_s;
    Client a = client(u"a"_s);
    const quint16 port = a.open(shared);
    QVERIFY(port > 0);

    EchoService own;
    QVERIFY(own.start());
    const quint16 ownPort = own.port();
    shared.localPort = ownPort;
    shared.healthCheck = check;
    shared.healthIntervalS = 1;
    shared.healthMaxFailed = 1;
    if (check == "tcp"_L1)
        own.stop();
    Client b = client(u"b"_s);
    QCOMPARE(b.open(shared), port);
    QTRY_COMPARE(api(u"/api/tunnels/t1"_s)["available_clients"_L1].toInt(), 1);
    QCOMPARE(api(u"/api/tunnels/t1"_s)["clients"_L1].toInt(), 2);
    QCOMPARE(api(u"/api/tunnels/default"_s)["available_clients"_L1].toInt(), 2); // another service
    for (int visitors = 0; visitors < 6; ++visitors)
        QVERIFY(isServed(*user(port)));

    // The state is told again where a new pool takes the client for healthy.
    b.session->closeTunnel(b.id);
    QTRY_COMPARE(api(u"/api/tunnels/t1"_s)["clients"_L1].toInt(), 1);
    QCOMPARE(b.open(shared), port);
    QTRY_COMPARE(api(u"/api/tunnels/t1"_s)["available_clients"_L1].toInt(), 1);

    if (check == "tcp"_L1) {
        QVERIFY(own.start(ownPort));
        QTRY_COMPARE(api(u"/api/tunnels/t1"_s)["available_clients"_L1].toInt(), 2);
    }
}

void TestTunnels::givesEachClientOfAGroupItsWeight()
{
    TunnelSpec shared = spec(u"web"_s);
    shared.group = u"key"_s;
    shared.policy = u"round-robin"_s;
    shared.weight = 3;
    Client a = client(u"a"_s);
    const quint16 port = a.open(shared);
    shared.weight = 1;
    Client b = client(u"b"_s);
    QCOMPARE(b.open(shared), port);
    std::vector<Peer> visitors;
    for (int i = 0; i < 8; ++i) {
        visitors.push_back(user(port));
        QVERIFY(isServed(*visitors.back()));
    }
    QCOMPARE(api(u"/api/clients/a"_s)["open_connections"_L1].toInt(), 6);
    QCOMPARE(api(u"/api/clients/b"_s)["open_connections"_L1].toInt(), 2);
}

void TestTunnels::freesThePortForItsAccount_data()
{
    QTest::addColumn<QString>("how");
    QTest::addColumn<bool>("forItsAccount");
    QTest::addColumn<bool>("forOthers");
    QTest::newRow("closed") << u"closed"_s << true << true;
    QTest::newRow("drained") << u"drained"_s << true << false;
    QTest::newRow("left without waiting") << u"undrained"_s << true << false;
    QTest::newRow("stopped") << u"stopped"_s << true << false;
    QTest::newRow("destroyed") << u"destroyed"_s << true << false;
    QTest::newRow("lost") << u"lost"_s << false << false;
}

void TestTunnels::freesThePortForItsAccount()
{
    QFETCH(const QString, how);
    QFETCH(const bool, forItsAccount);
    QFETCH(const bool, forOthers);
    Client a = client(u"a"_s);
    Client b = client(u"b"_s);
    Client bob = client(u"c"_s, m_bobsToken);
    const quint16 port = a.open(spec(u"web"_s, m_allowed.at(0)));
    QCOMPARE(port, m_allowed.at(0));
    if (how == u"closed")
        a.session->closeTunnel(a.id);
    else if (how == u"drained")
        a.session->drain(10'000);
    else if (how == u"undrained")
        a.session->drain(0);
    else if (how == u"stopped")
        a.session->stop();
    else if (how == u"destroyed")
        a.session.reset();
    else
        api(u"/api/clients/a?retry_after_s=60"_s, "DELETE");
    QTRY_COMPARE(api(u"/api/services"_s).toArray().size(), 0);
    if (!forOthers)
        QVERIFY(bob.refusal(spec(u"web"_s, port)).contains(u"Another tunnel"_s));
    if (forItsAccount)
        QCOMPARE((forOthers ? bob : b).open(spec(u"other"_s, port)), port);
    else
        QVERIFY(b.refusal(spec(u"other"_s, port)).contains(u"Another tunnel"_s));
}

void TestTunnels::isClosedByTheAdministrator()
{
    Client a = client(u"a"_s);
    const quint16 port = a.open(spec(u"web"_s));
    const Peer served = user(port);
    QVERIFY(isServed(*served));
    const QString id = api(u"/api/tunnels"_s).toArray().at(1).toObject().value("id"_L1).toString();
    api(u"/api/tunnels/default"_s, "DELETE");
    QCOMPARE(m_status, 409);
    api(u"/api/tunnels/"_s + id, "DELETE");
    QCOMPARE(m_status, 200);
    QVERIFY(served->isClosed());
    QTRY_COMPARE(a.closed->size(), 1);
    QCOMPARE(a.closed->first().at(1).toString(), u"deleted"_s);
    api(u"/api/tunnels/"_s + id, "DELETE");
    QCOMPARE(m_status, 404);
    api(u"/api/clients/a?retry_after_s=0"_s, "DELETE");
    QTRY_VERIFY(a.session->state() != ServerSession::State::Online);
    QTRY_COMPARE(a.session->state(), ServerSession::State::Online);
    QVERIFY(a.open(spec(u"other"_s)) > 0);
    QCOMPARE(api(u"/api/services"_s).toArray().size(), 1); // it has not come back
}

void TestTunnels::leavesTheDefaultTunnelAloneIfToldSo()
{
    m_onlyTunnels = true;
    Client a = client(u"a"_s);
    const quint16 port = a.open(spec(u"web"_s));
    const Peer ofTunnel = user(port);
    QVERIFY(isServed(*ofTunnel));
    const Peer ofNobody = user(m_ports.publicPort);
    QVERIFY(ofNobody->isClosed());
}

void TestTunnels::tellsTheServiceWhoComes()
{
    m_wantsUserAddresses = true;
    Client a = client(u"a"_s);
    TunnelSpec told = spec(u"told"_s);
    told.proxyProtocol = u"v1"_s;
    const Peer ofTold = user(a.open(told));
    ofTold->sendRaw("hello");
    QCOMPARE(ofTold->raw(11), "PROXY TCP4 "_ba); // the service echoes what it gets
    QTRY_VERIFY(ofTold->received().endsWith("\r\nhello"));
    const Peer ofOther = user(a.open(spec(u"other"_s)));
    QVERIFY(isServed(*ofOther));
}

void TestTunnels::findsServicesAndPorts()
{
    Client a = client(u"a"_s);
    TunnelSpec web = spec(u"web"_s, m_allowed.at(0));
    web.message = u"the web"_s;
    web.maxConnections = 3;
    web.totalConnections = 100;
    web.lifetimeS = 3600;
    QVERIFY(a.open(web) > 0);
    QVERIFY(a.open(spec(u"ssh"_s, m_allowed.at(2))) > 0);
    const Peer served = user(m_allowed.at(0));
    QVERIFY(isServed(*served));

    const auto find = [this](const QString &prefix) {
        Discovery discovery(target());
        std::vector<proto::Service> found;
        bool over = false;
        connect(
            &discovery, &Discovery::servicesFound, this, [&](const std::vector<proto::Service> &services) {
                found = services;
                over = true;
            });
        discovery.findServices(prefix);
        [[maybe_unused]] const bool inTime = QTest::qWaitFor([&over] { return over; });
        return found;
    };
    const std::vector<proto::Service> all = find({});
    QCOMPARE(all.size(), 2u);
    QCOMPARE(all.at(0).name, u"web"_s);
    QCOMPARE(all.at(0).port, m_allowed.at(0));
    QCOMPARE(all.at(0).message, u"the web"_s);
    QCOMPARE(all.at(0).online, 1);
    QCOMPARE(all.at(0).capacity, 3);
    QCOMPARE(all.at(0).alreadyServe, 1);
    QCOMPARE(all.at(0).totalServe, 100);
    const QDateTime birth = QDateTime::fromString(all.at(0).birth, Qt::ISODateWithMs);
    const QDateTime deadLine = QDateTime::fromString(all.at(0).deadLine, Qt::ISODateWithMs);
    QVERIFY(std::abs(birth.secsTo(deadLine) - 3600) <= 1);
    QCOMPARE(all.at(1).name, u"ssh"_s);
    QVERIFY(all.at(1).deadLine.isEmpty());
    QCOMPARE(find(u"w"_s).size(), 1u);
    QCOMPARE(find(u"x"_s).size(), 0u);

    Discovery discovery(target());
    std::vector<proto::PortRange> ports;
    connect(&discovery, &Discovery::freePortsFound, this,
        [&ports](const std::vector<proto::PortRange> &found) { ports = found; });
    discovery.findFreePorts();
    QTRY_COMPARE(ports.size(), 1u);
    QCOMPARE(ports.front().from, m_allowed.at(1));
    QCOMPARE(ports.front().to, m_allowed.at(1));
}

void TestTunnels::refusesStrangersWhoAsk()
{
    Discovery::Target stranger = target();
    stranger.token = u"nonsense"_s;
    Discovery discovery(stranger);
    QSignalSpy failed(&discovery, &Discovery::failed);
    discovery.findFreePorts();
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed.first().at(0).value<Error>().code, Errc::InvalidToken);

    FramePeer unknown(m_ports.control);
    unknown.send(R"({"ListServices":{"request_id":1,"prefix":""}})");
    QVERIFY(unknown.isClosed());
}

const frpx::test::TestRegistration registration("tst_tunnels", frpx::test::runTest<TestTunnels>);

#include "tst_tunnels.moc"
