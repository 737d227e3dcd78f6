// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "frps/store/userrights.h"

#include <QByteArrayView>
#include <QString>
#include <QVariantList>

#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

namespace frpx::server {

class Database;

/// Milliseconds since the epoch, UTC.
using Clock = std::function<qint64()>;

constexpr QStringView databaseFileName = u"frpx.db"; ///< in the data directory
constexpr QStringView demoEmail = u"test@example.com"; ///< the account of a new server, loopback only
constexpr qsizetype minEmailLength = 3;
constexpr qsizetype maxEmailLength = 254;
constexpr qsizetype maxPasswordBytes = 1024;
/// Beyond it, a new token replaces the one unused for the longest time.
constexpr qint64 maxTokensPerUser = 10'000;
constexpr qint64 tokenTouchIntervalMs = 3'600'000; ///< the time of use is stored at most this often

struct UserRecord
{
    qint64 id = 0;
    QString email;
    QString passwordHash;
    bool loopbackOnly = false;
    bool disabled = false;
    qint64 createdAtMs = 0;
    UserRights rights;
};

struct TokenRecord
{
    qint64 id = 0;
    UserRecord user;
    qint64 lastUsedAtMs = 0;
    std::optional<qint64> expiresAtMs; ///< nullopt: never
};

/// The part of a token that may be shown.
struct TokenListing
{
    qint64 id = 0; ///< rises with time
    QString prefix;
    QString email;
    qint64 createdAtMs = 0;
    qint64 lastUsedAtMs = 0;
    std::optional<qint64> expiresAtMs; ///< nullopt: never

    bool operator==(const TokenListing &) const = default;
};

/// The account and the token of a session.
struct LoginRef
{
    qint64 userId = 0;
    qint64 tokenId = 0;

    bool operator==(const LoginRef &) const = default;
};

/// The result of checkLogins().
struct LoginCheck
{
    struct Ended
    {
        LoginRef login;
        QString why; ///< fit for the peer
    };

    std::vector<Ended> ended;
    std::unordered_map<qint64, UserRights> rights; ///< by userId, of the accounts that are still valid
};

/// \a email as it is stored and compared (trimmed, lower case), or Errc::InvalidArgument with a sentence.
Result<QString> normalisedEmail(const QString &email);
/// Accepts 1 to maxPasswordBytes bytes.
Result<void> checkPassword(QByteArrayView utf8);

/// Accounts and their tokens in a Database; synchronous, in the database's thread. Every failure of the
/// database is Errc::Storage. Addresses are normalised and checked here; hashes are opaque.
class AccountStore
{
public:
    explicit AccountStore(Database &database, Clock clock = {});

    /// Adds an account; Errc::AlreadyExists if there is one. The first one that is not loopback-only replaces
    /// the demo account in the same transaction. \return the id, which is never used again.
    Result<qint64> addUser(const QString &email, const QString &passwordHash, bool loopbackOnly);
    /// Adds the demo account if there has never been an account. \return true if it was added.
    Result<bool> addDemoUser(const QString &passwordHash);
    Result<std::optional<UserRecord>> findUser(const QString &email);
    /// Removes an account and its tokens, or Errc::NotFound.
    Result<void> removeUser(const QString &email);
    /// At most \a limit accounts in order of address, those after \a afterEmail.
    Result<std::vector<UserRecord>> listUsers(qsizetype limit, const QString &afterEmail = {});
    /// Sets a new password, and removes the tokens of the account.
    Result<void> setPasswordHash(const QString &email, const QString &passwordHash);
    /// Sets the hash of an account only if it still is \a oldHash: an upgrade must not undo a change of
    /// password.
    Result<void> replacePasswordHash(qint64 userId, const QString &oldHash, const QString &newHash);
    /// A disabled account cannot log in, neither by password nor by token.
    Result<void> setDisabled(const QString &email, bool disabled);
    Result<void> setRights(const QString &email, const UserRights &rights);
    Result<qint64> userCount();

    /// Adds a token of \a userId (Errc::NotFound if there is no such account) and removes all expired tokens.
    /// \return its id, which is never used again.
    Result<qint64> addToken(
        qint64 userId, const QByteArray &tokenHash, const QString &prefix, std::optional<qint64> expiresAtMs);
    /// Also finds expired tokens; the caller must check.
    Result<std::optional<TokenRecord>> findToken(const QByteArray &tokenHash);
    /// Stores the time of use of the tokens, unless it was stored within tokenTouchIntervalMs. A token used
    /// in the last quarter of \a lifetimeMs (0: none) gets a new lifetime from now on.
    Result<void> touchTokens(const std::vector<qint64> &ids, qint64 lifetimeMs);
    /// At most \a limit tokens, oldest first, those after \a afterId.
    Result<std::vector<TokenListing>> listTokens(qsizetype limit, qint64 afterId = 0);
    Result<qint64> tokenCount();
    /// \return true if there was one.
    Result<bool> removeToken(const QByteArray &tokenHash);
    /// Removes the token that begins with \a prefix (see tokenPrefix()); Errc::InvalidArgument, and none is
    /// removed, if there is more than one. \return the address of its account; empty if there was none.
    Result<QString> removeTokenByPrefix(const QString &prefix);
    /// \return how many there were; Errc::NotFound if there is no such account.
    Result<qint64> removeTokensOf(const QString &email);
    /// Corrects tokens (those of the API as well) that were issued while the clock was wrong, before frps
    /// existed: buildDateMs() becomes their day of issue, and their lifetime stays.
    Result<void> mendDates();
    /// \return how many there were.
    Result<qint64> removeExpiredTokens();

    /// Returns which of \a logins have ended: the account is removed or disabled, or the token is removed.
    Result<LoginCheck> checkLogins(const std::vector<LoginRef> &logins);

    /// A number that rises with each change of accounts or tokens, but not when the use of a token is stored.
    Result<qint64> changes();
    /// A number that rises when a login may have ended, or rights may have changed.
    Result<qint64> revocations();

private:
    enum class Kind { Change, Revocation };

    /// Runs \a work in a transaction, and counts it as \a kind.
    Result<void> change(Kind kind, const std::function<Result<void>()> &work);
    Result<qint64> insertUser(const QString &email, const QString &passwordHash, bool loopbackOnly);
    Result<qint64> count(const QString &sql, const QVariantList &values = {});
    Result<void> remove(qint64 &removed, const QString &sql, const QVariantList &values);
    Result<void> makeRoomForToken(qint64 userId);
    Result<void> updateUser(const QString &sql, QVariantList values, const QString &email);

    Database &m_database;
    Clock m_clock;
};

} // namespace frpx::server
