// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

#include <utility>

namespace frpx::server {

/// Locates a database: an SQLite file, or a database of a PostgreSQL server. May contain a password: log only
/// description().
struct DatabaseTarget
{
    enum class Kind { Sqlite, PostgreSql };

    DatabaseTarget() = default;
    /// The SQLite file \a file. Implicit: most callers have a path.
    DatabaseTarget(QString file) // NOLINT(google-explicit-constructor)
        : path(std::move(file))
    { }

    /// Parses `postgresql://[user[:password]@][host][:port]/database[?sslmode=…&…]`, in libpq's terms. A host
    /// that begins with a slash, percent-encoded or as the parameter `host`, is the directory of a socket.
    /// For absent parts libpq uses its own sources (PGPASSWORD, ~/.pgpass and so on). Errc::InvalidArgument
    /// with a sentence that does not show the password.
    static Result<DatabaseTarget> parse(const QString &url);

    /// For logs and messages, without the password.
    QString description() const;
    /// False if it is a file that does not exist.
    bool exists() const;

    Kind kind = Kind::Sqlite;
    QString path; ///< of the file
    // PostgreSQL; empty or 0: libpq's default.
    QString host;
    int port = 0;
    QString name;
    QString user;
    QString password;
    QString options; ///< further connection parameters as `name=value`, separated by semicolons

    bool operator==(const DatabaseTarget &) const = default;
};

} // namespace frpx::server
