// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/stickyports.h"
#include "tests/support/testregistry.h"

#include <QSet>
#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestStickyPorts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_now = 1'000'000;
        m_foreign.clear();
        m_among.reset();
        m_ports = std::make_unique<StickyPorts>(
            *PortRanges::parse(u"9930-9932"), [this](quint16 port) { return !m_foreign.contains(port); },
            [this] { return m_now; });
    }

    void givesTheSamePortAgain();
    void ratherTakesOneThatNobodyComesBackFor();
    void refusesWhatIsNotItsOwn();
    void passesOverOtherPrograms();
    void keepsToTheRightsOfAnAccount();
    void holdsAPortForAWhile();
    void holdsAPortForAnAccount();
    void runsOutOfPorts();

private:
    /// The port, or minus the code of the error.
    int acquire(const QString &name, quint16 wanted = 0, qint64 user = 1)
    {
        int result = 0;
        m_ports->acquire(user, name, u"tcp"_s, {wanted, false, m_among},
            [&result](const Result<quint16> &port) { result = port ? *port : -int(port.error().code); });
        return result;
    }
    void release(const QString &name, qint64 heldForMs = 0, qint64 user = 1, bool forAccount = false)
    {
        m_ports->release(user, name, u"tcp"_s, {heldForMs, forAccount});
    }

    qint64 m_now = 0;
    QSet<quint16> m_foreign; ///< ports of other programs
    std::optional<PortRanges> m_among;
    std::unique_ptr<StickyPorts> m_ports;
};

void TestStickyPorts::givesTheSamePortAgain()
{
    QCOMPARE(acquire(u"a"_s), 9930);
    QCOMPARE(acquire(u"b"_s), 9931);
    QCOMPARE(acquire(u"a"_s, 0, 2), 9932); // another account's
    release(u"a"_s);
    release(u"b"_s);
    QCOMPARE(acquire(u"b"_s), 9931);
    QCOMPARE(acquire(u"a"_s), 9930);
}

void TestStickyPorts::ratherTakesOneThatNobodyComesBackFor()
{
    QCOMPARE(acquire(u"a"_s), 9930);
    release(u"a"_s);
    QCOMPARE(acquire(u"b"_s), 9931);
    QCOMPARE(acquire(u"c"_s), 9932);
    QCOMPARE(acquire(u"d"_s), 9930); // there is no other
    release(u"b"_s);
    QCOMPARE(acquire(u"a"_s), 9931); // its own is gone
}

void TestStickyPorts::refusesWhatIsNotItsOwn()
{
    QCOMPARE(acquire(u"a"_s, 9929), -int(Errc::Forbidden));
    QCOMPARE(acquire(u"a"_s, 80), -int(Errc::Forbidden));
    QCOMPARE(acquire(u"a"_s, 9931), 9931);
    QCOMPARE(acquire(u"b"_s, 9931), -int(Errc::AlreadyExists));
    release(u"a"_s);
    QCOMPARE(acquire(u"b"_s, 9931), 9931); // free the moment it ends
}

void TestStickyPorts::passesOverOtherPrograms()
{
    m_foreign = {9930};
    QCOMPARE(acquire(u"a"_s, 9930), -int(Errc::AlreadyExists));
    QCOMPARE(acquire(u"a"_s), 9931);
    release(u"a"_s);
    m_foreign = {9931};
    QCOMPARE(acquire(u"a"_s), 9930);
}

void TestStickyPorts::keepsToTheRightsOfAnAccount()
{
    QCOMPARE(acquire(u"a"_s), 9930);
    m_among = *PortRanges::parse(u"9931-9940");
    QCOMPARE(acquire(u"b"_s), 9931);
    QCOMPARE(acquire(u"c"_s, 9930), -int(Errc::Forbidden));
    m_ports->release(1, u"a"_s, u"tcp"_s, {});
    QCOMPARE(acquire(u"a"_s), 9932); // no matter what it had before
    m_among = PortRanges();
    QCOMPARE(acquire(u"d"_s), -int(Errc::Busy));
}

void TestStickyPorts::holdsAPortForAWhile()
{
    QCOMPARE(acquire(u"a"_s, 9931), 9931);
    release(u"a"_s, 30'000);
    m_now += 29'999;
    QCOMPARE(acquire(u"b"_s, 9931), -int(Errc::AlreadyExists));
    QCOMPARE(acquire(u"a"_s), 9931);
    release(u"a"_s, 30'000);
    m_now += 30'000;
    QCOMPARE(acquire(u"b"_s, 9931), 9931);
}

void TestStickyPorts::holdsAPortForAnAccount()
{
    QCOMPARE(acquire(u"a"_s, 9931), 9931);
    release(u"a"_s, 30'000, 1, true);
    QCOMPARE(acquire(u"a"_s, 9931, 2), -int(Errc::AlreadyExists));
    QCOMPARE(acquire(u"b"_s, 9931), 9931); // at once
    release(u"b"_s, 30'000, 1, true);
    QCOMPARE(acquire(u"a"_s, 9931), 9931);
    release(u"a"_s, 30'000, 1, true);
    m_now += 30'000;
    QCOMPARE(acquire(u"a"_s, 9931, 2), 9931);
    release(u"a"_s, 30'000, 2);
    QCOMPARE(acquire(u"b"_s, 9931, 2), -int(Errc::AlreadyExists)); // for the same tunnel only
}

void TestStickyPorts::runsOutOfPorts()
{
    for (const char *name : {"a", "b", "c"})
        QVERIFY(acquire(QString::fromLatin1(name)) > 0);
    QCOMPARE(acquire(u"d"_s), -int(Errc::Busy));
    release(u"c"_s, 30'000);
    QCOMPARE(acquire(u"d"_s), -int(Errc::Busy));
    release(u"c"_s);
    QCOMPARE(acquire(u"d"_s), 9932);
}

const frpx::test::TestRegistration registration("tst_stickyports", frpx::test::runBareTest<TestStickyPorts>);

#include "tst_stickyports.moc"
