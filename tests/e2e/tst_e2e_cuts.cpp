// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/loopback.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/scale.h"
#include "tests/support/sockets.h"
#include "tests/support/testregistry.h"

#include <QJsonObject>
#include <QTest>

#include <csignal>

#include <poll.h>

using namespace frpx;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

/// How the bytes of a connection travel between frps and frpc.
struct Carrier
{
    const char *name;
    QStringList options; ///< of frpc
    qsizetype each = 0; ///< bytes of the message each way before the cut
};

constexpr qsizetype small = 1'000;
constexpr qsizetype bulk = 300'000; // beyond the chunks of a plain connection

QList<Carrier> carriers()
{
    const QStringList tls{u"--tls"_s, u"on"_s, u"--trust-on-first-use"_s};
    const QStringList onRequest{u"--pool-max"_s, u"0"_s};
    return {
        {"chunks", {}, small},
        {"raw", {}, bulk},
        {"TLS", tls, bulk},
        {"on request", onRequest, small},
        {"on request, TLS", tls + onRequest, bulk},
    };
}

} // namespace

/// Whatever cuts a stream that has not ended in order is a reset to both its ends, however it is carried.
class TestE2eCuts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void resetsBothEnds_data();
    void resetsBothEnds();
    void resetsAVisitorWhoHasSaidAll_data();
    void resetsAVisitorWhoHasSaidAll();
    void endsInOrder_data();
    void endsInOrder();

private:
    static void addCarriers();
    void connectBoth(const Carrier &carrier);
    void exchange(const Carrier &carrier) const;
    void closeTunnel() const;

    std::unique_ptr<FrpsProcess> m_frps;
    std::unique_ptr<FrpcProcess> m_frpc;
    Fd m_listener;
    quint16 m_port = 0; ///< of the tunnel
    UniqueFd m_visitor;
    UniqueFd m_service;
};

void TestE2eCuts::init()
{
    m_listener = listenLoopback(0);
    QVERIFY(m_listener.isValid());
    m_port = freePorts(1).constFirst();
    m_frps = std::make_unique<FrpsProcess>();
    m_frpc = std::make_unique<FrpcProcess>(u"client"_s);
}

void TestE2eCuts::cleanup()
{
    m_visitor.reset();
    m_service.reset();
    m_frpc.reset();
    m_frps.reset();
    m_listener.reset();
}

void TestE2eCuts::addCarriers()
{
    QTest::addColumn<qsizetype>("carrier");
    for (qsizetype i = 0; i < carriers().size(); ++i)
        QTest::newRow(carriers().at(i).name) << i;
}

/// A visitor of a tunnel and the service have one connection, and have said something.
void TestE2eCuts::connectBoth(const Carrier &carrier)
{
    const QString noTime = u"1"_s;
    QVERIFY(m_frps->start({u"--allow-ports"_s, QString::number(m_port), u"--drain-timeout"_s, noTime}));
    const quint16 service = localPort(m_listener);
    const int descriptors = m_frps->descriptorCount();
    QVERIFY(m_frpc->start(*m_frps, service,
        QStringList{u"--only-tunnels"_s, u"--drain-timeout"_s, noTime, u"--tunnel"_s,
            u"t,local=127.0.0.1:%1,remote=%2"_s.arg(service).arg(m_port)}
            + carrier.options));
    if (!carrier.options.contains(u"--pool-max"_s)) // work connections wait
        QTRY_VERIFY(m_frps->descriptorCount() >= descriptors + 12);
    QVERIFY(m_frpc->waitForLog(u"is open on port"_s));
    m_visitor = connectTo(m_port);
    QVERIFY(sendAll(m_visitor.get(), "?"));
    pollfd watched{m_listener.get(), POLLIN, 0};
    QCOMPARE(::poll(&watched, 1, 10'000), 1);
    m_service = UniqueFd(::accept(m_listener.get(), nullptr, nullptr));
    giveUpAfter(m_service.get(), 30);
    QCOMPARE(receive(m_service.get(), 1).bytes, "?"_ba);
    exchange(carrier);
}

void TestE2eCuts::exchange(const Carrier &carrier) const
{
    const QByteArray down = noise(carrier.each, 1);
    const QByteArray up = noise(carrier.each, 2);
    QVERIFY(sendAll(m_service.get(), down));
    QVERIFY(receive(m_visitor.get(), down.size()).bytes == down);
    QVERIFY(sendAll(m_visitor.get(), up));
    QVERIFY(receive(m_service.get(), up.size()).bytes == up);
}

void TestE2eCuts::closeTunnel() const
{
    RawPeer admin(m_frps->apiPort());
    QVERIFY(admin.send("DELETE /api/tunnels/t1 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    QVERIFY(admin.receive(12));
    QVERIFY2(admin.received().startsWith("HTTP/1.1 200"), admin.received().constData());
}

void TestE2eCuts::resetsBothEnds_data()
{
    QTest::addColumn<qsizetype>("carrier");
    QTest::addColumn<QByteArray>("cut");
    for (qsizetype i = 0; i < carriers().size(); ++i) {
        for (const char *cut : {"frpc is killed", "frps is killed", "frpc has no more time to drain",
                 "frps has no more time to drain", "the tunnel is closed"}) {
            const bool isOfShortForm =
                cut == QByteArray("frpc is killed") || carriers().at(i).name == "raw"_ba;
            if (!isOfShortForm && !isLong())
                continue;
            QTest::addRow("%s, %s", carriers().at(i).name, cut) << i << QByteArray(cut);
        }
    }
}

/// Nothing is under way at the moment of the cut, so that its kind alone tells.
void TestE2eCuts::resetsBothEnds()
{
    QFETCH(const qsizetype, carrier);
    QFETCH(const QByteArray, cut);
    connectBoth(carriers().at(carrier));
    if (QTest::currentTestFailed())
        return;
    Process &subject = cut.startsWith("frps") ? static_cast<Process &>(*m_frps) : *m_frpc;
    if (cut.endsWith("killed"))
        subject.sendSignal(SIGKILL);
    else if (cut.endsWith("drain"))
        subject.sendSignal(SIGTERM);
    else
        closeTunnel();
    const Received down = receiveAll(m_visitor.get());
    QCOMPARE(down.bytes.size(), 0);
    QCOMPARE(down.ending, Ending::Reset);
    const Received up = receiveAll(m_service.get());
    QCOMPARE(up.bytes.size(), 0);
    QCOMPARE(up.ending, Ending::Reset);
}

void TestE2eCuts::resetsAVisitorWhoHasSaidAll_data()
{
    addCarriers();
}

/// A request that has ended in order, and an answer that does not.
void TestE2eCuts::resetsAVisitorWhoHasSaidAll()
{
    QFETCH(const qsizetype, carrier);
    connectBoth(carriers().at(carrier));
    if (QTest::currentTestFailed())
        return;
    ::shutdown(m_visitor.get(), SHUT_WR);
    QCOMPARE(receiveAll(m_service.get()).ending, Ending::Orderly);
    const QByteArray beginning = noise(bulk, 3);
    QVERIFY(sendAll(m_service.get(), beginning));
    QVERIFY(receive(m_visitor.get(), bulk).bytes == beginning);
    m_frpc->sendSignal(SIGKILL);
    QCOMPARE(receiveAll(m_visitor.get()).ending, Ending::Reset);
    QVERIFY(!sendAll(m_service.get(), noise(bulk, 4)) || !sendAll(m_service.get(), noise(bulk, 5)));
}

void TestE2eCuts::endsInOrder_data()
{
    addCarriers();
}

/// Nobody sees a reset where everything was said, however late it is read.
void TestE2eCuts::endsInOrder()
{
    QFETCH(const qsizetype, carrier);
    connectBoth(carriers().at(carrier));
    if (QTest::currentTestFailed())
        return;
    const QByteArray last = noise(bulk, 6);
    QVERIFY(sendAll(m_service.get(), last));
    m_service.reset(); // everything it was sent has been read: this is an end
    ::shutdown(m_visitor.get(), SHUT_WR);
    // The relays have all of it, and have ended before the visitor reads.
    QTRY_COMPARE(m_frps->api("/api/stats"_ba).toObject().value("open_connections"_L1).toInt(-1), 0);
    m_frpc->sendSignal(SIGKILL); // too late to harm anybody
    const Received got = receiveAll(m_visitor.get());
    QVERIFY(got.bytes == last);
    QCOMPARE(got.ending, Ending::Orderly);
}

const frpx::test::TestRegistration registration("tst_e2e_cuts", frpx::test::runTest<TestE2eCuts>);

#include "tst_e2e_cuts.moc"
