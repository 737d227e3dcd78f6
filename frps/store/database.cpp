// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/store/database.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "common/system/privatedirectory.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QFileInfo>
#include <QMutex>
#include <QSqlError>
#include <QStorageInfo>
#include <QThread>
#include <QUrl>
#include <QUuid>

#include <algorithm>
#include <chrono>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace frpx::server {

namespace {

constexpr QFileDevice::Permissions privateFile = QFileDevice::ReadOwner | QFileDevice::WriteOwner;
constexpr QFileDevice::Permissions readableByOthers = QFileDevice::ReadGroup | QFileDevice::WriteGroup
    | QFileDevice::ExeGroup | QFileDevice::ReadOther | QFileDevice::WriteOther | QFileDevice::ExeOther;

constexpr auto busyTimeout = 5s;

constexpr qint64 leastDiskSpace = qint64(64) * 1024; // SQLite's index of the journal alone needs half of it

constexpr qint64 firstBackOffMs = 250;
constexpr int maxBackOffSteps = 4; // the delay doubles up to 4 s
// The key of the advisory lock; nothing else in this database may use it.
constexpr qint64 writersLock = 0x66727078;

// SQLite's primary result codes; the extended ones carry them in their low byte.
constexpr int sqliteBusy = 5;
constexpr int sqliteReadOnly = 8;
constexpr int sqliteIoError = 10;
constexpr int sqliteCorrupt = 11;
constexpr int sqliteFull = 13;
constexpr int sqliteCannotOpen = 14;
constexpr int sqliteNotADatabase = 26;

int primaryCode(const QSqlError &error)
{
    return error.nativeErrorCode().toInt() & 0xff;
}

/// The journal, with changes that are not in \a file yet.
QString journalOf(const QString &file)
{
    return file + u"-wal"_s;
}

/// SQLite gives the files beside the database (-wal, -shm) the mode of the database.
Result<void> prepareFile(const QString &path)
{
    if (auto made = preparePrivateDirectory(QFileInfo(path).absolutePath()); !made)
        return made;
    if (QFileInfo(path).exists() && !QFileInfo(path).isFile())
        return Error{Errc::Storage, u"%1 is not a file."_s.arg(path)};
    QFile file(path);
    // An existing file is never opened: closing it would drop the locks that other connections of this
    // process hold on it (POSIX locks belong to the process).
    if (file.open(QIODevice::WriteOnly | QIODevice::NewOnly, privateFile) || !file.exists()) {
        if (!file.isOpen())
            return Error{Errc::Storage, u"Cannot create the database %1: %2"_s.arg(path, file.errorString())};
        return {};
    }
    for (const QString &existing : {path, journalOf(path), path + u"-shm"_s}) {
        const QFileInfo info(existing);
        if (info.exists() && (info.permissions() & readableByOthers)
            && !QFile::setPermissions(existing, privateFile))
            qCWarning(lcStore) << "Other accounts of this system can read the file:" << existing;
    }
    return {};
}

} // namespace

Database::Transaction::Transaction(Database &database)
    : m_database(&database)
{
    database.m_inTransaction = true;
}

Database::Transaction::Transaction(Transaction &&other) noexcept
    : m_database(std::exchange(other.m_database, nullptr))
{ }

Database::Transaction::~Transaction()
{
    if (!m_database)
        return;
    m_database->m_inTransaction = false;
    if (auto undone = m_database->run(u"ROLLBACK"_s); !undone)
        qCDebug(lcStore) << "Rolling back:" << undone.error().detail; // some errors have rolled back already
}

Result<void> Database::Transaction::commit()
{
    Q_ASSERT(m_database);
    if (auto committed = m_database->run(u"COMMIT"_s); !committed)
        return committed.error(); // the destructor rolls back
    std::exchange(m_database, nullptr)->m_inTransaction = false;
    return {};
}

Database::Database(const DatabaseTarget &target)
    : m_target(target)
    , m_name(target.description())
    , m_connectionName(u"frpx-"_s + QUuid::createUuid().toString(QUuid::WithoutBraces))
    , m_thread(QThread::currentThread())
    , m_connection(QSqlDatabase::addDatabase(isSqlite() ? u"QSQLITE"_s : u"QPSQL"_s, m_connectionName))
{
    if (isSqlite())
        return;
    m_connection.setHostName(target.host);
    if (target.port > 0)
        m_connection.setPort(target.port);
    m_connection.setDatabaseName(target.name);
    m_connection.setUserName(target.user);
    m_connection.setPassword(target.password);
    // A server that does not answer must not hold the thread for the minutes that TCP would.
    QString options = u"tcp_user_timeout=5000;keepalives_idle=5;keepalives_interval=2;keepalives_count=3"_s;
    if (!target.options.contains("connect_timeout="_L1))
        options += u";connect_timeout=5"_s;
    if (!target.options.contains("application_name="_L1))
        options += u";application_name=frps"_s;
    if (!target.options.isEmpty())
        options += u';' + target.options;
    m_connection.setConnectOptions(options);
}

Database::~Database()
{
    Q_ASSERT(QThread::currentThread() == m_thread);
    m_connection.close();
    m_connection = {}; // all handles must be destroyed before the name is removed
    QSqlDatabase::removeDatabase(m_connectionName);
}

Result<std::unique_ptr<Database>> Database::open(
    const DatabaseTarget &target, const std::vector<Migration> &migrations)
{
    const bool isFile = target.kind == DatabaseTarget::Kind::Sqlite;
    if (!QSqlDatabase::isDriverAvailable(isFile ? u"QSQLITE"_s : u"QPSQL"_s))
        return Error{Errc::Storage,
            isFile ? u"Qt's driver for SQLite is not installed."_s
                   : u"Qt's driver for PostgreSQL is not installed (Debian: libqt6sql6-psql)."_s};
    if (isFile) {
        if (auto prepared = prepareFile(target.path); !prepared)
            return prepared.error();
    }
    std::unique_ptr<Database> database(new Database(target));
    if (auto done = database->connectAnew(); !done)
        return done.error();
    if (auto done = database->migrate(migrations); !done)
        return done.error();
    return database;
}

Result<void> Database::setUp()
{
    if (!m_connection.open())
        return failure(m_connection.lastError());
    return isSqlite() ? setUpSqlite() : setUpPostgreSql();
}

Result<void> Database::connectAnew()
{
    m_connection.close();
    if (isSqlite()) {
        m_connection.setDatabaseName(m_target.path);
        m_connection.setConnectOptions(
            u"QSQLITE_BUSY_TIMEOUT=%1"_s.arg(std::chrono::milliseconds(busyTimeout).count()));
    }
    m_stamp = fileStamp(m_target.path);
    // A file that SQLite opens on a full or read-only disk stays read-only.
    const bool wasForReading = std::exchange(m_isForReading, !checkDisk());
    Result<void> done = setUp();
    if (!done && m_isForReading && openAsItIs())
        return {};
    // It also stays read-only while another connection of this process that was opened then is open; that one
    // is closed soon.
    if (done && wasForReading && !m_isForReading) {
        if (auto begun = runNow(u"BEGIN IMMEDIATE"_s); !begun) {
            m_isForReading = true;
            m_connection.close();
            return begun.error();
        }
        (void)runNow(u"ROLLBACK"_s);
    }
    return done;
}

/// SQLite makes two files beside the database even for reading. This reads the database file alone, so it
/// works only while no other program changes it and the journal holds no changes.
bool Database::openAsItIs()
{
    if (QFileInfo(journalOf(m_target.path)).size() > 0)
        return false;
    m_connection.close();
    const QByteArray url = QUrl::fromLocalFile(QFileInfo(m_target.path).absoluteFilePath()).toEncoded();
    m_connection.setDatabaseName(QString::fromLatin1(url) + u"?immutable=1"_s);
    m_connection.setConnectOptions(u"QSQLITE_OPEN_URI;QSQLITE_OPEN_READONLY"_s);
    return m_connection.open() && checkIntegrity();
}

Result<void> Database::checkDisk() const
{
    if (!isSqlite())
        return {};
    const QStorageInfo disk(QFileInfo(m_target.path).absolutePath());
    if (!disk.isValid())
        return Error{
            Errc::Storage, u"The database %1 cannot be written: its directory is gone."_s.arg(m_name)};
    if (disk.isReadOnly())
        return Error{
            Errc::Storage, u"The database %1 cannot be written: the disk is read-only."_s.arg(m_name)};
    if (disk.bytesAvailable() < leastDiskSpace)
        return Error{Errc::Storage, u"The database %1 cannot be written: the disk is full."_s.arg(m_name)};
    return {};
}

Result<void> Database::setUpSqlite()
{
    if (auto done = switchToWal(); !done)
        return done;
    // FULL: a commit survives a power cut, not only a crash of the program.
    for (const QString &pragma : {u"PRAGMA synchronous=FULL"_s, u"PRAGMA foreign_keys=ON"_s}) {
        if (auto done = runNow(pragma); !done)
            return done.error();
    }
    return checkIntegrity();
}

Result<void> Database::setUpPostgreSql()
{
    const qint64 ms = std::chrono::milliseconds(busyTimeout).count();
    for (const QString &setting :
        {u"SET lock_timeout = %1"_s.arg(ms), u"SET statement_timeout = %1"_s.arg(2 * ms),
            u"SET idle_in_transaction_session_timeout = %1"_s.arg(4 * ms)}) {
        if (auto done = runNow(setting); !done)
            return done.error();
    }
    return {};
}

Result<void> Database::ensureConnected()
{
    const bool isOutdated = m_isForReading && (checkDisk() || fileStamp(m_target.path) != m_stamp);
    if (!m_isLost && (!isOutdated || m_inTransaction))
        return {};
    const Error away{Errc::Storage, u"The database %1 cannot be reached."_s.arg(m_name)};
    // A new connection cannot continue a transaction.
    if (m_inTransaction || (m_isLost && steadyMs() < m_nextAttemptMs))
        return away;
    if (auto done = connectAnew(); !done) {
        m_isLost = true;
        m_failedAttempts = std::min(m_failedAttempts + 1, maxBackOffSteps);
        m_nextAttemptMs = steadyMs() + (firstBackOffMs << m_failedAttempts);
        return done;
    }
    m_isLost = false;
    m_failedAttempts = 0;
    if (!m_isForReading)
        qCInfo(lcStore).noquote() << "The database" << m_name << "can be reached again";
    return {};
}

void Database::noteLoss(const QSqlError &error)
{
    if (isSqlite() || m_isLost)
        return;
    // The driver's error state comes from the socket; a server that shuts down reports it before.
    const QString state = error.nativeErrorCode();
    m_isLost =
        !m_connection.isOpen() || state.isEmpty() || state.startsWith("08"_L1) || state.startsWith("57P"_L1);
    if (!m_isLost)
        return;
    m_nextAttemptMs = steadyMs() + firstBackOffMs;
    qCWarning(lcStore).noquote() << "The connection to the database" << m_name << "is lost";
}

Result<void> Database::switchToWal()
{
    // Unlike all else, the switch does not wait for other connections, so two programs that open a new file
    // at the same moment would fail.
    const QDeadlineTimer deadline(busyTimeout);
    while (true) {
        QSqlQuery query(m_connection);
        if (query.exec(u"PRAGMA journal_mode=WAL"_s) && query.next()) {
            if (query.value(0).toString() == "wal"_L1)
                return {};
            return Error{Errc::Storage, u"The file system of %1 is not fit for a database."_s.arg(m_name)};
        }
        if (primaryCode(query.lastError()) != sqliteBusy || deadline.hasExpired())
            return failure(query.lastError());
        QThread::msleep(20);
    }
}

Result<void> Database::checkIntegrity()
{
    auto checked = runNow(u"PRAGMA quick_check(1)"_s);
    if (!checked)
        return checked.error();
    const QString verdict = checked->next() ? checked->value(0).toString() : checked->lastError().text();
    if (verdict != "ok"_L1)
        return Error{Errc::Storage,
            u"The database %1 is damaged (%2). Restore it from a backup, or move it away to start with a "
            "new one."_s.arg(m_name, verdict.simplified())};
    return {};
}

Result<void> Database::migrate(const std::vector<Migration> &migrations)
{
    for (const Migration &migration : migrations) {
        if (auto done = apply(migration); !done)
            return done;
    }
    const Result<int> version = schemaVersion();
    if (!version)
        return version.error();
    const int known = migrations.empty() ? 0 : migrations.back().version;
    if (*version > known)
        return Error{Errc::Storage,
            u"The database %1 was written by a newer frpx (its schema is %2, this program supports up to "
            "%3). Use that newer version, or another data directory."_s.arg(
                m_name, QString::number(*version), QString::number(known))};
    return {};
}

Result<void> Database::apply(const Migration &migration)
{
    const Result<int> before = schemaVersion();
    if (!before)
        return before.error();
    if (*before >= migration.version)
        return {};
    auto transaction = begin();
    if (!transaction)
        return transaction.error();
    const Result<int> version = schemaVersion(); // another program may have done it since
    if (!version)
        return version.error();
    if (*version >= migration.version)
        return {};
    QStringList statements = migration.statements;
    if (*version == 0)
        statements << u"CREATE TABLE schema_version (version INTEGER NOT NULL)"_s
                   << u"INSERT INTO schema_version (version) VALUES (0)"_s;
    statements << u"UPDATE schema_version SET version = %1"_s.arg(migration.version);
    for (const QString &statement : std::as_const(statements)) {
        if (auto done = run(statement); !done)
            return done.error();
    }
    if (auto done = transaction->commit(); !done)
        return done;
    qCInfo(lcStore).noquote() << m_name << "has schema version" << migration.version << "now";
    return {};
}

Result<int> Database::schemaVersion()
{
    const Result<qint64> tables = number(isSqlite()
            ? u"SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'"_s
            : u"SELECT COUNT(*) FROM information_schema.tables "
              "WHERE table_schema = current_schema() AND table_name = 'schema_version'"_s);
    if (!tables)
        return tables.error();
    if (*tables == 0)
        return 0;
    const Result<qint64> version = number(u"SELECT version FROM schema_version"_s);
    if (!version)
        return version.error();
    return static_cast<int>(*version);
}

Result<QSqlQuery> Database::run(const QString &sql, const QVariantList &values)
{
    Q_ASSERT(QThread::currentThread() == m_thread);
    if (auto connected = ensureConnected(); !connected)
        return connected.error();
    return runNow(sql, values);
}

Result<QSqlQuery> Database::runNow(const QString &sql, const QVariantList &values)
{
    QSqlQuery query(m_connection);
    // PostgreSQL's driver would lose the rest of such a result at the next query.
    query.setForwardOnly(isSqlite());
    const bool done = values.isEmpty() ? query.exec(sql) : query.prepare(sql) && [&] {
        for (const QVariant &value : values)
            query.addBindValue(value);
        return query.exec();
    }();
    if (!done) {
        noteLoss(query.lastError());
        return failure(query.lastError());
    }
    return query;
}

Result<Database::Transaction> Database::begin()
{
    Q_ASSERT(!m_inTransaction);
    if (isSqlite()) {
        // IMMEDIATE: a transaction that reads first and writes later could fail in the middle, without
        // waiting.
        if (auto begun = run(u"BEGIN IMMEDIATE"_s); !begun)
            return begun.error();
        return Transaction(*this);
    }
    if (auto begun = run(u"BEGIN"_s); !begun)
        return begun.error();
    Transaction transaction(*this);
    // One writer at a time, as with SQLite: what a transaction has read does not change before it writes.
    if (auto locked = run(u"SELECT pg_advisory_xact_lock(%1)"_s.arg(writersLock)); !locked)
        return locked.error();
    return transaction;
}

Result<qint64> Database::counter(const QString &name)
{
    return number(u"SELECT last_id FROM id_counters WHERE name = ?"_s, {name});
}

Result<qint64> Database::advance(const QString &name)
{
    if (auto done = run(u"UPDATE id_counters SET last_id = last_id + 1 WHERE name = ?"_s, {name}); !done)
        return done.error();
    return counter(name);
}

Result<qint64> Database::number(const QString &sql, const QVariantList &values)
{
    auto query = run(sql, values);
    if (!query)
        return query.error();
    if (!query->next())
        return Error{Errc::Storage, u"The database %1 lacks an entry it should have."_s.arg(m_name)};
    return query->value(0).toLongLong();
}

Error Database::failure(const QSqlError &error) const
{
    if (!isSqlite())
        return Error{Errc::Storage,
            u"The database %1 failed: %2"_s.arg(m_name, error.databaseText().simplified().left(300))};
    const int code = primaryCode(error);
    if (code == sqliteCorrupt || code == sqliteNotADatabase)
        return Error{Errc::Storage,
            u"%1 is damaged or not a database of frpx. Restore it from a backup, or move it away to start "
            "with a new one."_s.arg(m_name)};
    if (code == sqliteFull)
        return Error{Errc::Storage, u"The database %1 cannot be written: the disk is full."_s.arg(m_name)};
    // SQLite reports a full disk by several errors, "disk I/O error" among them.
    if (code == sqliteIoError || code == sqliteReadOnly || code == sqliteCannotOpen) {
        if (const Result<void> disk = checkDisk(); !disk)
            return disk.error();
    }
    if (code == sqliteBusy)
        return Error{Errc::Storage, u"Another program holds the database %1."_s.arg(m_name)};
    return Error{Errc::Storage, u"The database %1 failed: %2"_s.arg(m_name, error.databaseText())};
}

QVariant nullable(std::optional<qint64> value)
{
    return value ? QVariant(*value) : QVariant(QMetaType(QMetaType::LongLong));
}

std::optional<qint64> optionalNumber(const QVariant &column)
{
    return column.isNull() ? std::nullopt : std::optional(column.toLongLong());
}

} // namespace frpx::server
