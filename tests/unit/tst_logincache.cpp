// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/logincache.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestLoginCache : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void remembersForAWhile();
    void keepsToTheExpiryOfTheToken();
    void keepsDemoTokensOnLoopback();
    void dropsTheOldestWhenFull();
    void forgetsWhatHasEnded();

private:
    static Login login(qint64 tokenId)
    {
        return {.userId = 1,
            .email = u"a@b"_s,
            .loopbackOnly = false,
            .token = u"secret"_s,
            .tokenId = tokenId,
            .tokenExpiresAtMs = {},
            .rights = {}};
    }
};

void TestLoginCache::remembersForAWhile()
{
    LoginCache cache(10, 100);
    QVERIFY(!cache.find("h", true, 0));
    cache.confirm("h", login(5), 1000);
    const auto found = cache.find("h", false, 1099);
    QVERIFY(found);
    QCOMPARE(found->tokenId, 5);
    QVERIFY(found->token.isEmpty());
    QVERIFY(!cache.find("h", false, 1100));
    cache.confirm("h", login(5), 1100);
    QVERIFY(cache.find("h", false, 1199));
    QCOMPARE(cache.size(), size_t(1));
    cache.forget("h");
    QVERIFY(!cache.find("h", false, 1100));
}

void TestLoginCache::keepsToTheExpiryOfTheToken()
{
    LoginCache cache;
    Login expiring = login(5);
    expiring.tokenExpiresAtMs = 50;
    cache.confirm("h", expiring, 0);
    QVERIFY(cache.find("h", false, 49));
    QVERIFY(!cache.find("h", false, 50));
}

void TestLoginCache::keepsDemoTokensOnLoopback()
{
    LoginCache cache;
    Login demo = login(5);
    demo.loopbackOnly = true;
    cache.confirm("h", demo, 0);
    QVERIFY(cache.find("h", true, 1));
    QVERIFY(!cache.find("h", false, 1));
}

void TestLoginCache::dropsTheOldestWhenFull()
{
    LoginCache cache(2, 100);
    cache.confirm("1", login(1), 0);
    cache.confirm("2", login(2), 0);
    cache.confirm("1", login(1), 1);
    cache.confirm("3", login(3), 1);
    QVERIFY(cache.find("1", false, 2) && !cache.find("2", false, 2) && cache.find("3", false, 2));
}

void TestLoginCache::forgetsWhatHasEnded()
{
    LoginCache cache;
    cache.confirm("1", login(1), 0);
    cache.confirm("2", login(2), 0);
    QCOMPARE(cache.logins().size(), size_t(2));
    LoginCheck check;
    check.ended.push_back({{1, 1}, u"revoked"_s});
    UserRights rights;
    rights.maxTunnels = 1;
    check.rights.emplace(1, rights);
    cache.apply(check);
    QVERIFY(!cache.find("1", false, 1));
    QCOMPARE(cache.find("2", false, 1)->rights, rights);
    cache.confirm("3", login(3), 1); // the order is whole
    QCOMPARE(cache.size(), size_t(2));
}

const frpx::test::TestRegistration registration("tst_logincache", frpx::test::runBareTest<TestLoginCache>);

#include "tst_logincache.moc"
