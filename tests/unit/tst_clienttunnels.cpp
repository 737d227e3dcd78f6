// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/clienttunnels.h"

#include <QTest>

using namespace frpx;
using namespace frpx::client;
using namespace Qt::StringLiterals;
using Code = frpx::proto::TunnelCode;
using Kind = frpx::client::ClientTunnels::Event::Kind;

class TestClientTunnels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_tunnels = std::make_unique<ClientTunnels>(); }

    void asksForEachOnce();
    void comesBackOnTheSamePort();
    void takesAnotherPortIfItsOwnIsGone();
    void givesUpOrTriesAgain();
    void triesAgainEverLater();
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
        spec.wantedPort = port;
        return spec;
    }
    /// The only request due now.
    proto::OpenTunnel request(qint64 now = 0)
    {
        const std::vector<proto::OpenTunnel> due = m_tunnels->takeDue(now);
        return due.size() == 1 ? due.front() : proto::OpenTunnel{-1, {}, -1};
    }
    std::optional<ClientTunnels::Event> answer(
        const proto::OpenTunnel &request, Code code, int port = 0, qint64 now = 0)
    {
        return m_tunnels->onResult({request.requestId, code, u"why"_s, port}, now);
    }

    std::unique_ptr<ClientTunnels> m_tunnels;
};

void TestClientTunnels::asksForEachOnce()
{
    const int web = m_tunnels->add(spec(u"web"_s, 9930));
    const int ssh = m_tunnels->add(spec(u"ssh"_s));
    QVERIFY(web != ssh);
    const std::vector<proto::OpenTunnel> due = m_tunnels->takeDue(0);
    QCOMPARE(due.size(), 2u);
    QCOMPARE(due[0].name, u"web"_s);
    QCOMPARE(due[0].port, 9930);
    QVERIFY(!due[0].maxConnections && !due[0].group);
    QCOMPARE(due[1].port, 0);
    QVERIFY(m_tunnels->takeDue(1'000'000).empty());
    const auto opened = answer(due[1], Code::Ok, 9931);
    QVERIFY(opened);
    QCOMPARE(opened->kind, Kind::Opened);
    QCOMPARE(opened->id, ssh);
    QCOMPARE(opened->port, 9931);
    QVERIFY(!answer(due[1], Code::Ok, 9931)); // that was answered
}

void TestClientTunnels::comesBackOnTheSamePort()
{
    m_tunnels->add(spec(u"web"_s));
    answer(request(), Code::Ok, 9931);
    m_tunnels->onOffline();
    QCOMPARE(m_tunnels->nextDue(), std::optional<qint64>(0));
    QCOMPARE(request().port, 9931);
    m_tunnels->onOffline(); // the link broke before the answer
    QCOMPARE(request().port, 9931);
}

void TestClientTunnels::takesAnotherPortIfItsOwnIsGone()
{
    m_tunnels->add(spec(u"web"_s));
    answer(request(), Code::Ok, 9931);
    m_tunnels->onOffline();
    const auto refused = answer(request(), Code::PortNotAllowed);
    QCOMPARE(refused->kind, Kind::Retried);
    QCOMPARE(request(*m_tunnels->nextDue()).port, 0);

    m_tunnels->onOffline();
    answer(request(), Code::Ok, 9932);
    m_tunnels->onOffline();
    for (int i = 0; i < 4; ++i) {
        const proto::OpenTunnel again = request(*m_tunnels->nextDue());
        QCOMPARE(again.port, 9932);
        QCOMPARE(answer(again, Code::PortOccupied)->kind, Kind::Retried);
    }
    QCOMPARE(request(*m_tunnels->nextDue()).port, 0);
}

void TestClientTunnels::givesUpOrTriesAgain()
{
    m_tunnels->add(spec(u"web"_s, 9930));
    QCOMPARE(answer(request(), Code::PortOccupied)->kind, Kind::Refused);
    QVERIFY(m_tunnels->isEmpty());

    TunnelSpec patient = spec(u"web"_s, 9930);
    patient.keepTrying = true;
    m_tunnels->add(patient);
    QCOMPARE(answer(request(), Code::PortOccupied)->kind, Kind::Retried);
    QCOMPARE(answer(request(*m_tunnels->nextDue()), Code::PortNotAllowed)->kind, Kind::Refused);
    QVERIFY(m_tunnels->isEmpty());
}

void TestClientTunnels::triesAgainEverLater()
{
    TunnelSpec patient = spec(u"web"_s);
    patient.keepTrying = true;
    m_tunnels->add(patient);
    qint64 now = 5000;
    for (const qint64 delay : {1000, 2000, 4000, 8000, 16'000, 30'000, 30'000}) {
        answer(request(now), Code::NoFreePort, 0, now);
        QCOMPARE(*m_tunnels->nextDue() - now, delay);
        QVERIFY(m_tunnels->takeDue(now + delay - 1).empty());
        now += delay;
    }
}

void TestClientTunnels::forgetsWhatTheServerClosed()
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

void TestClientTunnels::keepsToItsLifetime()
{
    TunnelSpec brief = spec(u"web"_s);
    brief.lifetimeS = 60;
    m_tunnels->add(brief);
    const proto::OpenTunnel first = request();
    QCOMPARE(first.lifetimeS, std::optional(60));
    answer(first, Code::Ok, 9931, 0);
    m_tunnels->onOffline();
    QVERIFY(m_tunnels->takeExpired(20'000).empty());
    QCOMPARE(request(20'000).lifetimeS, std::optional(40)); // what is left
    m_tunnels->onOffline();
    const std::vector<ClientTunnels::Event> expired = m_tunnels->takeExpired(60'000);
    QCOMPARE(expired.size(), 1u);
    QCOMPARE(expired.front().reason, u"lifetime"_s);
    QVERIFY(m_tunnels->isEmpty());
}

void TestClientTunnels::tellsTheServerWhatItClosed()
{
    const int web = m_tunnels->add(spec(u"web"_s));
    QVERIFY(!m_tunnels->remove(web)); // the server has never heard of it
    const int ssh = m_tunnels->add(spec(u"ssh"_s));
    const proto::OpenTunnel asked = request();
    QCOMPARE(m_tunnels->remove(ssh), std::optional(u"ssh"_s));
    QVERIFY(!answer(asked, Code::Ok, 9930));
    QVERIFY(!m_tunnels->remove(ssh));
}

void TestClientTunnels::checksSpecs_data()
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

void TestClientTunnels::checksSpecs()
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

void TestClientTunnels::readsSpecs()
{
    const Result<TunnelSpec> whole =
        parseTunnelSpec(u"web,remote=9930,local=[::1]:80,max=2,total=3,lifetime="
                        u"4,group=key,message=hello there,policy=random,proxy-protocol=v2");
    QVERIFY(whole);
    QCOMPARE(whole->name, u"web"_s);
    QCOMPARE(whole->wantedPort, 9930);
    QCOMPARE(whole->localHost, u"::1"_s);
    QCOMPARE(whole->localPort, 80);
    QCOMPARE(whole->maxConnections, 2);
    QCOMPARE(whole->totalConnections, 3);
    QCOMPARE(whole->lifetimeS, 4);
    QCOMPARE(whole->group, u"key"_s);
    QCOMPARE(whole->message, u"hello there"_s);
    QCOMPARE(whole->policy, u"random"_s);
    QVERIFY(whole->proxyProtocol == proxyproto::Version::V2);
    const Result<TunnelSpec> brief = parseTunnelSpec(u"ssh,local=22");
    QVERIFY(brief);
    QCOMPARE(brief->localHost, u"127.0.0.1"_s);
    QCOMPARE(brief->localPort, 22);
    QCOMPARE(brief->wantedPort, 0);
    QVERIFY(!brief->proxyProtocol);
}

void TestClientTunnels::readsServices_data()
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

void TestClientTunnels::readsServices()
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

void TestClientTunnels::checksServices_data()
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

void TestClientTunnels::checksServices()
{
    QFETCH(const QString, host);
    QFETCH(const int, port);
    QFETCH(const bool, good);
    TunnelSpec asked = spec(u"app"_s);
    asked.localHost = host;
    asked.localPort = static_cast<quint16>(port);
    QCOMPARE(bool(m_tunnels->check(asked)), good);
}

void TestClientTunnels::refusesBadSpecs_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text : {"", ",local=22", "ssh", "ssh,local=", "ssh,local=0", "ssh,local=65536",
             "ssh,local=:22", "ssh,local=::1:22", "ssh,local=22,remote=x", "ssh,local=22,remote=65536",
             "ssh,local=22,max=-1", "ssh,local=22,colour=red", "ssh,local=22,max",
             "ssh,local=22,policy=fastest", "ssh,local=22,proxy-protocol=v3", "s\nsh,local=22"})
        QTest::newRow(text) << QString::fromLatin1(text);
}

void TestClientTunnels::refusesBadSpecs()
{
    QFETCH(const QString, text);
    const Result<TunnelSpec> spec = parseTunnelSpec(text);
    QVERIFY(!spec);
    QCOMPARE(spec.error().code, Errc::InvalidArgument);
}

QTEST_APPLESS_MAIN(TestClientTunnels)
#include "tst_clienttunnels.moc"
