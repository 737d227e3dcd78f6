// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tunnel/tunneltext.h"
#include "frpc/session/wantedtunnels.h"
#include "tests/support/testregistry.h"

#include <QSet>
#include <QTest>

using namespace frpx;
using namespace frpx::client;
using namespace Qt::StringLiterals;
using Code = frpx::proto::TunnelCode;
using Kind = frpx::client::WantedTunnels::Event::Kind;

class TestWantedTunnels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_tunnels = std::make_unique<WantedTunnels>(); }

    void asksForEachOnce();
    void comesBackOnTheSamePort();
    void takesAnotherPortIfItsOwnIsGone_data();
    void takesAnotherPortIfItsOwnIsGone();
    void givesUpOnlyWhatIsNotToBeTriedAgain();
    void asksAgainEverLater_data();
    void asksAgainEverLater();
    void asksAgainInEachSession();
    void asksAgainWhenToldSo();
    void asksForManyInPieces();
    void forgetsWhatTheServerClosed();
    void keepsToItsLifetime();
    void tellsTheServerWhatItClosed();
    void checksSpecs_data();
    void checksSpecs();
    void readsSpecs();
    void readsServices_data();
    void readsServices();
    void checksServices_data();
    void checksServices();
    void refusesBadSpecs_data();
    void refusesBadSpecs();

private:
    static TunnelSpec spec(const QString &name, quint16 port = 0)
    {
        TunnelSpec spec;
        spec.name = name;
        spec.localPort = 80;
        spec.remotePort = port;
        return spec;
    }
    /// The only request due now.
    proto::OpenTunnel request(qint64 now = 0)
    {
        const std::vector<proto::OpenTunnel> due = m_tunnels->takeDue(now);
        return due.size() == 1 ? due.front() : proto::OpenTunnel{-1, {}};
    }
    std::optional<WantedTunnels::Event> answer(
        const proto::OpenTunnel &request, Code code, int port = 0, qint64 now = 0)
    {
        return m_tunnels->onResult({request.requestId, code, u"why"_s, port}, now);
    }

    std::unique_ptr<WantedTunnels> m_tunnels;
};

void TestWantedTunnels::asksForEachOnce()
{
    const int web = m_tunnels->add(spec(u"web"_s, 9930));
    const int ssh = m_tunnels->add(spec(u"ssh"_s));
    QVERIFY(web != ssh);
    const std::vector<proto::OpenTunnel> due = m_tunnels->takeDue(0);
    QCOMPARE(due.size(), 2u);
    QCOMPARE(due[0].spec.name, u"web"_s);
    QCOMPARE(due[0].spec.remotePort, 9930);
    QVERIFY(due[0].spec.maxConnections == 0 && due[0].spec.group.isEmpty());
    QCOMPARE(due[1].spec.remotePort, 0);
    QVERIFY(m_tunnels->takeDue(1'000'000).empty());
    const auto opened = answer(due[1], Code::Ok, 9931);
    QVERIFY(opened);
    QCOMPARE(opened->kind, Kind::Opened);
    QCOMPARE(opened->id, ssh);
    QCOMPARE(opened->port, 9931);
    QVERIFY(!answer(due[1], Code::Ok, 9931)); // that was answered
}

void TestWantedTunnels::comesBackOnTheSamePort()
{
    m_tunnels->add(spec(u"web"_s));
    answer(request(), Code::Ok, 9931);
    m_tunnels->onOffline();
    QCOMPARE(m_tunnels->nextDue(), std::optional<qint64>(0));
    QCOMPARE(request().spec.remotePort, 9931);
    m_tunnels->onOffline(); // the link broke before the answer
    QCOMPARE(request().spec.remotePort, 9931);
}

void TestWantedTunnels::takesAnotherPortIfItsOwnIsGone_data()
{
    QTest::addColumn<int>("code");
    QTest::newRow("not given away") << int(Code::PortNotAllowed);
    QTest::newRow("taken") << int(Code::PortOccupied);
}

/// A server that knows no `any` refuses the port that the tunnel had without having asked for it.
void TestWantedTunnels::takesAnotherPortIfItsOwnIsGone()
{
    QFETCH(const int, code);
    m_tunnels->add(spec(u"web"_s));
    answer(request(), Code::Ok, 9931);
    m_tunnels->onOffline();
    QVERIFY(!answer(request(), Code(code), 0, 500)); // nothing to tell yet
    QVERIFY(m_tunnels->hasUnanswered());
    QCOMPARE(*m_tunnels->nextDue(), 500);
    const proto::OpenTunnel any = request(500);
    QCOMPARE(any.spec.remotePort, 0);
    QVERIFY(!any.anyPort);
    const auto refused = answer(any, Code(code), 0, 500);
    QCOMPARE(refused->kind, Kind::Delayed);
    QCOMPARE(request(refused->delayMs + 500).spec.remotePort, 0);
    m_tunnels->onOffline();
    QCOMPARE(request().spec.remotePort, 9931); // the next server may give it
}

void TestWantedTunnels::givesUpOnlyWhatIsNotToBeTriedAgain()
{
    m_tunnels->add(spec(u"web"_s, 9930));
    QCOMPARE(answer(request(), Code::PortOccupied)->kind, Kind::Refused);
    QVERIFY(m_tunnels->isEmpty());

    m_tunnels->add(spec(u"web"_s, 9930));
    QCOMPARE(answer(request(), Code::Ok, 9930)->kind, Kind::Opened);
    m_tunnels->onOffline();
    QCOMPARE(answer(request(), Code::PortNotAllowed)->kind, Kind::Delayed); // it was open once
    QVERIFY(!m_tunnels->isEmpty());
}

void TestWantedTunnels::asksAgainEverLater_data()
{
    QTest::addColumn<int>("code");
    QTest::newRow("port not allowed") << int(Code::PortNotAllowed);
    QTest::newRow("port occupied") << int(Code::PortOccupied);
    QTest::newRow("server error") << int(Code::ServerError);
    QTest::newRow("bad request") << int(Code::BadRequest); // a name that the account may not use
    QTest::newRow("name in use") << int(Code::NameInUse);
    QTest::newRow("no free port") << int(Code::NoFreePort);
    QTest::newRow("too many") << int(Code::TooMany);
}

void TestWantedTunnels::asksAgainEverLater()
{
    QFETCH(const int, code);
    m_tunnels->add(spec(u"web"_s, 9930), true);
    qint64 now = 5000;
    for (const qint64 delay : {15'000, 30'000, 60'000, 120'000, 240'000, 480'000, 600'000, 600'000}) {
        const auto refused = answer(request(now), Code(code), 0, now);
        QCOMPARE(refused->kind, Kind::Delayed);
        QCOMPARE(refused->delayMs, delay);
        QCOMPARE(*m_tunnels->nextDue() - now, delay);
        QVERIFY(m_tunnels->takeDue(now + delay - 1).empty());
        now += delay;
    }
    QCOMPARE(answer(request(now), Code::Ok, 9930)->kind, Kind::Opened);
    QVERIFY(!m_tunnels->nextDue());
}

void TestWantedTunnels::asksAgainInEachSession()
{
    m_tunnels->add(spec(u"web"_s, 9930), true);
    for (int session = 0; session < 3; ++session) {
        QCOMPARE(m_tunnels->nextDue(), std::optional<qint64>(0));
        QCOMPARE(answer(request(), Code::PortNotAllowed)->delayMs, 15'000); // as if for the first time
        QCOMPARE(answer(request(15'000), Code::PortNotAllowed, 0, 15'000)->delayMs, 30'000);
        m_tunnels->onOffline();
        QVERIFY(m_tunnels->refusals().empty());
    }
}

void TestWantedTunnels::asksAgainWhenToldSo()
{
    m_tunnels->add(spec(u"web"_s, 9930), true);
    m_tunnels->add(spec(u"ssh"_s));
    QCOMPARE(m_tunnels->askAgain(), 0);
    QVERIFY(m_tunnels->hasUnanswered());
    const std::vector<proto::OpenTunnel> due = m_tunnels->takeDue(0);
    QVERIFY(m_tunnels->hasUnanswered());
    answer(due.at(0), Code::PortNotAllowed);
    QVERIFY(m_tunnels->hasUnanswered());
    answer(due.at(1), Code::Ok, 9931);
    QVERIFY(!m_tunnels->hasUnanswered());
    QCOMPARE(m_tunnels->refusals().size(), 1u);
    QCOMPARE(m_tunnels->refusals().front().name, u"web"_s);
    QCOMPARE(m_tunnels->refusals().front().reason, u"why"_s);
    QCOMPARE(m_tunnels->refusals().front().dueAt, 15'000);

    QCOMPARE(m_tunnels->askAgain(), 1);
    QVERIFY(m_tunnels->refusals().empty());
    QVERIFY(m_tunnels->hasUnanswered());
    QCOMPARE(answer(request(100), Code::TooMany, 0, 100)->delayMs, 15'000); // the waiting begins anew

    const proto::OpenTunnel again = request(15'100); // when it is being asked for just now
    QCOMPARE(m_tunnels->askAgain(), 1);
    QVERIFY(m_tunnels->takeDue(15'100).empty());
    answer(again, Code::Ok, 9930);
    QVERIFY(m_tunnels->refusals().empty());
    QCOMPARE(m_tunnels->askAgain(), 0);
}

void TestWantedTunnels::asksForManyInPieces()
{
    constexpr int count = 150;
    for (int i = 0; i < count; ++i)
        m_tunnels->add(spec(QString::number(i)));
    QSet<QString> asked;
    for (const size_t size : {64u, 64u, 22u, 0u}) {
        const std::vector<proto::OpenTunnel> due = m_tunnels->takeDue(0);
        QCOMPARE(due.size(), size);
        for (const proto::OpenTunnel &request : due)
            asked.insert(request.spec.name);
    }
    QCOMPARE(asked.size(), count);
}

void TestWantedTunnels::forgetsWhatTheServerClosed()
{
    m_tunnels->add(spec(u"web"_s));
    const proto::OpenTunnel asked = request();
    QVERIFY(!m_tunnels->onClosed({u"web"_s, u"closed"_s})); // the one before it
    answer(asked, Code::Ok, 9931);
    QVERIFY(!m_tunnels->onClosed({u"other"_s, u"deleted"_s}));
    const auto closed = m_tunnels->onClosed({u"web"_s, u"deleted"_s});
    QVERIFY(closed);
    QCOMPARE(closed->kind, Kind::Closed);
    QCOMPARE(closed->reason, u"deleted"_s);
    QVERIFY(m_tunnels->isEmpty());
}

void TestWantedTunnels::keepsToItsLifetime()
{
    TunnelSpec brief = spec(u"web"_s);
    brief.lifetimeS = 60;
    m_tunnels->add(brief);
    const proto::OpenTunnel first = request();
    QCOMPARE(first.spec.lifetimeS, 60);
    answer(first, Code::Ok, 9931, 0);
    m_tunnels->onOffline();
    QVERIFY(m_tunnels->takeExpired(20'000).empty());
    QCOMPARE(request(20'000).spec.lifetimeS, 40); // what is left
    m_tunnels->onOffline();
    const std::vector<WantedTunnels::Event> expired = m_tunnels->takeExpired(60'000);
    QCOMPARE(expired.size(), 1u);
    QCOMPARE(expired.front().reason, u"lifetime"_s);
    QVERIFY(m_tunnels->isEmpty());
}

void TestWantedTunnels::tellsTheServerWhatItClosed()
{
    const int web = m_tunnels->add(spec(u"web"_s));
    QVERIFY(!m_tunnels->remove(web)); // the server has never heard of it
    const int ssh = m_tunnels->add(spec(u"ssh"_s));
    const proto::OpenTunnel asked = request();
    QCOMPARE(m_tunnels->remove(ssh), std::optional(u"ssh"_s));
    QVERIFY(!answer(asked, Code::Ok, 9930));
    QVERIFY(!m_tunnels->remove(ssh));
}

void TestWantedTunnels::checksSpecs_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("localPort");
    QTest::addColumn<int>("max");
    QTest::addColumn<bool>("good");
    QTest::newRow("good") << u"web"_s << 80 << 1 << true;
    QTest::newRow("name taken") << u"taken"_s << 80 << 0 << false;
    QTest::newRow("no name") << QString() << 80 << 0 << false;
    QTest::newRow("long name") << QString(129, u'x') << 80 << 0 << false;
    QTest::newRow("no service") << u"web"_s << 0 << 0 << false;
    QTest::newRow("negative limit") << u"web"_s << 80 << -1 << false;
}

void TestWantedTunnels::checksSpecs()
{
    QFETCH(const QString, name);
    QFETCH(const int, localPort);
    QFETCH(const int, max);
    QFETCH(const bool, good);
    m_tunnels->add(spec(u"taken"_s));
    TunnelSpec asked = spec(name);
    asked.localPort = static_cast<quint16>(localPort);
    asked.maxConnections = max;
    QCOMPARE(bool(m_tunnels->check(asked)), good);
}

void TestWantedTunnels::readsSpecs()
{
    const Result<TunnelSpec> whole =
        parseTunnelSpec(u"web,remote=9930,local=[::1]:80,max=2,total=3,lifetime="
                        u"4,group=key,message=hello there,policy=random,proxy-protocol=v2");
    QVERIFY(whole);
    QCOMPARE(whole->name, u"web"_s);
    QCOMPARE(whole->remotePort, 9930);
    QCOMPARE(whole->localHost, u"::1"_s);
    QCOMPARE(whole->localPort, 80);
    QCOMPARE(whole->maxConnections, 2);
    QCOMPARE(whole->totalConnections, 3);
    QCOMPARE(whole->lifetimeS, 4);
    QCOMPARE(whole->group, u"key"_s);
    QCOMPARE(whole->message, u"hello there"_s);
    QCOMPARE(whole->policy, u"random"_s);
    QVERIFY(whole->proxyProtocol == u"v2"_s);
    const Result<TunnelSpec> brief = parseTunnelSpec(u"ssh,local=22");
    QVERIFY(brief);
    QCOMPARE(brief->localHost, u"127.0.0.1"_s);
    QCOMPARE(brief->localPort, 22);
    QCOMPARE(brief->remotePort, 0);
    QVERIFY(brief->proxyProtocol.isEmpty());
}

void TestWantedTunnels::readsServices_data()
{
    QTest::addColumn<QString>("local");
    QTest::addColumn<QString>("host"); // empty: refused
    QTest::addColumn<int>("port");
    QTest::newRow("port") << u"22"_s << u"127.0.0.1"_s << 22;
    QTest::newRow("name") << u"app.example:80"_s << u"app.example"_s << 80;
    QTest::newRow("IPv4") << u"192.0.2.1:80"_s << u"192.0.2.1"_s << 80;
    QTest::newRow("IPv6") << u"[2001:db8::1]:80"_s << u"2001:db8::1"_s << 80;
    QTest::newRow("scope") << u"[fe80::1%eth0]:80"_s << u"fe80::1%eth0"_s << 80;
    QTest::newRow("no port") << u"app.example"_s << QString() << 0;
    QTest::newRow("no port, IPv6") << u"::1"_s << QString() << 0;
    QTest::newRow("port 0") << u"app.example:0"_s << QString() << 0;
    QTest::newRow("path") << u"http://app.example:80"_s << QString() << 0;
    QTest::newRow("numbers") << u"10.1:80"_s << QString() << 0;
    QTest::newRow("relative path") << u"unix:app.sock"_s << QString() << 0;
#ifdef Q_OS_UNIX
    QTest::newRow("unix socket") << u"unix:/run/app.sock"_s << u"unix:/run/app.sock"_s << 0;
    QTest::newRow("unix socket, odd name") << u"unix:/run/a=b:80"_s << u"unix:/run/a=b:80"_s << 0;
#endif
}

void TestWantedTunnels::readsServices()
{
    QFETCH(const QString, local);
    QFETCH(const QString, host);
    QFETCH(const int, port);
    const Result<TunnelSpec> spec = parseTunnelSpec(u"app,remote=9930,local="_s + local + u",max=2"_s);
    QCOMPARE(bool(spec), !host.isEmpty());
    if (!spec) {
        QVERIFY2(spec.error().detail.startsWith("local takes "_L1), qPrintable(spec.error().detail));
        return;
    }
    QCOMPARE(spec->localHost, host);
    QCOMPARE(spec->localPort, port);
    QCOMPARE(spec->maxConnections, 2);
    QVERIFY(hasService(*spec));
    QVERIFY(m_tunnels->check(*spec));
}

void TestWantedTunnels::checksServices_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::addColumn<bool>("good");
    QTest::newRow("name") << u"app.example"_s << 80 << true;
    QTest::newRow("IPv6") << u"::1"_s << 80 << true;
    QTest::newRow("no host") << QString() << 80 << false;
    QTest::newRow("no port") << u"app.example"_s << 0 << false;
    QTest::newRow("port in the host") << u"app.example:80"_s << 80 << false;
    QTest::newRow("address of a page") << u"http://app.example"_s << 80 << false;
#ifdef Q_OS_UNIX
    QTest::newRow("unix socket") << u"unix:/run/app.sock"_s << 0 << true;
#endif
    QTest::newRow("unix socket with a port") << u"unix:/run/app.sock"_s << 80 << false;
    QTest::newRow("no path") << u"unix:"_s << 0 << false;
}

void TestWantedTunnels::checksServices()
{
    QFETCH(const QString, host);
    QFETCH(const int, port);
    QFETCH(const bool, good);
    TunnelSpec asked = spec(u"app"_s);
    asked.localHost = host;
    asked.localPort = static_cast<quint16>(port);
    QCOMPARE(bool(m_tunnels->check(asked)), good);
}

void TestWantedTunnels::refusesBadSpecs_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text : {"", ",local=22", "ssh", "ssh,local=", "ssh,local=0", "ssh,local=65536",
             "ssh,local=:22", "ssh,local=::1:22", "ssh,local=22,remote=x", "ssh,local=22,remote=65536",
             "ssh,local=22,max=-1", "ssh,local=22,colour=red", "ssh,local=22,max",
             "ssh,local=22,policy=fastest", "ssh,local=22,proxy-protocol=v3", "s\nsh,local=22"})
        QTest::newRow(text) << QString::fromLatin1(text);
}

void TestWantedTunnels::refusesBadSpecs()
{
    QFETCH(const QString, text);
    const Result<TunnelSpec> spec = parseTunnelSpec(text);
    QVERIFY(!spec);
    QCOMPARE(spec.error().code, Errc::InvalidArgument);
}

const frpx::test::TestRegistration registration(
    "tst_wantedtunnels", frpx::test::runBareTest<TestWantedTunnels>);

#include "tst_wantedtunnels.moc"
