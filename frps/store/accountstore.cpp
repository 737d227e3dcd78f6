// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/store/accountstore.h"

#include "common/core/walltime.h"
#include "frps/store/accountrows.h"
#include "frps/store/database.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr QStringView changeCounter = u"account_changes";
constexpr QStringView revocationCounter = u"account_revocations";

/// The bound value; nullopt becomes NULL, and so would a null string.
QVariant text(const std::optional<QString> &value)
{
    if (!value)
        return QVariant(QMetaType(QMetaType::QString));
    return value->isNull() ? u""_s : *value;
}

std::optional<QString> joined(const std::optional<QStringList> &patterns)
{
    return patterns ? std::optional(patterns->join(u',')) : std::nullopt;
}

QVariant smallNumber(std::optional<int> value)
{
    return nullable(value ? std::optional<qint64>(*value) : std::nullopt);
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
    , m_clock(clock ? std::move(clock) : &wallMs)
{ }

Result<void> AccountStore::change(Kind kind, const std::function<Result<void>()> &work)
{
    auto transaction = m_database.begin();
    if (!transaction)
        return transaction.error();
    if (auto done = work(); !done)
        return done;
    if (auto counted = m_database.advance(changeCounter.toString()); !counted)
        return counted.error();
    if (kind == Kind::Revocation) {
        if (auto counted = m_database.advance(revocationCounter.toString()); !counted)
            return counted.error();
    }
    return transaction->commit();
}

Result<qint64> AccountStore::addUser(const QString &email, const QString &passwordHash, bool loopbackOnly)
{
    const Result<QString> address = normalisedEmail(email);
    if (!address)
        return address.error();
    qint64 id = 0;
    const auto add = [&]() -> Result<void> {
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
        const Result<qint64> inserted = insertUser(*address, passwordHash, loopbackOnly);
        if (!inserted)
            return inserted.error();
        id = *inserted;
        return {};
    };
    if (auto done = change(Kind::Revocation, add); !done) // Revocation: the demo account may be removed
        return done.error();
    return id;
}

Result<bool> AccountStore::addDemoUser(const QString &passwordHash)
{
    bool isFirst = false;
    const auto add = [&]() -> Result<void> {
        // Counts accounts ever added: a demo account that was removed must not come back.
        const Result<qint64> usersEver = m_database.counter(u"users"_s);
        if (!usersEver)
            return usersEver.error();
        isFirst = *usersEver == 0;
        if (!isFirst)
            return {};
        if (auto id = insertUser(demoEmail.toString(), passwordHash, true); !id)
            return id.error();
        return {};
    };
    if (auto done = change(Kind::Change, add); !done)
        return done.error();
    return isFirst;
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
    return updateUser(u"DELETE FROM users WHERE email = ?"_s, {}, email);
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
    const QString address = email.trimmed().toLower();
    return change(Kind::Revocation, [&]() -> Result<void> {
        auto updated =
            m_database.run(u"UPDATE users SET password_hash = ? WHERE email = ?"_s, {passwordHash, address});
        if (!updated)
            return updated.error();
        if (updated->numRowsAffected() == 0)
            return noSuchUser(email);
        auto removed = m_database.run(
            u"DELETE FROM tokens WHERE user_id IN (SELECT id FROM users WHERE email = ?)"_s, {address});
        if (!removed)
            return removed.error();
        return {};
    });
}

Result<void> AccountStore::setDisabled(const QString &email, bool disabled)
{
    return updateUser(u"UPDATE users SET disabled = ? WHERE email = ?"_s, {disabled}, email);
}

Result<void> AccountStore::setRights(const QString &email, const UserRights &rights)
{
    const auto ports = rights.ports ? std::optional(rights.ports->toString()) : std::nullopt;
    return updateUser(u"UPDATE users SET client_ids = ?, tunnel_names = ?, ports = ?, max_tunnels = ?, "
                      "max_connections = ?, bandwidth = ? WHERE email = ?"_s,
        {text(joined(rights.clientIds)), text(joined(rights.tunnelNames)), text(ports),
            smallNumber(rights.maxTunnels), smallNumber(rights.maxConnections), nullable(rights.bandwidth)},
        email);
}

Result<void> AccountStore::updateUser(const QString &sql, QVariantList values, const QString &email)
{
    values << email.trimmed().toLower();
    return change(Kind::Revocation, [&]() -> Result<void> {
        auto updated = m_database.run(sql, values);
        if (!updated)
            return updated.error();
        if (updated->numRowsAffected() == 0)
            return noSuchUser(email);
        return {};
    });
}

Result<void> AccountStore::replacePasswordHash(qint64 userId, const QString &oldHash, const QString &newHash)
{
    auto updated = m_database.run(u"UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?"_s,
        {newHash, userId, oldHash});
    if (!updated)
        return updated.error();
    return {};
}

Result<qint64> AccountStore::changes()
{
    return m_database.counter(changeCounter.toString());
}

Result<qint64> AccountStore::revocations()
{
    return m_database.counter(revocationCounter.toString());
}

Result<qint64> AccountStore::userCount()
{
    return count(u"SELECT COUNT(*) FROM users"_s);
}

Result<qint64> AccountStore::count(const QString &sql, const QVariantList &values)
{
    auto query = m_database.run(sql, values);
    if (!query)
        return query.error();
    if (!query->next())
        return Error{Errc::Storage, u"The database %1 lacks a counter."_s.arg(m_database.name())};
    return query->value(0).toLongLong();
}

} // namespace frpx::server
