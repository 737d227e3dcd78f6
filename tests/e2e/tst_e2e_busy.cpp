// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relayload.h"
#include "tests/support/echoservice.h"
#include "tests/support/loopback.h"
#include "tests/support/programs.h"
#include "tests/support/scale.h"
#include "tests/support/testregistry.h"

#include <QElapsedTimer>
#include <QTest>

using namespace frpx;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// What counts when a client is chosen by its load: connections that are busy, not those that are open.
class TestE2eBusy : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sharesNewOnesEvenlyBesideIdleOnes_data();
    void sharesNewOnesEvenlyBesideIdleOnes();
    void sparesAClientThatHasNotAnswered_data();
    void sparesAClientThatHasNotAnswered();

private:
    static void policies();
};

namespace {

constexpr int visitors = 6;

/// Visitors who have said something, and heard it if \a answered.
std::vector<UniqueFd> talk(quint16 port, bool answered)
{
    std::vector<UniqueFd> talking;
    for (int i = 0; i < visitors; ++i) {
        UniqueFd fd = connectTo(port);
        if (!sendAll(fd.get(), "hello") || (answered && receive(fd.get(), 5).bytes != "hello"))
            return {};
        talking.push_back(std::move(fd));
    }
    return talking;
}

} // namespace

void TestE2eBusy::policies()
{
    QTest::addColumn<QString>("policy");
    QTest::addColumn<QStringList>("options");
    QTest::newRow("least connections") << u"least-connections"_s << QStringList();
    QTest::newRow("two choices") << u"two-choices"_s << QStringList();
    if (!isLong())
        return;
    QTest::newRow("on request") << u"least-connections"_s << QStringList{u"--pool-max"_s, u"0"_s};
    QTest::newRow("TLS") << u"least-connections"_s
                         << QStringList{u"--tls"_s, u"on"_s, u"--trust-on-first-use"_s};
}

void TestE2eBusy::sharesNewOnesEvenlyBesideIdleOnes_data()
{
    policies();
}

void TestE2eBusy::sharesNewOnesEvenlyBesideIdleOnes()
{
    QFETCH(const QString, policy);
    QFETCH(const QStringList, options);
    EchoService serviceA;
    EchoService serviceB;
    QVERIFY(serviceA.start() && serviceB.start());
    FrpsProcess frps;
    QVERIFY(frps.start({u"--policy"_s, policy}));
    FrpcProcess clientA(u"a"_s);
    QVERIFY(clientA.start(frps, serviceA.port(), options));
    std::vector<UniqueFd> idle = talk(frps.publicPort(), true);
    QCOMPARE(idle.size(), size_t(visitors));
    QCOMPARE(serviceA.connectionCount(), visitors);
    FrpcProcess clientB(u"b"_s);
    QVERIFY(clientB.start(frps, serviceB.port(), options));

    // Until the idle ones have been so for three seconds, B gets all.
    const auto isShared = [&] {
        if (serviceA.connectionCount() != visitors || serviceB.connectionCount() != 0)
            return false; // those of the last try have not gone yet
        const std::vector<UniqueFd> fresh = talk(frps.publicPort(), true);
        return fresh.size() == visitors && serviceB.connectionCount() == visitors / 2
            && serviceA.connectionCount() == visitors + visitors / 2;
    };
    QVERIFY(QTest::qWaitFor(isShared, 15'000));

    // A question, and they are a load again for three seconds. What took longer here tells nothing.
    int toB = 0;
    const auto isAskedInTime = [&] {
        if (serviceA.connectionCount() != visitors || serviceB.connectionCount() != 0)
            return false;
        QElapsedTimer timer;
        timer.start();
        for (const UniqueFd &fd : idle) {
            if (!sendAll(fd.get(), "again") || receive(fd.get(), 5).bytes != "again")
                return false;
        }
        const std::vector<UniqueFd> fresh = talk(frps.publicPort(), true);
        toB = serviceB.connectionCount();
        return fresh.size() == visitors && timer.elapsed() < RelayLoad::restAfterMs;
    };
    QVERIFY(QTest::qWaitFor(isAskedInTime, 15'000));
    QCOMPARE(toB, visitors);
}

void TestE2eBusy::sparesAClientThatHasNotAnswered_data()
{
    policies();
}

/// As one that thinks for minutes before its first word.
void TestE2eBusy::sparesAClientThatHasNotAnswered()
{
    QFETCH(const QString, policy);
    QFETCH(const QStringList, options);
    EchoService serviceA(EchoService::Mode::AfterEof);
    EchoService serviceB;
    QVERIFY(serviceA.start() && serviceB.start());
    FrpsProcess frps;
    QVERIFY(frps.start({u"--policy"_s, policy}));
    FrpcProcess clientA(u"a"_s);
    QVERIFY(clientA.start(frps, serviceA.port(), options));
    const std::vector<UniqueFd> asked = talk(frps.publicPort(), false);
    QTRY_COMPARE(serviceA.connectionCount(), visitors);
    FrpcProcess clientB(u"b"_s);
    QVERIFY(clientB.start(frps, serviceB.port(), options));
    QTest::qWait(4'000); // nothing changes
    const std::vector<UniqueFd> fresh = talk(frps.publicPort(), true);
    QCOMPARE(fresh.size(), size_t(visitors));
    QCOMPARE(serviceB.connectionCount(), visitors);
}

const frpx::test::TestRegistration registration("tst_e2e_busy", frpx::test::runTest<TestE2eBusy>);

#include "tst_e2e_busy.moc"
