// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/load.h"
#include "tests/support/originalclient.h"
#include "tests/support/postgresserver.h"
#include "tests/support/programs.h"
#include "tests/support/testregistry.h"

#include <QFile>
#include <QLibraryInfo>
#include <QTest>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// A server whose accounts are in PostgreSQL, which goes away and comes back.
class TestE2ePostgresql : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void goesOnWithoutItsDatabase();
};

namespace {

const QString alice = u"alice@example.com"_s;
const QByteArray secret = "correct horse battery"_ba;
const QString away = u"The server cannot check accounts right now"_s;

} // namespace

void TestE2ePostgresql::initTestCase()
{
    if (!PostgresServer::isInstalled())
        QSKIP("PostgreSQL is not installed (Debian: postgresql).");
    if (!QFile::exists(QLibraryInfo::path(QLibraryInfo::PluginsPath) + u"/sqldrivers/libqsqlpsql.so"_s))
        QSKIP("Qt's driver for PostgreSQL is not installed (Debian: libqt6sql6-psql).");
}

void TestE2ePostgresql::goesOnWithoutItsDatabase()
{
    PostgresServer postgres;
    QVERIFY2(postgres.start(), postgres.log().constData());
    const QStringList database{u"--database"_s, postgres.createDatabase()};
    QCOMPARE(
        Process::run(frpsProgram(), QStringList{u"user"_s, u"add"_s, alice} + database, secret + '\n'), 0);
    HttpService service("here"_ba);
    QVERIFY(service.start());
    FrpsProcess frps;
    QVERIFY2(frps.start(database), frps.log().constData());
    const QStringList account{u"--email"_s, alice, u"--password"_s, QString::fromLatin1(secret)};
    FrpcProcess steady(u"steady"_s);
    QVERIFY(steady.start(frps, service.port(), account));
    FrpcProcess returning(u"returning"_s);
    QVERIFY(returning.start(frps, service.port(), account));
    QCOMPARE(returning.terminate(), 0);
    OriginalClient client(frps.controlPort(), frps.proxyPort());
    QVERIFY(client.login(alice, QString::fromLatin1(secret)));
    const QString token = client.token();
    client.close();
    Load users(frps.publicPort(), "/"_ba, 2);
    users.setPause(5);
    users.start();

    postgres.kill();
    // Who is connected goes on, and so do his users.
    QVERIFY(users.waitForMore(50));
    QCOMPARE(frps.activeClients(), 1);
    // Tokens that were good a moment ago are good.
    QVERIFY(returning.launch(frps.controlPort(), frps.proxyPort(), service.port(), {}));
    QVERIFY2(returning.waitForRegistrations(2), returning.log().constData());
    QVERIFY2(client.loginByToken(token), qPrintable(client.error()));
    client.close();
    // Passwords cannot be checked: that is said, and is no verdict.
    QVERIFY(!client.login(alice, QString::fromLatin1(secret)));
    QCOMPARE(client.error(), away);
    client.close();
    FrpcProcess newcomer(u"newcomer"_s);
    QVERIFY(newcomer.launch(frps.controlPort(), frps.proxyPort(), service.port(), account));
    QVERIFY2(newcomer.waitForLog(away), newcomer.log().constData());
    QVERIFY(newcomer.isRunning());
    QByteArray complaint;
    QCOMPARE(Process::run(frpsProgram(), QStringList{u"user"_s, u"disable"_s, alice} + database, {}, nullptr,
                 &complaint),
        1);
    QVERIFY2(complaint.contains("test1"), complaint.constData());

    // And then by itself.
    QVERIFY2(postgres.start(), postgres.log().constData());
    QVERIFY2(newcomer.waitForRegistrations(1, 40'000), newcomer.log().constData());
    QVERIFY(frps.waitForLog(u"can be reached again"_s));
    QVERIFY(client.login(alice, QString::fromLatin1(secret)));
    QVERIFY(frps.waitForClients(3));
    QVERIFY(users.waitForMore(50));
    users.stop();
    QVERIFY2(users.failureCount() == 0, qPrintable(users.failures()));
    QCOMPARE(steady.registrations(), 1);
}

const frpx::test::TestRegistration registration("tst_e2e_postgresql", frpx::test::runTest<TestE2ePostgresql>);

#include "tst_e2e_postgresql.moc"
