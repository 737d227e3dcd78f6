// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/apitokens.h"
#include "frps/accounts/token.h"
#include "frps/cli/tokencommand.h"
#include "frps/store/database.h"
#include "tests/support/testregistry.h"

#include <QDateTime>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>
#include <QTextStream>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestTokenCommand : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void explainsItself_data();
    void explainsItself();
    void createsATokenAndPrintsItOnce();
    void createsATokenThatExpires();
    void refusesBadExpiry_data();
    void refusesBadExpiry();
    void listsAndRevokes();
    void revokesAllOfAnAccount();
    void makesNoDatabaseJustToLook();

private:
    int run(const QStringList &args, const AccountOptions &options = {});
    QString create(const AccountOptions &options)
    {
        return run({u"create"_s}, options) == 0 ? m_out.trimmed() : QString();
    }
    QString path() const { return m_directory->filePath(u"frpx.db"_s); }
    std::vector<ApiTokenRecord> stored() const
    {
        const auto database = Database::open(path());
        return ApiTokenStore(**database).list().value();
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_out;
    QString m_err;
};

void TestTokenCommand::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

int TestTokenCommand::run(const QStringList &args, const AccountOptions &options)
{
    m_out.clear();
    m_err.clear();
    QTextStream out(&m_out);
    QTextStream err(&m_err);
    return runTokenCommand(args, options, path(), out, err);
}

void TestTokenCommand::explainsItself_data()
{
    QTest::addColumn<QStringList>("args");
    QTest::addColumn<AccountOptions>("options");
    const QString admin = u"admin"_s;
    const QString readOnly = u"read-only"_s;
    QTest::newRow("nothing") << QStringList() << AccountOptions();
    QTest::newRow("unknown") << QStringList{u"delete"_s} << AccountOptions();
    QTest::newRow("create without access") << QStringList{u"create"_s} << AccountOptions();
    QTest::newRow("create with both")
        << QStringList{u"create"_s} << AccountOptions{{admin, {}}, {readOnly, {}}};
    QTest::newRow("create something") << QStringList{u"create"_s, u"x"_s} << AccountOptions{{admin, {}}};
    QTest::newRow("list with an option") << QStringList{u"list"_s} << AccountOptions{{admin, {}}};
    QTest::newRow("revoke nothing") << QStringList{u"revoke"_s} << AccountOptions();
    QTest::newRow("revoke one and all")
        << QStringList{u"revoke"_s, u"12345678"_s} << AccountOptions{{u"user"_s, u"a@b"_s}};
}

void TestTokenCommand::explainsItself()
{
    QFETCH(const QStringList, args);
    QFETCH(const AccountOptions, options);
    QCOMPARE(run(args, options), 2);
    QCOMPARE(m_err, tokenCommandUsage());
    QVERIFY(m_out.isEmpty());
    QVERIFY(!QFileInfo::exists(path()));
}

void TestTokenCommand::createsATokenAndPrintsItOnce()
{
    const QString admin = create({{u"admin"_s, {}}, {u"name"_s, u"deployment"_s}});
    const QString guest = create({{u"read-only"_s, {}}});
    QVERIFY(isTokenShaped(admin) && isTokenShaped(guest));
    QVERIFY(m_err.isEmpty());
    ApiTokens tokens;
    tokens.set(stored());
    QCOMPARE(tokens.check(admin), std::optional(ApiAccess::Admin));
    QCOMPARE(tokens.check(guest), std::optional(ApiAccess::ReadOnly));
    QCOMPARE(run({u"list"_s}), 0);
    QVERIFY(!m_out.contains(admin) && !m_out.contains(guest));
    QVERIFY2(m_out.startsWith(admin.first(8) + u"\tadmin\tdeployment\t"_s), qPrintable(m_out));
    QFile file(path());
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(!file.readAll().contains(admin.toLatin1()));
}

void TestTokenCommand::createsATokenThatExpires()
{
    QVERIFY(!create({{u"admin"_s, {}}, {u"expires"_s, u"3"_s}}).isEmpty());
    const ApiTokenRecord token = stored().front();
    const qint64 days = (token.expiresAtMs.value() - token.createdAtMs + 1000) / 86'400'000;
    QCOMPARE(days, 3);
}

void TestTokenCommand::refusesBadExpiry_data()
{
    QTest::addColumn<QString>("days");
    for (const char *days : {"0", "-1", "36501", "soon", ""})
        QTest::newRow(days) << QString::fromLatin1(days);
}

void TestTokenCommand::refusesBadExpiry()
{
    QFETCH(const QString, days);
    QCOMPARE(run({u"create"_s}, {{u"admin"_s, {}}, {u"expires"_s, days}}), 1);
    QVERIFY2(m_err.contains(u"--expires"_s), qPrintable(m_err));
    QVERIFY(m_out.isEmpty());
}

void TestTokenCommand::listsAndRevokes()
{
    const QString admin = create({{u"admin"_s, {}}});
    {
        const auto database = Database::open(path());
        AccountStore store(**database);
        const qint64 user = *store.addUser(u"a@b"_s, u"hash"_s, false);
        QVERIFY(store.addToken(user, "1"_ba, u"11111111"_s, {}));
    }
    QCOMPARE(run({u"list"_s}), 0);
    QVERIFY2(m_out.contains(u"11111111\tlogin\ta@b\t"_s), qPrintable(m_out));
    QCOMPARE(m_out.count(u'\n'), 2);
    QCOMPARE(run({u"revoke"_s, admin}), 0); // the whole token is good, too
    QVERIFY(stored().empty());
    QCOMPARE(run({u"revoke"_s, u"11111111"_s}), 0);
    QVERIFY2(m_out.contains(u"a@b"_s), qPrintable(m_out));
    QCOMPARE(run({u"revoke"_s, u"11111111"_s}), 1);
    QVERIFY2(m_err.contains(u"No token"_s), qPrintable(m_err));
    QCOMPARE(run({u"list"_s}), 0);
    QVERIFY(m_out.isEmpty());
}

void TestTokenCommand::revokesAllOfAnAccount()
{
    {
        const auto database = Database::open(path());
        AccountStore store(**database);
        const qint64 user = *store.addUser(u"a@b"_s, u"hash"_s, false);
        QVERIFY(store.addToken(user, "1"_ba, u"11111111"_s, {}));
        QVERIFY(store.addToken(user, "2"_ba, u"22222222"_s, {}));
    }
    QCOMPARE(run({u"revoke"_s}, {{u"user"_s, u"A@b"_s}}), 0);
    QCOMPARE(m_out, u"Revoked 2 tokens of a@b.\n"_s);
    QCOMPARE(run({u"revoke"_s}, {{u"user"_s, u"x@y"_s}}), 1);
}

void TestTokenCommand::makesNoDatabaseJustToLook()
{
    QCOMPARE(run({u"list"_s}), 0);
    QCOMPARE(run({u"revoke"_s, u"11111111"_s}), 1);
    QVERIFY(!QFileInfo::exists(path()));
}

const frpx::test::TestRegistration registration("tst_tokencommand", frpx::test::runTest<TestTokenCommand>);

#include "tst_tokencommand.moc"
