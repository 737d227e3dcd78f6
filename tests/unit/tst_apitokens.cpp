// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/apitokens.h"
#include "frps/accounts/token.h"
#include "frps/store/database.h"
#include "tests/support/testdatabase.h"
#include "tests/support/testregistry.h"

#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestApiTokens : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void knowsWhatATokenMayDo();
    void refusesOthers_data();
    void refusesOthers();
    void refusesExpiredOnesButCountsThem();
    void notesUseAtMostOnceAnHour();
    void storesAndRemoves();
    void refusesBadNames_data();
    void refusesBadNames();
    void readsAnUnknownAccessAsReadOnly();

private:
    static ApiTokenRecord record(const QString &token, ApiAccess access)
    {
        ApiTokenRecord made;
        made.hash = tokenHash(token);
        made.prefix = tokenPrefix(token);
        made.access = access;
        return made;
    }

    test::TestDatabase m_databases;
    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<Database> m_database;
    qint64 m_now = 1'000'000;
};

void TestApiTokens::initTestCase()
{
    if (const char *why = m_databases.prepare())
        QSKIP(why);
}

void TestApiTokens::init()
{
    m_database.reset();
    m_directory = std::make_unique<QTemporaryDir>();
    m_database = std::move(Database::open(m_databases.fresh(*m_directory)).value());
}

void TestApiTokens::knowsWhatATokenMayDo()
{
    ApiTokens tokens;
    QVERIFY(!tokens.any());
    const QString admin = newToken();
    const QString guest = newToken();
    QVERIFY(!tokens.check(admin));
    tokens.set({record(admin, ApiAccess::Admin), record(guest, ApiAccess::ReadOnly)});
    QCOMPARE(tokens.count(), 2);
    QCOMPARE(tokens.check(admin), std::optional(ApiAccess::Admin));
    QCOMPARE(tokens.check(guest), std::optional(ApiAccess::ReadOnly));
    tokens.set({});
    QVERIFY(!tokens.check(admin));
}

void TestApiTokens::refusesOthers_data()
{
    QTest::addColumn<QString>("token");
    QTest::newRow("unknown") << QString(64, u'1');
    QTest::newRow("empty") << QString();
    QTest::newRow("capitals") << QString(64, u'A');
    QTest::newRow("longer") << QString(65, u'0');
    QTest::newRow("endless") << QString(60'000, u'0');
    QTest::newRow("the hash itself") << QString::fromLatin1(tokenHash(QString(64, u'0')));
}

void TestApiTokens::refusesOthers()
{
    QFETCH(const QString, token);
    ApiTokens tokens;
    tokens.set({record(QString(64, u'0'), ApiAccess::Admin)});
    QVERIFY(!tokens.check(token));
    QVERIFY(tokens.takeUsed().empty());
}

void TestApiTokens::refusesExpiredOnesButCountsThem()
{
    ApiTokens tokens([this] { return m_now; });
    const QString token = newToken();
    ApiTokenRecord made = record(token, ApiAccess::Admin);
    made.expiresAtMs = m_now + 1;
    tokens.set({made});
    QVERIFY(tokens.check(token));
    ++m_now;
    QVERIFY(!tokens.check(token));
    QVERIFY(tokens.any());
}

void TestApiTokens::notesUseAtMostOnceAnHour()
{
    ApiTokens tokens([this] { return m_now; });
    const QString token = newToken();
    ApiTokenRecord made = record(token, ApiAccess::Admin);
    made.id = 7;
    tokens.set({made});
    QVERIFY(tokens.check(token) && tokens.check(token));
    QCOMPARE(tokens.takeUsed(), std::vector<qint64>{7});
    QVERIFY(tokens.takeUsed().empty());
    made.lastUsedAtMs = m_now;
    tokens.set({made});
    m_now += tokenTouchIntervalMs - 1;
    QVERIFY(tokens.check(token));
    QVERIFY(tokens.takeUsed().empty());
    ++m_now;
    QVERIFY(tokens.check(token));
    QCOMPARE(tokens.takeUsed(), std::vector<qint64>{7});
}

void TestApiTokens::storesAndRemoves()
{
    ApiTokenStore store(*m_database, [this] { return m_now; });
    const QString token = newToken();
    ApiTokenRecord made = record(token, ApiAccess::Admin);
    made.name = u"CI – Ω"_s;
    made.expiresAtMs = m_now + 5;
    QVERIFY(store.add(made));
    QVERIFY(store.add(record(newToken(), ApiAccess::ReadOnly)));
    auto listed = store.list().value();
    QCOMPARE(listed.size(), size_t(2));
    QCOMPARE(listed.at(0).name, made.name);
    QCOMPARE(listed.at(0).hash, made.hash);
    QCOMPARE(listed.at(0).access, ApiAccess::Admin);
    QCOMPARE(listed.at(0).createdAtMs, m_now);
    QCOMPARE(listed.at(0).expiresAtMs, made.expiresAtMs);
    QVERIFY(!listed.at(0).lastUsedAtMs);
    QCOMPARE(listed.at(1).access, ApiAccess::ReadOnly);
    QVERIFY(store.touch({listed.at(0).id}));
    QCOMPARE(store.list().value().at(0).lastUsedAtMs, std::optional(m_now));
    QVERIFY(store.removeByPrefix(made.prefix).value());
    QVERIFY(!store.removeByPrefix(made.prefix).value());
    QCOMPARE(store.list().value().size(), size_t(1));
    QVERIFY(!store.add(listed.at(1))); // the same hash again
}

void TestApiTokens::refusesBadNames_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("two lines") << u"a\nb"_s;
    QTest::newRow("tab") << u"a\tb"_s;
    QTest::newRow("too long") << QString(101, u'x');
    QTest::newRow("half a character") << QString(QChar(0xd800));
}

void TestApiTokens::refusesBadNames()
{
    QFETCH(const QString, name);
    ApiTokenRecord made = record(newToken(), ApiAccess::Admin);
    made.name = name;
    QCOMPARE(ApiTokenStore(*m_database).add(made).error().code, Errc::InvalidArgument);
}

void TestApiTokens::readsAnUnknownAccessAsReadOnly()
{
    ApiTokenStore store(*m_database);
    QVERIFY(store.add(record(newToken(), ApiAccess::Admin)));
    QVERIFY(m_database->run(u"UPDATE api_tokens SET access = 'everything'"_s));
    QCOMPARE(store.list().value().front().access, ApiAccess::ReadOnly);
}

const frpx::test::TestRegistration registration("tst_apitokens", frpx::test::runTest<TestApiTokens>);

#include "tst_apitokens.moc"
