// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/store/accountstore.h"

namespace frpx::server {

/// What the bearer of an API token may do.
enum class ApiAccess : quint8 {
    ReadOnly, ///< look
    Admin, ///< look and change
};

constexpr qint64 maxApiTokens = 1000;
constexpr qsizetype maxApiTokenNameLength = 100; ///< in UTF-16 units

/// A token for the HTTP API as it is stored. The hash is no secret: a token cannot be guessed from it.
struct ApiTokenRecord
{
    qint64 id = 0;
    QByteArray hash; ///< as tokenHash() gives it
    QString prefix;
    QString name; ///< for people; may be empty
    ApiAccess access = ApiAccess::ReadOnly;
    qint64 createdAtMs = 0;
    std::optional<qint64> lastUsedAtMs; ///< none: never
    std::optional<qint64> expiresAtMs; ///< none: never

    bool operator==(const ApiTokenRecord &) const = default;
};

/// "admin" or "read-only", as in the database and on the command line.
QString accessName(ApiAccess access);

/// The tokens for the HTTP API in a Database, which belong to nobody; synchronous, in the database's thread.
/// Storage trouble is Errc::Storage everywhere.
///
/// Expired ones stay until they are removed: an API that asks for a token must not open itself to everybody
/// because the last one has run out.
class ApiTokenStore
{
public:
    explicit ApiTokenStore(Database &database, Clock clock = {});

    /// Adds \a token, whose id and time of creation are given here. Errc::InvalidArgument for a name that
    /// cannot be shown, Errc::Busy when there are maxApiTokens.
    Result<void> add(ApiTokenRecord token);
    /// All of them, oldest first.
    Result<std::vector<ApiTokenRecord>> list();
    /// As AccountStore::removeTokenByPrefix(). \return the one that was removed, if there was one.
    Result<std::optional<ApiTokenRecord>> removeByPrefix(const QString &prefix);
    /// Notes that those were used, now.
    Result<void> touch(const std::vector<qint64> &ids);

private:
    Database &m_database;
    Clock m_clock;
};

} // namespace frpx::server
