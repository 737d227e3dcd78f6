// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tls/certificate.h"
#include "frpc/session/serversession.h"
#include "tests/support/echoservice.h"
#include "tests/support/framepeer.h"
#include "tests/support/process.h"
#include "tests/support/testregistry.h"

#include <QPointer>
#include <QPromise>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QThread>

#include <atomic>
#include <mutex>

#include <Frpx/Server>

using namespace frpx;
using namespace frpx::client;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// Frpx::Server in a program, with clients that open tunnels to an echo service.
class TestLibServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_service.start()); }
    void init();
    void cleanup();

    // What users of proxylite rely on.
    void basic();
    void cancel();
    void multiplex();
    void limitsUsersAtATime();
    void limitsUsersInTotal();
    void limitsTheLifetime();
    void callsHooks();
    void countsAndSeesEveryByte_data();
    void countsAndSeesEveryByte();
    void abortsUsers_data();
    void abortsUsers();
    void abortsTunnels_data();
    void abortsTunnels();

    void keepsDataHooksToTheirTunnel();
    void keepsValuesAsLongAsTheTunnel();
    void tellsTheEndOnceItsUsersHaveLeft();
    void tellsThatAClientIsLost();
    void addsPortsWhileItRuns();
    void letsIn_data();
    void letsIn();
    void usesTheDataDirectory();
    void asksTheProgramAndWaits();
    void showsItsCertificate();
    void tellsWhyItDoesNotStart();
    void startsAndStopsAgainAndAgain();
    void isDestroyedWithUsers();
    void isStoppedFromWithinAHook();
    void isDestroyedFromWithinASlot();
    void livesBesideAnother();
    void drains();

private:
    struct Client
    {
        std::unique_ptr<ServerSession> session;
        std::unique_ptr<QSignalSpy> opened;
        std::unique_ptr<QSignalSpy> refused;
        std::unique_ptr<QSignalSpy> closed;
        int id = 0; ///< of the last tunnel

        /// Opens it and waits for the port; 0 if it does not come.
        quint16 open(const TunnelSpec &spec)
        {
            const qsizetype before = opened->size();
            id = session->openTunnel(spec);
            if (!QTest::qWaitFor([&] { return opened->size() > before; }))
                return 0;
            return opened->last().at(1).value<quint16>();
        }
    };
    using Peer = std::unique_ptr<FramePeer>;

    bool start(Frpx::Server &server, quint16 control, quint16 proxy);
    bool start() { return start(*m_server, m_free.at(0), m_free.at(1)); }
    Client client(const QString &id, const Frpx::Server &server, const QString &account = u"alice"_s,
        const QString &password = u"secret"_s, const TlsSettings &tls = {});
    Client client(const QString &id = u"a"_s) { return client(id, *m_server); }
    bool comesOnline(const Client &client) const
    {
        return QTest::qWaitFor([&] { return client.session->state() == ServerSession::State::Online; });
    }
    TunnelSpec spec(const QString &name = u"web"_s, quint16 port = 0) const
    {
        TunnelSpec spec;
        spec.name = name;
        spec.localPort = m_service.port();
        spec.remotePort = port;
        return spec;
    }
    static Peer user(quint16 port) { return std::make_unique<FramePeer>(port); }
    static bool isServed(FramePeer &user, const QByteArray &words = "hello")
    {
        user.sendRaw(words);
        return user.raw(words.size()) == words;
    }
    /// Nobody listens on \a port.
    static bool isShut(quint16 port) { return !connectLoopback(port, QDeadlineTimer(1000)).isValid(); }

    EchoService m_service;
    QList<quint16> m_free; ///< ports; the first two are for the server, the others to be given away
    std::unique_ptr<Frpx::Server> m_server;
};

void TestLibServer::init()
{
    m_free = freePorts(6);
    std::sort(m_free.begin(), m_free.end());
    m_server = std::make_unique<Frpx::Server>();
    m_server->setAddress(QHostAddress(QHostAddress::LocalHost));
    m_server->setThreads(2);
    m_server->addAccount(u"alice"_s, u"secret"_s);
    for (const quint16 port : m_free.sliced(2))
        QVERIFY(m_server->addPorts(port, port));
}

void TestLibServer::cleanup()
{
    m_server.reset();
    qunsetenv("FRPX_RELAY");
}

bool TestLibServer::start(Frpx::Server &server, quint16 control, quint16 proxy)
{
    const QFuture<bool> started = server.start(control, proxy);
    return QTest::qWaitFor([&] { return started.isFinished(); }) && started.result();
}

TestLibServer::Client TestLibServer::client(const QString &id, const Frpx::Server &server,
    const QString &account, const QString &password, const TlsSettings &tls)
{
    SessionSettings settings;
    settings.clientId = id;
    settings.controlPort = server.controlPort();
    settings.proxyPort = server.proxyPort();
    settings.relayThreads = 1;
    settings.pool = {1, 4};
    settings.onlyTunnels = true;
    settings.tls = tls;
    Client client;
    client.session = std::make_unique<ServerSession>(settings);
    client.opened = std::make_unique<QSignalSpy>(client.session.get(), &ServerSession::tunnelOpened);
    client.refused = std::make_unique<QSignalSpy>(client.session.get(), &ServerSession::tunnelRefused);
    client.closed = std::make_unique<QSignalSpy>(client.session.get(), &ServerSession::tunnelClosed);
    client.session->setCredentials(account, password);
    client.session->start();
    return client;
}

void TestLibServer::basic()
{
    QSignalSpy states(m_server.get(), &Frpx::Server::stateChanged);
    QSignalSpy opened(m_server.get(), &Frpx::Server::tunnelOpened);
    QVERIFY(start());
    QCOMPARE(m_server->state(), Frpx::Server::State::Running);
    QCOMPARE(states.size(), 2);
    QCOMPARE(m_server->freePorts().size(), 4);
    Client a = client();
    TunnelSpec wanted = spec(u"ssh"_s, m_free.at(3));
    wanted.message = u"ssh login"_s;
    wanted.maxConnections = 3;
    wanted.totalConnections = 1000;
    wanted.lifetimeS = 600;
    QCOMPARE(a.open(wanted), m_free.at(3));
    QTRY_COMPARE(opened.size(), 1);
    const auto info = opened.first().first().value<Frpx::TunnelInfo>();
    QCOMPARE(info.name, u"ssh"_s);
    QCOMPARE(info.port, m_free.at(3));
    QCOMPARE(info.message, u"ssh login"_s);
    QCOMPARE(info.clientId, u"a"_s);
    QCOMPARE(info.account, u"alice"_s);
    QCOMPARE(info.limits.maxConnections, 3);
    QCOMPARE(info.limits.totalConnections, 1000);
    QCOMPARE(info.limits.lifetime, std::chrono::seconds(600));

    const Peer first = user(m_free.at(3));
    const Peer second = user(m_free.at(3));
    QVERIFY(isServed(*first) && isServed(*second));
    const Frpx::ServiceList services = m_server->services(u"s"_s);
    QCOMPARE(services.size(), 1);
    QCOMPARE(services.first().port, m_free.at(3));
    QCOMPARE(services.first().online, 2);
    QCOMPARE(services.first().capacity, 3);
    QCOMPARE(services.first().alreadyServed, 2);
    QCOMPARE(services.first().totalServe, 1000);
    QVERIFY(services.first().birth.isValid());
    QVERIFY(services.first().birth.secsTo(services.first().deadline) > 590);
    QVERIFY(m_server->services(u"t"_s).isEmpty());
    QCOMPARE(m_server->freePorts().size(), 3);
}

void TestLibServer::cancel()
{
    QSignalSpy closed(m_server.get(), &Frpx::Server::tunnelClosed);
    QVERIFY(start());
    Client a = client();
    const quint16 port = a.open(spec());
    const Peer served = user(port);
    QVERIFY(isServed(*served));
    a.session->closeTunnel(a.id);
    QVERIFY(served->isClosed());
    QTRY_COMPARE(closed.size(), 1);
    QCOMPARE(closed.first().at(1).value<Frpx::TunnelEnd>(), Frpx::TunnelEnd::Closed);
    QVERIFY(isShut(port));
    QCOMPARE(a.open(spec(u"other"_s, port)), port); // free at once
    QVERIFY(isServed(*user(port)));
}

void TestLibServer::multiplex()
{
    QVERIFY(start());
    Client a = client(u"a"_s);
    Client b = client(u"b"_s);
    const QList<quint16> ports{a.open(spec(u"1"_s)), a.open(spec(u"2"_s)), b.open(spec(u"3"_s))};
    std::vector<Peer> users;
    for (int i = 0; i < 30; ++i)
        users.push_back(user(ports.at(i % 3)));
    for (int round = 0; round < 3; ++round) {
        for (size_t i = 0; i < users.size(); ++i)
            users[i]->sendRaw("round " + QByteArray::number(round) + " of " + QByteArray::number(i));
        for (size_t i = users.size(); i > 0; --i) {
            const QByteArray words =
                "round " + QByteArray::number(round) + " of " + QByteArray::number(i - 1);
            QCOMPARE(users[i - 1]->raw(words.size()), words);
        }
    }
}

void TestLibServer::limitsUsersAtATime()
{
    int connected = 0;
    m_server->setUserConnectedHook([&](Frpx::HookContext &) { ++connected; });
    QVERIFY(start());
    Client a = client();
    TunnelSpec narrow = spec();
    narrow.maxConnections = 1;
    const quint16 port = a.open(narrow);
    const Peer first = user(port);
    QVERIFY(isServed(*first));
    const Peer second = user(port);
    second->sendRaw("2");
    QVERIFY(isServed(*first));
    QCOMPARE(connected, 1); // the other one has no place yet
    QVERIFY(second->received().isEmpty());
    first->close();
    QCOMPARE(second->raw(1), "2"_ba);
    QCOMPARE(connected, 2);
}

void TestLibServer::limitsUsersInTotal()
{
    QStringList story;
    m_server->setUserConnectedHook([&](Frpx::HookContext &) { story += u"connected"_s; });
    m_server->setUserLeavingHook([&](Frpx::HookContext &) { story += u"leaving"_s; });
    m_server->setTunnelClosedHook([&](Frpx::HookContext &context) {
        story += context.tunnelEnd() == Frpx::TunnelEnd::ServedAll ? u"served all"_s : u"?"_s;
    });
    QVERIFY(start());
    Client a = client();
    TunnelSpec few = spec();
    few.totalConnections = 1;
    const quint16 port = a.open(few);
    {
        const Peer first = user(port);
        QVERIFY(isServed(*first));
        QTRY_VERIFY(isShut(port));
        QVERIFY(isServed(*first)); // who is there may stay
    }
    QTRY_COMPARE(a.closed->size(), 1);
    const QStringList expected{u"connected"_s, u"leaving"_s, u"served all"_s};
    QTRY_COMPARE(story, expected);
}

void TestLibServer::limitsTheLifetime()
{
    QSignalSpy closed(m_server.get(), &Frpx::Server::tunnelClosed);
    QVERIFY(start());
    Client a = client();
    TunnelSpec brief = spec();
    brief.lifetimeS = 1;
    const quint16 port = a.open(brief);
    const Peer served = user(port);
    QVERIFY(isServed(*served));
    QTRY_COMPARE(closed.size(), 1);
    QCOMPARE(closed.first().at(1).value<Frpx::TunnelEnd>(), Frpx::TunnelEnd::LifetimeOver);
    QVERIFY(served->isClosed());
}

void TestLibServer::callsHooks()
{
    QStringList story;
    const auto tell = [&](const QString &what) {
        return [&story, what](Frpx::HookContext &context) {
            story += what + u' ' + context.tunnel().name;
            if (QThread::currentThread() != qApp->thread())
                story += u"in another thread"_s;
        };
    };
    Frpx::Endpoint local;
    Frpx::Endpoint remote;
    Frpx::Endpoint inner;
    m_server->setTunnelOpenedHook([&, opened = tell(u"opened"_s)](Frpx::HookContext &context) {
        opened(context);
        QVERIFY(context.userRemoteAddress().address.isNull());
        QVERIFY(context.innerRemoteAddress().address.isLoopback());
        QCOMPARE(context.innerLocalAddress().port, m_server->controlPort());
        QVERIFY(context.data().isEmpty());
    });
    m_server->setTunnelClosedHook(tell(u"closed"_s));
    m_server->setUserConnectedHook([&, connected = tell(u"connected"_s)](Frpx::HookContext &context) {
        connected(context);
        local = context.userLocalAddress();
        remote = context.userRemoteAddress();
        inner = context.innerLocalAddress();
    });
    quint64 toTunnel = 0;
    quint64 toUser = 0;
    m_server->setUserLeavingHook([&, leaving = tell(u"leaving"_s)](Frpx::HookContext &context) {
        leaving(context);
        toTunnel = context.bytesToTunnel();
        toUser = context.bytesToUser();
        QCOMPARE(context.userRemoteAddress(), remote);
        QCOMPARE(context.innerLocalAddress().port, m_server->proxyPort());
        QVERIFY(context.innerRemoteAddress().port != 0);
    });
    QVERIFY(start());
    Client a = client();
    const quint16 port = a.open(spec());
    {
        const Peer served = user(port);
        QVERIFY(isServed(*served));
        QCOMPARE(local, (Frpx::Endpoint{QHostAddress(QHostAddress::LocalHost), port}));
        QCOMPARE(remote.address, QHostAddress(QHostAddress::LocalHost));
        QVERIFY(remote.port != 0);
        QCOMPARE(remote.toString(), u"127.0.0.1:%1"_s.arg(remote.port));
        QCOMPARE(inner.port, m_server->controlPort());
    }
    QTRY_COMPARE(story.size(), 3);
    a.session->closeTunnel(a.id);
    const QStringList expected{u"opened web"_s, u"connected web"_s, u"leaving web"_s, u"closed web"_s};
    QTRY_COMPARE(story, expected);
    QCOMPARE(toTunnel, quint64(5));
    QCOMPARE(toUser, quint64(5));
}

void TestLibServer::countsAndSeesEveryByte_data()
{
    QTest::addColumn<QByteArray>("backend");
    QTest::newRow("epoll") << "epoll"_ba;
    QTest::newRow("portable") << "portable"_ba;
}

void TestLibServer::countsAndSeesEveryByte()
{
    QFETCH(const QByteArray, backend);
    qputenv("FRPX_RELAY", backend);
    std::mutex mutex;
    QByteArray toTunnel; // guarded by mutex, as the next one
    QByteArray toUser;
    m_server->setDataToTunnelHook([&](Frpx::HookContext &context) {
        const std::scoped_lock lock(mutex);
        toTunnel += context.data();
        context.values().add(u"bytes"_s, context.data().size());
    });
    m_server->setDataToUserHook([&](Frpx::HookContext &context) {
        const std::scoped_lock lock(mutex);
        toUser += context.data();
    });
    qint64 counted = 0;
    quint64 told = 0;
    m_server->setUserLeavingHook([&](Frpx::HookContext &context) {
        counted = context.values().value(u"bytes"_s).toLongLong();
        told = context.bytesToTunnel();
    });
    QVERIFY(start());
    Client a = client();
    const quint16 port = a.open(spec());
    QByteArray words;
    for (int i = 0; words.size() < 300'000; ++i)
        words += QByteArray::number(i);
    {
        const Peer served = user(port);
        QVERIFY(isServed(*served, words)); // the first bytes are there before a client has accepted
    }
    QTRY_COMPARE(told, quint64(words.size()));
    QCOMPARE(counted, words.size());
    const std::scoped_lock lock(mutex);
    QVERIFY(toTunnel == words);
    QVERIFY(toUser == words);
}

void TestLibServer::abortsUsers_data()
{
    QTest::addColumn<QString>("where");
    for (const char *where : {"connected", "to tunnel", "to user"})
        QTest::newRow(where) << QString::fromLatin1(where);
}

void TestLibServer::abortsUsers()
{
    QFETCH(const QString, where);
    const auto abort = [](Frpx::HookContext &context) { context.abortUser(); };
    const auto abortBad = [](Frpx::HookContext &context) {
        if (context.data().contains("bad"))
            context.abortUser();
    };
    int leaving = 0;
    m_server->setUserLeavingHook([&](Frpx::HookContext &) { ++leaving; });
    if (where == "connected"_L1)
        m_server->setUserConnectedHook(abort);
    else if (where == "to tunnel"_L1)
        m_server->setDataToTunnelHook(abortBad);
    else
        m_server->setDataToUserHook(abortBad);
    QVERIFY(start());
    Client a = client();
    const quint16 port = a.open(spec());
    const Peer aborted = user(port);
    const Peer good = user(port);
    aborted->sendRaw("bad");
    QVERIFY(aborted->isClosed());
    QVERIFY(aborted->received().isEmpty());
    if (where == "connected"_L1) {
        QVERIFY(good->isClosed());
        QCOMPARE(m_server->services().first().alreadyServed, 0);
        m_server->setUserConnectedHook({});
    } else {
        QVERIFY(isServed(*good));
        QTRY_COMPARE(leaving, 1);
    }
    QVERIFY(isServed(*user(port))); // the tunnel is as it was
}

void TestLibServer::abortsTunnels_data()
{
    QTest::addColumn<QString>("where");
    for (const char *where : {"opened", "connected", "data", "leaving", "call"})
        QTest::newRow(where) << QString::fromLatin1(where);
}

void TestLibServer::abortsTunnels()
{
    QFETCH(const QString, where);
    const auto abort = [](Frpx::HookContext &context) { context.abortTunnel(u"not today"_s); };
    QSignalSpy opened(m_server.get(), &Frpx::Server::tunnelOpened);
    QSignalSpy closed(m_server.get(), &Frpx::Server::tunnelClosed);
    int closedHooks = 0;
    m_server->setTunnelClosedHook([&](Frpx::HookContext &) { ++closedHooks; });
    if (where == "opened"_L1)
        m_server->setTunnelOpenedHook(abort);
    else if (where == "connected"_L1)
        m_server->setUserConnectedHook(abort);
    else if (where == "data"_L1)
        m_server->setDataToTunnelHook([abort](Frpx::HookContext &context) {
            if (context.data().startsWith("bad"))
                abort(context);
        });
    else if (where == "leaving"_L1)
        m_server->setUserLeavingHook(abort);
    QVERIFY(start());
    Client a = client();
    if (where == "opened"_L1) {
        a.session->openTunnel(spec());
        QTRY_COMPARE(a.refused->size(), 1);
        QCOMPARE(a.refused->first().at(1).value<Error>().detail, u"not today"_s);
        QVERIFY(opened.isEmpty() && closed.isEmpty());
        QCOMPARE(closedHooks, 0);
        QCOMPARE(m_server->freePorts().size(), 4);
        m_server->setTunnelOpenedHook({});
        QVERIFY(a.open(spec()) != 0);
        return;
    }
    const quint16 port = a.open(spec());
    const Peer other = where == "connected"_L1 ? nullptr : user(port);
    QVERIFY(!other || isServed(*other));
    const Peer culprit = user(port);
    if (where == "call"_L1)
        m_server->closeTunnel(opened.first().first().value<Frpx::TunnelInfo>().id, u"not today"_s);
    else if (where == "leaving"_L1)
        QVERIFY(isServed(*culprit));
    culprit->sendRaw("bad");
    if (where == "leaving"_L1)
        culprit->close();
    QVERIFY(culprit->isClosed());
    QVERIFY(!other || other->isClosed());
    QTRY_COMPARE(a.closed->size(), 1);
    QCOMPARE(a.closed->first().at(1).toString(), u"deleted"_s);
    QTRY_COMPARE(closed.size(), 1);
    QCOMPARE(closed.first().at(1).value<Frpx::TunnelEnd>(), Frpx::TunnelEnd::Aborted);
    QCOMPARE(closedHooks, 1);
    QVERIFY(isShut(port));
}

void TestLibServer::keepsDataHooksToTheirTunnel()
{
    std::atomic<int> seen = 0;
    std::atomic<int> seenByServer = 0;
    m_server->setDataToTunnelHook([&](Frpx::HookContext &) { ++seenByServer; });
    m_server->setTunnelOpenedHook([&](Frpx::HookContext &context) {
        if (context.tunnel().name == "own"_L1)
            context.setDataHooks([&](Frpx::HookContext &) { ++seen; }, {});
        else if (context.tunnel().name == "none"_L1)
            context.setDataHooks({}, {});
    });
    QVERIFY(start());
    Client a = client();
    const quint16 own = a.open(spec(u"own"_s));
    const quint16 none = a.open(spec(u"none"_s));
    const quint16 usual = a.open(spec(u"usual"_s));
    QVERIFY(isServed(*user(none)));
    QCOMPARE(seen + seenByServer, 0);
    QVERIFY(isServed(*user(own)));
    QCOMPARE(seen.load(), 1);
    QCOMPARE(seenByServer.load(), 0);
    QVERIFY(isServed(*user(usual)));
    QCOMPARE(seen.load(), 1);
    QCOMPARE(seenByServer.load(), 1);
}

void TestLibServer::keepsValuesAsLongAsTheTunnel()
{
    QStringList story;
    m_server->setTunnelOpenedHook([&](Frpx::HookContext &context) {
        story += u"%1"_s.arg(context.values().value(u"users"_s, -1).toInt());
        context.values().setValue(u"users"_s, 10);
    });
    m_server->setUserConnectedHook([](Frpx::HookContext &context) { context.values().add(u"users"_s, 1); });
    m_server->setTunnelClosedHook([&](Frpx::HookContext &context) {
        const auto half = [](const QVariant &old) { return QVariant(old.toInt() / 2); };
        context.values().update(u"users"_s, half);
        story += u"%1"_s.arg(context.values().value(u"users"_s).toInt());
    });
    QVERIFY(start());
    Client a = client();
    for (int i = 0; i < 2; ++i) {
        const quint16 port = a.open(spec());
        QVERIFY(isServed(*user(port)));
        QVERIFY(isServed(*user(port)));
        a.session->closeTunnel(a.id);
        QTRY_COMPARE(story.size(), 2 * (i + 1));
    }
    const QStringList expected{u"-1"_s, u"6"_s, u"-1"_s, u"6"_s};
    QCOMPARE(story, expected);
}

void TestLibServer::tellsTheEndOnceItsUsersHaveLeft()
{
    QStringList story;
    m_server->setUserLeavingHook([&](Frpx::HookContext &) { story += u"leaving"_s; });
    m_server->setTunnelClosedHook([&](Frpx::HookContext &) { story += u"closed"_s; });
    QVERIFY(start());
    Client a = client();
    const quint16 port = a.open(spec());
    const Peer first = user(port);
    const Peer second = user(port);
    QVERIFY(isServed(*first) && isServed(*second));
    a.session->closeTunnel(a.id);
    const QStringList expected{u"leaving"_s, u"leaving"_s, u"closed"_s};
    QTRY_COMPARE(story, expected);
}

void TestLibServer::tellsThatAClientIsLost()
{
    QSignalSpy closed(m_server.get(), &Frpx::Server::tunnelClosed);
    QVERIFY(start());
    Client a = client();
    QVERIFY(a.open(spec()) != 0);
    a.session.reset();
    QTRY_COMPARE(closed.size(), 1);
    QCOMPARE(closed.first().at(1).value<Frpx::TunnelEnd>(), Frpx::TunnelEnd::ClientLost);
}

void TestLibServer::addsPortsWhileItRuns()
{
    Frpx::Server server;
    server.setAddress(QHostAddress(QHostAddress::LocalHost));
    server.addAccount(u"alice"_s, u"secret"_s);
    QVERIFY(start(server, m_free.at(0), m_free.at(1)));
    Client a = client(u"a"_s, server);
    a.session->openTunnel(spec(u"early"_s));
    QTRY_COMPARE(a.refused->size(), 1);
    QVERIFY(!server.addPorts(9932, 9930));
    QVERIFY(!server.addPorts(80, 443));
    QVERIFY(server.freePorts().isEmpty());
    QVERIFY(server.addPorts(m_free.at(0), m_free.at(0))); // its own
    QVERIFY(server.freePorts().isEmpty());
    QVERIFY(server.addPorts(m_free.at(2), m_free.at(2)));
    QCOMPARE(server.freePorts(), (Frpx::PortList{{m_free.at(2), m_free.at(2)}}));
    QCOMPARE(a.open(spec()), m_free.at(2));
    QVERIFY(server.freePorts().isEmpty());
    QVERIFY(isServed(*user(m_free.at(2))));
}

void TestLibServer::letsIn_data()
{
    QTest::addColumn<QString>("account");
    QTest::addColumn<QString>("password");
    QTest::addColumn<Frpx::OpenAccess>("access");
    QTest::addColumn<bool>("isLetIn");
    using Frpx::OpenAccess;
    QTest::newRow("account") << u"alice"_s << u"secret"_s << OpenAccess::Off << true;
    QTest::newRow("wrong password") << u"alice"_s << u"Secret"_s << OpenAccess::Off << false;
    QTest::newRow("unknown") << u"bob"_s << u"secret"_s << OpenAccess::Off << false;
    QTest::newRow("anybody here") << u"bob"_s << u""_s << OpenAccess::Loopback << true;
    QTest::newRow("anybody") << u"bob"_s << u""_s << OpenAccess::Everybody << true;
    QTest::newRow("not as somebody else") << u"alice"_s << u""_s << OpenAccess::Everybody << false;
}

void TestLibServer::letsIn()
{
    QFETCH(const QString, account);
    QFETCH(const QString, password);
    QFETCH(const Frpx::OpenAccess, access);
    QFETCH(const bool, isLetIn);
    m_server->setOpenAccess(access);
    QVERIFY(start());
    const Client a = client(u"a"_s, *m_server, account, password);
    const auto wanted = isLetIn ? ServerSession::State::Online : ServerSession::State::NeedsLogin;
    QTRY_COMPARE(a.session->state(), wanted);
    m_server->removeAccount(u"alice"_s);
    m_server->setOpenAccess(Frpx::OpenAccess::Off);
    const Client late = client(u"b"_s, *m_server, account, password);
    QTRY_COMPARE(late.session->state(), ServerSession::State::NeedsLogin);
}

void TestLibServer::usesTheDataDirectory()
{
    const QTemporaryDir directory;
    m_server->setDataDirectory(directory.path());
    QVERIFY(start());
    const Client stranger = client(u"a"_s); // what is in memory does not count
    QTRY_COMPARE(stranger.session->state(), ServerSession::State::NeedsLogin);
    Client demo = client(u"b"_s, *m_server, u"test@example.com"_s, u"123456"_s);
    QVERIFY(isServed(*user(demo.open(spec()))));
}

void TestLibServer::asksTheProgramAndWaits()
{
    QPromise<bool> promise;
    promise.start();
    QStringList asked;
    m_server->setLoginCheck([&](const QString &account, const QString &password) {
        asked += account + u' ' + password;
        return account == "carol"_L1 ? promise.future() : QFuture<bool>(); // which is an answer, too
    });
    QVERIFY(start());
    const Client dave = client(u"d"_s, *m_server, u"dave"_s, u"2"_s);
    QTRY_COMPARE(dave.session->state(), ServerSession::State::NeedsLogin);
    const Client carol = client(u"c"_s, *m_server, u"carol"_s, u"1"_s);
    const QStringList expected{u"dave 2"_s, u"carol 1"_s};
    QTRY_COMPARE(asked, expected);
    QCOMPARE(carol.session->state(), ServerSession::State::LoggingIn);
    promise.addResult(true);
    promise.finish();
    QVERIFY(comesOnline(carol));
    QVERIFY(comesOnline(client())); // has an account, and needs nobody's consent
    QCOMPARE(asked, expected);
}

void TestLibServer::showsItsCertificate()
{
    QVERIFY(m_server->fingerprint().isEmpty());
    QVERIFY(start());
    const QString own = m_server->fingerprint();
    TlsSettings tls;
    tls.pins = {Fingerprint::parse(own).value_or(Fingerprint())};
    QVERIFY(comesOnline(client(u"a"_s, *m_server, u"alice"_s, u"secret"_s, tls)));
    m_server->stop();
    QVERIFY(start());
    QCOMPARE(m_server->fingerprint(), own);
    m_server->stop();

    const Result<TlsIdentity> pair = makeSelfSigned({u"example.org"_s}, QDateTime::currentDateTimeUtc());
    QVERIFY(pair);
    m_server->setCertificate(pair->certificatePem, pair->keyPem);
    QVERIFY(start());
    const QString given = m_server->fingerprint();
    QVERIFY(given != own);
    m_server->stop();
    m_server->setCertificate(pair->certificatePem, "no key");
    const QFuture<bool> started = m_server->start(m_free.at(0), m_free.at(1));
    QTRY_VERIFY(started.isFinished());
    QVERIFY(!started.result());
    QVERIFY(m_server->error().text.contains(u"key"_s));
}

void TestLibServer::tellsWhyItDoesNotStart()
{
    const Fd taken = listenLoopback(0);
    const QFuture<bool> started = m_server->start(m_free.at(0), localPort(taken));
    QTRY_VERIFY(started.isFinished());
    QVERIFY(!started.result());
    QVERIFY(m_server->error());
    QVERIFY(!m_server->error().text.isEmpty());
    QCOMPARE(m_server->state(), Frpx::Server::State::Stopped);
    QVERIFY(start());
    QVERIFY(!m_server->error());
    const QFuture<bool> again = m_server->start(m_free.at(0));
    QVERIFY(again.isFinished() && !again.result());
    QCOMPARE(m_server->state(), Frpx::Server::State::Running);
}

void TestLibServer::startsAndStopsAgainAndAgain()
{
    QStringList story;
    m_server->setTunnelOpenedHook([&](Frpx::HookContext &) { story += u"opened"_s; });
    m_server->setUserLeavingHook([&](Frpx::HookContext &) { story += u"leaving"_s; });
    m_server->setTunnelClosedHook([&](Frpx::HookContext &context) {
        story += context.tunnelEnd() == Frpx::TunnelEnd::ServerStopped ? u"stopped"_s : u"?"_s;
    });
    QVERIFY(start());
    Client a = client();
    const quint16 port = a.open(spec());
    const QStringList expected{u"opened"_s, u"leaving"_s, u"stopped"_s};
    for (int i = 0; i < 3; ++i) {
        QTRY_COMPARE(a.opened->size(), i + 1);
        const Peer served = user(port);
        QVERIFY(isServed(*served));
        m_server->stop();
        QCOMPARE(story, expected); // all of it, before it returns
        story.clear();
        QCOMPARE(m_server->state(), Frpx::Server::State::Stopped);
        QVERIFY(served->isClosed());
        m_server->stop();
        QVERIFY(start()); // the client comes back with its tunnel
    }
    const QFuture<bool> started = [this] {
        m_server->stop();
        return m_server->start(m_free.at(0), m_free.at(1));
    }();
    m_server->stop(); // before it runs
    QVERIFY(started.isFinished() && !started.result());
    QCOMPARE(m_server->error().code, Frpx::ErrorCode::Cancelled);
}

void TestLibServer::isDestroyedWithUsers()
{
    std::atomic<int> seen = 0;
    m_server->setDataToTunnelHook([&](Frpx::HookContext &) { ++seen; });
    QVERIFY(start());
    Client a = client();
    const quint16 port = a.open(spec());
    std::vector<Peer> users;
    for (int i = 0; i < 10; ++i) {
        users.push_back(user(port));
        QVERIFY(isServed(*users.back()));
        users.back()->sendRaw(QByteArray(1'000'000, 'x'));
    }
    m_server.reset();
    const int last = seen; // nothing is called from here on
    for (const Peer &each : users)
        QVERIFY(each->isClosed());
    QCOMPARE(seen.load(), last);
}

void TestLibServer::isStoppedFromWithinAHook()
{
    bool stopped = false;
    m_server->setUserConnectedHook([&](Frpx::HookContext &) {
        m_server->stop();
        stopped = m_server->state() == Frpx::Server::State::Stopped;
    });
    QVERIFY(start());
    Client a = client();
    const Peer served = user(a.open(spec()));
    QVERIFY(served->isClosed());
    QVERIFY(!stopped);
    QTRY_COMPARE(m_server->state(), Frpx::Server::State::Stopped);
}

void TestLibServer::isDestroyedFromWithinASlot()
{
    connect(m_server.get(), &Frpx::Server::tunnelOpened, this, [this] { m_server.reset(); });
    QVERIFY(start());
    Client a = client();
    a.session->openTunnel(spec());
    QTRY_VERIFY(!m_server);
}

void TestLibServer::livesBesideAnother()
{
    Frpx::Server other;
    other.setAddress(QHostAddress(QHostAddress::LocalHost));
    other.addAccount(u"alice"_s, u"another"_s);
    QVERIFY(other.addPorts(m_free.at(5), m_free.at(5)));
    QVERIFY(start());
    QVERIFY(start(other, 0, 0));
    QVERIFY(other.controlPort() != 0 && other.controlPort() != m_server->controlPort());
    Client a = client();
    Client b = client(u"a"_s, other, u"alice"_s, u"another"_s);
    const quint16 first = a.open(spec(u"web"_s, m_free.at(2)));
    const quint16 second = b.open(spec());
    QCOMPARE(second, m_free.at(5));
    QVERIFY(isServed(*user(first)) && isServed(*user(second)));
    m_server.reset();
    QVERIFY(isServed(*user(second)));
}

void TestLibServer::drains()
{
    QVERIFY(start());
    Client a = client();
    const quint16 port = a.open(spec());
    const Peer served = user(port);
    QVERIFY(isServed(*served));
    m_server->drain(std::chrono::seconds(30));
    QCOMPARE(m_server->state(), Frpx::Server::State::Draining);
    QTRY_VERIFY(isShut(port));
    QVERIFY(isServed(*served));
    served->close();
    QTRY_COMPARE(m_server->state(), Frpx::Server::State::Stopped);
}

const frpx::test::TestRegistration registration("tst_libserver", frpx::test::runTest<TestLibServer>);

#include "tst_libserver.moc"
