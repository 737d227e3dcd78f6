// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/store/apitokenstore.h"

#include "common/core/walltime.h"
#include "frps/store/database.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr QStringView columns =
    u"id, token_hash, token_prefix, name, access, created_at, last_used_at, expires_at";

/// Any other word gives read access only.
ApiAccess accessFromName(const QString &name)
{
    return name == accessName(ApiAccess::Admin) ? ApiAccess::Admin : ApiAccess::ReadOnly;
}

ApiTokenRecord tokenFrom(const QSqlQuery &query)
{
    return {.id = query.value(0).toLongLong(),
        .hash = query.value(1).toString().toLatin1(),
        .prefix = query.value(2).toString(),
        .name = query.value(3).toString(),
        .access = accessFromName(query.value(4).toString()),
        .createdAtMs = query.value(5).toLongLong(),
        .lastUsedAtMs = optionalNumber(query.value(6)),
        .expiresAtMs = optionalNumber(query.value(7))};
}

Result<void> checkName(const QString &name)
{
    const auto fits = [](QChar c) { return c.isPrint() || c.isSurrogate(); };
    if (name.size() > maxApiTokenNameLength || !name.isValidUtf16()
        || !std::all_of(name.begin(), name.end(), fits))
        return Error{Errc::InvalidArgument,
            u"The name of a token has up to %1 printable characters."_s.arg(maxApiTokenNameLength)};
    return {};
}

} // namespace

QString accessName(ApiAccess access)
{
    return access == ApiAccess::Admin ? u"admin"_s : u"read-only"_s;
}

ApiTokenStore::ApiTokenStore(Database &database, Clock clock)
    : m_database(database)
    , m_clock(clock ? std::move(clock) : &wallMs)
{ }

Result<void> ApiTokenStore::add(ApiTokenRecord token)
{
    if (auto good = checkName(token.name); !good)
        return good;
    auto transaction = m_database.begin();
    if (!transaction)
        return transaction.error();
    const auto held = list();
    if (!held)
        return held.error();
    if (static_cast<qint64>(held->size()) >= maxApiTokens)
        return Error{
            Errc::Busy, u"There are %1 API tokens already, the most that are allowed."_s.arg(maxApiTokens)};
    const Result<qint64> id = m_database.advance(u"api_tokens"_s);
    if (!id)
        return id.error();
    const auto inserted =
        m_database.run(u"INSERT INTO api_tokens (%1) VALUES (?, ?, ?, ?, ?, ?, NULL, ?)"_s.arg(columns),
            {*id, QString::fromLatin1(token.hash), token.prefix, token.name.isNull() ? u""_s : token.name,
                accessName(token.access), m_clock(), nullable(token.expiresAtMs)});
    if (!inserted)
        return inserted.error();
    if (auto counted = m_database.advance(u"account_changes"_s); !counted)
        return counted.error();
    return transaction->commit();
}

Result<std::vector<ApiTokenRecord>> ApiTokenStore::list()
{
    auto query = m_database.run(u"SELECT %1 FROM api_tokens ORDER BY id"_s.arg(columns));
    if (!query)
        return query.error();
    std::vector<ApiTokenRecord> tokens;
    while (query->next())
        tokens.push_back(tokenFrom(*query));
    return tokens;
}

Result<std::optional<ApiTokenRecord>> ApiTokenStore::removeByPrefix(const QString &prefix)
{
    auto transaction = m_database.begin();
    if (!transaction)
        return transaction.error();
    auto query = m_database.run(u"SELECT %1 FROM api_tokens WHERE token_prefix = ?"_s.arg(columns), {prefix});
    if (!query)
        return query.error();
    if (!query->next())
        return std::optional<ApiTokenRecord>();
    const ApiTokenRecord token = tokenFrom(*query);
    if (query->next())
        return Error{Errc::InvalidArgument, u"More than one token begins with %1."_s.arg(prefix)};
    if (auto removed = m_database.run(u"DELETE FROM api_tokens WHERE id = ?"_s, {token.id}); !removed)
        return removed.error();
    if (auto counted = m_database.advance(u"account_changes"_s); !counted)
        return counted.error();
    if (auto committed = transaction->commit(); !committed)
        return committed.error();
    return std::optional(token);
}

Result<void> ApiTokenStore::touch(const std::vector<qint64> &ids)
{
    if (ids.empty())
        return {};
    auto transaction = m_database.begin();
    if (!transaction)
        return transaction.error();
    for (const qint64 id : ids) {
        auto updated =
            m_database.run(u"UPDATE api_tokens SET last_used_at = ? WHERE id = ?"_s, {m_clock(), id});
        if (!updated)
            return updated.error();
    }
    return transaction->commit();
}

} // namespace frpx::server
