// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

#include <utility>

namespace frpx::server {

/// Where a database is: a file of SQLite's, or a PostgreSQL server. May hold a password: never to be logged
/// as a whole, only as description().
struct DatabaseTarget
{
    enum class Kind { Sqlite, PostgreSql };

    DatabaseTarget() = default;
    /// The SQLite file \a file. Implicit: a path is what most callers have.
    DatabaseTarget(QString file) // NOLINT(google-explicit-constructor)
        : path(std::move(file))
    { }

    /// Reads `postgresql://[user[:password]@][host][:port]/database[?sslmode=…&…]`, in libpq's words. A host
    /// that begins with a slash, percent-encoded or as the parameter `host`, is the directory of a socket.
    /// What is not given, libpq finds by itself (PGPASSWORD, ~/.pgpass and so on). Errc::InvalidArgument with
    /// a sentence that does not show the password.
    static Result<DatabaseTarget> parse(const QString &url);

    /// For logs and people.
    QString description() const;
    /// False when it is a file that is not there.
    bool exists() const;

    Kind kind = Kind::Sqlite;
    QString path; ///< of the file
    // PostgreSQL; empty, or 0: libpq's default.
    QString host;
    int port = 0;
    QString name;
    QString user;
    QString password;
    QString options; ///< further connection parameters as `name=value`, with semicolons between

    bool operator==(const DatabaseTarget &) const = default;
};

} // namespace frpx::server
