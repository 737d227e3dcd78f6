// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/programs.h"

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

QTEST_GUILESS_MAIN(TestE2eTunnels)
#include "tst_e2e_tunnels.moc"
