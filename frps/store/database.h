// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/system/filestamp.h"
#include "frps/store/databasetarget.h"
#include "frps/store/schema.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariantList>

#include <memory>
#include <optional>

class QSqlError;
class QThread;

namespace frpx::server {

/// One connection to the server's database, an SQLite file or a PostgreSQL database, brought to the newest
/// schema when it is opened. What is told of one holds for the other.
///
/// Belongs to the thread that opened it (asserted). Any number of connections, also of other processes, may
/// use the database at once: readers never wait, writers wait up to five seconds for each other. Every
/// failure is Errc::Storage. Queries must not outlive the database.
///
/// A lost connection to PostgreSQL fails what is under way. It is made anew by the first call outside
/// a transaction, not more often than the back-off allows; in between everything fails at once.
class Database
{
public:
    /// A write transaction: holds the write lock from begin() on, is undone unless commit() succeeded.
    class Transaction
    {
    public:
        Transaction(Transaction &&other) noexcept;
        Transaction(const Transaction &) = delete;
        Transaction &operator=(const Transaction &) = delete;
        Transaction &operator=(Transaction &&) = delete;
        ~Transaction();

        Result<void> commit();

    private:
        friend class Database;
        explicit Transaction(Database &database);

        Database *m_database;
    };

    /// Opens \a target. A file is created (mode 0600) with its directory (0700) when missing; a PostgreSQL
    /// database has to be there. A damaged file and a schema newer than \a migrations are refused. A file on
    /// a disk that is full or read-only is opened for reading; writing works as soon as the disk takes
    /// changes again.
    static Result<std::unique_ptr<Database>> open(
        const DatabaseTarget &target, const std::vector<Migration> &migrations = schemaMigrations());

    ~Database();
    Q_DISABLE_COPY_MOVE(Database)

    /// Runs one statement with \a values bound to its question marks in order.
    Result<QSqlQuery> run(const QString &sql, const QVariantList &values = {});
    /// Transactions do not nest (asserted).
    Result<Transaction> begin();

    /// The number that the schema keeps as \a name in id_counters.
    Result<qint64> counter(const QString &name);
    /// One more than before; call within a transaction.
    Result<qint64> advance(const QString &name);

    /// An error if the disk under the file is full or read-only, so that nothing can be stored now.
    Result<void> checkDisk() const;

    /// What people call it, without secrets.
    const QString &name() const { return m_name; }

private:
    explicit Database(const DatabaseTarget &target);

    bool isSqlite() const { return m_target.kind == DatabaseTarget::Kind::Sqlite; }
    Result<void> connectAnew();
    bool openAsItIs();
    Result<void> setUp();
    Result<void> setUpSqlite();
    Result<void> setUpPostgreSql();
    Result<void> ensureConnected();
    void noteLoss(const QSqlError &error);
    Result<void> switchToWal();
    Result<void> checkIntegrity();
    Result<void> migrate(const std::vector<Migration> &migrations);
    Result<void> apply(const Migration &migration);
    Result<int> schemaVersion();
    Result<qint64> number(const QString &sql, const QVariantList &values = {});
    Result<QSqlQuery> runNow(const QString &sql, const QVariantList &values = {});
    Error failure(const QSqlError &error) const;

    const DatabaseTarget m_target;
    const QString m_name;
    const QString m_connectionName;
    QThread *const m_thread;
    QSqlDatabase m_connection;
    bool m_inTransaction = false;
    bool m_isLost = false; ///< the connection to the server, or the file
    bool m_isForReading = false; ///< opened on a disk that takes no changes
    FileStamp m_stamp; ///< of the file when it was opened
    int m_failedAttempts = 0; ///< to make it anew
    qint64 m_nextAttemptMs = 0;
};

/// A number as a column that may be NULL holds it.
QVariant nullable(std::optional<qint64> value);
std::optional<qint64> optionalNumber(const QVariant &column);

} // namespace frpx::server
