// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/hostaddress.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::net;
using namespace Qt::StringLiterals;

class TestHostAddress : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsHosts_data();
    void readsHosts();
    void refuses_data();
    void refuses();
    void saysWhereThePortGoes();
    void readsListenAddresses_data();
    void readsListenAddresses();
    void readsListenEndpoints_data();
    void readsListenEndpoints();
    void knowsUnixSockets_data();
    void knowsUnixSockets();
    void writesHostAndPort();
};

void TestHostAddress::readsHosts_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port"); // -1: none
    const QString label63(63, u'a');
    const QString longest = (label63 + u'.').repeated(3) + QString(61, u'b');
    QTest::newRow("name") << u"frps.example.org"_s << u"frps.example.org"_s << -1;
    QTest::newRow("name with port") << u"frps.example.org:7000"_s << u"frps.example.org"_s << 7000;
    QTest::newRow("trailing dot") << u"frps.example.org."_s << u"frps.example.org."_s << -1;
    QTest::newRow("one label") << u"localhost"_s << u"localhost"_s << -1;
    QTest::newRow("underscore") << u"my_service"_s << u"my_service"_s << -1;
    QTest::newRow("digits and letters") << u"3com.1"_s << u"3com.1"_s << -1;
    QTest::newRow("other script") << u"b\u00fccher.example"_s << u"b\u00fccher.example"_s << -1;
    QTest::newRow("longest label") << label63 << label63 << -1;
    QTest::newRow("longest name") << longest << longest << -1;
    QTest::newRow("longest name and dot") << longest + u'.' << longest + u'.' << -1;
    QTest::newRow("IPv4") << u"192.0.2.1"_s << u"192.0.2.1"_s << -1;
    QTest::newRow("IPv4 with port") << u"192.0.2.1:0"_s << u"192.0.2.1"_s << 0;
    QTest::newRow("IPv6") << u"::1"_s << u"::1"_s << -1;
    QTest::newRow("IPv6 in brackets") << u"[::1]"_s << u"::1"_s << -1;
    QTest::newRow("IPv6 with port") << u"[2001:db8::1]:65535"_s << u"2001:db8::1"_s << 65535;
    QTest::newRow("IPv4 in IPv6") << u"::ffff:192.0.2.1"_s << u"::ffff:192.0.2.1"_s << -1;
    QTest::newRow("scope") << u"fe80::1%eth0"_s << u"fe80::1%eth0"_s << -1;
    QTest::newRow("scope of a VLAN") << u"fe80::1%br-a.100"_s << u"fe80::1%br-a.100"_s << -1;
    QTest::newRow("scope in brackets") << u"[fe80::1%eth0]:80"_s << u"fe80::1%eth0"_s << 80;
    QTest::newRow("all") << u"::"_s << u"::"_s << -1;
}

void TestHostAddress::readsHosts()
{
    QFETCH(QString, text);
    QFETCH(QString, host);
    QFETCH(int, port);
    const Result<HostAndPort> parsed = parseHostAndPort(text);
    QVERIFY2(parsed, qPrintable(parsed ? QString() : parsed.error().detail));
    QCOMPARE(parsed->host, host);
    QCOMPARE(parsed->port ? int(*parsed->port) : -1, port);
    QCOMPARE(bool(parseHost(text, u"PORT")), port < 0);
}

void TestHostAddress::refuses_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("why");
    const auto row = [](const char *name, const QString &text, const QString &why) {
        QTest::newRow(name) << text << why;
    };
    row("empty", {}, u"it is empty"_s);
    row("http", u"http://frps.example.org"_s, u"without http:// and without a path"_s);
    row("https with port", u"https://frps.example.org:7000/"_s, u"without https:// and"_s);
    row("path", u"frps.example.org/api"_s, u"without a path"_s);
    row("user", u"me@frps.example.org"_s, u"without a user"_s);
    row("unix socket", u"unix:/run/app.sock"_s, u"only be a local service"_s);
    row("space behind", u"frps.example.org "_s, u"a space"_s);
    row("space in front", u" ::1"_s, u"no IPv6 address"_s);
    row("space within", u"frps example"_s, u"a space"_s);
    row("no-break space", u"frps\u00a0example"_s, u"a space"_s);
    row("tab", u"a\tb"_s, u"a space"_s);
    row("NUL", u"a"_s + QChar(u'\0') + u"b"_s, u"no host has the character"_s);
    row("control", u"a\u001bb"_s, u"no host has the character"_s);
    row("comma", u"a,b"_s, u"the character ','"_s);
    row("backslash", u"a\\b"_s, u"the character '\\'"_s);
    row("star", u"*"_s, u"the character '*'"_s);
    row("percent at a name", u"a%eth0"_s, u"the character '%'"_s);
    row("scope of IPv4", u"192.0.2.1%eth0"_s, u"the character '%'"_s);
    row("empty scope", u"fe80::1%"_s, u"no IPv6 address"_s);
    row("scope with space", u"fe80::1%e h"_s, u"no IPv6 address"_s);
    row("dash in front", u"-server"_s, u"begins with '-'"_s);
    row("number", u"10"_s, u"four numbers"_s);
    row("three numbers", u"1.2.3"_s, u"four numbers"_s);
    row("five numbers", u"1.2.3.4.5"_s, u"four numbers"_s);
    row("too large", u"256.1.1.1"_s, u"four numbers"_s);
    row("zeros in front", u"192.0.2.01"_s, u"four numbers"_s);
    row("dot behind", u"192.0.2.1."_s, u"four numbers"_s);
    row("hexadecimal", u"0x7f000001"_s, u"four numbers"_s);
    row("part hexadecimal", u"0x7F.1"_s, u"four numbers"_s);
    row("numbers with port", u"1.2.3:80"_s, u"four numbers"_s);
    row("dot", u"."_s, u"is empty"_s);
    row("two dots", u"a..b"_s, u"is empty"_s);
    row("dot in front", u".a"_s, u"is empty"_s);
    row("two dots behind", u"a.."_s, u"is empty"_s);
    row("label too long", QString(64, u'a') + u".org"_s, u"at most 63"_s);
    row("name too long", (QString(63, u'a') + u'.').repeated(3) + QString(62, u'b'), u"at most 253"_s);
    row("brackets around a name", u"[localhost]"_s, u"brackets are for"_s);
    row("brackets around IPv4", u"[127.0.0.1]"_s, u"brackets are for"_s);
    row("open bracket", u"[::1"_s, u"brackets are for"_s);
    row("empty brackets", u"[]:80"_s, u"brackets are for"_s);
    row("behind brackets", u"[::1]80"_s, u"a port is"_s);
    row("bracket behind", u"::1]"_s, u"no IPv6 address"_s);
    row("IPv6 too long", u"1:2:3:4:5:6:7:8:9"_s, u"written [2001:db8::1]:80"_s);
    row("no IPv6", u"frps:example:7000"_s, u"no IPv6 address"_s);
    row("no port", u"frps.example.org:"_s, u"a port is"_s);
    row("port too large", u"frps.example.org:65536"_s, u"a port is"_s);
    row("port of letters", u"frps.example.org:http"_s, u"a port is"_s);
    row("port with sign", u"a:+80"_s, u"a port is"_s);
    row("no host", u":7000"_s, u"no host in front"_s);
}

void TestHostAddress::refuses()
{
    QFETCH(QString, text);
    QFETCH(QString, why);
    const Result<HostAndPort> parsed = parseHostAndPort(text);
    QVERIFY(!parsed);
    QCOMPARE(parsed.error().code, Errc::InvalidArgument);
    const QString &sentence = parsed.error().detail;
    QVERIFY2(
        sentence.startsWith("takes a host such as frps.example.org, 192.0.2.1 or 2001:db8::1, not \""_L1),
        qPrintable(sentence));
    QVERIFY2(sentence.contains(why), qPrintable(sentence));
    QVERIFY(!parseHost(text, u"PORT"));
    QVERIFY(!parseListenAddress(text, u"PORT"));
}

void TestHostAddress::saysWhereThePortGoes()
{
    const Result<QString> host = parseHost(u"frps.example.org:7000", u"--control-port");
    QVERIFY(!host);
    QVERIFY2(host.error().detail.endsWith(
                 "write the host \"frps.example.org\" here, and the port 7000 as --control-port"_L1),
        qPrintable(host.error().detail));
    const Result<QHostAddress> address = parseListenAddress(u"[::1]:80", u"--api-port");
    QVERIFY(!address);
    QVERIFY2(
        address.error().detail.endsWith("write the address \"::1\" here, and the port 80 as --api-port"_L1),
        qPrintable(address.error().detail));
}

void TestHostAddress::readsListenAddresses_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QHostAddress>("address"); // null: refused
    QTest::newRow("IPv4") << u"127.0.0.1"_s << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("all of IPv4") << u"0.0.0.0"_s << QHostAddress(QHostAddress::AnyIPv4);
    QTest::newRow("IPv6") << u"::1"_s << QHostAddress(QHostAddress::LocalHostIPv6);
    QTest::newRow("brackets") << u"[::1]"_s << QHostAddress(QHostAddress::LocalHostIPv6);
    QTest::newRow("all") << u"::"_s << QHostAddress(QHostAddress::Any);
    QTest::newRow("all in brackets") << u"[::]"_s << QHostAddress(QHostAddress::Any);
    QTest::newRow("scope") << u"fe80::1%lo"_s << QHostAddress(u"fe80::1%lo"_s);
    QTest::newRow("name") << u"localhost"_s << QHostAddress();
    QTest::newRow("number") << u"10"_s << QHostAddress();
    QTest::newRow("port") << u"127.0.0.1:80"_s << QHostAddress();
}

void TestHostAddress::readsListenAddresses()
{
    QFETCH(QString, text);
    QFETCH(QHostAddress, address);
    const Result<QHostAddress> parsed = parseListenAddress(text, u"PORT");
    QCOMPARE(parsed ? *parsed : QHostAddress(), address);
    if (!parsed)
        QVERIFY(parsed.error().detail.startsWith("takes an IP address such as"_L1));
}

void TestHostAddress::readsListenEndpoints_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QHostAddress>("address"); // null: refused
    QTest::addColumn<int>("port");
    QTest::newRow("IPv4") << u"127.0.0.1:8080"_s << QHostAddress(QHostAddress::LocalHost) << 8080;
    QTest::newRow("IPv6") << u"[::1]:8080"_s << QHostAddress(QHostAddress::LocalHostIPv6) << 8080;
    QTest::newRow("all, any port") << u"[::]:0"_s << QHostAddress(QHostAddress::Any) << 0;
    QTest::newRow("no port") << u"127.0.0.1"_s << QHostAddress() << 0;
    QTest::newRow("no brackets") << u"::1"_s << QHostAddress() << 0;
    QTest::newRow("port alone") << u"8080"_s << QHostAddress() << 0;
    QTest::newRow("name") << u"localhost:8080"_s << QHostAddress() << 0;
    QTest::newRow("number") << u"10:8080"_s << QHostAddress() << 0;
    QTest::newRow("empty") << QString() << QHostAddress() << 0;
}

void TestHostAddress::readsListenEndpoints()
{
    QFETCH(QString, text);
    QFETCH(QHostAddress, address);
    QFETCH(int, port);
    const auto parsed = parseListenEndpoint(text);
    QCOMPARE(parsed ? parsed->first : QHostAddress(), address);
    if (parsed)
        QCOMPARE(int(parsed->second), port);
}

void TestHostAddress::knowsUnixSockets_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("why"); // empty: good
    const QString room(106, u'a'); // what the system's addresses have room for, behind the '/'
    QTest::newRow("good") << u"unix:/run/app.sock"_s << QString();
    QTest::newRow("colon, comma and space") << u"unix:/run/a:1, b"_s << QString();
    QTest::newRow("relative") << u"unix:app.sock"_s << u"its path begins with '/'"_s;
    QTest::newRow("abstract") << u"unix:@app"_s << u"its path begins with '/'"_s;
    QTest::newRow("empty") << u"unix:"_s << u"its path begins with '/'"_s;
    QTest::newRow("NUL") << u"unix:/run/a"_s + QChar(u'\0') << u"a NUL"_s;
#ifdef Q_OS_LINUX
    QTest::newRow("longest") << u"unix:/"_s + room << QString();
    QTest::newRow("too long") << u"unix:/"_s + room + u'a' << u"more than 107 bytes"_s;
    QTest::newRow("too long in bytes")
        << u"unix:/"_s + room.chopped(1) + u'\u00fc' << u"more than 107 bytes"_s;
#endif
}

void TestHostAddress::knowsUnixSockets()
{
    QFETCH(QString, text);
    QFETCH(QString, why);
    QVERIFY(isUnixSocket(text));
    const Result<QString> service = parseService(text, u"PORT");
#ifdef Q_OS_UNIX
    QCOMPARE(bool(service), why.isEmpty());
    if (service) {
        QCOMPARE(*service, text);
        QCOMPARE(u"unix:"_s + unixSocketPath(text), text);
    } else {
        QVERIFY2(service.error().detail.contains(why), qPrintable(service.error().detail));
    }
#else
    QVERIFY(!service);
#endif
}

void TestHostAddress::writesHostAndPort()
{
    QCOMPARE(hostWithPort(u"a.example"_s, 80), u"a.example:80"_s);
    QCOMPARE(hostWithPort(u"192.0.2.1"_s, 80), u"192.0.2.1:80"_s);
    QCOMPARE(hostWithPort(u"::1"_s, 80), u"[::1]:80"_s);
    QCOMPARE(hostWithPort(u"unix:/run/app.sock"_s, 0), u"unix:/run/app.sock"_s);
}

const frpx::test::TestRegistration registration("tst_hostaddress", frpx::test::runBareTest<TestHostAddress>);

#include "tst_hostaddress.moc"
