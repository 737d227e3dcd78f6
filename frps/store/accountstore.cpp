// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/store/accountstore.h"

#include "frps/store/database.h"

#include <QDateTime>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr QStringView userColumns = u"id, email, password_hash, loopback_only, disabled, created_at";

UserRecord userFrom(const QSqlQuery &query)
{
    return {.id = query.value(0).toLongLong(),
        .email = query.value(1).toString(),
        .passwordHash = query.value(2).toString(),
        .loopbackOnly = query.value(3).toBool(),
        .disabled = query.value(4).toBool(),
        .createdAtMs = query.value(5).toLongLong()};
}

Error noSuchUser(const QString &email)
{
    return {Errc::NotFound, u"There is no account %1."_s.arg(email)};
}

} // namespace

Result<QString> normalisedEmail(const QString &email)
{
    const QString address = email.trimmed().toLower();
    const auto refuse = [](const QString &why) { return Error{Errc::InvalidArgument, why}; };
    if (address.size() < minEmailLength || address.size() > maxEmailLength)
        return refuse(
            u"An e-mail address has %1 to %2 characters."_s.arg(minEmailLength).arg(maxEmailLength));
    const auto fits = [](QChar c) { return (c.isPrint() && !c.isSpace()) || c.isSurrogate(); };
    if (!address.isValidUtf16() || !std::all_of(address.begin(), address.end(), fits))
        return refuse(u"An e-mail address has no spaces or control characters."_s);
    if (address.count(u'@') != 1 || address.startsWith(u'@') || address.endsWith(u'@'))
        return refuse(u"An e-mail address has one @ with text on both sides."_s);
    return address;
}

Result<void> checkPassword(QByteArrayView utf8)
{
    if (utf8.isEmpty())
        return Error{Errc::InvalidArgument, u"The password is empty."_s};
    if (utf8.size() > maxPasswordBytes)
        return Error{Errc::InvalidArgument, u"The password is longer than %1 bytes."_s.arg(maxPasswordBytes)};
    return {};
}

AccountStore::AccountStore(Database &database, Clock clock)
    : m_database(database)
    , m_clock(clock ? std::move(clock) : &QDateTime::currentMSecsSinceEpoch)
{ }

Result<qint64> AccountStore::addUser(const QString &email, const QString &passwordHash, bool loopbackOnly)
{
    const Result<QString> address = normalisedEmail(email);
    if (!address)
        return address.error();
    auto transaction = m_database.begin();
    if (!transaction)
        return transaction.error();
    if (!loopbackOnly) {
        auto removed = m_database.run(
            u"DELETE FROM users WHERE email = ? AND loopback_only = ?"_s, {demoEmail.toString(), true});
        if (!removed)
            return removed.error();
    }
    const auto existing = findUser(*address);
    if (!existing)
        return existing.error();
    if (*existing)
        return Error{Errc::AlreadyExists, u"There is an account %1 already."_s.arg(*address)};
    Result<qint64> id = insertUser(*address, passwordHash, loopbackOnly);
    if (!id)
        return id;
    if (auto committed = transaction->commit(); !committed)
        return committed.error();
    return id;
}

Result<bool> AccountStore::addDemoUser(const QString &passwordHash)
{
    auto transaction = m_database.begin();
    if (!transaction)
        return transaction.error();
    const Result<qint64> users = userCount();
    if (!users)
        return users.error();
    if (*users > 0)
        return false;
    if (auto id = insertUser(demoEmail.toString(), passwordHash, true); !id)
        return id.error();
    if (auto committed = transaction->commit(); !committed)
        return committed.error();
    return true;
}

Result<qint64> AccountStore::insertUser(const QString &email, const QString &passwordHash, bool loopbackOnly)
{
    Result<qint64> id = m_database.advance(u"users"_s);
    if (!id)
        return id;
    auto inserted =
        m_database.run(u"INSERT INTO users (id, email, password_hash, loopback_only, disabled, created_at) "
                       "VALUES (?, ?, ?, ?, ?, ?)"_s,
            {*id, email, passwordHash, loopbackOnly, false, m_clock()});
    if (!inserted)
        return inserted.error();
    return id;
}

Result<std::optional<UserRecord>> AccountStore::findUser(const QString &email)
{
    const Result<QString> address = normalisedEmail(email);
    if (!address)
        return std::optional<UserRecord>();
    auto query = m_database.run(u"SELECT %1 FROM users WHERE email = ?"_s.arg(userColumns), {*address});
    if (!query)
        return query.error();
    return query->next() ? std::optional(userFrom(*query)) : std::nullopt;
}

Result<void> AccountStore::removeUser(const QString &email)
{
    auto removed = m_database.run(u"DELETE FROM users WHERE email = ?"_s, {email.trimmed().toLower()});
    if (!removed)
        return removed.error();
    if (removed->numRowsAffected() == 0)
        return noSuchUser(email);
    return {};
}

Result<std::vector<UserRecord>> AccountStore::listUsers(qsizetype limit, const QString &afterEmail)
{
    auto query =
        m_database.run(u"SELECT %1 FROM users WHERE email > ? ORDER BY email LIMIT ?"_s.arg(userColumns),
            {afterEmail.isNull() ? u""_s : afterEmail, limit});
    if (!query)
        return query.error();
    std::vector<UserRecord> users;
    while (query->next())
        users.push_back(userFrom(*query));
    return users;
}

Result<void> AccountStore::setPasswordHash(const QString &email, const QString &passwordHash)
{
    return updateUser(u"UPDATE users SET password_hash = ? WHERE email = ?"_s, passwordHash, email);
}

Result<void> AccountStore::setDisabled(const QString &email, bool disabled)
{
    return updateUser(u"UPDATE users SET disabled = ? WHERE email = ?"_s, disabled, email);
}

Result<void> AccountStore::updateUser(const QString &sql, const QVariant &value, const QString &email)
{
    auto updated = m_database.run(sql, {value, email.trimmed().toLower()});
    if (!updated)
        return updated.error();
    if (updated->numRowsAffected() == 0)
        return noSuchUser(email);
    return {};
}

Result<void> AccountStore::replacePasswordHash(qint64 userId, const QString &oldHash, const QString &newHash)
{
    auto updated = m_database.run(u"UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?"_s,
        {newHash, userId, oldHash});
    if (!updated)
        return updated.error();
    return {};
}

Result<qint64> AccountStore::userCount()
{
    return count(u"SELECT COUNT(*) FROM users"_s);
}

Result<void> AccountStore::addToken(
    qint64 userId, const QByteArray &tokenHash, const QString &prefix, std::optional<qint64> expiresAtMs)
{
    auto transaction = m_database.begin();
    if (!transaction)
        return transaction.error();
    const Result<qint64> users = count(u"SELECT COUNT(*) FROM users WHERE id = ?"_s, {userId});
    if (!users)
        return users.error();
    if (*users == 0)
        return Error{Errc::NotFound, u"The account is gone."_s};
    if (auto done = makeRoomForToken(userId); !done)
        return done;
    Result<qint64> id = m_database.advance(u"tokens"_s);
    if (!id)
        return id.error();
    const qint64 now = m_clock();
    auto inserted = m_database.run(
        u"INSERT INTO tokens (id, token_hash, token_prefix, user_id, created_at, last_used_at, expires_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)"_s,
        {*id, QString::fromLatin1(tokenHash), prefix, userId, now, now, nullable(expiresAtMs)});
    if (!inserted)
        return inserted.error();
    return transaction->commit();
}

Result<void> AccountStore::makeRoomForToken(qint64 userId)
{
    if (auto removed = removeExpiredTokens(); !removed)
        return removed.error();
    const Result<qint64> held = count(u"SELECT COUNT(*) FROM tokens WHERE user_id = ?"_s, {userId});
    if (!held)
        return held.error();
    if (*held < maxTokensPerUser)
        return {};
    auto removed =
        m_database.run(u"DELETE FROM tokens WHERE id IN "
                       "(SELECT id FROM tokens WHERE user_id = ? ORDER BY last_used_at, id LIMIT ?)"_s,
            {userId, *held - maxTokensPerUser + 1});
    if (!removed)
        return removed.error();
    return {};
}

Result<std::optional<TokenRecord>> AccountStore::findToken(const QByteArray &tokenHash)
{
    auto query = m_database.run(u"SELECT users.id, email, password_hash, loopback_only, disabled, "
                                "users.created_at, last_used_at, expires_at "
                                "FROM tokens JOIN users ON users.id = tokens.user_id WHERE token_hash = ?"_s,
        {QString::fromLatin1(tokenHash)});
    if (!query)
        return query.error();
    if (!query->next())
        return std::optional<TokenRecord>();
    TokenRecord token{
        .user = userFrom(*query), .lastUsedAtMs = query->value(6).toLongLong(), .expiresAtMs = {}};
    token.expiresAtMs = optionalNumber(query->value(7));
    return std::optional(token);
}

Result<void> AccountStore::touchToken(const QByteArray &tokenHash)
{
    const auto token = findToken(tokenHash);
    if (!token)
        return token.error();
    const qint64 now = m_clock();
    // Asking first keeps the usual case from taking the write lock.
    if (!*token || now - (*token)->lastUsedAtMs < tokenTouchIntervalMs)
        return {};
    auto updated = m_database.run(
        u"UPDATE tokens SET last_used_at = ? WHERE token_hash = ?"_s, {now, QString::fromLatin1(tokenHash)});
    if (!updated)
        return updated.error();
    return {};
}

Result<std::vector<TokenListing>> AccountStore::listTokens(qsizetype limit, qint64 afterId)
{
    auto query = m_database.run(u"SELECT tokens.id, token_prefix, email, tokens.created_at, last_used_at, "
                                "expires_at FROM tokens JOIN users ON users.id = tokens.user_id "
                                "WHERE tokens.id > ? ORDER BY tokens.id LIMIT ?"_s,
        {afterId, limit});
    if (!query)
        return query.error();
    std::vector<TokenListing> tokens;
    while (query->next()) {
        tokens.push_back({.id = query->value(0).toLongLong(),
            .prefix = query->value(1).toString(),
            .email = query->value(2).toString(),
            .createdAtMs = query->value(3).toLongLong(),
            .lastUsedAtMs = query->value(4).toLongLong(),
            .expiresAtMs = optionalNumber(query->value(5))});
    }
    return tokens;
}

Result<qint64> AccountStore::tokenCount()
{
    return count(u"SELECT COUNT(*) FROM tokens"_s);
}

Result<bool> AccountStore::removeToken(const QByteArray &tokenHash)
{
    auto removed =
        m_database.run(u"DELETE FROM tokens WHERE token_hash = ?"_s, {QString::fromLatin1(tokenHash)});
    if (!removed)
        return removed.error();
    return removed->numRowsAffected() > 0;
}

Result<QString> AccountStore::removeTokenByPrefix(const QString &prefix)
{
    auto transaction = m_database.begin();
    if (!transaction)
        return transaction.error();
    auto query =
        m_database.run(u"SELECT tokens.id, email FROM tokens JOIN users ON users.id = tokens.user_id "
                       "WHERE token_prefix = ?"_s,
            {prefix});
    if (!query)
        return query.error();
    if (!query->next())
        return QString();
    const qint64 id = query->value(0).toLongLong();
    const QString email = query->value(1).toString();
    if (query->next())
        return Error{Errc::InvalidArgument, u"More than one token begins with %1."_s.arg(prefix)};
    if (auto removed = m_database.run(u"DELETE FROM tokens WHERE id = ?"_s, {id}); !removed)
        return removed.error();
    if (auto committed = transaction->commit(); !committed)
        return committed.error();
    return email;
}

Result<qint64> AccountStore::removeTokensOf(const QString &email)
{
    const auto user = findUser(email);
    if (!user)
        return user.error();
    if (!*user)
        return noSuchUser(email);
    auto removed = m_database.run(u"DELETE FROM tokens WHERE user_id = ?"_s, {(*user)->id});
    if (!removed)
        return removed.error();
    return qint64(removed->numRowsAffected());
}

Result<qint64> AccountStore::removeExpiredTokens()
{
    auto removed = m_database.run(u"DELETE FROM tokens WHERE expires_at <= ?"_s, {m_clock()});
    if (!removed)
        return removed.error();
    return qint64(removed->numRowsAffected());
}

Result<qint64> AccountStore::dataVersion()
{
    return m_database.dataVersion();
}

Result<qint64> AccountStore::count(const QString &sql, const QVariantList &values)
{
    auto query = m_database.run(sql, values);
    if (!query)
        return query.error();
    if (!query->next())
        return Error{Errc::Storage, u"The database %1 lacks a counter."_s.arg(m_database.path())};
    return query->value(0).toLongLong();
}

} // namespace frpx::server
