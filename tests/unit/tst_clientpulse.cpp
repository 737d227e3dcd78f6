// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/registry/clientpulse.h"
#include "frps/work/ticketbook.h"

#include <QTest>

using namespace frpx::server;

using Finding = ClientPulse::Finding;

class TestClientPulse : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void asksNobodyWithoutADoubt();
    void findsTheSilentOnce();
    void trustsAnyMessage();
    void asksNotMoreThanOnceASecond();
    void takesBackWhatItSaid();
    void makesWaitingVain();
};

void TestClientPulse::asksNobodyWithoutADoubt()
{
    ClientPulse pulse;
    QCOMPARE(pulse.check(10'000), Finding::Nothing);
    QCOMPARE(pulse.check(100'000), Finding::Nothing);
    QVERIFY(!pulse.isSilent());
}

void TestClientPulse::findsTheSilentOnce()
{
    ClientPulse pulse;
    pulse.doubt();
    QCOMPARE(pulse.check(10'000), Finding::Doubtful);
    pulse.doubt();
    QCOMPARE(pulse.check(10'999), Finding::Nothing);
    QCOMPARE(pulse.check(11'000), Finding::Silent);
    QVERIFY(pulse.isSilent());
    pulse.doubt();
    QCOMPARE(pulse.check(20'000), Finding::Nothing);
}

void TestClientPulse::trustsAnyMessage()
{
    ClientPulse pulse;
    pulse.doubt();
    QCOMPARE(pulse.check(10'000), Finding::Doubtful);
    QVERIFY(!pulse.heard(10'500));
    QCOMPARE(pulse.check(11'000), Finding::Nothing);
    QVERIFY(!pulse.isSilent());
}

void TestClientPulse::asksNotMoreThanOnceASecond()
{
    ClientPulse pulse;
    pulse.heard(10'000);
    pulse.doubt();
    QCOMPARE(pulse.check(10'250), Finding::Nothing); // it has just spoken
    QCOMPARE(pulse.check(11'250), Finding::Nothing); // and nobody waits any more
    pulse.doubt();
    QCOMPARE(pulse.check(11'500), Finding::Doubtful);
}

void TestClientPulse::takesBackWhatItSaid()
{
    ClientPulse pulse;
    pulse.doubt();
    pulse.check(10'000);
    QCOMPARE(pulse.check(11'000), Finding::Silent);
    QVERIFY(pulse.heard(15'000));
    QVERIFY(!pulse.isSilent());
    QVERIFY(!pulse.heard(15'001));
    pulse.doubt();
    QCOMPARE(pulse.check(17'000), Finding::Doubtful);
}

void TestClientPulse::makesWaitingVain()
{
    Ticket ticket;
    ticket.askedAt = 10'000;
    ticket.attemptUntil = 15'000;
    QVERIFY(!ticket.isVain(14'999)); // without a pulse it is a matter of time only
    QVERIFY(ticket.isVain(15'000));
    ticket.pulse = std::make_shared<ClientPulse>();
    QVERIFY(!ticket.isVain(10'999));
    QCOMPARE(ticket.pulse->check(10'999), Finding::Nothing);
    QVERIFY(!ticket.isVain(11'000)); // raises the doubt
    QCOMPARE(ticket.pulse->check(11'000), Finding::Doubtful);
    QVERIFY(!ticket.isVain(11'500));
    QCOMPARE(ticket.pulse->check(12'000), Finding::Silent);
    QVERIFY(ticket.isVain(12'000));
}

QTEST_APPLESS_MAIN(TestClientPulse)
#include "tst_clientpulse.moc"
