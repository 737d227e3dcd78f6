// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/clock.h"
#include "common/protocol/frpx/visitoraddress.h"
#include "frps/frontend/accesscontrol.h"
#include "tests/support/loopback.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <vector>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray v2Header = QByteArray::fromHex("0d0a0d0a000d0a515549540a" // the signature
                                                "2111000c"
                                                "cb007107c0000201d43101bb");
const QByteArray v2Local = QByteArray::fromHex("0d0a0d0a000d0a515549540a20000000");
const QByteArray v1Header = "PROXY TCP4 203.0.113.7 192.0.2.1 54321 443\r\n"_ba;

net::CidrList cidr(const QString &text)
{
    return *net::CidrList::parse(text);
}

/// Closed at once, by a reset.
bool isRefused(const UniqueFd &fd)
{
    return receiveAll(fd.get()).ending == Ending::Reset;
}

} // namespace

class TestAccessControl : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup();

    void asksNothingWithoutNeed();
    void keepsToTheLists_data();
    void keepsToTheLists();
    void limitsConnectionsOfOneAddress();
    void takesOtherSettings();
    void readsHeaders_data();
    void readsHeaders();
    void readsHeadersInPieces_data();
    void readsHeadersInPieces();
    void judgesTheUserBehindTheProxy();
    void countsTheUsersBehindTheProxy();
    void takesStrangersAsTheyAre();
    void refusesWhatIsNoHeader_data();
    void refusesWhatIsNoHeader();
    void refusesAHeaderThatComesTooSlowly();
    void takesACheckOfTheProxyForNothing();
    void mayEndWhileHeadersAreDue();
    void findsOutTheAddressesOnDemand();

private:
    /// Makes a doorkeeper of \a settings.
    void post(const AccessRules &settings)
    {
        m_door = std::make_unique<AccessControl>(
            settings, [this](VisitorConnection visitor) { m_in.push_back(std::move(visitor)); });
    }
    /// A user who has said \a bytes comes; his end.
    UniqueFd come(const QByteArray &bytes = {})
    {
        Connection connection = m_connector.connection();
        if (!sendAll(connection.near.get(), bytes))
            return {};
        m_door->receive(std::move(connection.far));
        return std::move(connection.near);
    }
    QByteArray readFrom(const VisitorConnection &visitor, qsizetype size)
    {
        ::fcntl(visitor.fd.get(), F_SETFL, O_RDWR); // blocking
        giveUpAfter(visitor.fd.get(), 10);
        return receive(visitor.fd.get(), size).bytes;
    }

    Connector m_connector;
    std::vector<VisitorConnection> m_in;
    std::unique_ptr<AccessControl> m_door;
};

void TestAccessControl::cleanup()
{
    m_door.reset();
    m_in.clear();
}

void TestAccessControl::asksNothingWithoutNeed()
{
    post({});
    const UniqueFd user = come("hello"_ba);
    QCOMPARE(m_in.size(), 1U);
    QVERIFY(m_in[0].source.address.isNull());
    QVERIFY(!m_in[0].lease);
    QCOMPARE(readFrom(m_in[0], 5), "hello"_ba);
}

void TestAccessControl::keepsToTheLists_data()
{
    QTest::addColumn<QString>("allow");
    QTest::addColumn<QString>("deny");
    QTest::addColumn<bool>("in");
    QTest::newRow("allowed") << u"127.0.0.0/8"_s << QString() << true;
    QTest::newRow("not allowed") << u"10.0.0.0/8,::/0"_s << QString() << false;
    QTest::newRow("denied") << QString() << u"127.0.0.1"_s << false;
    QTest::newRow("another is denied") << QString() << u"127.0.0.2,::1"_s << true;
    QTest::newRow("deny wins") << u"127.0.0.1"_s << u"127.0.0.0/8"_s << false;
}

void TestAccessControl::keepsToTheLists()
{
    QFETCH(const QString, allow);
    QFETCH(const QString, deny);
    QFETCH(const bool, in);
    AccessRules settings;
    settings.allowFrom = cidr(allow);
    settings.denyFrom = cidr(deny);
    post(settings);
    const UniqueFd user = come();
    QCOMPARE(m_in.size(), in ? 1U : 0U);
    QCOMPARE(m_door->counters().denied, in ? 0U : 1U);
    if (in)
        QCOMPARE(m_in[0].source.port, net::localOf(user.get()).port);
    else
        QVERIFY(isRefused(user));
}

void TestAccessControl::takesOtherSettings()
{
    post({});
    const UniqueFd early = come(); // before there was a limit: not counted
    AccessRules settings;
    settings.maxPerSource = 1;
    m_door->setSettings(settings);
    const UniqueFd first = come();
    QCOMPARE(m_in.size(), 2U);
    QVERIFY(isRefused(come()));
    settings.denyFrom = cidr(u"127.0.0.0/8"_s);
    m_door->setSettings(settings);
    QVERIFY(isRefused(come()));
    QCOMPARE(m_door->counters().denied, 1U);
    m_door->setSettings({});
    const UniqueFd late = come();
    QCOMPARE(m_in.size(), 3U);
}

void TestAccessControl::limitsConnectionsOfOneAddress()
{
    AccessRules settings;
    settings.maxPerSource = 2;
    post(settings);
    const UniqueFd first = come();
    const UniqueFd second = come();
    QCOMPARE(m_in.size(), 2U);
    QVERIFY(isRefused(come()));
    QCOMPARE(m_door->counters().overLimit, 1U);
    std::shared_ptr<void> relay = std::move(m_in.back().lease); // the ticket goes, its relay runs
    m_in.pop_back();
    QVERIFY(isRefused(come()));
    relay.reset();
    const UniqueFd third = come();
    QCOMPARE(m_in.size(), 2U);
    QCOMPARE(m_door->counters().overLimit, 2U);
    QCOMPARE(m_door->counters().denied, 0U);
}

void TestAccessControl::readsHeaders_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<bool>("told");
    QTest::newRow("v1") << v1Header << true;
    QTest::newRow("v2") << v2Header << true;
    QTest::newRow("v1, unknown") << "PROXY UNKNOWN\r\n"_ba << false;
    QTest::newRow("v2, local") << v2Local << false;
}

void TestAccessControl::readsHeaders()
{
    QFETCH(const QByteArray, header);
    QFETCH(const bool, told);
    AccessRules settings;
    settings.frontProxies = cidr(u"127.0.0.1"_s);
    post(settings);
    const QByteArray stream = noise(30'000, 1);
    const UniqueFd user = come(header + stream);
    QCOMPARE(m_in.size(), 1U); // without a turn of the event loop
    const QString own = net::localOf(user.get()).toString();
    QCOMPARE(m_in[0].source.toString(), told ? u"203.0.113.7:54321"_s : own);
    const proto::VisitorAddress address = proto::visitorAddress(endsOf(m_in[0]));
    QCOMPARE(address.targetAddr, told ? u"192.0.2.1"_s : u"127.0.0.1"_s);
    QCOMPARE(address.targetPort, told ? 443 : int(net::peerOf(user.get()).port));
    QCOMPARE(readFrom(m_in[0], stream.size()), stream);
}

void TestAccessControl::readsHeadersInPieces_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("v1") << v1Header;
    QTest::newRow("v2") << v2Header;
}

void TestAccessControl::readsHeadersInPieces()
{
    QFETCH(const QByteArray, header);
    AccessRules settings;
    settings.frontProxies = cidr(u"127.0.0.1"_s);
    post(settings);
    const UniqueFd user = come();
    for (const char byte : header) {
        QVERIFY(m_in.empty());
        QVERIFY(sendAll(user.get(), QByteArrayView(&byte, 1)));
        QCoreApplication::processEvents();
    }
    QTRY_COMPARE(m_in.size(), 1U);
    QCOMPARE(m_in[0].source.toString(), u"203.0.113.7:54321"_s);
    m_door->sweep(steadyMs() + 10'000); // it is not waited for any more
    QVERIFY(sendAll(user.get(), "hello"));
    QCOMPARE(readFrom(m_in[0], 5), "hello"_ba);
    QCOMPARE(m_door->counters().badHeader, 0U);
}

void TestAccessControl::judgesTheUserBehindTheProxy()
{
    AccessRules settings;
    settings.frontProxies = cidr(u"127.0.0.0/8"_s);
    settings.allowFrom = cidr(u"203.0.113.0/24"_s);
    post(settings);
    const UniqueFd one = come(v2Header);
    QCOMPARE(m_in.size(), 1U);
    settings.allowFrom = {};
    settings.denyFrom = cidr(u"203.0.113.7"_s);
    post(settings);
    QVERIFY(isRefused(come(v2Header)));
    QCOMPARE(m_in.size(), 1U);
    QCOMPARE(m_door->counters().denied, 1U);
}

void TestAccessControl::countsTheUsersBehindTheProxy()
{
    AccessRules settings;
    settings.frontProxies = cidr(u"127.0.0.1"_s);
    settings.maxPerSource = 1;
    post(settings);
    const UniqueFd one = come(v2Header);
    QVERIFY(isRefused(come(v1Header))); // the same user
    const UniqueFd other = come("PROXY TCP4 203.0.113.8 192.0.2.1 54321 443\r\n"_ba);
    QCOMPARE(m_in.size(), 2U);
}

void TestAccessControl::takesStrangersAsTheyAre()
{
    AccessRules settings;
    settings.frontProxies = cidr(u"10.0.0.0/8"_s);
    post(settings);
    const UniqueFd user = come(v1Header + "hello");
    QCOMPARE(m_in.size(), 1U);
    QCOMPARE(m_in[0].source.toString(), net::localOf(user.get()).toString());
    QCOMPARE(readFrom(m_in[0], v1Header.size() + 5), v1Header + "hello");
}

void TestAccessControl::refusesWhatIsNoHeader_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("HTTP") << "GET / HTTP/1.0\r\n\r\n"_ba;
    QTest::newRow("bad line") << "PROXY TCP4 nobody\r\n"_ba;
    QTest::newRow("endless line") << "PROXY " + QByteArray(5000, 'x');
    QTest::newRow("too long") << v2Header.first(14) + "\xff\xff"_ba;
    QTest::newRow("noise") << noise(5000, 1);
}

void TestAccessControl::refusesWhatIsNoHeader()
{
    QFETCH(const QByteArray, bytes);
    AccessRules settings;
    settings.frontProxies = cidr(u"127.0.0.1"_s);
    post(settings);
    const UniqueFd user = come(bytes);
    QVERIFY(receiveAll(user.get()).ending != Ending::TimedOut);
    QVERIFY(m_in.empty());
    QCOMPARE(m_door->counters().badHeader, 1U);
}

void TestAccessControl::refusesAHeaderThatComesTooSlowly()
{
    AccessRules settings;
    settings.frontProxies = cidr(u"127.0.0.1"_s);
    post(settings);
    const UniqueFd silent = come();
    const UniqueFd slow = come(v2Header.chopped(1));
    m_door->sweep(steadyMs() + ProxyHeaderReader::timeoutMs - 1000);
    QCOMPARE(m_door->counters().badHeader, 0U);
    m_door->sweep(steadyMs() + ProxyHeaderReader::timeoutMs);
    QCOMPARE(m_door->counters().badHeader, 2U);
    QVERIFY(receiveAll(silent.get()).ending != Ending::TimedOut);
    QVERIFY(receiveAll(slow.get()).ending != Ending::TimedOut);
    QVERIFY(m_in.empty());
}

void TestAccessControl::takesACheckOfTheProxyForNothing()
{
    AccessRules settings;
    settings.frontProxies = cidr(u"127.0.0.1"_s);
    post(settings);
    UniqueFd check = come();
    check.reset();
    UniqueFd cutOff = come(v1Header.first(9));
    cutOff.reset();
    QTRY_COMPARE(m_door->counters().badHeader, 1U);
    m_door->sweep(steadyMs() + 10'000);
    QCOMPARE(m_door->counters().badHeader, 1U);
    QVERIFY(m_in.empty());
}

void TestAccessControl::mayEndWhileHeadersAreDue()
{
    AccessRules settings;
    settings.frontProxies = cidr(u"127.0.0.1"_s);
    post(settings);
    const UniqueFd user = come(v1Header.first(9));
    m_door.reset();
    QVERIFY(receiveAll(user.get()).ending != Ending::TimedOut);
}

void TestAccessControl::findsOutTheAddressesOnDemand()
{
    post({});
    const UniqueFd user = come();
    QCOMPARE(m_in.size(), 1U);
    const net::Endpoint own = net::localOf(user.get());
    const net::Endpoint server = net::peerOf(user.get());
    const proto::VisitorAddress address = proto::visitorAddress(endsOf(m_in[0]));
    QCOMPARE(address, (proto::VisitorAddress{u"127.0.0.1"_s, own.port, u"127.0.0.1"_s, server.port}));
    QCOMPARE(sourceOf(m_in[0]).toString(), own.toString());
}

const frpx::test::TestRegistration registration("tst_accesscontrol", frpx::test::runTest<TestAccessControl>);

#include "tst_accesscontrol.moc"
