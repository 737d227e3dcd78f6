// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/proxy/proxyprotocol.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::proxyproto;
using namespace Qt::StringLiterals;

namespace {

const QByteArray signature("\r\n\r\n\0\r\nQUIT\n", 12);
const QByteArray v4Addresses = QByteArray::fromHex("cb007107"
                                                   "c0000201"
                                                   "d431"
                                                   "01bb");
const QByteArray v6Addresses = QByteArray::fromHex("20010db8000000000000000000000007"
                                                   "20010db8000000000000000000000001"
                                                   "d431"
                                                   "01bb");

/// A version 2 header of \a command and \a kind in front of \a rest.
QByteArray v2(char command, char kind, const QByteArray &rest)
{
    return signature + command + kind + char(rest.size() >> 8) + char(rest.size()) + rest;
}

Header header(const QString &source, const QString &target)
{
    return {{QHostAddress(source), 54321}, {QHostAddress(target), 443}};
}

QString written(const Header &header)
{
    return header.source.toString() + u' ' + header.target.toString();
}

} // namespace

class TestProxyProtocol : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writes_data();
    void writes();
    void readsWhatItWrites_data();
    void readsWhatItWrites();
    void reads_data();
    void reads();
    void refuses_data();
    void refuses();
    void takesNamesOfVersions();
    void takesAddressesFromTheServer();
};

void TestProxyProtocol::writes_data()
{
    QTest::addColumn<int>("version");
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("target");
    QTest::addColumn<QByteArray>("bytes");
    const int v1 = int(Version::V1);
    const int two = int(Version::V2);
    QTest::newRow("none") << int(Version::None) << u"203.0.113.7"_s << u"192.0.2.1"_s << QByteArray();
    QTest::newRow("v1, IPv4") << v1 << u"203.0.113.7"_s << u"192.0.2.1"_s
                              << "PROXY TCP4 203.0.113.7 192.0.2.1 54321 443\r\n"_ba;
    QTest::newRow("v1, IPv6") << v1 << u"2001:db8::7"_s << u"2001:db8::1"_s
                              << "PROXY TCP6 2001:db8::7 2001:db8::1 54321 443\r\n"_ba;
    QTest::newRow("v1, scope") << v1 << u"fe80::7%eth0"_s << u"fe80::1%eth0"_s
                               << "PROXY TCP6 fe80::7 fe80::1 54321 443\r\n"_ba;
    QTest::newRow("v1, mapped") << v1 << u"::ffff:203.0.113.7"_s << u"192.0.2.1"_s
                                << "PROXY TCP4 203.0.113.7 192.0.2.1 54321 443\r\n"_ba;
    QTest::newRow("v1, mixed") << v1 << u"203.0.113.7"_s << u"2001:db8::1"_s
                               << "PROXY TCP6 ::ffff:203.0.113.7 2001:db8::1 54321 443\r\n"_ba;
    QTest::newRow("v1, unknown") << v1 << QString() << QString() << "PROXY UNKNOWN\r\n"_ba;
    QTest::newRow("v2, IPv4") << two << u"203.0.113.7"_s << u"192.0.2.1"_s << v2(0x21, 0x11, v4Addresses);
    QTest::newRow("v2, IPv6") << two << u"2001:db8::7"_s << u"2001:db8::1"_s << v2(0x21, 0x21, v6Addresses);
    QTest::newRow("v2, unknown") << two << QString() << u"192.0.2.1"_s << v2(0x20, 0x00, {});
}

void TestProxyProtocol::writes()
{
    QFETCH(const int, version);
    QFETCH(const QString, source);
    QFETCH(const QString, target);
    QFETCH(const QByteArray, bytes);
    QCOMPARE(encode(Version(version), header(source, target)).toHex(' '), bytes.toHex(' '));
}

void TestProxyProtocol::readsWhatItWrites_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("target");
    QTest::newRow("IPv4") << u"203.0.113.7"_s << u"192.0.2.1"_s;
    QTest::newRow("IPv6") << u"2001:db8::7"_s << u"2001:db8::1"_s;
    QTest::newRow("mixed") << u"203.0.113.7"_s << u"2001:db8::1"_s;
    QTest::newRow("longest") << u"2001:1db8:2222:3333:4444:5555:6666:7777"_s
                             << u"2001:1db8:2222:3333:4444:5555:6666:8888"_s;
}

/// However it is cut, and whatever follows.
void TestProxyProtocol::readsWhatItWrites()
{
    QFETCH(const QString, source);
    QFETCH(const QString, target);
    const Header told = header(source, target);
    for (const Version version : {Version::V1, Version::V2}) {
        const QByteArray bytes = encode(version, told);
        QVERIFY(bytes.size() <= (version == Version::V1 ? maxV1Size : maxSize));
        for (qsizetype size = 0; size < bytes.size(); ++size) {
            const auto cut = parse(QByteArrayView(bytes).first(size));
            QVERIFY2(cut && !*cut, qPrintable(QString::number(size)));
        }
        for (const QByteArray &stream : {QByteArray(), "\n"_ba, QByteArray(4096, 'x'), bytes}) {
            const auto whole = parse(bytes + stream);
            QVERIFY(whole && *whole);
            QCOMPARE((*whole)->size, bytes.size());
            QCOMPARE(written((*whole)->header), written(told));
        }
    }
}

void TestProxyProtocol::reads_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("source"); // empty: not told
    const QByteArray additions = QByteArray::fromHex("04000178") + "\x05\x00\x03"_ba + "abc"_ba;
    QTest::newRow("additions") << v2(0x21, 0x11, v4Addresses + additions) << u"203.0.113.7:54321"_s;
    QTest::newRow("longest") << v2(0x21, 0x21, v6Addresses + QByteArray(536 - 36, '\0'))
                             << u"[2001:db8::7]:54321"_s;
    QTest::newRow("local") << v2(0x20, 0x00, {}) << QString();
    QTest::newRow("local with addresses") << v2(0x20, 0x11, v4Addresses) << QString();
    QTest::newRow("local with anything") << v2(0x20, 0x77, "whatever"_ba) << QString();
    QTest::newRow("unspecified") << v2(0x21, 0x00, "skipped"_ba) << QString();
    QTest::newRow("UDP") << v2(0x21, 0x12, v4Addresses) << QString();
    QTest::newRow("Unix") << v2(0x21, 0x31, QByteArray(216, 'u')) << QString();
    QTest::newRow("mapped") << v2(0x21, 0x21,
        QByteArray::fromHex("00000000000000000000ffffcb007107"
                            "00000000000000000000ffffc0000201"
                            "d43101bb"))
                            << u"203.0.113.7:54321"_s;
    QTest::newRow("unknown") << "PROXY UNKNOWN\r\n"_ba << QString();
    QTest::newRow("unknown with more") << "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"_ba << QString();
    QTest::newRow("longest line") << "PROXY UNKNOWN " + QByteArray(107 - 16, 'x') + "\r\n" << QString();
}

void TestProxyProtocol::reads()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const QString, source);
    for (qsizetype size = 0; size < bytes.size(); ++size) {
        const auto cut = parse(QByteArrayView(bytes).first(size));
        QVERIFY2(cut && !*cut, qPrintable(QString::number(size)));
    }
    const auto parsed = parse(bytes + "more");
    QVERIFY(parsed && *parsed);
    QCOMPARE((*parsed)->size, bytes.size());
    const net::Endpoint &told = (*parsed)->header.source;
    QCOMPARE(told.address.isNull() ? QString() : told.toString(), source);
}

void TestProxyProtocol::refuses_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("HTTP") << "G"_ba;
    QTest::newRow("TLS") << "\x16\x03\x01"_ba;
    QTest::newRow("nearly v1") << "PROXX"_ba;
    QTest::newRow("nearly v2") << "\r\n\r\n\r"_ba;
    QTest::newRow("endless line") << "PROXY UNKNOWN " + QByteArray(107 - 14, 'x');
    QTest::newRow("line too long") << "PROXY UNKNOWN " + QByteArray(107 - 15, 'x') + "\r\n";
    QTest::newRow("LF alone") << "PROXY UNKNOWN\n"_ba;
    QTest::newRow("no words") << "PROXY \r\n"_ba;
    QTest::newRow("protocol") << "PROXY UDP4 203.0.113.7 192.0.2.1 54321 443\r\n"_ba;
    QTest::newRow("no port") << "PROXY TCP4 203.0.113.7 192.0.2.1 54321\r\n"_ba;
    QTest::newRow("too many words") << "PROXY TCP4 203.0.113.7 192.0.2.1 54321 443 1\r\n"_ba;
    QTest::newRow("two spaces") << "PROXY TCP4  203.0.113.7 192.0.2.1 54321 443\r\n"_ba;
    QTest::newRow("port too high") << "PROXY TCP4 203.0.113.7 192.0.2.1 65536 443\r\n"_ba;
    QTest::newRow("port with zero") << "PROXY TCP4 203.0.113.7 192.0.2.1 054 443\r\n"_ba;
    QTest::newRow("negative port") << "PROXY TCP4 203.0.113.7 192.0.2.1 -1 443\r\n"_ba;
    QTest::newRow("short address") << "PROXY TCP4 203.7 192.0.2.1 54321 443\r\n"_ba;
    QTest::newRow("wrong family") << "PROXY TCP4 2001:db8::7 2001:db8::1 54321 443\r\n"_ba;
    QTest::newRow("address with NUL") << QByteArray("PROXY TCP6 ::1\0x ::2 54321 443\r\n", 32);
    QTest::newRow("address with scope") << "PROXY TCP6 fe80::7%lo fe80::1 54321 443\r\n"_ba;
    QTest::newRow("version") << signature + '\x11';
    QTest::newRow("command") << signature + '\x22';
    QTest::newRow("family") << v2(0x21, 0x41, v4Addresses);
    QTest::newRow("transport") << v2(0x21, 0x13, v4Addresses);
    QTest::newRow("family alone") << v2(0x21, 0x10, v4Addresses);
    QTest::newRow("IPv4 cut off") << v2(0x21, 0x11, v4Addresses.chopped(1));
    QTest::newRow("IPv6 cut off") << v2(0x21, 0x21, v6Addresses.chopped(1));
    QTest::newRow("too long") << signature + QByteArray::fromHex("21110219"); // 537
    QTest::newRow("much too long") << signature + QByteArray::fromHex("2000ffff");
}

void TestProxyProtocol::refuses()
{
    QFETCH(const QByteArray, bytes);
    const auto parsed = parse(bytes);
    QVERIFY(!parsed);
    QCOMPARE(int(parsed.error().code), int(Errc::BadField));
}

void TestProxyProtocol::takesNamesOfVersions()
{
    QCOMPARE(versionFromName(u"none"), Version::None);
    QCOMPARE(versionFromName(u"v1"), Version::V1);
    QCOMPARE(versionFromName(u"v2"), Version::V2);
    QVERIFY(!versionFromName(u"V2"));
    QVERIFY(!versionFromName(u""));
}

void TestProxyProtocol::takesAddressesFromTheServer()
{
    const Header told = headerOf(proto::VisitorAddress{u"203.0.113.7"_s, 54321, u"192.0.2.1"_s, 443});
    QCOMPARE(written(told), u"203.0.113.7:54321 192.0.2.1:443"_s);
    QVERIFY(headerOf(std::nullopt).source.address.isNull());
    QVERIFY(headerOf(proto::VisitorAddress{u"nowhere"_s, 1, u"192.0.2.1"_s, 2}).source.address.isNull());
    QVERIFY(headerOf(proto::VisitorAddress{u"203.0.113.7"_s, 1, QString(), 2}).source.address.isNull());
}

const frpx::test::TestRegistration registration(
    "tst_proxyprotocol", frpx::test::runBareTest<TestProxyProtocol>);

#include "tst_proxyprotocol.moc"
