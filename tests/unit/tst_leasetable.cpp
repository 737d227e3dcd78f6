// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/leasetable.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

namespace {

Lease lease(qint64 id, const QString &tunnel, quint16 port, PortProtocol protocol = PortProtocol::Tcp)
{
    return {.id = id, .key = {u"u"_s, tunnel, protocol}, .port = port, .createdAtMs = 0, .imported = false};
}

LeaseTable table(const QString &ranges)
{
    return LeaseTable(*PortRanges::parse(ranges));
}

} // namespace

class TestLeaseTable : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void choosesTheLowestFreePort();
    void prefersTheWantedPort();
    void separatesProtocols();
    void keepsReservedPorts();
    void refusesContradictions();
    void findsAndPages();
    void inheritsImports();
    void isFastWhenFull();
};

void TestLeaseTable::choosesTheLowestFreePort()
{
    LeaseTable leases = table(u"6000-6001,7000"_s);
    QCOMPARE(leases.choose(PortProtocol::Tcp, 0), 6000);
    QVERIFY(leases.insert(lease(1, u"a"_s, 6000)));
    QVERIFY(leases.insert(lease(2, u"b"_s, 6001)));
    QCOMPARE(leases.choose(PortProtocol::Tcp, 0), 7000);
    QVERIFY(leases.insert(lease(3, u"c"_s, 7000)));
    QCOMPARE(leases.choose(PortProtocol::Tcp, 0), 0);
    leases.remove({u"u"_s, u"b"_s, PortProtocol::Tcp});
    QCOMPARE(leases.choose(PortProtocol::Tcp, 0), 6001);
    QCOMPARE(LeaseTable().choose(PortProtocol::Tcp, 6000), 0);
}

void TestLeaseTable::prefersTheWantedPort()
{
    LeaseTable leases = table(u"6000-6009"_s);
    QCOMPARE(leases.choose(PortProtocol::Tcp, 6005), 6005);
    QCOMPARE(leases.choose(PortProtocol::Tcp, 6010), 6000); // not allowed
    QVERIFY(leases.insert(lease(1, u"a"_s, 6005)));
    QCOMPARE(leases.choose(PortProtocol::Tcp, 6005), 6000); // taken
}

void TestLeaseTable::separatesProtocols()
{
    LeaseTable leases = table(u"6000"_s);
    QVERIFY(leases.insert(lease(1, u"a"_s, 6000)));
    QCOMPARE(leases.choose(PortProtocol::Tcp, 6000), 0);
    QCOMPARE(leases.choose(PortProtocol::Udp, 6000), 6000);
    QVERIFY(leases.insert(lease(2, u"a"_s, 6000, PortProtocol::Udp)));
}

void TestLeaseTable::keepsReservedPorts()
{
    LeaseTable leases = table(u"6000-6001"_s);
    leases.setReserved(PortProtocol::Tcp, 6000, true);
    QCOMPARE(leases.choose(PortProtocol::Tcp, 6000), 6001);
    QVERIFY(leases.insert(lease(1, u"a"_s, 6000)));
    leases.setReserved(PortProtocol::Tcp, 6000, false);
    QCOMPARE(leases.choose(PortProtocol::Tcp, 0), 6001);
}

void TestLeaseTable::refusesContradictions()
{
    LeaseTable leases = table(u"6000-6009"_s);
    QVERIFY(leases.insert(lease(1, u"a"_s, 6000)));
    QVERIFY(!leases.insert(lease(1, u"b"_s, 6001)));
    QVERIFY(!leases.insert(lease(2, u"b"_s, 6000)));
    QVERIFY(!leases.insert(lease(2, u"a"_s, 6001)));
    QCOMPARE(leases.size(), 1);
    QCOMPARE(leases.choose(PortProtocol::Tcp, 6001), 6001);
}

void TestLeaseTable::findsAndPages()
{
    LeaseTable leases = table(u"6000-6009"_s);
    for (int i = 5; i > 0; --i)
        QVERIFY(leases.insert(lease(i, QString::number(i), static_cast<quint16>(6000 + i))));
    QCOMPARE(leases.find(LeaseKey{u"u"_s, u"3"_s, PortProtocol::Tcp})->port, 6003);
    QCOMPARE(leases.find(qint64(4))->port, 6004);
    QVERIFY(!leases.find(LeaseKey{u"u"_s, u"3"_s, PortProtocol::Udp}));
    QVERIFY(!leases.find(LeaseKey{u"x"_s, u"3"_s, PortProtocol::Tcp}));
    const auto page = leases.page(1, 2);
    QCOMPARE(page.size(), 2U);
    QCOMPARE(page[0].id, 2);
    QCOMPARE(page[1].id, 3);
    QVERIFY(leases.page(5, 10).empty());
}

void TestLeaseTable::inheritsImports()
{
    LeaseTable leases = table(u"6000-6009"_s);
    Lease old = lease(1, u"alice.web"_s, 6000);
    old.key.user.clear();
    old.imported = true;
    QVERIFY(leases.insert(old));
    Lease own = lease(2, u"bob.web"_s, 6001); // not imported, but of a client without a user
    own.key.user.clear();
    QVERIFY(leases.insert(own));
    const auto heir = [&leases](const QString &user, const QString &tunnel, PortProtocol protocol) {
        return leases.inheritance({user, tunnel, protocol});
    };
    QVERIFY(heir(u"alice"_s, u"alice.web"_s, PortProtocol::Tcp)); // as frp names it
    QVERIFY(heir(u"alice"_s, u"web"_s, PortProtocol::Tcp));
    QVERIFY(!heir(u"alice"_s, u"web"_s, PortProtocol::Udp));
    QVERIFY(!heir(u"ali"_s, u"alice.web"_s, PortProtocol::Tcp));
    QVERIFY(!heir(u"mallory"_s, u"alice.web"_s, PortProtocol::Tcp));
    QVERIFY(!heir({}, u"alice.web"_s, PortProtocol::Tcp));
    QVERIFY(!heir(u"bob"_s, u"bob.web"_s, PortProtocol::Tcp));
    leases.setReserved(PortProtocol::Tcp, 6000, true);
    QVERIFY(!heir(u"alice"_s, u"web"_s, PortProtocol::Tcp));
}

void TestLeaseTable::isFastWhenFull()
{
    // All the ports there are; looking for one again and again must not walk through them.
    LeaseTable leases = table(u"1024-65535"_s);
    for (int port = 1024; port <= 65'535; ++port)
        QVERIFY(leases.insert(lease(port, QString::number(port), static_cast<quint16>(port))));
    quint64 sum = 0;
    for (int i = 0; i < 1'000'000; ++i)
        sum += leases.choose(PortProtocol::Tcp, static_cast<quint16>(i));
    QCOMPARE(sum, 0U);
    const LeaseKey last{u"u"_s, u"65535"_s, PortProtocol::Tcp};
    for (int i = 0; i < 2'000'000; ++i)
        sum += leases.find(last)->port;
    QCOMPARE(sum, quint64(2'000'000) * 65'535);
}

const frpx::test::TestRegistration registration("tst_leasetable", frpx::test::runBareTest<TestLeaseTable>);

#include "tst_leasetable.moc"
