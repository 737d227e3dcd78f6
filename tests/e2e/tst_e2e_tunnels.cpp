// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/programs.h"
#include "tests/support/testregistry.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// Tunnels of the real programs.
class TestE2eTunnels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void servesTwoTunnelsBesideThePublicPort();
    void keepsPortsOverKillsOfBoth();
    void comesBackFromAWrongStartOfTheServer();
    void getsBackWhatItsRightsTookAway();
    void leavesItsPortToItsAccount_data();
    void leavesItsPortToItsAccount();
    void tellsWhatThereIs();
    void refusesBadOptions();
};

namespace {

QStringList allow(const QList<quint16> &ports)
{
    QStringList list;
    for (const quint16 port : ports)
        list += QString::number(port);
    return {u"--allow-ports"_s, list.join(u',')};
}

QString tunnel(const char *name, const HttpService &service, const QString &more = {})
{
    return u"%1,local=127.0.0.1:%2%3"_s.arg(QLatin1String(name)).arg(service.port()).arg(more);
}

QByteArray bodyAt(quint16 port)
{
    return HttpClient(port).get("/"_ba).body;
}

} // namespace

void TestE2eTunnels::servesTwoTunnelsBesideThePublicPort()
{
    HttpService main("main"_ba);
    HttpService one("one"_ba);
    HttpService two("two"_ba);
    QVERIFY(main.start() && one.start() && two.start());
    const QList<quint16> ports = freePorts(3);
    FrpsProcess frps;
    QVERIFY(frps.start(allow(ports)));
    FrpcProcess client(u"a"_s);
    QVERIFY(client.start(frps, main.port(),
        {u"--tunnel"_s, tunnel("one", one, u",remote=%1"_s.arg(ports.at(1))), u"--tunnel"_s,
            tunnel("two", two)}));
    QTRY_COMPARE(client.countInLog("is open on port"), 2);
    const QJsonArray services = frps.api("/api/services?prefix=two"_ba).toArray();
    QCOMPARE(services.size(), 1);
    const auto portOfTwo = static_cast<quint16>(services.at(0).toObject().value("port"_L1).toInt());
    QVERIFY(ports.contains(portOfTwo));
    const auto allServe = [&] {
        return bodyAt(ports.at(1)) == "one" && bodyAt(portOfTwo) == "two"
            && bodyAt(frps.publicPort()) == "main";
    };
    QVERIFY(allServe());

    frps.kill9();
    QVERIFY(frps.start(allow(ports)));
    QTRY_COMPARE(client.countInLog("is open on port"), 4);
    QVERIFY(allServe());

    // Also the link alone.
    QVERIFY(HttpClient(frps.apiPort()).send("DELETE"_ba, "/api/clients/a?retry_after_s=0"_ba).isOk());
    QTRY_COMPARE(client.countInLog("is open on port"), 6);
    QVERIFY(allServe());
    QCOMPARE(client.terminate(), 0);
    QVERIFY(!HttpClient(portOfTwo).get("/"_ba).isOk());
}

/// Neither side remembers anything but what is on the server's disk.
void TestE2eTunnels::keepsPortsOverKillsOfBoth()
{
    HttpService one("one"_ba);
    HttpService two("two"_ba);
    QVERIFY(one.start() && two.start());
    const QStringList ports = allow(freePorts(4));
    FrpsProcess frps;
    FrpcProcess first(u"a"_s);
    FrpcProcess second(u"b"_s);
    const auto startFirst = [&] {
        const qsizetype from = first.logSize();
        return first.start(frps, one.port(), {u"--only-tunnels"_s, u"--tunnel"_s, tunnel("one", one)})
            && first.waitForLog(u"is open on port"_s, 10'000, from);
    };
    const auto startSecond = [&] {
        const qsizetype from = second.logSize();
        return second.start(frps, two.port(), {u"--only-tunnels"_s, u"--tunnel"_s, tunnel("two", two)})
            && second.waitForLog(u"is open on port"_s, 10'000, from);
    };
    const auto portOf = [&frps](const QByteArray &name) {
        const QJsonArray services = frps.api("/api/services?prefix=" + name).toArray();
        return static_cast<quint16>(services.at(0).toObject().value("port"_L1).toInt());
    };
    QVERIFY(frps.start(ports) && startFirst() && startSecond());
    const quint16 portOfOne = portOf("one");
    const quint16 portOfTwo = portOf("two");
    QVERIFY(portOfOne != 0 && portOfTwo != 0 && portOfOne != portOfTwo);
    frps.kill9(); // whatever has been told is on the disk
    first.kill9();
    second.kill9();
    QVERIFY(frps.start(ports) && startSecond() && startFirst()); // the other way round
    QCOMPARE(portOf("one"), portOfOne);
    QCOMPARE(portOf("two"), portOfTwo);
    QCOMPARE(bodyAt(portOfOne), "one"_ba);

    QCOMPARE(first.terminate(), 0);
    HttpClient api(frps.apiPort());
    const QJsonArray leases = frps.api("/api/ports/leases"_ba).toObject().value("leases"_L1).toArray();
    QCOMPARE(leases.size(), 2);
    for (const QJsonValue &lease : leases) {
        QVERIFY(lease["account_id"_L1].toInt() > 0);
        if (lease["tunnel"_L1].toString() == "one"_L1)
            QVERIFY(api.send("DELETE"_ba, "/api/ports/leases/" + QByteArray::number(lease["id"_L1].toInt()))
                        .isOk());
    }
    QCOMPARE(frps.api("/api/ports/leases"_ba).toObject().value("total"_L1).toInt(), 1);
}

/// A client behind NAT, which nobody can restart.
void TestE2eTunnels::comesBackFromAWrongStartOfTheServer()
{
    HttpService one("one"_ba);
    HttpService two("two"_ba);
    QVERIFY(one.start() && two.start());
    const QList<quint16> ports = freePorts(3);
    const QStringList right = allow(ports.first(2));
    FrpsProcess frps;
    QVERIFY(frps.start(right));
    FrpcProcess client(u"a"_s);
    QVERIFY(client.start(frps, one.port(),
        {u"--only-tunnels"_s, u"--tunnel"_s, tunnel("one", one, u",remote=%1"_s.arg(ports.at(0))),
            u"--tunnel"_s, tunnel("two", two)}));
    QTRY_COMPARE(client.countInLog("is open on port"), 2);
    QCOMPARE(bodyAt(ports.at(1)), "two"_ba);

    frps.kill9();
    QVERIFY(frps.start(allow(ports.last(1)))); // the wrong one
    QVERIFY2(client.waitForLog(u"Tunnel 'one' is refused"_s), client.log().constData());
    QVERIFY(client.log().contains("The server is asked again in 15 s."));
    QTRY_COMPARE(client.countInLog("is open on port"), 3); // 'two' takes any
    frps.kill9();
    QVERIFY(frps.start()); // none at all
    QTRY_COMPARE(client.countInLog("is refused"), 3);
    frps.kill9();
    QVERIFY(frps.start(right));
    QTRY_COMPARE(client.countInLog("is open on port"), 5);
    QCOMPARE(bodyAt(ports.at(0)), "one"_ba);
    QCOMPARE(client.terminate(), 0);
}

void TestE2eTunnels::getsBackWhatItsRightsTookAway()
{
    HttpService one("one"_ba);
    QVERIFY(one.start());
    const quint16 port = freePorts(1).first();
    const QString account = u"alice@example.com"_s;
    FrpsProcess frps;
    const auto user = [&frps, &account](const QStringList &arguments, const QByteArray &input = {}) {
        return Process::run(frpsProgram(),
            QStringList{u"user"_s, arguments.first(), account, u"--data-dir"_s, frps.dataDirectory()}
                + arguments.mid(1),
            input);
    };
    QCOMPARE(user({u"add"_s}, "correct horse battery\n"), 0);
    QVERIFY(frps.start(allow({port})));
    FrpcProcess client(u"a"_s);
    QVERIFY(client.start(frps, one.port(),
        {u"--email"_s, account, u"--password"_s, u"correct horse battery"_s, u"--only-tunnels"_s,
            u"--tunnel"_s, tunnel("one", one, u",remote=%1"_s.arg(port))}));
    const auto taken = [&](const QStringList &rights) {
        const int opened = client.countInLog("is open on port");
        const int refused = client.countInLog("is refused");
        if (user(QStringList{u"set"_s} + rights) != 0)
            return false;
        return QTest::qWaitFor(
            [&] { // once the server has seen them: a break, over which nothing is kept
                if (client.countInLog("is refused") > refused)
                    return true;
                HttpClient(frps.apiPort()).send("DELETE"_ba, "/api/clients/a?retry_after_s=0"_ba);
                return QTest::qWaitFor([&] { return client.countInLog("is refused") > refused; }, 1500)
                    || client.countInLog("is open on port") > opened + 10;
            },
            20'000);
    };
    const auto givenBack = [&](const QStringList &rights) {
        const int opened = client.countInLog("is open on port");
        return user(QStringList{u"set"_s} + rights) == 0
            && QTest::qWaitFor([&] { return client.countInLog("is open on port") > opened; }, 10'000)
            && bodyAt(port) == "one";
    };
    QTRY_COMPARE(client.countInLog("is open on port"), 1);
    QVERIFY2(taken({u"--ports"_s, u"none"_s}), client.log().constData());
    QVERIFY2(givenBack({u"--ports"_s, u"any"_s}), client.log().constData());
    QVERIFY2(taken({u"--tunnel-names"_s, u"other"_s}), client.log().constData());
    QVERIFY2(givenBack({u"--tunnel-names"_s, u"o*"_s}), client.log().constData());
    QVERIFY2(taken({u"--max-tunnels"_s, u"0"_s}), client.log().constData());
    QVERIFY2(givenBack({u"--max-tunnels"_s, u"default"_s}), client.log().constData());
    QCOMPARE(client.terminate(), 0);
}

void TestE2eTunnels::leavesItsPortToItsAccount_data()
{
    QTest::addColumn<QString>("drainTimeout");
    QTest::addColumn<bool>("killed");
    QTest::newRow("stopped") << u"30"_s << false;
    QTest::newRow("stopped without waiting") << u"0"_s << false;
    QTest::newRow("killed") << u"30"_s << true;
}

void TestE2eTunnels::leavesItsPortToItsAccount()
{
    QFETCH(const QString, drainTimeout);
    QFETCH(const bool, killed);
    HttpService one("one"_ba);
    HttpService two("two"_ba);
    QVERIFY(one.start() && two.start());
    const QList<quint16> ports = freePorts(1);
    const QString remote = u",remote=%1"_s.arg(ports.first());
    FrpsProcess frps;
    QVERIFY(frps.start(allow(ports)));
    FrpcProcess first(u"a"_s);
    QVERIFY(first.start(frps, one.port(),
        {u"--only-tunnels"_s, u"--drain-timeout"_s, drainTimeout, u"--tunnel"_s,
            tunnel("one", one, remote)}));
    QVERIFY(first.waitForLog(u"is open on port"_s));
    FrpcProcess second(u"b"_s);
    QVERIFY(second.start(frps, two.port(), {u"--only-tunnels"_s, u"--tunnel"_s, tunnel("two", two, remote)}));
    QVERIFY2(second.waitForLog(u"Tunnel 'two' is refused"_s), second.log().constData());
    if (killed) {
        first.kill9();
        QTRY_COMPARE(second.countInLog("is refused"), 2); // it was told that something is free, but not this
        QVERIFY(!HttpClient(ports.first()).get("/"_ba).isOk());
    } else {
        QCOMPARE(first.terminate(), 0);
        QTRY_COMPARE(bodyAt(ports.first()), "two"_ba); // long before it would have asked again
        QCOMPARE(second.countInLog("is refused"), 1);
    }
}

void TestE2eTunnels::tellsWhatThereIs()
{
    HttpService service("one"_ba);
    QVERIFY(service.start());
    const QList<quint16> ports = freePorts(2);
    FrpsProcess frps;
    QVERIFY(frps.start(allow(ports)));
    FrpcProcess client(u"a"_s);
    QVERIFY(client.start(frps, service.port(),
        {u"--only-tunnels"_s, u"--tunnel"_s,
            tunnel("shop", service, u",remote=%1,max=7,message=hello"_s.arg(ports.at(0)))}));
    QVERIFY(client.waitForLog(u"is open on port"_s));
    const QStringList server{
        u"--control-port"_s, QString::number(frps.controlPort()), u"--token-file"_s, client.tokenFile()};
    QByteArray output;
    QCOMPARE(Process::run(frpcProgram(), QStringList{u"services"_s, u"sh"_s} + server, {}, &output), 0);
    QVERIFY2(output.contains(QByteArray::number(ports.at(0)) + "  shop  0/7"), output.constData());
    QVERIFY(output.contains("hello"));
    QCOMPARE(Process::run(frpcProgram(), QStringList{u"services"_s, u"x"_s} + server, {}, &output), 0);
    QVERIFY(!output.contains("shop"));
    QCOMPARE(Process::run(frpcProgram(), QStringList{u"ports"_s} + server, {}, &output), 0);
    QCOMPARE(output, QByteArray::number(ports.at(1)) + "\n");
    QVERIFY(client.isRunning()); // asking has not taken its place
    QCOMPARE(client.registrations(), 1);
    QByteArray log;
    QCOMPARE(Process::run(frpcProgram(),
                 {u"ports"_s, u"--control-port"_s, QString::number(frps.controlPort()), u"--token-file"_s,
                     client.directory() + u"/none.json"_s, u"--email"_s, QString::fromLatin1(demoEmail),
                     u"--password"_s, u"wrong"_s},
                 {}, &output, &log),
        1);
    QVERIFY2(log.contains("refuses the login"), log.constData());
}

void TestE2eTunnels::refusesBadOptions()
{
    QByteArray log;
    const auto refused = [&log](const QString &program, const QStringList &options) {
        return Process::run(program, options, {}, nullptr, &log) == 2;
    };
    QVERIFY(refused(frpsProgram(), {u"--allow-ports"_s, u"80-90"_s}));
    QVERIFY2(log.contains("--allow-ports"), log.constData());
    QVERIFY(refused(frpcProgram(), {u"--tunnel"_s, u"ssh"_s}));
    QVERIFY2(log.contains("local=HOST:PORT"), log.constData());
    QVERIFY(refused(frpcProgram(), {u"--tunnel"_s, u"ssh,local=22"_s, u"--tunnel"_s, u"ssh,local=23"_s}));
    QVERIFY2(log.contains("two tunnels"), log.constData());
    QVERIFY(refused(frpcProgram(), {u"port"_s}));
}

const frpx::test::TestRegistration registration("tst_e2e_tunnels", frpx::test::runTest<TestE2eTunnels>);

#include "tst_e2e_tunnels.moc"
