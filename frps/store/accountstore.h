// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QByteArrayView>
#include <QString>
#include <QVariantList>

#include <functional>
#include <optional>
#include <vector>

namespace frpx::server {

class Database;

/// Milliseconds since the epoch, UTC.
using Clock = std::function<qint64()>;

constexpr QStringView databaseFileName = u"frpx.db"; ///< in the data directory
constexpr QStringView demoEmail = u"test@example.com"; ///< the account of a fresh server, loopback only
constexpr qsizetype minEmailLength = 3;
constexpr qsizetype maxEmailLength = 254;
constexpr qsizetype maxPasswordBytes = 1024;
constexpr qint64 maxTokensPerUser = 10'000; ///< the longest unused one makes room for a new one
constexpr qint64 tokenTouchIntervalMs = 3'600'000; ///< last use is only noted this often

struct UserRecord
{
    qint64 id = 0;
    QString email;
    QString passwordHash;
    bool loopbackOnly = false;
    bool disabled = false;
    qint64 createdAtMs = 0;
};

struct TokenRecord
{
    UserRecord user;
    qint64 lastUsedAtMs = 0;
    std::optional<qint64> expiresAtMs; ///< none: never
};

/// What may be shown of a token.
struct TokenListing
{
    qint64 id = 0; ///< rises with time
    QString prefix;
    QString email;
    qint64 createdAtMs = 0;
    qint64 lastUsedAtMs = 0;
    std::optional<qint64> expiresAtMs; ///< none: never

    bool operator==(const TokenListing &) const = default;
};

/// \a email as it is stored and compared (trimmed, lower case), or Errc::InvalidArgument with a sentence.
Result<QString> normalisedEmail(const QString &email);
/// Accepts 1 to maxPasswordBytes bytes.
Result<void> checkPassword(QByteArrayView utf8);

/// Users and their tokens in a Database; synchronous, in the database's thread. Storage trouble is
/// Errc::Storage everywhere. Addresses are normalised and checked here; hashes are opaque.
class AccountStore
{
public:
    explicit AccountStore(Database &database, Clock clock = {});

    /// Adds a user; Errc::AlreadyExists when there is one. The first that is not loopback-only takes the
    /// place of the demo account, which is gone in the same instant. \return the id, which is never used
    /// again.
    Result<qint64> addUser(const QString &email, const QString &passwordHash, bool loopbackOnly);
    /// Adds the demo account when there are no users. \return whether it did.
    Result<bool> addDemoUser(const QString &passwordHash);
    Result<std::optional<UserRecord>> findUser(const QString &email);
    /// Removes a user and its tokens, or Errc::NotFound.
    Result<void> removeUser(const QString &email);
    /// At most \a limit users in order of address, those after \a afterEmail.
    Result<std::vector<UserRecord>> listUsers(qsizetype limit, const QString &afterEmail = {});
    Result<void> setPasswordHash(const QString &email, const QString &passwordHash);
    /// Sets the hash of a user only if it still is \a oldHash: an upgrade must not undo a change of password.
    Result<void> replacePasswordHash(qint64 userId, const QString &oldHash, const QString &newHash);
    /// A disabled user cannot log in, neither by password nor by token.
    Result<void> setDisabled(const QString &email, bool disabled);
    Result<qint64> userCount();

    /// Adds a token of \a userId (Errc::NotFound if that user is gone) and removes all that have expired.
    Result<void> addToken(
        qint64 userId, const QByteArray &tokenHash, const QString &prefix, std::optional<qint64> expiresAtMs);
    /// Finds expired tokens, too: the caller decides.
    Result<std::optional<TokenRecord>> findToken(const QByteArray &tokenHash);
    /// Notes that the token was used; writes at most once per tokenTouchIntervalMs.
    Result<void> touchToken(const QByteArray &tokenHash);
    /// At most \a limit tokens, oldest first, those after \a afterId.
    Result<std::vector<TokenListing>> listTokens(qsizetype limit, qint64 afterId = 0);
    Result<qint64> tokenCount();
    /// \return whether there was one.
    Result<bool> removeToken(const QByteArray &tokenHash);
    /// Removes those that begin with \a prefix (see tokenPrefix()); with more than one none is removed, and
    /// it is Errc::InvalidArgument. \return whose it was; empty when there was none.
    Result<QString> removeTokenByPrefix(const QString &prefix);
    /// \return how many there were; Errc::NotFound when there is no such user.
    Result<qint64> removeTokensOf(const QString &email);
    /// \return how many there were.
    Result<qint64> removeExpiredTokens();

    /// See Database::dataVersion().
    Result<qint64> dataVersion();

private:
    Result<qint64> insertUser(const QString &email, const QString &passwordHash, bool loopbackOnly);
    Result<qint64> count(const QString &sql, const QVariantList &values = {});
    Result<void> makeRoomForToken(qint64 userId);
    Result<void> updateUser(const QString &sql, const QVariant &value, const QString &email);

    Database &m_database;
    Clock m_clock;
};

} // namespace frpx::server
