// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/addressrace.h"
#include "common/net/dialtarget.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx::net;
using namespace Qt::StringLiterals;

class TestAddressRace : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void triesTheNextAfterADelay();
    void triesTheNextAtOnceAfterAFailure();
    void isLostWithTheLast();
    void triesAgainWhatCouldNotBegin();
    void interleavesFamilies();
    void boundsTheAddresses();
    void readsWhatNeedsNoLookup_data();
    void readsWhatNeedsNoLookup();
};

void TestAddressRace::triesTheNextAfterADelay()
{
    AddressRace race(2);
    QCOMPARE(race.takeNext(1000), std::optional<size_t>(0));
    QCOMPARE(race.takeNext(1249), std::nullopt);
    QCOMPARE(race.nextAtMs(), std::optional<qint64>(1250));
    QCOMPARE(race.takeNext(1250), std::optional<size_t>(1));
    QCOMPARE(race.nextAtMs(), std::nullopt);
    QCOMPARE(race.takeNext(9999), std::nullopt);
    QVERIFY(!race.isLost());
}

void TestAddressRace::triesTheNextAtOnceAfterAFailure()
{
    AddressRace race(3);
    QCOMPARE(race.takeNext(1000), std::optional<size_t>(0));
    race.onFailed();
    QCOMPARE(race.takeNext(1001), std::optional<size_t>(1));
    QCOMPARE(race.takeNext(1002), std::nullopt);
    QVERIFY(!race.isLost());
}

void TestAddressRace::isLostWithTheLast()
{
    QVERIFY(AddressRace(0).isLost());
    AddressRace race(2);
    QCOMPARE(race.takeNext(0), std::optional<size_t>(0));
    QCOMPARE(race.takeNext(250), std::optional<size_t>(1));
    race.onFailed();
    QVERIFY(!race.isLost()); // the other one may still answer
    race.onFailed();
    QVERIFY(race.isLost());
}

void TestAddressRace::triesAgainWhatCouldNotBegin()
{
    AddressRace race(1);
    QCOMPARE(race.takeNext(1000), std::optional<size_t>(0));
    race.postpone(1020);
    QCOMPARE(race.takeNext(1019), std::nullopt);
    QCOMPARE(race.nextAtMs(), std::optional<qint64>(1020));
    QCOMPARE(race.takeNext(1020), std::optional<size_t>(0));
    QVERIFY(!race.isLost());
}

void TestAddressRace::interleavesFamilies()
{
    const QHostAddress v6a(u"2001:db8::1"_s);
    const QHostAddress v6b(u"2001:db8::2"_s);
    const QHostAddress v6c(u"2001:db8::3"_s);
    const QHostAddress v4a(u"192.0.2.1"_s);
    const QHostAddress v4b(u"192.0.2.2"_s);
    QCOMPARE(interleaved({v6a, v6b, v6c, v4a, v4b}), (QList<QHostAddress>{v6a, v4a, v6b, v4b, v6c}));
    QCOMPARE(interleaved({v4a, v4b, v6a}), (QList<QHostAddress>{v4a, v6a, v4b}));
    QCOMPARE(interleaved({v4a, v4a}), QList<QHostAddress>{v4a});
    QCOMPARE(interleaved({}), QList<QHostAddress>{});
}

void TestAddressRace::boundsTheAddresses()
{
    QList<QHostAddress> many;
    for (quint32 i = 1; i <= 100; ++i)
        many.append(QHostAddress(i));
    QCOMPARE(interleaved(many), many.first(maxDialAddresses));
}

void TestAddressRace::readsWhatNeedsNoLookup_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<bool>("isName");
    QTest::addColumn<qsizetype>("addresses");
    QTest::addColumn<QString>("unixPath");
    QTest::addColumn<QString>("name");
    QTest::newRow("IPv4") << u"192.0.2.1"_s << false << qsizetype(1) << QString() << u"192.0.2.1:80"_s;
    QTest::newRow("IPv6") << u"2001:db8::1"_s << false << qsizetype(1) << QString() << u"[2001:db8::1]:80"_s;
    QTest::newRow("scope") << u"fe80::1%eth0"_s << false << qsizetype(1) << QString()
                           << u"[fe80::1%eth0]:80"_s;
    QTest::newRow("name") << u"localhost"_s << true << qsizetype(0) << QString() << u"localhost:80"_s;
    QTest::newRow("unix") << u"unix:/run/app.sock"_s << false << qsizetype(0) << u"/run/app.sock"_s
                          << u"unix:/run/app.sock"_s;
}

void TestAddressRace::readsWhatNeedsNoLookup()
{
    QFETCH(const QString, host);
    QFETCH(const bool, isName);
    QFETCH(const qsizetype, addresses);
    QFETCH(const QString, unixPath);
    QFETCH(const QString, name);
    QCOMPARE(isHostName(host), isName);
    const DialTarget target = dialTarget(host, 80);
    QCOMPARE(target.addresses.size(), addresses);
    QCOMPARE(target.unixPath, unixPath);
    QCOMPARE(target.name, name);
    QCOMPARE(target.isKnown(), !isName);
}

const frpx::test::TestRegistration registration("tst_addressrace", frpx::test::runBareTest<TestAddressRace>);

#include "tst_addressrace.moc"
