// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/app/serverconfig.h"
#include "frps/store/databasetarget.h"
#include "tests/support/testregistry.h"

#include <QTemporaryDir>
#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestDatabaseTarget : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAnAddress();
    void readsAShortAddress();
    void readsASocketDirectory();
    void refusesOthers_data();
    void refusesOthers();
    void isAFileOfTheDataDirectoryByDefault();
    void takesNoPasswordFromTheCommandLine();
    void takesAPasswordFromAFileOrTheEnvironment();
    void refusesBothOptions();
};

void TestDatabaseTarget::readsAnAddress()
{
    const auto target = DatabaseTarget::parse(
        u"postgresql://me:p%40ss@db.example.org:5433/frpx?sslmode=require&sslcert=/c"_s);
    QVERIFY(target);
    QCOMPARE(target->kind, DatabaseTarget::Kind::PostgreSql);
    QCOMPARE(target->user, u"me"_s);
    QCOMPARE(target->password, u"p@ss"_s);
    QCOMPARE(target->host, u"db.example.org"_s);
    QCOMPARE(target->port, 5433);
    QCOMPARE(target->name, u"frpx"_s);
    QCOMPARE(target->options, u"sslmode=require;sslcert=/c"_s);
    QCOMPARE(target->description(), u"postgresql://me@db.example.org:5433/frpx"_s);
}

void TestDatabaseTarget::readsAShortAddress()
{
    const auto target = DatabaseTarget::parse(u"postgres:///frpx"_s);
    QVERIFY(target);
    QVERIFY(target->host.isEmpty() && target->user.isEmpty() && target->password.isEmpty());
    QCOMPARE(target->port, 0);
    QCOMPARE(target->name, u"frpx"_s);
}

void TestDatabaseTarget::readsASocketDirectory()
{
    const auto target = DatabaseTarget::parse(u"postgresql:///frpx?host=/run/postgresql"_s);
    QVERIFY(target);
    QCOMPARE(target->host, u"/run/postgresql"_s);
    QVERIFY(target->options.isEmpty());
}

void TestDatabaseTarget::refusesOthers_data()
{
    QTest::addColumn<QString>("url");
    QTest::newRow("nothing") << QString();
    QTest::newRow("a file") << u"/var/lib/frpx/frpx.db"_s;
    QTest::newRow("another server") << u"mysql://me:hidden@host/frpx"_s;
    QTest::newRow("no database") << u"postgresql://me:hidden@host/"_s;
    QTest::newRow("two databases") << u"postgresql://me:hidden@host/a/b"_s;
    QTest::newRow("unknown parameter") << u"postgresql://me:hidden@host/frpx?password=hidden"_s;
    QTest::newRow("parameter with a space") << u"postgresql://host/frpx?sslcert=a%20b"_s;
    QTest::newRow("parameter with a semicolon") << u"postgresql://host/frpx?sslcert=a%3Bb"_s;
    QTest::newRow("half a password") << u"postgresql://me:hid#den@host/frpx"_s;
    QTest::newRow("bad port") << u"postgresql://me:hidden@host:port/frpx"_s;
}

void TestDatabaseTarget::refusesOthers()
{
    QFETCH(const QString, url);
    const auto target = DatabaseTarget::parse(url);
    QVERIFY(!target);
    QCOMPARE(target.error().code, Errc::InvalidArgument);
    QVERIFY2(!target.error().detail.contains(u"hid"_s), qPrintable(target.error().detail));
}

void TestDatabaseTarget::isAFileOfTheDataDirectoryByDefault()
{
    const auto config = parseServerArguments({u"frps"_s, u"--data-dir"_s, u"/d"_s}, {});
    QVERIFY(config);
    QCOMPARE(config->database, DatabaseTarget(u"/d/frpx.db"_s));
}

void TestDatabaseTarget::takesNoPasswordFromTheCommandLine()
{
    const auto config =
        parseServerArguments({u"frps"_s, u"--database"_s, u"postgresql://me:hidden@host/frpx"_s}, {});
    QVERIFY(!config);
    QVERIFY2(config.error().detail.contains(u"--database-file"_s), qPrintable(config.error().detail));
    QVERIFY(!config.error().detail.contains(u"hidden"_s));
    QVERIFY(parseServerArguments({u"frps"_s, u"--database"_s, u"postgresql://me@host/frpx"_s}, {}));
}

void TestDatabaseTarget::takesAPasswordFromAFileOrTheEnvironment()
{
    const QString url = u"postgresql://me:hidden@host/frpx"_s;
    QProcessEnvironment environment;
    environment.insert(u"FRPX_DATABASE"_s, url);
    const auto ofEnvironment = parseServerArguments({u"frps"_s}, environment);
    QVERIFY(ofEnvironment);
    QCOMPARE(ofEnvironment->database.password, u"hidden"_s);
    const QTemporaryDir directory;
    QFile file(directory.filePath(u"database"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(url.toUtf8() + "\nmore\n");
    file.close();
    const auto ofFile = parseServerArguments({u"frps"_s, u"--database-file"_s, file.fileName()}, {});
    QVERIFY(ofFile);
    QCOMPARE(ofFile->database.password, u"hidden"_s);
    QVERIFY(!parseServerArguments({u"frps"_s, u"--database-file"_s, directory.filePath(u"other"_s)}, {}));
}

void TestDatabaseTarget::refusesBothOptions()
{
    QVERIFY(!parseServerArguments(
        {u"frps"_s, u"--database"_s, u"postgresql://h/d"_s, u"--database-file"_s, u"/f"_s}, {}));
}

const frpx::test::TestRegistration registration(
    "tst_databasetarget", frpx::test::runBareTest<TestDatabaseTarget>);

#include "tst_databasetarget.moc"
