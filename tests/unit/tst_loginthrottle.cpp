// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/loginthrottle.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <vector>

using namespace frpx::server;
using namespace Qt::StringLiterals;

using Outcome = LoginThrottle::Outcome;

namespace {

constexpr qint64 minuteMs = 60'000;

QHostAddress numbered(quint32 number)
{
    return QHostAddress(quint32(0x0a000000) + number);
}

} // namespace

class TestLoginThrottle : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void holdsBackLonger_data();
    void holdsBackLonger();
    void bansForATime();
    void bansLongerTheNextTime();
    void neverHoldsOthersLongerThanTheDelay();
    void sparesWhoHasLoggedInFromThere();
    void sparesAFleetBehindABrokenClient();
    void slowsGuessingFromManyAddresses();
    void countsWhatIsUnderWay();
    void forgetsInTime();
    void isForgivingAfterSuccess();
    void countsAnIpv6NetworkAsOne();
    void knowsAnAddressInAnySpelling();
    void isBoundedAndKeepsTheWorst();
    void countsThePeerThatLeaves();

private:
    /// An attempt from its beginning to \a outcome, \a now being when it is looked at.
    static LoginThrottle::Admission attempt(
        LoginThrottle &throttle, LoginThrottle::Attempt attempt, Outcome outcome, qint64 now)
    {
        const LoginThrottle::Admission admission = throttle.admit(attempt, now);
        if (!admission.refused)
            throttle.finish(attempt, outcome, now);
        return admission;
    }
};

void TestLoginThrottle::holdsBackLonger_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QList<qint64>>("holds");
    QTest::newRow("afar") << u"192.0.2.1"_s
                          << QList<qint64>{0, 0, 0, 500, 1000, 2000, 4000, 5000, 5000, 5000};
    QTest::newRow("loopback") << u"127.0.0.1"_s << QList<qint64>{0, 0, 0, 0, 0, 125, 250, 500, 1000, 1000};
    QTest::newRow("loopback, mapped") << u"::ffff:127.0.0.1"_s << QList<qint64>{0, 0, 0, 0, 0, 125};
}

void TestLoginThrottle::holdsBackLonger()
{
    QFETCH(const QString, source);
    QFETCH(const QList<qint64>, holds);
    for (const bool byToken : {false, true}) {
        LoginThrottle throttle;
        const auto login = byToken ? throttle.byToken(QHostAddress(source), u"00ff")
                                   : throttle.byPassword(QHostAddress(source), u"a@example.com");
        for (const qint64 hold : holds)
            QCOMPARE(attempt(throttle, login, Outcome::Failed, 1).holdMs, hold);
        QCOMPARE(throttle.counters().failed, quint64(holds.size()));
        QCOMPARE(throttle.counters().delayed, quint64(holds.size() - holds.count(0)));
    }
}

void TestLoginThrottle::bansForATime()
{
    LoginThrottle throttle;
    const auto login = throttle.byPassword(numbered(1), u"a@example.com");
    for (int i = 0; i < 10; ++i)
        QVERIFY(!attempt(throttle, login, Outcome::Failed, 1).refused);
    QCOMPARE(throttle.counters().bans, 1U);
    QCOMPARE(throttle.activeBans(2), 1);

    // Two at a time are held for the longest time, and no more.
    auto first = login;
    auto second = login;
    auto third = login;
    QCOMPARE(throttle.admit(first, 2).holdMs, LoginThrottle::maxDelayMs);
    QVERIFY(!throttle.admit(second, 2).refused);
    const auto refusal = throttle.admit(third, 2);
    QVERIFY(refusal.refused);
    QCOMPARE(refusal.retryAfterS, 5);
    QCOMPARE(throttle.counters().refused, 1U);
    throttle.finish(first, Outcome::Failed, 3);
    QVERIFY(!throttle.admit(third, 3).refused);

    // The right one ends it.
    throttle.finish(second, Outcome::Succeeded, 4);
    QCOMPARE(throttle.activeBans(4), 0);
    QCOMPARE(attempt(throttle, login, Outcome::NotChecked, 5).holdMs, 0);
}

void TestLoginThrottle::bansLongerTheNextTime()
{
    LoginThrottle throttle;
    const auto login = throttle.byPassword(numbered(1), u"a@example.com");
    qint64 now = 1;
    for (int i = 0; i < 10; ++i)
        (void)attempt(throttle, login, Outcome::Failed, now);
    for (const qint64 minutes : {1, 2, 4, 8, 15, 15}) {
        QCOMPARE(throttle.activeBans(now + minutes * minuteMs - 1), 1);
        QCOMPARE(throttle.activeBans(now + minutes * minuteMs), 0);
        now += minutes * minuteMs;
        (void)attempt(throttle, login, Outcome::Failed, now);
    }
}

void TestLoginThrottle::neverHoldsOthersLongerThanTheDelay()
{
    LoginThrottle throttle;
    const QHostAddress nat = numbered(1);
    for (int i = 0; i < 300; ++i) {
        const auto guess = throttle.byPassword(nat, u"user%1@example.com"_s.arg(i / 3));
        const auto admission = attempt(throttle, guess, Outcome::Failed, i);
        QVERIFY(!admission.refused);
        QVERIFY(admission.holdMs <= LoginThrottle::maxDelayMs);
    }
    QVERIFY(throttle.activeBans(300) > 0);
    auto other = throttle.byPassword(nat, u"somebody@example.com");
    const auto admission = throttle.admit(other, 300);
    QVERIFY(!admission.refused);
    QCOMPARE(admission.holdMs, LoginThrottle::maxDelayMs);
    throttle.finish(other, Outcome::Succeeded, 5300);

    // From elsewhere nobody notices.
    QCOMPARE(
        attempt(throttle, throttle.byPassword(numbered(2), u"b@example.com"), Outcome::Failed, 300).holdMs,
        0);
}

void TestLoginThrottle::sparesWhoHasLoggedInFromThere()
{
    LoginThrottle throttle;
    const auto good = throttle.byToken(numbered(1), u"0123");
    QCOMPARE(attempt(throttle, good, Outcome::Succeeded, 0).holdMs, 0);
    const auto otherWay = throttle.byPassword(numbered(1), u"good@example.com");
    throttle.noteGood(otherWay, 0);
    std::vector<LoginThrottle::Attempt> flood;
    for (int i = 0; i < 1000; ++i) { // all of them still under way
        flood.push_back(throttle.byPassword(numbered(1), u"user%1@example.com"_s.arg(i)));
        if (!throttle.admit(flood.back(), i).refused && i < 100)
            throttle.finish(flood.back(), Outcome::Failed, i);
    }
    auto newcomer = throttle.byToken(numbered(1), u"4567");
    QVERIFY(throttle.admit(newcomer, 1000).refused);
    QCOMPARE(attempt(throttle, good, Outcome::Succeeded, 1000).holdMs, 0);
    QCOMPARE(attempt(throttle, otherWay, Outcome::Succeeded, 1000).holdMs, 0);
}

void TestLoginThrottle::sparesAFleetBehindABrokenClient()
{
    // One client with a token that has been revoked tries for ever.
    LoginThrottle throttle;
    const auto broken = throttle.byToken(numbered(1), u"dead");
    qint64 now = 0;
    for (; now < 60 * minuteMs; now += 5000)
        (void)attempt(throttle, broken, Outcome::Failed, now);
    std::vector<LoginThrottle::Attempt> fleet(500, throttle.byToken(numbered(1), u"fleet"));
    for (auto &login : fleet) {
        const auto admission = throttle.admit(login, now);
        QVERIFY(!admission.refused);
        QVERIFY(admission.holdMs <= LoginThrottle::maxDelayMs);
    }
}

void TestLoginThrottle::slowsGuessingFromManyAddresses()
{
    LoginThrottle throttle;
    for (quint32 i = 0; i < 50; ++i)
        (void)attempt(throttle, throttle.byPassword(numbered(i), u"a@example.com"), Outcome::Failed, i);
    std::vector<LoginThrottle::Attempt> logins;
    int refused = 0;
    for (quint32 i = 0; i < 100; ++i) {
        logins.push_back(throttle.byPassword(numbered(1000 + i), u" A@Example.com "));
        refused += throttle.admit(logins.back(), 100).refused ? 1 : 0;
    }
    QCOMPARE(refused, 92); // eight places
    // Other accounts from there, and the account from where it is known, are not concerned.
    QCOMPARE(
        attempt(throttle, throttle.byPassword(numbered(1000), u"b@example.com"), Outcome::Failed, 100).holdMs,
        0);
    const auto home = throttle.byPassword(numbered(5000), u"a@example.com");
    throttle.noteGood(home, 50);
    QCOMPARE(attempt(throttle, home, Outcome::Succeeded, 100).holdMs, 0);
    // The name of an account says nothing about a token.
    QCOMPARE(
        attempt(throttle, throttle.byToken(numbered(6000), u"a@example.com"), Outcome::Failed, 100).holdMs,
        0);
}

void TestLoginThrottle::countsWhatIsUnderWay()
{
    LoginThrottle throttle;
    const auto login = throttle.byPassword(numbered(1), u"a@example.com");
    (void)attempt(throttle, login, Outcome::Failed, 0);
    std::vector<LoginThrottle::Attempt> atOnce(6, login);
    QList<qint64> holds;
    for (auto &one : atOnce)
        holds << throttle.admit(one, 0).holdMs;
    QCOMPARE(holds, (QList<qint64>{0, 0, 500, 1000, 2000, 4000}));
    for (auto &one : atOnce)
        throttle.finish(one, Outcome::NotChecked, 0);
    QCOMPARE(attempt(throttle, login, Outcome::NotChecked, 0).holdMs, 0);
}

void TestLoginThrottle::forgetsInTime()
{
    LoginThrottle throttle;
    const auto login = throttle.byPassword(numbered(1), u"a@example.com");
    for (int i = 0; i < 9; ++i)
        (void)attempt(throttle, login, Outcome::Failed, 0);
    QCOMPARE(attempt(throttle, login, Outcome::NotChecked, FailureTable::forgetMs - 1).holdMs, 5000);
    QCOMPARE(attempt(throttle, login, Outcome::NotChecked, FailureTable::forgetMs).holdMs, 0);
    (void)attempt(throttle, login, Outcome::Failed, FailureTable::forgetMs);
    QCOMPARE(attempt(throttle, login, Outcome::NotChecked, FailureTable::forgetMs).holdMs, 0);
}

void TestLoginThrottle::isForgivingAfterSuccess()
{
    LoginThrottle throttle;
    const auto login = throttle.byPassword(numbered(1), u"a@example.com");
    for (int i = 0; i < 5; ++i)
        (void)attempt(throttle, login, Outcome::Failed, 0);
    (void)attempt(throttle, login, Outcome::Succeeded, 0);
    for (const qint64 hold : {0, 0, 0, 500})
        QCOMPARE(attempt(throttle, login, Outcome::Failed, 0).holdMs, hold);
}

void TestLoginThrottle::countsAnIpv6NetworkAsOne()
{
    LoginThrottle throttle;
    for (int i = 0; i < 20; ++i) {
        const QHostAddress source(u"2001:db8::%1"_s.arg(i));
        (void)attempt(throttle, throttle.byPassword(source, u"u%1@example.com"_s.arg(i)), Outcome::Failed, 0);
    }
    const auto hold = [&throttle](const QString &source) {
        return attempt(
            throttle, throttle.byPassword(QHostAddress(source), u"x@example.com"), Outcome::NotChecked, 0)
            .holdMs;
    };
    QCOMPARE(hold(u"2001:db8::ffff"_s), LoginThrottle::maxDelayMs);
    QCOMPARE(hold(u"2001:db8:0:1::1"_s), 0);
}

void TestLoginThrottle::knowsAnAddressInAnySpelling()
{
    LoginThrottle throttle;
    for (int i = 0; i < 4; ++i)
        (void)attempt(throttle, throttle.byPassword(numbered(1), u"Me@Example.com"), Outcome::Failed, 0);
    QCOMPARE(
        attempt(throttle, throttle.byPassword(numbered(1), u" me@example.COM"), Outcome::Failed, 0).holdMs,
        1000);
}

void TestLoginThrottle::isBoundedAndKeepsTheWorst()
{
    LoginThrottle throttle;
    const auto stubborn = throttle.byPassword(numbered(1), u"a@example.com");
    for (int i = 0; i < 12; ++i)
        (void)attempt(throttle, stubborn, Outcome::Failed, 0);
    for (quint32 i = 0; i < 100'000; ++i)
        (void)attempt(throttle, throttle.byPassword(numbered(100 + i), u"u%1@example.com"_s.arg(i)),
            Outcome::Failed, 1000);
    for (quint32 i = 0; i < 40'000; ++i)
        throttle.noteGood(throttle.byToken(numbered(i), u"%1"_s.arg(i)), i);
    QVERIFY(throttle.size() <= 3 * FailureTable::maxKeys + LoginThrottle::maxGood);
    QCOMPARE(attempt(throttle, stubborn, Outcome::NotChecked, 2000).holdMs, LoginThrottle::maxDelayMs);
}

void TestLoginThrottle::countsThePeerThatLeaves()
{
    LoginThrottle throttle;
    const auto login = throttle.byPassword(numbered(1), u"a@example.com");
    for (int i = 0; i < 4; ++i)
        (void)attempt(throttle, login, Outcome::Left, 0);
    QCOMPARE(throttle.counters().failed, 0U);
    QCOMPARE(attempt(throttle, login, Outcome::NotChecked, 0).holdMs, 1000);
}

const frpx::test::TestRegistration registration(
    "tst_loginthrottle", frpx::test::runBareTest<TestLoginThrottle>);

#include "tst_loginthrottle.moc"
