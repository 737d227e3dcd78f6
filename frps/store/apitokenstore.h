// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/store/accountstore.h"

namespace frpx::server {

/// What an API token permits.
enum class ApiAccess : quint8 {
    ReadOnly, ///< reading
    Admin, ///< reading and changes
};

constexpr qint64 maxApiTokens = 1000;
constexpr qsizetype maxApiTokenNameLength = 100; ///< in UTF-16 units

/// A token for the HTTP API as it is stored. The hash is no secret: the token cannot be computed from it.
struct ApiTokenRecord
{
    qint64 id = 0;
    QByteArray hash; ///< as tokenHash() returns it
    QString prefix;
    QString name; ///< for the list of tokens; may be empty
    ApiAccess access = ApiAccess::ReadOnly;
    qint64 createdAtMs = 0;
    std::optional<qint64> lastUsedAtMs; ///< nullopt: never
    std::optional<qint64> expiresAtMs; ///< nullopt: never

    bool operator==(const ApiTokenRecord &) const = default;
};

/// "admin" or "read-only", as in the database and on the command line.
QString accessName(ApiAccess access);

/// The tokens for the HTTP API in a Database; they belong to no account. Synchronous, in the database's
/// thread. Every failure of the database is Errc::Storage.
///
/// Expired ones stay until they are removed: an API that requires a token must not become open because the
/// last token has expired.
class ApiTokenStore
{
public:
    explicit ApiTokenStore(Database &database, Clock clock = {});

    /// Adds \a token; the store sets its id and time of creation. Errc::InvalidArgument for a name that
    /// cannot be shown, Errc::Busy if there are maxApiTokens already.
    Result<void> add(ApiTokenRecord token);
    /// All of them, oldest first.
    Result<std::vector<ApiTokenRecord>> list();
    /// As AccountStore::removeTokenByPrefix(). \return the removed token, if there was one.
    Result<std::optional<ApiTokenRecord>> removeByPrefix(const QString &prefix);
    /// Stores the present as the time of use of these tokens.
    Result<void> touch(const std::vector<qint64> &ids);

private:
    Database &m_database;
    Clock m_clock;
};

} // namespace frpx::server
