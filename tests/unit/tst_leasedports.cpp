// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/leasedports.h"
#include "frps/ports/portkeeper.h"
#include "tests/support/testregistry.h"

#include <QSet>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestLeasedPorts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void givesTheSamePortAgain();
    void remembersOverARestart();
    void leasesOnlyWhatWasLeftToIt();
    void takesWhatItHadBeforeIfThatIsFree();
    void refusesWhatIsNotItsOwn();
    void refusesWhatIsKeptForOthers();
    void givesAnAccountItsOwnLeases();
    void passesOverOtherPrograms();
    void holdsAPortForAWhile();
    void holdsAPortForAnAccount();
    void runsOutOfPorts();
    void boundsTheLeasesOfAnAccount();
    void takesNoLeaseThatIsInUse();
    void bringsAnAccountBackToItsLimit();
    void recyclesTheLeaseUnusedForTheLongestTime();
    void recyclesNothingSoonAfterTheStart();
    void recyclesForAWishWhenNothingElseIsLeft();
    void neverRecyclesThePortsOfAFrpServer();
    void replacesALeaseThatIsNotAllowedAnyMore();
    void keepsToTheRangesOfAWish();
    void forgetsReleasedLeases();
    void saysNothingAfterItsEnd();

private:
    void start(const QString &ranges = u"9930-9932"_s);
    /// The port, or minus the code of the error.
    int acquire(const QString &name, PortRequest request = {}, qint64 user = 1)
    {
        std::optional<Result<quint16>> answer;
        m_ports->acquire(user, name, u"tcp"_s, request, [&answer](const Result<quint16> &port) {
            if (answer)
                qFatal("told twice");
            answer = port;
        });
        if (!QTest::qWaitFor([&answer] { return answer.has_value(); }))
            qFatal("no answer");
        return *answer ? **answer : -int(answer->error().code);
    }
    int acquireExactly(const QString &name, quint16 port, qint64 user = 1)
    {
        return acquire(name, {port, false}, user);
    }
    void release(const QString &name, qint64 heldForMs = 0, qint64 user = 1, bool forAccount = false)
    {
        m_ports->release(user, name, u"tcp"_s, {heldForMs, forAccount});
        QTest::qWait(2); // leases are ordered by milliseconds
    }
    static LeaseKey key(const QString &name, qint64 user = 1) { return {{}, name, PortProtocol::Tcp, user}; }

    qint64 m_now = 0;
    QSet<quint16> m_foreign; ///< ports of other programs
    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<PortKeeper> m_keeper;
    std::unique_ptr<LeasedPorts> m_ports;
};

void TestLeasedPorts::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    m_foreign.clear();
    start();
}

void TestLeasedPorts::cleanup()
{
    m_ports.reset();
    m_keeper.reset();
}

/// Also a restart of the server; the time of grace is over.
void TestLeasedPorts::start(const QString &ranges)
{
    cleanup();
    m_keeper = std::make_unique<PortKeeper>(PortKeeperSettings{.allowed = *PortRanges::parse(ranges)});
    QSignalSpy ready(m_keeper.get(), &PortKeeper::ready);
    m_keeper->start(m_directory->filePath(u"frpx.db"_s));
    QVERIFY(ready.wait());
    m_now = 1'000'000;
    m_ports = std::make_unique<LeasedPorts>(
        *m_keeper, *PortRanges::parse(ranges), [this](quint16 port) { return !m_foreign.contains(port); },
        [this] { return m_now; });
    m_now += LeasedPorts::graceMs;
}

void TestLeasedPorts::givesTheSamePortAgain()
{
    QCOMPARE(acquire(u"a"_s), 9930);
    QCOMPARE(acquire(u"b"_s), 9931);
    QCOMPARE(acquire(u"a"_s, {}, 2), 9932); // another account's
    release(u"a"_s);
    release(u"b"_s);
    QCOMPARE(acquire(u"b"_s), 9931);
    QCOMPARE(acquire(u"a"_s), 9930);
}

void TestLeasedPorts::remembersOverARestart()
{
    QCOMPARE(acquire(u"a"_s), 9930);
    QCOMPARE(acquire(u"b"_s), 9931);
    start();
    QCOMPARE(acquire(u"c"_s), 9932);
    QCOMPARE(acquire(u"b"_s), 9931);
    QCOMPARE(acquire(u"a"_s), 9930);
    QCOMPARE(m_keeper->count(), 3);
}

void TestLeasedPorts::leasesOnlyWhatWasLeftToIt()
{
    QCOMPARE(acquireExactly(u"a"_s, 9930), 9930);
    QCOMPARE(m_keeper->count(), 0);
    QCOMPARE(acquire(u"b"_s), 9931); // it is open
    release(u"a"_s);
    QCOMPARE(acquire(u"c"_s), 9930);
    QCOMPARE(m_keeper->count(), 2);
}

void TestLeasedPorts::takesWhatItHadBeforeIfThatIsFree()
{
    QCOMPARE(acquire(u"a"_s, {9931, true}), 9931); // of a server that does not remember
    QCOMPARE(m_keeper->find(key(u"a"_s)), std::optional<quint16>(9931));
    release(u"a"_s);
    QCOMPARE(acquire(u"a"_s, {9930, true}), 9931); // its lease is worth more
    QCOMPARE(acquire(u"b"_s, {9931, true}), 9930);
    QCOMPARE(acquire(u"c"_s, {80, true}), 9932);
}

void TestLeasedPorts::refusesWhatIsNotItsOwn()
{
    QCOMPARE(acquireExactly(u"a"_s, 9929), -int(Errc::Forbidden));
    QCOMPARE(acquireExactly(u"a"_s, 80), -int(Errc::Forbidden));
    QCOMPARE(acquireExactly(u"a"_s, 9931), 9931);
    QCOMPARE(acquireExactly(u"b"_s, 9931), -int(Errc::AlreadyExists));
    release(u"a"_s);
    QCOMPARE(acquireExactly(u"b"_s, 9931), 9931); // free the moment it ends
}

void TestLeasedPorts::refusesWhatIsKeptForOthers()
{
    QCOMPARE(acquire(u"a"_s), 9930);
    release(u"a"_s);
    QCOMPARE(acquireExactly(u"b"_s, 9930, 2), -int(Errc::AlreadyExists));
    QVERIFY(m_ports->keptPorts(2)(9930));
    QVERIFY(!m_ports->keptPorts(1)(9930));
    QVERIFY(!m_ports->keptPorts(2)(9931));
    QCOMPARE(acquireExactly(u"a"_s, 9930), 9930); // by its number as well
    QCOMPARE(m_keeper->find(key(u"a"_s)), std::optional<quint16>(9930));
}

void TestLeasedPorts::givesAnAccountItsOwnLeases()
{
    QCOMPARE(acquire(u"old name"_s), 9930);
    QCOMPARE(acquireExactly(u"new name"_s, 9930), -int(Errc::AlreadyExists));
    release(u"old name"_s);
    QCOMPARE(acquireExactly(u"new name"_s, 9930), 9930);
    QCOMPARE(m_keeper->count(), 0);
}

void TestLeasedPorts::passesOverOtherPrograms()
{
    m_foreign = {9930};
    QCOMPARE(acquireExactly(u"a"_s, 9930), -int(Errc::AlreadyExists));
    QCOMPARE(acquire(u"a"_s), 9931);
    release(u"a"_s);
    m_foreign = {9931};
    QCOMPARE(acquire(u"a"_s), 9930); // and keeps that
    release(u"a"_s);
    m_foreign.clear();
    QCOMPARE(acquire(u"a"_s), 9930);
    QCOMPARE(m_keeper->count(), 1);
}

void TestLeasedPorts::holdsAPortForAWhile()
{
    QCOMPARE(acquireExactly(u"a"_s, 9931), 9931);
    release(u"a"_s, 30'000);
    m_now += 29'999;
    QCOMPARE(acquireExactly(u"b"_s, 9931), -int(Errc::AlreadyExists));
    QCOMPARE(acquireExactly(u"a"_s, 9931), 9931);
    release(u"a"_s, 30'000);
    m_now += 30'000;
    QCOMPARE(acquireExactly(u"b"_s, 9931), 9931);
}

void TestLeasedPorts::holdsAPortForAnAccount()
{
    QCOMPARE(acquireExactly(u"a"_s, 9931), 9931);
    release(u"a"_s, 30'000, 1, true);
    QCOMPARE(acquireExactly(u"a"_s, 9931, 2), -int(Errc::AlreadyExists));
    QCOMPARE(acquireExactly(u"b"_s, 9931), 9931); // at once
    release(u"b"_s, 30'000, 1, true);
    QCOMPARE(acquireExactly(u"a"_s, 9931), 9931);
    release(u"a"_s, 30'000, 1, true);
    m_now += 30'000;
    QCOMPARE(acquireExactly(u"a"_s, 9931, 2), 9931);
    release(u"a"_s, 30'000, 2);
    QCOMPARE(acquireExactly(u"b"_s, 9931, 2), -int(Errc::AlreadyExists)); // for the same tunnel only
}

void TestLeasedPorts::runsOutOfPorts()
{
    for (const char *name : {"a", "b", "c"})
        QVERIFY(acquire(QString::fromLatin1(name)) > 0);
    QCOMPARE(acquire(u"d"_s), -int(Errc::Busy));
    release(u"c"_s, 30'000);
    QCOMPARE(acquire(u"d"_s), -int(Errc::Busy));
    release(u"c"_s);
    QCOMPARE(acquire(u"d"_s), 9932);
}

void TestLeasedPorts::boundsTheLeasesOfAnAccount()
{
    start(u"9930-9949"_s);
    const PortRequest bounded{0, true, {}, 4};
    for (int i = 0; i < 20; ++i) { // ever new names, two open at a time
        QVERIFY(acquire(QString::number(i), bounded) > 0);
        if (i >= 1)
            release(QString::number(i - 1));
    }
    QCOMPARE(m_keeper->count(), 4);
    QCOMPARE(m_keeper->givenUp(), 16u);
    for (const char *kept : {"16", "17", "18", "19"})
        QVERIFY(m_keeper->find(key(QString::fromLatin1(kept))));
    for (int i = 0; i < 16; ++i) // the others are for other accounts
        QVERIFY(acquire(QString::number(i), bounded, 2 + i) > 0);
    QCOMPARE(m_keeper->count(), 20);
    QCOMPARE(acquire(u"17"_s, bounded), int(*m_keeper->find(key(u"17"_s)))); // a known name keeps its port
    QCOMPARE(m_keeper->givenUp(), 16u);
    start(u"9930-9949"_s);
    QCOMPARE(m_keeper->count(), 20);
}

void TestLeasedPorts::takesNoLeaseThatIsInUse()
{
    start(u"9930-9949"_s);
    const PortRequest bounded{0, true, {}, 2};
    const int held = acquire(u"held"_s, bounded);
    const int open = acquire(u"open"_s, bounded);
    release(u"held"_s, 30'000, 1, true); // its client may have been restarted
    const int third = acquire(u"third"_s, bounded);
    QVERIFY(third > 0 && third != held && third != open);
    QCOMPARE(m_keeper->count(), 3); // beyond the limit, as long as they are used
    m_now += 30'000;
    QCOMPARE(acquire(u"fourth"_s, bounded), held);
    QCOMPARE(m_keeper->find(key(u"held"_s)), std::nullopt);
    QCOMPARE(int(*m_keeper->find(key(u"open"_s))), open);
    QCOMPARE(m_keeper->count(), 3);
}

void TestLeasedPorts::bringsAnAccountBackToItsLimit()
{
    start(u"9930-9949"_s);
    for (int i = 0; i < 10; ++i) { // before there was a limit
        QVERIFY(acquire(QString::number(i)) > 0);
        release(QString::number(i));
    }
    QVERIFY(acquire(u"other"_s, {}, 2) > 0);
    QCOMPARE(acquire(u"new"_s, {0, true, {}, 3}), 9930); // of the oldest
    QTRY_COMPARE(m_keeper->count(), 3 + 1);
    QCOMPARE(m_keeper->givenUp(), 8u);
    QVERIFY(m_keeper->find(key(u"9"_s)) && m_keeper->find(key(u"8"_s)) && m_keeper->find(key(u"other"_s, 2)));
}

void TestLeasedPorts::recyclesTheLeaseUnusedForTheLongestTime()
{
    for (const char *name : {"a", "b", "c"})
        QVERIFY(acquire(QString::fromLatin1(name)) > 0);
    release(u"b"_s);
    release(u"c"_s);
    release(u"a"_s);
    QCOMPARE(acquire(u"b"_s), 9931);
    release(u"b"_s);
    start(); // it is remembered
    QCOMPARE(acquire(u"d"_s, {}, 2), 9932);
    QCOMPARE(acquire(u"e"_s, {}, 2), 9930);
    QCOMPARE(m_keeper->find(key(u"d"_s, 2)), std::optional<quint16>(9932));
    QCOMPARE(m_keeper->find(key(u"c"_s)), std::nullopt);
    QCOMPARE(acquire(u"c"_s), 9931);
    QCOMPARE(m_keeper->count(), 3);
}

void TestLeasedPorts::recyclesNothingSoonAfterTheStart()
{
    for (const char *name : {"a", "b", "c"})
        QVERIFY(acquire(QString::fromLatin1(name)) > 0);
    start();
    m_now -= 1;
    QCOMPARE(acquire(u"d"_s, {}, 2), -int(Errc::Busy));
    QCOMPARE(acquireExactly(u"d"_s, 9930, 2), -int(Errc::AlreadyExists));
    QCOMPARE(acquire(u"b"_s), 9931);
    m_now += 1;
    QCOMPARE(acquire(u"d"_s, {}, 2), 9930);
}

void TestLeasedPorts::recyclesForAWishWhenNothingElseIsLeft()
{
    for (const char *name : {"a", "b", "c"}) {
        QVERIFY(acquire(QString::fromLatin1(name)) > 0);
        release(QString::fromLatin1(name));
    }
    QVERIFY(!m_ports->keptPorts(2)(9931));
    QCOMPARE(acquireExactly(u"d"_s, 9931, 2), 9931);
    QCOMPARE(m_keeper->find(key(u"b"_s)), std::nullopt);
    QCOMPARE(m_keeper->count(), 2);
    QCOMPARE(acquire(u"b"_s), 9930);
}

void TestLeasedPorts::neverRecyclesThePortsOfAFrpServer()
{
    for (int i = 0; i < 3; ++i) {
        bool done = false;
        m_keeper->lease({u"frp"_s, QString::number(i), PortProtocol::Tcp}, 0,
            [&done](const Result<quint16> &port) { done = bool(port); });
        QTRY_VERIFY(done);
    }
    QCOMPARE(acquire(u"a"_s), -int(Errc::Busy));
    QCOMPARE(acquireExactly(u"a"_s, 9930), -int(Errc::AlreadyExists));
    QVERIFY(m_ports->keptPorts(1)(9930));
    QCOMPARE(m_keeper->count(), 3);
}

void TestLeasedPorts::replacesALeaseThatIsNotAllowedAnyMore()
{
    QCOMPARE(acquire(u"a"_s), 9930);
    start(u"9931-9932"_s);
    QCOMPARE(acquire(u"a"_s), 9931);
    QCOMPARE(m_keeper->count(), 1);
    start();
    QCOMPARE(acquire(u"a"_s), 9931);
}

void TestLeasedPorts::keepsToTheRangesOfAWish()
{
    const auto among = [](QStringView ranges) { return PortRequest{0, true, *PortRanges::parse(ranges)}; };
    QCOMPARE(acquire(u"a"_s, among(u"9932")), 9932);
    QCOMPARE(acquire(u"b"_s, among(u"9932")), -int(Errc::Busy));
    release(u"a"_s);
    QCOMPARE(acquire(u"b"_s, among(u"9931-9932")), 9931);
    QCOMPARE(acquire(u"c"_s, among(u"9932")), 9932); // recycled
    QCOMPARE(acquire(u"a"_s, {9930, false, *PortRanges::parse(u"9932")}), -int(Errc::Forbidden));
}

void TestLeasedPorts::forgetsReleasedLeases()
{
    QCOMPARE(acquire(u"a"_s), 9930);
    bool done = false;
    m_keeper->release(key(u"a"_s), [&done](const Result<Lease> &released) { done = bool(released); });
    QTRY_VERIFY(done);
    QCOMPARE(acquire(u"b"_s), 9931); // it is still open
    release(u"a"_s);
    QCOMPARE(acquire(u"c"_s), 9930);
}

void TestLeasedPorts::saysNothingAfterItsEnd()
{
    bool told = false;
    m_ports->acquire(1, u"a"_s, u"tcp"_s, {}, [&told](const Result<quint16> &) { told = true; });
    m_ports.reset();
    QTRY_COMPARE(m_keeper->count(), 1);
    QVERIFY(!told);
}

const frpx::test::TestRegistration registration("tst_leasedports", frpx::test::runTest<TestLeasedPorts>);

#include "tst_leasedports.moc"
