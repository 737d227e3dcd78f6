// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/store/database.h"
#include "tests/support/testregistry.h"

#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <latch>
#include <thread>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

namespace {

const std::vector<Migration> oneStep{{1, {u"CREATE TABLE things (name TEXT NOT NULL)"_s}}};
const std::vector<Migration> twoSteps{oneStep.front(), {2, {u"ALTER TABLE things ADD COLUMN size BIGINT"_s}}};
const std::vector<Migration> brokenSecondStep{
    oneStep.front(), {2, {u"INSERT INTO things (name) VALUES ('half')"_s, u"CREATE NONSENSE"_s}}};

QVariant firstValue(Database &database, const QString &sql)
{
    auto query = database.run(sql);
    return query && query->next() ? query->value(0) : QVariant();
}

} // namespace

class TestDatabase : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void createsTheNewestSchema();
    void setsThePragmas();
    void keepsOthersOut();
    void tightensAnOpenFile();
    void migratesStepByStep();
    void undoesAFailedMigration();
    void refusesANewerSchema();
    void refusesDamagedFiles_data();
    void refusesDamagedFiles();
    void refusesADirectory();
    void undoesAnUncommittedTransaction();
    void enforcesForeignKeys();
    void mayBeCreatedBySeveralAtOnce();

private:
    QString path() const { return m_directory->filePath(u"data/frpx.db"_s); }
    Result<std::unique_ptr<Database>> open(
        const std::vector<Migration> &migrations = schemaMigrations()) const
    {
        return Database::open(path(), migrations);
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestDatabase::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestDatabase::createsTheNewestSchema()
{
    for (int round = 0; round < 2; ++round) { // created, then reopened
        auto database = open();
        QVERIFY(database);
        QCOMPARE(firstValue(**database, u"SELECT version FROM schema_version"_s).toInt(),
            schemaMigrations().back().version);
        QCOMPARE(firstValue(**database, u"SELECT COUNT(*) FROM schema_version"_s).toInt(), 1);
        QCOMPARE(firstValue(**database, u"SELECT COUNT(*) FROM users"_s), QVariant(0));
    }
}

void TestDatabase::setsThePragmas()
{
    auto database = open();
    QVERIFY(database);
    QCOMPARE(firstValue(**database, u"PRAGMA journal_mode"_s).toString(), u"wal"_s);
    QCOMPARE(firstValue(**database, u"PRAGMA synchronous"_s).toInt(), 2);
    QCOMPARE(firstValue(**database, u"PRAGMA foreign_keys"_s).toInt(), 1);
    QCOMPARE(firstValue(**database, u"PRAGMA busy_timeout"_s).toInt(), 5000);
}

void TestDatabase::keepsOthersOut()
{
    auto database = open();
    QVERIFY(database);
    constexpr auto others = QFileDevice::ReadGroup | QFileDevice::WriteGroup | QFileDevice::ExeGroup
        | QFileDevice::ReadOther | QFileDevice::WriteOther | QFileDevice::ExeOther;
    const QString directory = QFileInfo(path()).path();
    for (const QString &entry : {directory, path(), path() + u"-wal"_s, path() + u"-shm"_s}) {
        QVERIFY2(QFileInfo::exists(entry), qPrintable(entry));
        QVERIFY2(!(QFileInfo(entry).permissions() & others), qPrintable(entry));
    }
}

void TestDatabase::tightensAnOpenFile()
{
    QVERIFY(open());
    QVERIFY(QFile::setPermissions(path(), QFile::permissions(path()) | QFileDevice::ReadOther));
    QVERIFY(open());
    QVERIFY(!(QFile::permissions(path()) & QFileDevice::ReadOther));
}

void TestDatabase::migratesStepByStep()
{
    {
        auto database = open(oneStep);
        QVERIFY(database);
        QVERIFY((*database)->run(u"INSERT INTO things (name) VALUES (?)"_s, {u"old"_s}));
    }
    auto database = open(twoSteps);
    QVERIFY(database);
    QCOMPARE(firstValue(**database, u"SELECT version FROM schema_version"_s).toInt(), 2);
    QCOMPARE(firstValue(**database, u"SELECT name FROM things WHERE size IS NULL"_s).toString(), u"old"_s);
}

void TestDatabase::undoesAFailedMigration()
{
    const auto failed = open(brokenSecondStep);
    QVERIFY(!failed);
    QCOMPARE(failed.error().code, Errc::Storage);
    auto database = open(oneStep); // the first step stands, the second left nothing
    QVERIFY(database);
    QCOMPARE(firstValue(**database, u"SELECT COUNT(*) FROM things"_s), QVariant(0));
}

void TestDatabase::refusesANewerSchema()
{
    QVERIFY(open(twoSteps));
    const auto refused = open(oneStep);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::Storage);
    QVERIFY2(refused.error().detail.contains(u"newer"_s), qPrintable(refused.error().detail));
    QVERIFY(open(twoSteps)); // and it was left alone
}

void TestDatabase::refusesDamagedFiles_data()
{
    QTest::addColumn<bool>("keepHeader");
    QTest::newRow("garbage") << false;
    QTest::newRow("garbage behind a good header") << true;
}

void TestDatabase::refusesDamagedFiles()
{
    QFETCH(const bool, keepHeader);
    QVERIFY(open());
    QFile file(path());
    QVERIFY(file.open(QIODevice::ReadWrite));
    const qint64 from = keepHeader ? 200 : 0;
    QVERIFY(file.seek(from));
    file.write(QByteArray(qsizetype(file.size() - from), 'x'));
    file.close();
    const auto refused = open();
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::Storage);
    QVERIFY2(refused.error().detail.contains(u"damaged"_s), qPrintable(refused.error().detail));
}

void TestDatabase::refusesADirectory()
{
    QVERIFY(QDir().mkpath(path()));
    const auto refused = open();
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::Storage);
    QVERIFY(QFileInfo(path()).permission(QFileDevice::ExeOwner)); // untouched
}

void TestDatabase::undoesAnUncommittedTransaction()
{
    auto database = open(oneStep);
    QVERIFY(database);
    const QString insert = u"INSERT INTO things (name) VALUES ('a')"_s;
    {
        auto transaction = (*database)->begin();
        QVERIFY(transaction);
        QVERIFY((*database)->run(insert));
    }
    QCOMPARE(firstValue(**database, u"SELECT COUNT(*) FROM things"_s), QVariant(0));
    {
        auto transaction = (*database)->begin();
        QVERIFY(transaction);
        QVERIFY((*database)->run(insert));
        QVERIFY(transaction->commit());
    }
    QCOMPARE(firstValue(**database, u"SELECT COUNT(*) FROM things"_s), QVariant(1));
}

void TestDatabase::enforcesForeignKeys()
{
    auto database = open();
    QVERIFY(database);
    const auto orphan = (*database)->run(
        u"INSERT INTO tokens (id, token_hash, token_prefix, user_id, created_at, last_used_at) "
        "VALUES (1, 'h', 'p', 99, 0, 0)"_s);
    QVERIFY(!orphan);
    QCOMPARE(orphan.error().code, Errc::Storage);
}

void TestDatabase::mayBeCreatedBySeveralAtOnce()
{
    constexpr int openers = 8;
    std::atomic<int> opened = 0;
    std::latch start(openers);
    std::vector<std::thread> threads;
    for (int i = 0; i < openers; ++i) {
        threads.emplace_back([this, &opened, &start] {
            start.arrive_and_wait();
            if (const auto database = open(twoSteps); database)
                ++opened;
            else
                qWarning().noquote() << database.error().detail;
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(opened.load(), openers);
}

const frpx::test::TestRegistration registration("tst_database", frpx::test::runTest<TestDatabase>);

#include "tst_database.moc"
