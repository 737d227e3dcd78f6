// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/cli/usercommand.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"
#include "tests/support/testregistry.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>
#include <QTextStream>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

namespace {

constexpr PasswordHasher::Cost least{crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN};

} // namespace

class TestUserCommand : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void explainsItself_data();
    void explainsItself();
    void addsFromStandardInput();
    void addsFromATerminal();
    void refusesDifferingPasswords();
    void refusesBadPasswords_data();
    void refusesBadPasswords();
    void refusesABadAddressBeforeAsking();
    void refusesAKnownAddressBeforeAsking();
    void replacesTheDemoAccount();
    void makesTheDemoAddressARealAccount();
    void lists();
    void removes();
    void changesPasswords();
    void sparesTheDemoAccountANewPassword();
    void readsAPasswordFromAFile();
    void disablesAndEnables();
    void setsAndShowsRights();
    void refusesBadRights_data();
    void refusesBadRights();
    void makesNoDatabaseJustToLook();
    void reportsAStoreThatCannotBeOpened();
    void worksBesideAServer();

private:
    int run(const QStringList &args, const AccountOptions &options = {});
    std::optional<UserRecord> find(const QString &email) const;
    QString path() const { return m_directory->filePath(u"frpx.db"_s); }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::optional<QString> m_inputLine; // none: nobody may ask
    QStringList m_typed; // none: not at a terminal
    QStringList m_prompts;
    QString m_out;
    QString m_err;
};

void TestUserCommand::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
    m_inputLine.reset();
    m_typed.clear();
    m_prompts.clear();
}

int TestUserCommand::run(const QStringList &args, const AccountOptions &options)
{
    m_out.clear();
    m_err.clear();
    QTextStream out(&m_out);
    QTextStream err(&m_err);
    const UserCommandIo io{.isInteractive = [this] { return !m_typed.isEmpty(); },
        .promptPassword = [this](const QString &prompt) -> Result<QString> {
            m_prompts << prompt;
            if (m_typed.isEmpty())
                return Error{Errc::Io, u"end of input"_s};
            return m_typed.takeFirst();
        },
        .readLine = [this]() -> Result<QString> {
            if (!m_inputLine)
                return Error{Errc::Io, u"end of input"_s};
            return *m_inputLine;
        },
        .out = out,
        .err = err,
        .passwordCost = least};
    return runUserCommand(args, options, path(), io);
}

std::optional<UserRecord> TestUserCommand::find(const QString &email) const
{
    const auto database = Database::open(path());
    return AccountStore(**database).findUser(email).value();
}

void TestUserCommand::explainsItself_data()
{
    QTest::addColumn<QStringList>("args");
    QTest::newRow("nothing") << QStringList();
    QTest::newRow("unknown") << QStringList{u"rename"_s};
    QTest::newRow("add nobody") << QStringList{u"add"_s};
    QTest::newRow("a password as argument") << QStringList{u"add"_s, u"a@b"_s, u"secret"_s};
    QTest::newRow("list something") << QStringList{u"list"_s, u"a@b"_s};
    QTest::newRow("remove nobody") << QStringList{u"remove"_s};
    QTest::newRow("passwd with the password") << QStringList{u"passwd"_s, u"a@b"_s, u"secret"_s};
    QTest::newRow("set nothing") << QStringList{u"set"_s, u"a@b"_s};
}

void TestUserCommand::explainsItself()
{
    QFETCH(const QStringList, args);
    QCOMPARE(run(args), 2);
    QCOMPARE(m_err, userCommandUsage());
    QVERIFY(m_out.isEmpty());
    QVERIFY(!QFileInfo::exists(path()));
}

void TestUserCommand::addsFromStandardInput()
{
    m_inputLine = u"secret"_s;
    QCOMPARE(run({u"add"_s, u"Alice@example.org"_s}), 0);
    QCOMPARE(m_out, u"Added alice@example.org.\n"_s);
    QVERIFY(m_err.isEmpty());
    QVERIFY(m_prompts.isEmpty());
    const auto user = find(u"alice@example.org"_s);
    QVERIFY(user);
    QVERIFY(!user->loopbackOnly);
    QVERIFY(PasswordHasher(least).verify(user->passwordHash, "secret"));
}

void TestUserCommand::addsFromATerminal()
{
    m_typed = {u"secret"_s, u"secret"_s};
    QCOMPARE(run({u"add"_s, u"a@b"_s}), 0);
    QCOMPARE(m_prompts.size(), 2);
    QVERIFY(m_prompts.first().contains(u"a@b"_s));
    QVERIFY(PasswordHasher(least).verify(find(u"a@b"_s)->passwordHash, "secret"));
}

void TestUserCommand::refusesDifferingPasswords()
{
    m_typed = {u"secret"_s, u"Secret"_s};
    QCOMPARE(run({u"add"_s, u"a@b"_s}), 1);
    QVERIFY2(m_err.contains(u"differ"_s), qPrintable(m_err));
    QVERIFY(!m_err.contains(u"ecret"_s));
    QVERIFY(!find(u"a@b"_s));
}

void TestUserCommand::refusesBadPasswords_data()
{
    QTest::addColumn<QString>("password");
    QTest::addColumn<bool>("terminal");
    QTest::newRow("empty line") << u""_s << false;
    QTest::newRow("endless line") << QString(1025, u'x') << false;
    QTest::newRow("nothing typed") << u""_s << true;
    QTest::newRow("too many bytes typed") << QString(600, u'ä') << true;
}

void TestUserCommand::refusesBadPasswords()
{
    QFETCH(const QString, password);
    QFETCH(const bool, terminal);
    if (terminal)
        m_typed = {password, password};
    else
        m_inputLine = password;
    QCOMPARE(run({u"add"_s, u"a@b"_s}), 1);
    QVERIFY2(m_err.contains(u"password"_s), qPrintable(m_err));
    QVERIFY(m_prompts.size() <= 1);
    QVERIFY(!find(u"a@b"_s));
}

void TestUserCommand::refusesABadAddressBeforeAsking()
{
    m_typed = {u"secret"_s, u"secret"_s};
    QCOMPARE(run({u"add"_s, u"nobody"_s}), 1);
    QVERIFY2(m_err.contains(u"@"_s), qPrintable(m_err));
    QVERIFY(m_prompts.isEmpty());
}

void TestUserCommand::refusesAKnownAddressBeforeAsking()
{
    m_inputLine = u"secret"_s;
    QCOMPARE(run({u"add"_s, u"a@b"_s}), 0);
    m_typed = {u"other"_s, u"other"_s};
    QCOMPARE(run({u"add"_s, u"A@B"_s}), 1);
    QVERIFY2(m_err.contains(u"already"_s), qPrintable(m_err));
    QVERIFY(m_prompts.isEmpty());
}

void TestUserCommand::replacesTheDemoAccount()
{
    {
        const auto database = Database::open(path());
        QVERIFY(*AccountStore(**database).addDemoUser(u"hash"_s));
    }
    m_inputLine = u"secret"_s;
    QCOMPARE(run({u"add"_s, u"a@b"_s}), 0);
    QVERIFY2(m_out.contains(u"demo account"_s), qPrintable(m_out));
    QVERIFY(!find(demoEmail.toString()));
}

void TestUserCommand::makesTheDemoAddressARealAccount()
{
    {
        const auto database = Database::open(path());
        QVERIFY(*AccountStore(**database).addDemoUser(u"hash"_s));
    }
    m_inputLine = u"secret"_s;
    QCOMPARE(run({u"add"_s, demoEmail.toString()}), 0);
    QVERIFY(!find(demoEmail.toString())->loopbackOnly);
}

void TestUserCommand::lists()
{
    {
        const auto database = Database::open(path());
        AccountStore store(**database);
        QVERIFY(store.addUser(u"c@d"_s, u"hash"_s, false));
        QVERIFY(store.addUser(u"a@b"_s, u"hash"_s, true));
        QVERIFY(store.addUser(u"e@f"_s, u"hash"_s, false));
        QVERIFY(store.setDisabled(u"e@f"_s, true));
    }
    QCOMPARE(run({u"list"_s}), 0);
    QCOMPARE(m_out, u"a@b\tloopback only\nc@d\ne@f\tdisabled\n"_s);
}

void TestUserCommand::removes()
{
    m_inputLine = u"secret"_s;
    QCOMPARE(run({u"add"_s, u"a@b"_s}), 0);
    QCOMPARE(run({u"add"_s, u"c@d"_s}), 0);
    QCOMPARE(run({u"remove"_s, u" A@B"_s}), 0);
    QCOMPARE(m_out, u"Removed a@b and its tokens.\n"_s);
    QVERIFY(!find(u"a@b"_s));
    QCOMPARE(run({u"remove"_s, u"a@b"_s}), 1);
    QVERIFY2(m_err.contains(u"no account"_s), qPrintable(m_err));
    QCOMPARE(run({u"remove"_s, u"c@d"_s}), 0);
    QVERIFY2(m_out.contains(u"No accounts are left"_s), qPrintable(m_out));
}

void TestUserCommand::changesPasswords()
{
    m_inputLine = u"secret"_s;
    QCOMPARE(run({u"add"_s, u"a@b"_s}), 0);
    {
        const auto database = Database::open(path());
        AccountStore store(**database);
        QVERIFY(store.addToken(store.findUser(u"a@b"_s).value()->id, "1"_ba, u"1"_s, {}));
    }
    m_inputLine = u"another"_s;
    QCOMPARE(run({u"passwd"_s, u"A@b"_s}), 0);
    QVERIFY2(m_out.contains(u"tokens are revoked"_s), qPrintable(m_out));
    QVERIFY(PasswordHasher(least).verify(find(u"a@b"_s)->passwordHash, "another"));
    const auto database = Database::open(path());
    QCOMPARE(AccountStore(**database).tokenCount().value(), 0);
    QCOMPARE(run({u"passwd"_s, u"x@y"_s}), 1);
}

void TestUserCommand::sparesTheDemoAccountANewPassword()
{
    {
        const auto database = Database::open(path());
        QVERIFY(*AccountStore(**database).addDemoUser(u"hash"_s));
    }
    m_inputLine = u"secret"_s;
    QCOMPARE(run({u"passwd"_s, demoEmail.toString()}), 1);
    QVERIFY2(m_err.contains(u"demo account"_s), qPrintable(m_err));
}

void TestUserCommand::readsAPasswordFromAFile()
{
    const QString name = m_directory->filePath(u"password"_s);
    QFile file(name);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("in the file\r\nsecond line\n");
    file.close();
    m_typed = {u"not this"_s};
    QCOMPARE(run({u"add"_s, u"a@b"_s}, {{u"password-file"_s, name}}), 0);
    QVERIFY(m_prompts.isEmpty());
    QVERIFY(PasswordHasher(least).verify(find(u"a@b"_s)->passwordHash, "in the file"));
    QCOMPARE(run({u"passwd"_s, u"a@b"_s}, {{u"password-file"_s, u"/nowhere"_s}}), 1);
    QCOMPARE(run({u"list"_s}, {{u"password-file"_s, name}}), 2);
}

void TestUserCommand::disablesAndEnables()
{
    m_inputLine = u"secret"_s;
    QCOMPARE(run({u"add"_s, u"a@b"_s}), 0);
    QCOMPARE(run({u"disable"_s, u"a@b"_s}), 0);
    QVERIFY(find(u"a@b"_s)->disabled);
    QCOMPARE(run({u"enable"_s, u"a@b"_s}), 0);
    QVERIFY(!find(u"a@b"_s)->disabled);
    QCOMPARE(run({u"disable"_s, u"x@y"_s}), 1);
}

void TestUserCommand::setsAndShowsRights()
{
    m_inputLine = u"secret"_s;
    QCOMPARE(run({u"add"_s, u"a@b"_s}), 0);
    QCOMPARE(run({u"set"_s, u"a@b"_s},
                 {{u"client-ids"_s, u"web-*, db-?"_s}, {u"ports"_s, u"9000-9010,9020"_s},
                     {u"max-tunnels"_s, u"3"_s}, {u"bandwidth"_s, u"1M"_s}}),
        0);
    QCOMPARE(run({u"set"_s, u"a@b"_s}, {{u"max-connections"_s, u"0"_s}, {u"tunnel-names"_s, u"none"_s}}), 0);
    const UserRights rights = find(u"a@b"_s)->rights;
    QVERIFY(rights.mayUseClientId(u"web-1") && rights.mayUseClientId(u"db-x"));
    QVERIFY(!rights.mayUseClientId(u"db-xy") && !rights.mayUseTunnelName(u"any"));
    QVERIFY(rights.mayUsePort(9020) && !rights.mayUsePort(9011));
    QCOMPARE(rights.maxTunnels, std::optional(3));
    QCOMPARE(rights.maxConnections, std::optional(0));
    QCOMPARE(rights.bandwidth, std::optional<qint64>(1'000'000));
    QCOMPARE(run({u"show"_s, u"a@b"_s}), 0);
    QVERIFY2(m_out.contains(u"client-ids\tweb-*,db-?\ntunnel-names\tnone\nports\t9000-9010,9020\n"
                            "max-tunnels\t3\nmax-connections\t0\nbandwidth\t1000000\n"_s),
        qPrintable(m_out));
    QCOMPARE(run({u"set"_s, u"a@b"_s},
                 {{u"client-ids"_s, u"any"_s}, {u"tunnel-names"_s, u"any"_s}, {u"ports"_s, u"any"_s},
                     {u"max-tunnels"_s, u"default"_s}, {u"max-connections"_s, u"default"_s},
                     {u"bandwidth"_s, u"default"_s}}),
        0);
    QCOMPARE(find(u"a@b"_s)->rights, UserRights());
}

void TestUserCommand::refusesBadRights_data()
{
    QTest::addColumn<QString>("option");
    QTest::addColumn<QString>("value");
    QTest::newRow("ports reversed") << u"ports"_s << u"9010-9000"_s;
    QTest::newRow("system port") << u"ports"_s << u"22"_s;
    QTest::newRow("negative") << u"max-tunnels"_s << u"-1"_s;
    QTest::newRow("no number") << u"max-connections"_s << u"many"_s;
    QTest::newRow("no rate") << u"bandwidth"_s << u"fast"_s;
    QTest::newRow("tab") << u"client-ids"_s << u"a\tb"_s;
    QTest::newRow("endless") << u"tunnel-names"_s << QString(201, u'x');
}

void TestUserCommand::refusesBadRights()
{
    QFETCH(const QString, option);
    QFETCH(const QString, value);
    m_inputLine = u"secret"_s;
    QCOMPARE(run({u"add"_s, u"a@b"_s}), 0);
    QCOMPARE(run({u"set"_s, u"a@b"_s}, {{option, value}}), 1);
    QVERIFY2(m_err.contains(u"--"_s + option), qPrintable(m_err));
    QCOMPARE(find(u"a@b"_s)->rights, UserRights());
}

void TestUserCommand::makesNoDatabaseJustToLook()
{
    QCOMPARE(run({u"list"_s}), 0);
    QVERIFY(m_out.isEmpty());
    QCOMPARE(run({u"remove"_s, u"a@b"_s}), 1);
    QVERIFY(!QFileInfo::exists(path()));
}

void TestUserCommand::reportsAStoreThatCannotBeOpened()
{
    QVERIFY(QDir().mkdir(path()));
    QCOMPARE(run({u"list"_s}), 1);
    QVERIFY(m_err.startsWith(u"frps user: "_s));
}

void TestUserCommand::worksBesideAServer()
{
    const auto server = Database::open(path());
    QVERIFY(server);
    AccountStore store(**server);
    QVERIFY(*store.addDemoUser(u"hash"_s));
    m_inputLine = u"secret"_s;
    QCOMPARE(run({u"add"_s, u"a@b"_s}), 0);
    QVERIFY(store.findUser(u"a@b"_s).value());
    QVERIFY(store.setPasswordHash(u"a@b"_s, u"hash"_s));
    QCOMPARE(run({u"remove"_s, u"a@b"_s}), 0);
    QVERIFY(!store.findUser(u"a@b"_s).value());
}

const frpx::test::TestRegistration registration("tst_usercommand", frpx::test::runTest<TestUserCommand>);

#include "tst_usercommand.moc"
