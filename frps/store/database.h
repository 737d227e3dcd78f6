// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "frps/store/schema.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariantList>

#include <memory>
#include <optional>

class QSqlError;
class QThread;

namespace frpx::server {

/// One connection to the server's SQLite file, brought to the newest schema when it is opened.
///
/// Belongs to the thread that opened it (asserted). Any number of connections, also of other processes, may
/// use the file at once: readers never wait, writers wait up to five seconds for each other. Every failure is
/// Errc::Storage. Queries must not outlive the database.
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

    /// Opens \a path, creating the file (mode 0600) and its directory (0700) when missing. A damaged file and
    /// a schema newer than \a migrations are refused.
    static Result<std::unique_ptr<Database>> open(
        const QString &path, const std::vector<Migration> &migrations = schemaMigrations());

    ~Database();
    Q_DISABLE_COPY_MOVE(Database)

    /// Runs one statement with \a values bound to its question marks in order.
    Result<QSqlQuery> run(const QString &sql, const QVariantList &values = {});
    /// Transactions do not nest (asserted).
    Result<Transaction> begin();
    /// A number that differs from the last one asked here when another connection has changed the file since.
    Result<qint64> dataVersion();

    /// The number that the schema keeps as \a name in id_counters.
    Result<qint64> counter(const QString &name);
    /// One more than before; call within a transaction.
    Result<qint64> advance(const QString &name);

    const QString &path() const { return m_path; }

private:
    explicit Database(const QString &path);

    Result<void> setUp();
    Result<void> switchToWal();
    Result<void> checkIntegrity();
    Result<void> migrate(const std::vector<Migration> &migrations);
    Result<void> apply(const Migration &migration);
    Result<int> schemaVersion();
    Result<qint64> number(const QString &sql, const QVariantList &values = {});
    Error failure(const QSqlError &error) const;

    const QString m_path;
    const QString m_connectionName;
    QThread *const m_thread;
    QSqlDatabase m_connection;
    bool m_inTransaction = false;
};

/// A number as a column that may be NULL holds it.
QVariant nullable(std::optional<qint64> value);
std::optional<qint64> optionalNumber(const QVariant &column);

} // namespace frpx::server
