// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/sockets.h"
#include "common/relay/relaypool.h"
#include "tests/support/echoservice.h"
#include "tests/support/faultrelay.h"
#include "tests/support/rawpeer.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QTest>

#include <fcntl.h>

using namespace frpx;
using namespace frpx::test;

using Fault = FaultRelay::Fault;

namespace {

constexpr SilenceLimits soon{500, 2};

/// A relay between a user and an echo behind a bad network.
struct LongWay
{
    LongWay()
        : network((echo.start(), echo.port()))
    {
        network.start();
        Fd service = connectLoopback(network.port(), QDeadlineTimer(5000));
        Fd listener = listenLoopback(0);
        user.open(localPort(listener));
        UniqueFd accepted = net::acceptFrom(listener.get());
        pool.adopt({std::move(accepted), UniqueFd(::fcntl(service.get(), F_DUPFD_CLOEXEC, 0)), {}, {}});
    }

    /// For so long as given; false once the relay has ended.
    bool survives(int ms)
    {
        QElapsedTimer timer;
        for (timer.start(); timer.elapsed() < ms && pool.openRelays() > 0; QTest::qWait(50))
            pool.inspect(soon);
        return pool.openRelays() > 0;
    }

    EchoService echo;
    FaultRelay network;
    RawPeer user;
    RelayPool pool{1};
};

} // namespace

/// Relays one side of which has gone without a word.
class TestLostPeers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cutsARelayWhosePeerIsLost();
    void keepsARelayWhosePeerDoesNotRead();
};

void TestLostPeers::cutsARelayWhosePeerIsLost()
{
    LongWay way;
    QVERIFY(way.user.send("a") && way.user.receive(1));
    way.network.setMode(Fault::Unplugged);
    QVERIFY(way.survives(600)); // nothing is on its way: that is a matter for the kernel's keep-alive
    QVERIFY(way.user.send("b"));
    QVERIFY(!way.survives(10'000));
    QVERIFY(way.user.waitForClosed() && way.user.wasReset());
}

void TestLostPeers::keepsARelayWhosePeerDoesNotRead()
{
    LongWay way;
    QVERIFY(way.user.send("a") && way.user.receive(1));
    way.network.setMode(Fault::BlackHole); // packets are acknowledged, but the window closes
    QVERIFY(!way.user.send(QByteArray(qsizetype(64) * 1024 * 1024, 'x'), 500));
    QVERIFY(way.survives(1500));
}

const frpx::test::TestRegistration registration("tst_lostpeers", frpx::test::runTest<TestLostPeers>);

#include "tst_lostpeers.moc"
