// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/echoservice.h"
#include "tests/support/faultrelay.h"
#include "tests/support/pattern.h"
#include "tests/support/rawpeer.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

using Fault = FaultRelay::Fault;

/// The relay that plays bad networks, between a peer and a service that sends everything back.
class TestFaultRelay : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void passesBothWaysToTheEnd();
    void swallowsAndHeals_data();
    void swallowsAndHeals();
    void swallowsNewConnections();
    void letsNobodyInWhenUnplugged();
    void leavesOldConnectionsAsTheyAre();
    void holdsBackNoMoreThanItsBuffers();
    void delays();
    void throttles();
    void slices();
    void resetsAll();
    void refusesLikeItsTarget();

private:
    std::unique_ptr<EchoService> m_service;
    std::unique_ptr<FaultRelay> m_relay;
};

namespace {

QByteArray pattern(qsizetype size)
{
    QByteArray bytes;
    while (bytes.size() < size)
        bytes += patternAt(quint64(bytes.size()), quint64(size - bytes.size()));
    return bytes;
}

} // namespace

void TestFaultRelay::init()
{
    m_service = std::make_unique<EchoService>();
    QVERIFY(m_service->start());
    m_relay = std::make_unique<FaultRelay>(m_service->port());
    QVERIFY(m_relay->start());
}

void TestFaultRelay::cleanup()
{
    m_relay.reset();
    QTRY_COMPARE(m_service->connectionCount(), 0);
    m_service.reset();
}

void TestFaultRelay::passesBothWaysToTheEnd()
{
    RawPeer peer(m_relay->port());
    const QByteArray bytes = pattern(200'000);
    std::thread sender([&] { peer.send(bytes); });
    const bool whole = peer.receive(bytes.size());
    sender.join();
    QVERIFY(whole);
    QVERIFY(peer.received() == bytes);
    QCOMPARE(m_relay->openCount(), 1);
    peer.shutdownWrite();
    QVERIFY(peer.waitForClosed());
    QVERIFY(!peer.wasReset());
    QTRY_COMPARE(m_relay->openCount(), 0);
    QCOMPARE(m_relay->acceptedCount(), 1);
}

void TestFaultRelay::swallowsAndHeals_data()
{
    QTest::addColumn<int>("fault");
    QTest::newRow("black hole") << int(Fault::BlackHole);
    QTest::newRow("unplugged") << int(Fault::Unplugged);
}

void TestFaultRelay::swallowsAndHeals()
{
    QFETCH(int, fault);
    RawPeer peer(m_relay->port());
    QVERIFY(peer.send("before") && peer.receive(6));
    m_relay->setMode(Fault(fault));
    QVERIFY(peer.send("within"));
    QVERIFY(!peer.receive(7, 300));
    QVERIFY(!peer.isClosedByPeer());
    m_relay->setMode(Fault::None);
    QVERIFY(peer.receive(12));
    QCOMPARE(peer.received(), "beforewithin"_ba);
}

void TestFaultRelay::swallowsNewConnections()
{
    m_relay->setMode(Fault::BlackHole);
    RawPeer peer(m_relay->port());
    QVERIFY(peer.isOpen() && peer.send("hello"));
    QTRY_COMPARE(m_relay->openCount(), 1);
    QVERIFY(!peer.receive(1, 200));
    QCOMPARE(m_service->connectionCount(), 0);
    m_relay->setMode(Fault::None);
    QVERIFY(peer.receive(5));
}

void TestFaultRelay::letsNobodyInWhenUnplugged()
{
    m_relay->setMode(Fault::Unplugged);
    RawPeer peer;
    QVERIFY(!peer.open(m_relay->port(), 300));
    m_relay->setMode(Fault::None);
    QVERIFY(peer.open(m_relay->port()));
    QVERIFY(peer.send("hello") && peer.receive(5));
}

void TestFaultRelay::leavesOldConnectionsAsTheyAre()
{
    m_relay->setMode(Fault::BlackHole);
    RawPeer old(m_relay->port());
    QVERIFY(old.send("old"));
    QTRY_COMPARE(m_relay->openCount(), 1);
    m_relay->setModeForNew({});
    RawPeer fresh(m_relay->port());
    QVERIFY(fresh.send("new") && fresh.receive(3));
    QVERIFY(!old.receive(1, 100));
}

void TestFaultRelay::holdsBackNoMoreThanItsBuffers()
{
    RawPeer peer(m_relay->port());
    QVERIFY(peer.send("a") && peer.receive(1));
    m_relay->setMode(Fault::BlackHole);
    // The kernel's buffers of one connection end somewhere, and then nothing is taken any more.
    QVERIFY(!peer.send(QByteArray(qsizetype(32) * 1024 * 1024, 'x'), 500));
}

void TestFaultRelay::delays()
{
    RawPeer peer(m_relay->port());
    QVERIFY(peer.send("a") && peer.receive(1));
    m_relay->setMode({Fault::Delay, 100});
    QElapsedTimer timer;
    timer.start();
    QVERIFY(peer.send("b") && peer.receive(2));
    QVERIFY2(timer.elapsed() >= 200, qPrintable(QString::number(timer.elapsed()))); // there and back
}

void TestFaultRelay::throttles()
{
    RawPeer peer(m_relay->port());
    QVERIFY(peer.send("a") && peer.receive(1));
    m_relay->setMode({Fault::Throttle, 20});
    QElapsedTimer timer;
    timer.start();
    QVERIFY(peer.send("0123456789") && peer.receive(11));
    QVERIFY2(timer.elapsed() >= 400, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(peer.received(), "a0123456789"_ba);
}

void TestFaultRelay::slices()
{
    m_relay->setMode({Fault::Slice, 7});
    RawPeer peer(m_relay->port());
    const QByteArray bytes = pattern(5000);
    QVERIFY(peer.send(bytes) && peer.receive(bytes.size()));
    QVERIFY(peer.received() == bytes);
}

void TestFaultRelay::resetsAll()
{
    RawPeer first(m_relay->port());
    RawPeer second(m_relay->port());
    QVERIFY(first.send("a") && first.receive(1) && second.send("a") && second.receive(1));
    m_relay->resetAll();
    QVERIFY(first.waitForClosed() && first.wasReset());
    QVERIFY(second.waitForClosed() && second.wasReset());
    QCOMPARE(m_relay->openCount(), 0);
    RawPeer third(m_relay->port());
    QVERIFY(third.send("a") && third.receive(1));
    QCOMPARE(m_relay->acceptedCount(), 3);
}

void TestFaultRelay::refusesLikeItsTarget()
{
    m_service->stop();
    RawPeer peer(m_relay->port());
    QVERIFY(peer.waitForClosed());
    QTRY_COMPARE(m_relay->openCount(), 0);
}

const frpx::test::TestRegistration registration("tst_faultrelay", frpx::test::runTest<TestFaultRelay>);

#include "tst_faultrelay.moc"
