// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/echoservice.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/testregistry.h"

#include <QJsonObject>
#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray v2Begin = QByteArray::fromHex("0d0a0d0a000d0a515549540a2111000c");

/// Version 2, from 203.0.113.7:54321 to 192.0.2.1:443.
const QByteArray fromElsewhere = v2Begin + QByteArray::fromHex("cb007107c0000201d43101bb");

QByteArray bigEndian(quint16 number)
{
    return QByteArray(1, char(number >> 8)) + char(number & 0xff);
}

} // namespace

/// The edge of a public port: the service behind the client echoes what it gets, and so shows the header.
class TestE2eEdge : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void tellsTheServiceWhoComes_data();
    void tellsTheServiceWhoComes();
    void believesItsFrontProxy();
    void keepsStrangersOut();
    void limitsConnectionsOfOneAddress();

private:
    int stat(QLatin1String name) const { return m_frps->api("/api/stats").toObject().value(name).toInt(-1); }

    std::unique_ptr<FrpsProcess> m_frps;
    std::unique_ptr<FrpcProcess> m_frpc;
    std::unique_ptr<EchoService> m_service;
};

void TestE2eEdge::init()
{
    m_frps = std::make_unique<FrpsProcess>();
    m_frpc = std::make_unique<FrpcProcess>(u"client_A"_s);
    m_service = std::make_unique<EchoService>();
    QVERIFY(m_service->start());
}

void TestE2eEdge::cleanup()
{
    m_frpc.reset();
    m_frps.reset();
    m_service.reset();
}

void TestE2eEdge::tellsTheServiceWhoComes_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("waiting connections") << QStringList();
    QTest::newRow("on request") << QStringList{u"--pool-max"_s, u"0"_s};
}

void TestE2eEdge::tellsTheServiceWhoComes()
{
    QFETCH(const QStringList, options);
    QVERIFY(m_frps->start());
    QVERIFY(m_frpc->start(*m_frps, m_service->port(), options + QStringList{u"--proxy-protocol"_s, u"v2"_s}));
    RawPeer user(m_frps->publicPort());
    const QByteArray header = v2Begin + QByteArray::fromHex("7f0000017f000001") + bigEndian(user.localPort())
        + bigEndian(m_frps->publicPort());
    QVERIFY(user.send("hello"));
    QVERIFY(user.receive(header.size() + 5));
    QCOMPARE(user.received().toHex(' '), (header + "hello").toHex(' '));
}

void TestE2eEdge::believesItsFrontProxy()
{
    QVERIFY(m_frps->start({u"--accept-proxy-protocol-from"_s, u"127.0.0.1"_s}));
    QVERIFY(m_frpc->start(*m_frps, m_service->port(), {u"--proxy-protocol"_s, u"v1"_s}));
    const QByteArray told = "PROXY TCP4 203.0.113.7 192.0.2.1 54321 443\r\nhello"_ba;
    RawPeer user(m_frps->publicPort());
    QVERIFY(user.sendSlowly(fromElsewhere, 2));
    QVERIFY(user.send("hello"));
    QVERIFY(user.receive(told.size()));
    QCOMPARE(user.received(), told);
    RawPeer without(m_frps->publicPort());
    QVERIFY(without.send("GET / HTTP/1.0\r\n\r\n"));
    QVERIFY(without.waitForClosed());
    QCOMPARE(stat("rejected_other"_L1), 1);
    QCOMPARE(stat("total_connections"_L1), 2);
}

void TestE2eEdge::keepsStrangersOut()
{
    QVERIFY(m_frps->start({u"--allow-from"_s, u"192.0.2.0/24,203.0.113.0/24"_s, u"--deny-from"_s,
        u"203.0.113.7"_s, u"--accept-proxy-protocol-from"_s, u"127.0.0.1"_s}));
    QVERIFY(m_frpc->start(*m_frps, m_service->port()));
    for (int i = 0; i < 5; ++i) {
        RawPeer denied(m_frps->publicPort());
        QVERIFY(denied.send(fromElsewhere));
        QVERIFY(denied.waitForClosed());
    }
    QCOMPARE(stat("denied"_L1), 5);
    QVERIFY(m_frps->countInLog("A connection from 203.0.113.7:54321 is closed") >= 1);
    RawPeer allowed(m_frps->publicPort());
    QVERIFY(allowed.send("PROXY TCP4 203.0.113.8 192.0.2.1 1 2\r\nhello"));
    QVERIFY(allowed.receive(5));
    QCOMPARE(allowed.received(), "hello"_ba);
}

void TestE2eEdge::limitsConnectionsOfOneAddress()
{
    QVERIFY(m_frps->start({u"--max-connections-per-source"_s, u"2"_s}));
    QVERIFY(m_frpc->start(*m_frps, m_service->port()));
    const auto isServed = [this](RawPeer &peer) {
        return peer.open(m_frps->publicPort()) && peer.send("hello") && peer.receive(5);
    };
    RawPeer first;
    RawPeer second;
    QVERIFY(isServed(first) && isServed(second));
    RawPeer third;
    QVERIFY(!isServed(third));
    QVERIFY(third.isClosedByPeer());
    QTRY_COMPARE(stat("over_limit"_L1), 1);
    first.close();
    QVERIFY(QTest::qWaitFor([&] { return isServed(third); }));
}

const frpx::test::TestRegistration registration("tst_e2e_edge", frpx::test::runTest<TestE2eEdge>);

#include "tst_e2e_edge.moc"
