// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/walltime.h"
#include "frps/store/accountrows.h"
#include "frps/store/accountstore.h"
#include "frps/store/database.h"

#include <algorithm>
#include <unordered_set>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr size_t idsPerStatement = 500;
constexpr qint64 firstReleaseMs = 1'767'225'600'000; // 2026-01-01: no token was issued before

/// The numbers from \a first on, at most idsPerStatement, for `IN (…)`.
QString idList(const std::vector<qint64> &ids, size_t first)
{
    QStringList texts;
    for (size_t i = first; i < std::min(ids.size(), first + idsPerStatement); ++i)
        texts << QString::number(ids[i]);
    return texts.join(u',');
}

void makeUnique(std::vector<qint64> &ids)
{
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

} // namespace

Result<qint64> AccountStore::addToken(
    qint64 userId, const QByteArray &tokenHash, const QString &prefix, std::optional<qint64> expiresAtMs)
{
    qint64 id = 0;
    const auto add = [&]() -> Result<void> {
        const Result<qint64> users = count(u"SELECT COUNT(*) FROM users WHERE id = ?"_s, {userId});
        if (!users)
            return users.error();
        if (*users == 0)
            return Error{Errc::NotFound, u"The account has been removed."_s};
        if (auto done = makeRoomForToken(userId); !done)
            return done;
        const Result<qint64> next = m_database.advance(u"tokens"_s);
        if (!next)
            return next.error();
        id = *next;
        const qint64 now = m_clock();
        auto inserted = m_database.run(
            u"INSERT INTO tokens (id, token_hash, token_prefix, user_id, created_at, last_used_at, "
            "expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)"_s,
            {id, QString::fromLatin1(tokenHash), prefix, userId, now, now, nullable(expiresAtMs)});
        if (!inserted)
            return inserted.error();
        return {};
    };
    if (auto done = change(Kind::Change, add); !done)
        return done.error();
    return id;
}

Result<void> AccountStore::makeRoomForToken(qint64 userId)
{
    auto expired = m_database.run(u"DELETE FROM tokens WHERE expires_at <= ?"_s, {m_clock()});
    if (!expired)
        return expired.error();
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
    auto query =
        m_database.run(u"SELECT %1, tokens.id, last_used_at, expires_at FROM tokens "
                       "JOIN users ON users.id = tokens.user_id WHERE token_hash = ?"_s.arg(userColumns),
            {QString::fromLatin1(tokenHash)});
    if (!query)
        return query.error();
    if (!query->next())
        return std::optional<TokenRecord>();
    return std::optional(TokenRecord{.id = query->value(userColumnCount).toLongLong(),
        .user = userFrom(*query),
        .lastUsedAtMs = query->value(userColumnCount + 1).toLongLong(),
        .expiresAtMs = optionalNumber(query->value(userColumnCount + 2))});
}

Result<void> AccountStore::touchTokens(const std::vector<qint64> &ids, qint64 lifetimeMs)
{
    if (ids.empty())
        return {};
    const qint64 now = m_clock();
    auto transaction = m_database.begin();
    if (!transaction)
        return transaction.error();
    for (size_t first = 0; first < ids.size(); first += idsPerStatement) {
        const QString list = idList(ids, first);
        if (lifetimeMs > 0) {
            auto extended = m_database.run(
                u"UPDATE tokens SET expires_at = ? WHERE expires_at > ? AND expires_at < ? AND id IN (%1)"_s
                    .arg(list),
                {now + lifetimeMs, now, now + lifetimeMs / 4});
            if (!extended)
                return extended.error();
        }
        auto updated = m_database.run(
            u"UPDATE tokens SET last_used_at = ? WHERE (last_used_at <= ? OR last_used_at > ?) AND id IN (%1)"_s
                .arg(list),
            {now, now - tokenTouchIntervalMs, now});
        if (!updated)
            return updated.error();
    }
    return transaction->commit();
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
    qint64 removed = 0;
    if (auto done =
            remove(removed, u"DELETE FROM tokens WHERE token_hash = ?"_s, {QString::fromLatin1(tokenHash)});
        !done)
        return done.error();
    return removed > 0;
}

Result<QString> AccountStore::removeTokenByPrefix(const QString &prefix)
{
    QString email;
    const auto removeIt = [&]() -> Result<void> {
        auto query =
            m_database.run(u"SELECT tokens.id, email FROM tokens JOIN users ON users.id = tokens.user_id "
                           "WHERE token_prefix = ?"_s,
                {prefix});
        if (!query)
            return query.error();
        if (!query->next())
            return {};
        const qint64 id = query->value(0).toLongLong();
        email = query->value(1).toString();
        if (query->next())
            return Error{Errc::InvalidArgument, u"More than one token begins with %1."_s.arg(prefix)};
        if (auto removed = m_database.run(u"DELETE FROM tokens WHERE id = ?"_s, {id}); !removed)
            return removed.error();
        return {};
    };
    if (auto done = change(Kind::Revocation, removeIt); !done)
        return done.error();
    return email;
}

Result<qint64> AccountStore::removeTokensOf(const QString &email)
{
    const auto user = findUser(email);
    if (!user)
        return user.error();
    if (!*user)
        return noSuchUser(email);
    qint64 removed = 0;
    if (auto done = remove(removed, u"DELETE FROM tokens WHERE user_id = ?"_s, {(*user)->id}); !done)
        return done.error();
    return removed;
}

Result<void> AccountStore::mendDates()
{
    const qint64 built = buildDateMs();
    for (const QLatin1StringView table : {"tokens"_L1, "api_tokens"_L1}) {
        // The query avoids the write lock in the usual case.
        const Result<qint64> wrong =
            count(u"SELECT COUNT(*) FROM %1 WHERE created_at < ?"_s.arg(table), {firstReleaseMs});
        if (!wrong)
            return wrong.error();
        if (*wrong == 0)
            continue;
        const auto mend = [&]() -> Result<void> {
            auto moved = m_database.run(
                u"UPDATE %1 SET expires_at = expires_at - created_at + ?, created_at = ? WHERE created_at < ?"_s
                    .arg(table),
                {built, built, firstReleaseMs});
            if (!moved)
                return moved.error();
            return {};
        };
        if (auto done = change(Kind::Change, mend); !done)
            return done;
    }
    return {};
}

Result<qint64> AccountStore::removeExpiredTokens()
{
    // The query avoids the write lock in the usual case.
    const Result<qint64> expired = count(u"SELECT COUNT(*) FROM tokens WHERE expires_at <= ?"_s, {m_clock()});
    if (!expired || *expired == 0)
        return expired;
    qint64 removed = 0;
    if (auto done = remove(removed, u"DELETE FROM tokens WHERE expires_at <= ?"_s, {m_clock()}); !done)
        return done.error();
    return removed;
}

Result<void> AccountStore::remove(qint64 &removed, const QString &sql, const QVariantList &values)
{
    return change(Kind::Revocation, [&]() -> Result<void> {
        auto done = m_database.run(sql, values);
        if (!done)
            return done.error();
        removed = done->numRowsAffected();
        return {};
    });
}

Result<LoginCheck> AccountStore::checkLogins(const std::vector<LoginRef> &logins)
{
    std::vector<qint64> userIds;
    std::vector<qint64> tokenIds;
    for (const LoginRef &login : logins) {
        userIds.push_back(login.userId);
        tokenIds.push_back(login.tokenId);
    }
    makeUnique(userIds);
    makeUnique(tokenIds);
    LoginCheck check;
    std::unordered_set<qint64> disabled;
    for (size_t first = 0; first < userIds.size(); first += idsPerStatement) {
        auto query = m_database.run(
            u"SELECT %1 FROM users WHERE id IN (%2)"_s.arg(userColumns, idList(userIds, first)));
        if (!query)
            return query.error();
        while (query->next()) {
            const UserRecord user = userFrom(*query);
            if (user.disabled)
                disabled.insert(user.id);
            else
                check.rights.emplace(user.id, user.rights);
        }
    }
    std::unordered_set<qint64> tokens;
    for (size_t first = 0; first < tokenIds.size(); first += idsPerStatement) {
        auto query = m_database.run(u"SELECT id FROM tokens WHERE id IN (%1)"_s.arg(idList(tokenIds, first)));
        if (!query)
            return query.error();
        while (query->next())
            tokens.insert(query->value(0).toLongLong());
    }
    for (const LoginRef &login : logins) {
        if (disabled.contains(login.userId))
            check.ended.push_back({login, u"the account has been disabled"_s});
        else if (!check.rights.contains(login.userId))
            check.ended.push_back({login, u"the account has been removed"_s});
        else if (!tokens.contains(login.tokenId))
            check.ended.push_back({login, u"its token has been revoked, or the password changed"_s});
    }
    return check;
}

} // namespace frpx::server
