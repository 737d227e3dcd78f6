// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tunnels/connectionlimiter.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <thread>
#include <vector>

using namespace frpx::server;

class TestConnectionLimiter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void countsFromAdmissionToTheLastCopy();
    void isFullAtItsLimit();
    void closesForGoodAfterTheTotal();
    void goesOnWithTheUsersBeforeABreak();
    void sharesTheLimitOfTheAccount();
    void letsGoOfTheInnerPlace();
    void wakesOnce();
    void countsFromManyThreads();
};

void TestConnectionLimiter::countsFromAdmissionToTheLastCopy()
{
    ConnectionLimiter gate({});
    std::shared_ptr<void> place = gate.admit();
    const std::shared_ptr<void> copy = place;
    QCOMPARE(place.get(), gate.counter().get()); // by which the tunnel's users are found
    place.reset();
    QCOMPARE(gate.online(), 1);
    QCOMPARE(gate.admitted(), 1u);
    QVERIFY(gate.hasRoom());
}

void TestConnectionLimiter::isFullAtItsLimit()
{
    ConnectionLimiter gate({.maxConnections = 2});
    std::shared_ptr<void> a = gate.admit();
    const std::shared_ptr<void> b = gate.admit();
    QVERIFY(!gate.hasRoom());
    a.reset();
    QVERIFY(gate.hasRoom());
    QVERIFY(!gate.isExhausted());
}

void TestConnectionLimiter::closesForGoodAfterTheTotal()
{
    ConnectionLimiter gate({.totalConnections = 2});
    gate.admit();
    QVERIFY(gate.hasRoom());
    gate.admit();
    QCOMPARE(gate.online(), 0);
    QVERIFY(gate.isExhausted());
    QVERIFY(!gate.hasRoom());
}

void TestConnectionLimiter::goesOnWithTheUsersBeforeABreak()
{
    ConnectionLimiter gate({.totalConnections = 3});
    gate.setAdmitted(2);
    QVERIFY(gate.hasRoom());
    gate.admit();
    QVERIFY(gate.isExhausted());
}

void TestConnectionLimiter::sharesTheLimitOfTheAccount()
{
    const auto account = std::make_shared<ConnectionCounter>();
    ConnectionLimiter one({}, account, 2);
    ConnectionLimiter two({}, account, 2);
    std::shared_ptr<void> a = one.admit();
    const std::shared_ptr<void> b = two.admit();
    QVERIFY(!one.hasRoom() && !two.hasRoom());
    a.reset();
    QVERIFY(one.hasRoom() && two.hasRoom());
    QCOMPARE(account->online(), 1);
}

void TestConnectionLimiter::letsGoOfTheInnerPlace()
{
    auto inner = std::make_shared<int>(7);
    const std::weak_ptr<int> watched = inner;
    ConnectionLimiter gate({});
    std::shared_ptr<void> place = gate.admit(std::move(inner));
    QVERIFY(!watched.expired());
    place.reset();
    QVERIFY(watched.expired());
}

void TestConnectionLimiter::wakesOnce()
{
    int calls = 0;
    std::shared_ptr<void> last;
    {
        ConnectionLimiter gate({});
        gate.counter()->setWaker([&calls] { ++calls; });
        gate.admit();
        QCOMPARE(calls, 0); // nobody has asked
        gate.counter()->wakeOnLeave();
        gate.admit();
        gate.admit();
        QCOMPARE(calls, 1);
        gate.counter()->wakeOnLeave();
        last = gate.admit();
    }
    last.reset(); // the gate is gone
    QCOMPARE(calls, 1);
}

void TestConnectionLimiter::countsFromManyThreads()
{
    ConnectionLimiter gate({});
    std::atomic<int> calls = 0;
    gate.counter()->setWaker([&calls] { ++calls; });
    gate.counter()->wakeOnLeave();
    std::vector<std::shared_ptr<void>> places;
    for (int i = 0; i < 1000; ++i)
        places.push_back(gate.admit());
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&places, i] {
            for (size_t k = size_t(i) * 250; k < size_t(i + 1) * 250; ++k)
                places[k].reset();
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(gate.online(), 0);
    QCOMPARE(calls.load(), 1);
}

const frpx::test::TestRegistration registration(
    "tst_connectionlimiter", frpx::test::runBareTest<TestConnectionLimiter>);

#include "tst_connectionlimiter.moc"
