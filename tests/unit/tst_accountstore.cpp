// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/store/accountstore.h"
#include "frps/store/database.h"
#include "tests/support/testdatabase.h"
#include "tests/support/testregistry.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>
#include <cstring>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

namespace {

constexpr const char *addUsersOption = "--add-users-for-ever";

QString urlOf(const DatabaseTarget &target)
{
    return target.description();
}

/// The child of survivesBeingKilled(): prints each address once it is stored.
int addUsersForEver(const QString &target)
{
    const auto database = Database::open(
        target.contains("://"_L1) ? DatabaseTarget::parse(target).value() : DatabaseTarget(target));
    if (!database)
        return 1;
    AccountStore store(**database);
    for (int i = 0;; ++i) {
        const QString email = u"user%1@example.org"_s.arg(i);
        if (!store.addUser(email, u"hash"_s, false))
            return 1;
        std::printf("%s\n", qPrintable(email));
        std::fflush(stdout);
    }
}

} // namespace

class TestAccountStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void normalisesAndChecksAddresses_data();
    void normalisesAndChecksAddresses();
    void checksPasswords_data();
    void checksPasswords();

    void findsUsersHoweverSpelled();
    void refusesASecondUserOfTheSameAddress();
    void refusesABadAddress();
    void neverUsesAnIdAgain();
    void removesAUserWithItsTokens();
    void listsUsersInPages();
    void changesPasswordHashes();
    void disablesUsers();
    void addsTheDemoUserToAnEmptyStoreOnly();
    void replacesTheDemoUserByTheFirstRealOne();
    void makesTheDemoAddressARealAccount();

    void findsTokens();
    void refusesATokenOfNobody();
    void touchesATokenAtMostOnceAnHour();
    void extendsATokenThatIsUsedInItsLastQuarter();
    void tellsWhichLoginsHaveEnded();
    void removesTokens();
    void removesTokensByPrefix();
    void clearsExpiredTokensWhenAddingOne();
    void survivesReopening();
    void survivesBeingKilled();

private:
    void open();
    qint64 addUser(const QString &email)
    {
        return m_store->addUser(email, u"hash of "_s + email, false).value();
    }
    QString foundEmail(const QString &email)
    {
        const auto user = m_store->findUser(email).value();
        return user ? user->email : QString();
    }

    test::TestDatabase m_databases;
    std::unique_ptr<QTemporaryDir> m_directory;
    DatabaseTarget m_target;
    std::unique_ptr<Database> m_database;
    std::optional<AccountStore> m_store;
    qint64 m_now = 1'000'000;
};

void TestAccountStore::initTestCase()
{
    if (const char *why = m_databases.prepare())
        QSKIP(why);
}

void TestAccountStore::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    m_target = m_databases.fresh(*m_directory);
    open();
}

void TestAccountStore::cleanup()
{
    m_store.reset();
    m_database.reset();
}

void TestAccountStore::open()
{
    m_store.reset();
    m_database.reset();
    auto database = Database::open(m_target);
    QVERIFY(database);
    m_database = std::move(*database);
    m_store.emplace(*m_database, [this] { return m_now; });
}

void TestAccountStore::normalisesAndChecksAddresses_data()
{
    QTest::addColumn<QString>("email");
    QTest::addColumn<QString>("normal"); // null: refused
    const QString refused;
    QTest::newRow("plain") << u"a@example.org"_s << u"a@example.org"_s;
    QTest::newRow("capitals and space around") << u"  A.B@Example.ORG\n"_s << u"a.b@example.org"_s;
    QTest::newRow("shortest") << u"a@b"_s << u"a@b"_s;
    QTest::newRow("longest") << QString(252, u'x') + u"@b"_s << QString(252, u'x') + u"@b"_s;
    QTest::newRow("other letters") << u"ÄÖ@例え.jp"_s << u"äö@例え.jp"_s;
    QTest::newRow("beyond the basic plane") << u"😀@b"_s << u"😀@b"_s;
    QTest::newRow("empty") << u""_s << refused;
    QTest::newRow("null") << QString() << refused;
    QTest::newRow("too short") << u"@b"_s << refused;
    QTest::newRow("too long") << QString(253, u'x') + u"@b"_s << refused;
    QTest::newRow("no @") << u"example.org"_s << refused;
    QTest::newRow("two @") << u"a@b@c"_s << refused;
    QTest::newRow("nothing before") << u"@example.org"_s << refused;
    QTest::newRow("nothing behind") << u"example@"_s << refused;
    QTest::newRow("space") << u"a b@c"_s << refused;
    QTest::newRow("no-break space") << u"a\u00a0b@c"_s << refused;
    QTest::newRow("newline") << u"a\nb@c"_s << refused;
    QTest::newRow("NUL") << u"a"_s + QChar(u'\0') + u"b@c"_s << refused;
    QTest::newRow("invisible character") << u"a\u200eb@c"_s << refused;
    QTest::newRow("half a character") << u"a"_s + QChar(0xd800) + u"b@c"_s << refused;
}

void TestAccountStore::normalisesAndChecksAddresses()
{
    QFETCH(const QString, email);
    QFETCH(const QString, normal);
    const auto result = normalisedEmail(email);
    QCOMPARE(result.hasValue(), !normal.isNull());
    if (result)
        QCOMPARE(*result, normal);
    else
        QCOMPARE(result.error().code, Errc::InvalidArgument);
}

void TestAccountStore::checksPasswords_data()
{
    QTest::addColumn<QByteArray>("password");
    QTest::addColumn<bool>("ok");
    QTest::newRow("shortest") << "x"_ba << true;
    QTest::newRow("longest") << QByteArray(maxPasswordBytes, 'x') << true;
    QTest::newRow("empty") << QByteArray() << false;
    QTest::newRow("too long") << QByteArray(maxPasswordBytes + 1, 'x') << false;
}

void TestAccountStore::checksPasswords()
{
    QFETCH(const QByteArray, password);
    QFETCH(const bool, ok);
    QCOMPARE(checkPassword(password).hasValue(), ok);
}

void TestAccountStore::findsUsersHoweverSpelled()
{
    const qint64 id = addUser(u" Alice@Example.org"_s);
    const auto found = m_store->findUser(u"ALICE@example.ORG "_s).value();
    QVERIFY(found);
    QCOMPARE(found->id, id);
    QCOMPARE(found->email, u"alice@example.org"_s);
    QCOMPARE(found->createdAtMs, m_now);
    QVERIFY(!found->loopbackOnly);
    QVERIFY(!found->disabled);
    QVERIFY(!m_store->findUser(u"bob@example.org"_s).value());
    QVERIFY(!m_store->findUser(u"no address"_s).value());
    QVERIFY(!m_store->findUser(u"' OR 1=1 --@x"_s).value());
}

void TestAccountStore::refusesASecondUserOfTheSameAddress()
{
    addUser(u"a@b"_s);
    const auto again = m_store->addUser(u"A@B"_s, u"other"_s, false);
    QVERIFY(!again);
    QCOMPARE(again.error().code, Errc::AlreadyExists);
    QCOMPARE(m_store->findUser(u"a@b"_s).value()->passwordHash, u"hash of a@b"_s);
    QCOMPARE(*m_store->userCount(), 1);
}

void TestAccountStore::refusesABadAddress()
{
    const auto added = m_store->addUser(u"nobody"_s, u"hash"_s, false);
    QVERIFY(!added);
    QCOMPARE(added.error().code, Errc::InvalidArgument);
    QCOMPARE(*m_store->userCount(), 0);
}

void TestAccountStore::neverUsesAnIdAgain()
{
    const qint64 first = addUser(u"a@b"_s);
    QVERIFY(m_store->removeUser(u"a@b"_s));
    QVERIFY(addUser(u"a@b"_s) > first);
}

void TestAccountStore::removesAUserWithItsTokens()
{
    const qint64 a = addUser(u"a@b"_s);
    const qint64 c = addUser(u"c@d"_s);
    QVERIFY(m_store->addToken(a, "1"_ba, u"1"_s, {}));
    QVERIFY(m_store->addToken(a, "2"_ba, u"2"_s, {}));
    QVERIFY(m_store->addToken(c, "3"_ba, u"3"_s, {}));
    QVERIFY(m_store->removeUser(u"A@B"_s));
    QCOMPARE(*m_store->tokenCount(), 1);
    QVERIFY(!m_store->findToken("1"_ba).value());
    QVERIFY(m_store->findToken("3"_ba).value());
    const auto again = m_store->removeUser(u"a@b"_s);
    QVERIFY(!again);
    QCOMPARE(again.error().code, Errc::NotFound);
}

void TestAccountStore::listsUsersInPages()
{
    for (const QString &email : {u"c@x"_s, u"a@x"_s, u"b@x"_s})
        addUser(email);
    const auto page = m_store->listUsers(2).value();
    QCOMPARE(page.size(), size_t(2));
    QCOMPARE(page.at(0).email, u"a@x"_s);
    QCOMPARE(page.at(1).email, u"b@x"_s);
    const auto rest = m_store->listUsers(2, u"b@x"_s).value();
    QCOMPARE(rest.size(), size_t(1));
    QCOMPARE(rest.at(0).email, u"c@x"_s);
}

void TestAccountStore::changesPasswordHashes()
{
    const qint64 id = addUser(u"a@b"_s);
    QVERIFY(m_store->addToken(id, "t"_ba, u"t"_s, {}));
    const auto hash = [this] { return m_store->findUser(u"a@b"_s).value()->passwordHash; };
    QVERIFY(m_store->setPasswordHash(u"A@b"_s, u"second"_s));
    QCOMPARE(hash(), u"second"_s);
    QCOMPARE(*m_store->tokenCount(), 0);
    QVERIFY(m_store->replacePasswordHash(id, u"first"_s, u"third"_s)); // outdated: no effect
    QCOMPARE(hash(), u"second"_s);
    QVERIFY(m_store->replacePasswordHash(id, u"second"_s, u"third"_s));
    QCOMPARE(hash(), u"third"_s);
    QCOMPARE(m_store->setPasswordHash(u"x@y"_s, u"h"_s).error().code, Errc::NotFound);
}

void TestAccountStore::disablesUsers()
{
    addUser(u"a@b"_s);
    QVERIFY(m_store->setDisabled(u"a@b"_s, true));
    QVERIFY(m_store->findUser(u"a@b"_s).value()->disabled);
    QVERIFY(m_store->setDisabled(u"a@b"_s, false));
    QVERIFY(!m_store->findUser(u"a@b"_s).value()->disabled);
}

void TestAccountStore::addsTheDemoUserToAnEmptyStoreOnly()
{
    QCOMPARE(*m_store->addDemoUser(u"hash"_s), true);
    QVERIFY(m_store->findUser(demoEmail.toString()).value()->loopbackOnly);
    QCOMPARE(*m_store->addDemoUser(u"hash"_s), false);
    QVERIFY(m_store->removeUser(demoEmail.toString()));
    QCOMPARE(*m_store->addDemoUser(u"hash"_s), false); // it was not wanted
    QCOMPARE(*m_store->userCount(), 0);
}

void TestAccountStore::replacesTheDemoUserByTheFirstRealOne()
{
    QVERIFY(*m_store->addDemoUser(u"hash"_s));
    const qint64 demoId = m_store->findUser(demoEmail.toString()).value()->id;
    QVERIFY(m_store->addToken(demoId, "1"_ba, u"1"_s, {}));
    QVERIFY(m_store->addUser(u"local@b"_s, u"hash"_s, true)); // not a real one
    QCOMPARE(foundEmail(demoEmail.toString()), demoEmail.toString());
    QVERIFY(!m_store->addUser(u"local@b"_s, u"hash"_s, false)); // fails, so nothing may change
    QCOMPARE(foundEmail(demoEmail.toString()), demoEmail.toString());
    addUser(u"a@b"_s);
    QVERIFY(foundEmail(demoEmail.toString()).isNull());
    QCOMPARE(*m_store->tokenCount(), 0);
}

void TestAccountStore::makesTheDemoAddressARealAccount()
{
    QVERIFY(*m_store->addDemoUser(u"hash"_s));
    addUser(demoEmail.toString());
    QVERIFY(!m_store->findUser(demoEmail.toString()).value()->loopbackOnly);
    addUser(u"a@b"_s);
    QCOMPARE(foundEmail(demoEmail.toString()), demoEmail.toString());
}

void TestAccountStore::findsTokens()
{
    const qint64 id = addUser(u"a@b"_s);
    QVERIFY(m_store->addToken(id, "for-ever"_ba, u"for-"_s, {}));
    QVERIFY(m_store->addToken(id, "for-a-while"_ba, u"for-a"_s, m_now + 5));
    const auto forEver = m_store->findToken("for-ever"_ba).value();
    QVERIFY(forEver);
    QCOMPARE(forEver->user.email, u"a@b"_s);
    QVERIFY(!forEver->expiresAtMs);
    QCOMPARE(m_store->findToken("for-a-while"_ba).value()->expiresAtMs.value(), m_now + 5);
    QVERIFY(!m_store->findToken("other"_ba).value());
    const auto listed = m_store->listTokens(10).value();
    QCOMPARE(listed.size(), size_t(2));
    QCOMPARE(listed.at(0).prefix, u"for-"_s);
    QCOMPARE(listed.at(0).email, u"a@b"_s);
    QCOMPARE(listed.at(0).createdAtMs, m_now);
    QCOMPARE(listed.at(0).lastUsedAtMs, m_now);
    QVERIFY(!listed.at(0).expiresAtMs);
    QCOMPARE(listed.at(1).expiresAtMs.value(), m_now + 5);
    QCOMPARE(m_store->listTokens(1).value().size(), size_t(1));
    QCOMPARE(m_store->listTokens(10, listed.at(0).id).value().size(), size_t(1));
}

void TestAccountStore::refusesATokenOfNobody()
{
    const auto added = m_store->addToken(77, "hash"_ba, u"prefix"_s, {});
    QVERIFY(!added);
    QCOMPARE(added.error().code, Errc::NotFound);
}

void TestAccountStore::touchesATokenAtMostOnceAnHour()
{
    const qint64 created = m_now;
    const qint64 id = *m_store->addToken(addUser(u"a@b"_s), "t"_ba, u"t"_s, {});
    const auto lastUsed = [this] { return m_store->findToken("t"_ba).value()->lastUsedAtMs; };
    const qint64 changes = *m_store->changes();
    m_now = created + tokenTouchIntervalMs - 1;
    QVERIFY(m_store->touchTokens({id}, 0));
    QCOMPARE(lastUsed(), created);
    m_now = created + tokenTouchIntervalMs;
    QVERIFY(m_store->touchTokens({id, 77}, 0));
    QCOMPARE(lastUsed(), m_now);
    QCOMPARE(*m_store->changes(), changes);
}

void TestAccountStore::extendsATokenThatIsUsedInItsLastQuarter()
{
    constexpr qint64 lifetime = 1'000'000'000;
    const qint64 user = addUser(u"a@b"_s);
    const qint64 end = m_now + lifetime;
    const qint64 id = *m_store->addToken(user, "t"_ba, u"t"_s, end);
    const qint64 forEver = *m_store->addToken(user, "e"_ba, u"e"_s, {});
    const auto expiry = [this] { return m_store->findToken("t"_ba).value()->expiresAtMs; };
    m_now = end - lifetime / 4;
    QVERIFY(m_store->touchTokens({id, forEver}, lifetime));
    QCOMPARE(expiry(), std::optional(end));
    ++m_now;
    QVERIFY(m_store->touchTokens({id, forEver}, lifetime));
    QCOMPARE(expiry(), std::optional(m_now + lifetime));
    QVERIFY(!m_store->findToken("e"_ba).value()->expiresAtMs);
    m_now = *expiry(); // too late
    QVERIFY(m_store->touchTokens({id}, lifetime));
    QCOMPARE(expiry(), std::optional(m_now));
}

void TestAccountStore::tellsWhichLoginsHaveEnded()
{
    const qint64 a = addUser(u"a@b"_s);
    const qint64 c = addUser(u"c@d"_s);
    const LoginRef gone{a, *m_store->addToken(a, "1"_ba, u"1"_s, {})};
    const LoginRef good{a, *m_store->addToken(a, "2"_ba, u"2"_s, {})};
    const LoginRef disabled{c, *m_store->addToken(c, "3"_ba, u"3"_s, {})};
    const LoginRef nobody{4711, 4711};
    const qint64 before = *m_store->revocations();
    QVERIFY(m_store->checkLogins({gone, good, disabled})->ended.empty());
    QVERIFY(*m_store->removeToken("1"_ba));
    QVERIFY(m_store->setDisabled(u"c@d"_s, true));
    UserRights rights;
    rights.maxTunnels = 1;
    QVERIFY(m_store->setRights(u"a@b"_s, rights));
    QCOMPARE(*m_store->revocations(), before + 3);
    const LoginCheck check = m_store->checkLogins({gone, good, disabled, nobody}).value();
    QCOMPARE(check.ended.size(), size_t(3));
    QCOMPARE(check.ended.at(0).login, gone);
    QVERIFY(check.ended.at(0).why.contains(u"token"_s));
    QCOMPARE(check.ended.at(1).login, disabled);
    QVERIFY(check.ended.at(1).why.contains(u"disabled"_s));
    QCOMPARE(check.ended.at(2).login, nobody);
    QVERIFY(check.ended.at(2).why.contains(u"removed"_s));
    QCOMPARE(check.rights.size(), size_t(1));
    QCOMPARE(check.rights.at(a), rights);
    QVERIFY(m_store->checkLogins({})->ended.empty());
}

void TestAccountStore::removesTokens()
{
    QVERIFY(m_store->addToken(addUser(u"a@b"_s), "t"_ba, u"t"_s, {}));
    QCOMPARE(*m_store->removeToken("t"_ba), true);
    QCOMPARE(*m_store->removeToken("t"_ba), false);
}

void TestAccountStore::removesTokensByPrefix()
{
    const qint64 a = addUser(u"a@b"_s);
    const qint64 c = addUser(u"c@d"_s);
    QVERIFY(m_store->addToken(a, "1"_ba, u"twice"_s, {}));
    QVERIFY(m_store->addToken(c, "2"_ba, u"twice"_s, {}));
    QVERIFY(m_store->addToken(c, "3"_ba, u"once"_s, {}));
    QCOMPARE(*m_store->removeTokenByPrefix(u"once"_s), u"c@d"_s);
    QVERIFY(m_store->removeTokenByPrefix(u"once"_s)->isEmpty());
    QCOMPARE(m_store->removeTokenByPrefix(u"twice"_s).error().code, Errc::InvalidArgument);
    QCOMPARE(*m_store->tokenCount(), 2);
    QCOMPARE(*m_store->removeTokensOf(u"C@d"_s), 1);
    QCOMPARE(*m_store->removeTokensOf(u"c@d"_s), 0);
    QCOMPARE(m_store->removeTokensOf(u"x@y"_s).error().code, Errc::NotFound);
    QVERIFY(m_store->findToken("1"_ba).value());
}

void TestAccountStore::clearsExpiredTokensWhenAddingOne()
{
    const qint64 id = addUser(u"a@b"_s);
    QVERIFY(m_store->addToken(id, "old"_ba, u"old"_s, m_now + 10));
    QVERIFY(m_store->addToken(id, "for-ever"_ba, u"f"_s, {}));
    m_now += 10;
    QVERIFY(m_store->addToken(id, "new"_ba, u"new"_s, m_now + 10));
    QVERIFY(!m_store->findToken("old"_ba).value());
    QCOMPARE(*m_store->tokenCount(), 2);
}

void TestAccountStore::survivesReopening()
{
    QVERIFY(m_store->addToken(addUser(u"a@b"_s), "t"_ba, u"t"_s, 5'000'000));
    open();
    QCOMPARE(m_store->findUser(u"a@b"_s).value()->passwordHash, u"hash of a@b"_s);
    QCOMPARE(m_store->findToken("t"_ba).value()->expiresAtMs.value(), 5'000'000);
}

void TestAccountStore::survivesBeingKilled()
{
    QProcess child;
    child.start(QCoreApplication::applicationFilePath(),
        {u"tst_accountstore"_s, QString::fromLatin1(addUsersOption), urlOf(m_target)});
    QByteArray printed;
    const auto manyStored = [&child, &printed] {
        printed += child.readAllStandardOutput();
        return printed.count('\n') >= 50;
    };
    QTRY_VERIFY_WITH_TIMEOUT(manyStored(), 30'000);
    child.kill(); // SIGKILL, at whatever it is doing
    QVERIFY(child.waitForFinished());
    printed += child.readAllStandardOutput();
    printed.truncate(printed.lastIndexOf('\n')); // a torn last line was not acknowledged

    open();
    const QList<QByteArray> acknowledged = printed.split('\n');
    QVERIFY(acknowledged.size() >= 50);
    for (const QByteArray &email : acknowledged)
        QCOMPARE(foundEmail(QString::fromLatin1(email)), QString::fromLatin1(email));
    if (test::TestDatabase::isPostgreSql())
        return;
    auto check = m_database->run(u"PRAGMA integrity_check"_s);
    QVERIFY(check && check->next());
    QCOMPARE(check->value(0).toString(), u"ok"_s);
}

namespace {

int testMain(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    if (argc == 3 && std::strcmp(argv[1], addUsersOption) == 0)
        return addUsersForEver(QString::fromLocal8Bit(argv[2]));
    TestAccountStore test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_accountstore", testMain);

#include "tst_accountstore.moc"
