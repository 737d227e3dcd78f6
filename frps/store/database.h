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

/// One connection to the server's database, an SQLite file or a PostgreSQL database. Opening it updates the
/// schema to the newest version. Both kinds behave the same.
///
/// Belongs to the thread that opened it (asserted). Any number of connections, also of other processes, may
/// use the database at the same time: readers never wait, writers wait up to five seconds for each other.
/// Every failure is Errc::Storage. Queries must be destroyed before the database.
///
/// If the connection to PostgreSQL is lost, the running query fails. The first call outside a transaction
/// reconnects, not more often than the back-off allows; in between every call fails at once.
class Database
{
public:
    /// A write transaction: holds the write lock from begin() on; its destructor rolls back unless commit()
    /// has succeeded.
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

    /// Opens \a target. A missing file is created (mode 0600) with its directory (0700); a PostgreSQL
    /// database must exist. A damaged file and a schema newer than \a migrations are refused. A file on a
    /// full or read-only disk is opened for reading; writing works as soon as the disk can be written again.
    static Result<std::unique_ptr<Database>> open(
        const DatabaseTarget &target, const std::vector<Migration> &migrations = schemaMigrations());

    ~Database();
    Q_DISABLE_COPY_MOVE(Database)

    /// Runs one statement with \a values bound to its question marks in order.
    Result<QSqlQuery> run(const QString &sql, const QVariantList &values = {});
    /// Transactions do not nest (asserted).
    Result<Transaction> begin();

    /// The value of the counter \a name in id_counters.
    Result<qint64> counter(const QString &name);
    /// Increments the counter and returns it; call within a transaction.
    Result<qint64> advance(const QString &name);

    /// An error if the disk of the file is full or read-only, so that nothing can be stored now.
    Result<void> checkDisk() const;

    /// For logs, without secrets.
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
    bool m_isForReading = false; ///< opened on a disk that cannot be written
    FileStamp m_stamp; ///< of the file when it was opened
    int m_failedAttempts = 0; ///< to reconnect
    qint64 m_nextAttemptMs = 0;
};

/// The number as a value to bind; nullopt becomes NULL.
QVariant nullable(std::optional<qint64> value);
std::optional<qint64> optionalNumber(const QVariant &column);

} // namespace frpx::server
