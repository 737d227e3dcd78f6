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
    UserRights rights;
};

struct TokenRecord
{
    qint64 id = 0;
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

/// By what a session is logged in.
struct LoginRef
{
    qint64 userId = 0;
    qint64 tokenId = 0;

    bool operator==(const LoginRef &) const = default;
};

/// What has become of logins.
struct LoginCheck
{
    struct Ended
    {
        LoginRef login;
        QString why; ///< fit for the peer
    };

    std::vector<Ended> ended;
    std::unordered_map<qint64, UserRights> rights; ///< by user, of those whose account is good
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
    /// Adds the demo account when there has never been a user. \return whether it did.
    Result<bool> addDemoUser(const QString &passwordHash);
    Result<std::optional<UserRecord>> findUser(const QString &email);
    /// Removes a user and its tokens, or Errc::NotFound.
    Result<void> removeUser(const QString &email);
    /// At most \a limit users in order of address, those after \a afterEmail.
    Result<std::vector<UserRecord>> listUsers(qsizetype limit, const QString &afterEmail = {});
    /// For a new password: the tokens of the user are gone, too.
    Result<void> setPasswordHash(const QString &email, const QString &passwordHash);
    /// Sets the hash of a user only if it still is \a oldHash: an upgrade must not undo a change of password.
    Result<void> replacePasswordHash(qint64 userId, const QString &oldHash, const QString &newHash);
    /// A disabled user cannot log in, neither by password nor by token.
    Result<void> setDisabled(const QString &email, bool disabled);
    Result<void> setRights(const QString &email, const UserRights &rights);
    Result<qint64> userCount();

    /// Adds a token of \a userId (Errc::NotFound if that user is gone) and removes all that have expired.
    /// \return its id, which is never used again.
    Result<qint64> addToken(
        qint64 userId, const QByteArray &tokenHash, const QString &prefix, std::optional<qint64> expiresAtMs);
    /// Finds expired tokens, too: the caller decides.
    Result<std::optional<TokenRecord>> findToken(const QByteArray &tokenHash);
    /// Notes that those were used, unless that was noted within tokenTouchIntervalMs. One that is used in the
    /// last quarter of \a lifetimeMs (0: none) is good for all of it again, from now on.
    Result<void> touchTokens(const std::vector<qint64> &ids, qint64 lifetimeMs);
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
    /// Gives tokens (those of the API as well) that were issued while the clock was wrong, before there was
    /// any frps, the age that they would have with buildDateMs() as their day of issue.
    Result<void> mendDates();
    /// \return how many there were.
    Result<qint64> removeExpiredTokens();

    /// Which of \a logins are good no more: the user is gone or disabled, or the token is gone.
    Result<LoginCheck> checkLogins(const std::vector<LoginRef> &logins);

    /// A number that rises with each change of users or tokens, but not when the use of a token is noted.
    Result<qint64> changes();
    /// One that rises when somebody may have lost a login, or got other rights.
    Result<qint64> revocations();

private:
    enum class Kind { Change, Revocation };

    /// Carries out \a work in a transaction, and counts it as \a kind.
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
