// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/sourcelimiter.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <thread>
#include <vector>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

namespace {

QHostAddress numbered(qsizetype number)
{
    return QHostAddress(quint32(0x0a000000 + number));
}

} // namespace

class TestSourceLimiter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void grantsAsManyAsTheLimit();
    void tellsSourcesApart_data();
    void tellsSourcesApart();
    void takesPlacesBackFromOtherThreads();
    void mayGoBeforeItsPlaces();
    void forgetsWhoHasGone();
    void isBounded();
};

void TestSourceLimiter::grantsAsManyAsTheLimit()
{
    QVERIFY(!SourceLimiter(0).isOn());
    SourceLimiter limiter(2);
    QVERIFY(limiter.isOn());
    const QHostAddress source(u"192.0.2.1"_s);
    auto first = limiter.take(source);
    const auto second = limiter.take(source);
    QVERIFY(first && second);
    QVERIFY(!limiter.take(source));
    const auto copy = first;
    first.reset();
    QVERIFY(!limiter.take(source)); // the copy still holds the place
}

void TestSourceLimiter::tellsSourcesApart_data()
{
    QTest::addColumn<QString>("one");
    QTest::addColumn<QString>("other");
    QTest::addColumn<bool>("same");
    QTest::newRow("IPv4") << u"192.0.2.1"_s << u"192.0.2.2"_s << false;
    QTest::newRow("mapped") << u"192.0.2.1"_s << u"::ffff:192.0.2.1"_s << true;
    QTest::newRow("mapped, others") << u"::ffff:192.0.2.2"_s << u"::ffff:192.0.2.1"_s << false;
    QTest::newRow("one /64") << u"2001:db8:1:2::1"_s << u"2001:db8:1:2:ffff:ffff:ffff:ffff"_s << true;
    QTest::newRow("two /64") << u"2001:db8:1:2::1"_s << u"2001:db8:1:3::1"_s << false;
    QTest::newRow("same number") << u"0.0.0.0"_s << u"::1"_s << false;
}

void TestSourceLimiter::tellsSourcesApart()
{
    QFETCH(const QString, one);
    QFETCH(const QString, other);
    QFETCH(const bool, same);
    SourceLimiter limiter(1);
    const auto place = limiter.take(QHostAddress(one));
    QVERIFY(place);
    QCOMPARE(limiter.take(QHostAddress(other)) == nullptr, same);
}

void TestSourceLimiter::takesPlacesBackFromOtherThreads()
{
    constexpr int limit = 50;
    SourceLimiter limiter(limit);
    const QHostAddress source(u"192.0.2.1"_s);
    for (int round = 0; round < 20; ++round) {
        std::vector<std::thread> threads;
        for (int i = 0; i < limit; ++i) {
            auto place = limiter.take(source);
            QVERIFY(place);
            threads.emplace_back([place = std::move(place)]() mutable { place.reset(); });
        }
        for (std::thread &thread : threads)
            thread.join();
    }
}

void TestSourceLimiter::mayGoBeforeItsPlaces()
{
    auto limiter = std::make_unique<SourceLimiter>(1);
    auto place = limiter->take(numbered(1));
    limiter.reset();
    place.reset();
}

void TestSourceLimiter::forgetsWhoHasGone()
{
    SourceLimiter limiter(1);
    const auto stays = limiter.take(numbered(0));
    for (qsizetype i = 1; i < 100'000; ++i)
        QVERIFY(limiter.take(numbered(i)));
    QVERIFY(limiter.size() <= 1024);
    QVERIFY(!limiter.take(numbered(0)));
}

void TestSourceLimiter::isBounded()
{
    SourceLimiter limiter(1);
    std::vector<std::shared_ptr<void>> places;
    for (qsizetype i = 0; i < SourceLimiter::maxSources; ++i)
        places.push_back(limiter.take(numbered(i)));
    QVERIFY(std::all_of(places.begin(), places.end(), [](const auto &place) { return place != nullptr; }));
    QVERIFY(!limiter.take(numbered(SourceLimiter::maxSources)));
    places.pop_back();
    QVERIFY(limiter.take(numbered(SourceLimiter::maxSources)));
}

const frpx::test::TestRegistration registration(
    "tst_sourcelimiter", frpx::test::runBareTest<TestSourceLimiter>);

#include "tst_sourcelimiter.moc"
