// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/leasestore.h"

#include "common/core/walltime.h"
#include "frps/store/database.h"

#include <QSqlError>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr QStringView idCounter = u"port_leases";
constexpr QStringView changeCounter = u"port_lease_changes";

/// Marks an account's number in the column where a lease of a frp server has the name of its user: such a
/// name has no control character.
constexpr char16_t accountMark = u'\x1f';

QString storedUser(const LeaseKey &key)
{
    if (key.account != 0)
        return accountMark + QString::number(key.account);
    return key.user.isNull() ? u""_s : key.user; // a null string would be NULL
}

Result<Lease> leaseFrom(const QSqlQuery &query, const QString &path)
{
    const auto protocol = protocolFromName(query.value(3).toString());
    const int port = query.value(4).toInt();
    QString user = query.value(1).toString();
    qint64 account = 0;
    bool good = true;
    if (user.startsWith(accountMark)) {
        account = user.sliced(1).toLongLong(&good);
        user.clear();
    }
    if (!protocol || port < 1 || port > 65'535 || !good)
        return Error{Errc::Storage,
            u"The database %1 has a port lease with invalid values (id %2)."_s.arg(
                path, query.value(0).toString())};
    return Lease{.id = query.value(0).toLongLong(),
        .key = {user, query.value(2).toString(), *protocol, account},
        .port = static_cast<quint16>(port),
        .createdAtMs = query.value(6).toLongLong(),
        .imported = query.value(5).toBool(),
        .usedAtMs = query.value(query.value(7).isNull() ? 6 : 7).toLongLong()};
}

} // namespace

LeaseStore::LeaseStore(Database &database, Clock clock)
    : m_database(database)
    , m_clock(clock ? std::move(clock) : &wallMs)
{ }

Result<std::vector<Lease>> LeaseStore::load()
{
    // The version first: a change in between is then loaded twice, not missed.
    const Result<qint64> version = counter(changeCounter.toString());
    if (!version)
        return version.error();
    auto query = m_database.run(
        u"SELECT id, user_name, tunnel, protocol, port, imported, created_at, used_at FROM port_leases "
        "ORDER BY id"_s);
    if (!query)
        return query.error();
    std::vector<Lease> leases;
    while (query->next()) {
        Result<Lease> lease = leaseFrom(*query, m_database.name());
        if (!lease)
            return lease.error();
        leases.push_back(*std::move(lease));
    }
    if (query->lastError().isValid()) // a damaged page ends the rows as the last one does
        return Error{Errc::Storage,
            u"The port leases in %1 cannot be read: %2"_s.arg(
                m_database.name(), query->lastError().databaseText())};
    m_version = *version;
    return leases;
}

Result<std::vector<Lease>> LeaseStore::apply(const std::vector<LeaseChange> &changes)
{
    auto transaction = m_database.begin();
    if (!transaction)
        return transaction.error();
    const Result<qint64> version = counter(changeCounter.toString());
    if (!version)
        return version.error();
    if (*version != m_version)
        return Error{Errc::AlreadyExists, u"Another program has changed the port leases."_s};
    const Result<qint64> lastId = counter(idCounter.toString());
    if (!lastId)
        return lastId.error();

    std::vector<Lease> added;
    const qint64 now = m_clock();
    for (const LeaseChange &change : changes) {
        if (change.kind == LeaseChange::Kind::Remove) {
            if (auto done = remove(change.lease.id); !done)
                return done.error();
            continue;
        }
        if (change.kind == LeaseChange::Kind::Touch) {
            if (auto done = touch(change.lease); !done)
                return done.error();
            continue;
        }
        Lease lease = change.lease;
        lease.id = *lastId + 1 + static_cast<qint64>(added.size());
        lease.createdAtMs = lease.usedAtMs = now;
        if (auto done = add(lease); !done)
            return done.error();
        added.push_back(std::move(lease));
    }
    if (auto done = setCounter(idCounter.toString(), *lastId + static_cast<qint64>(added.size())); !done)
        return done.error();
    if (auto done = setCounter(changeCounter.toString(), *version + 1); !done)
        return done.error();
    if (auto done = transaction->commit(); !done)
        return done.error();
    m_version = *version + 1;
    return added;
}

Result<void> LeaseStore::checkWritable()
{
    auto transaction = m_database.begin(); // no proof by itself: it succeeds on a read-only file
    if (!transaction)
        return transaction.error();
    return setCounter(changeCounter.toString(), 0); // rolled back at the end
}

Result<bool> LeaseStore::isOutdated()
{
    const Result<qint64> version = counter(changeCounter.toString());
    if (!version)
        return version.error();
    return *version != m_version;
}

Result<void> LeaseStore::add(const Lease &lease)
{
    auto added = m_database.run(
        u"INSERT INTO port_leases (id, user_name, tunnel, protocol, port, imported, created_at, used_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"_s,
        {lease.id, storedUser(lease.key), lease.key.tunnel, protocolName(lease.key.protocol),
            static_cast<int>(lease.port), lease.imported, lease.createdAtMs, lease.usedAtMs});
    if (!added)
        return added.error();
    if (added->numRowsAffected() != 1)
        return Error{Errc::AlreadyExists,
            u"%1 port %2, or tunnel '%3', has a lease already."_s.arg(protocolName(lease.key.protocol))
                .arg(lease.port)
                .arg(lease.key.tunnel)};
    return {};
}

Result<void> LeaseStore::remove(qint64 id)
{
    auto removed = m_database.run(u"DELETE FROM port_leases WHERE id = ?"_s, {id});
    if (!removed)
        return removed.error();
    return {};
}

/// Does nothing if the lease has been removed.
Result<void> LeaseStore::touch(const Lease &lease)
{
    auto touched =
        m_database.run(u"UPDATE port_leases SET used_at = ? WHERE id = ?"_s, {lease.usedAtMs, lease.id});
    if (!touched)
        return touched.error();
    return {};
}

Result<qint64> LeaseStore::counter(const QString &name)
{
    return m_database.counter(name);
}

Result<void> LeaseStore::setCounter(const QString &name, qint64 value)
{
    auto done = m_database.run(u"UPDATE id_counters SET last_id = ? WHERE name = ?"_s, {value, name});
    if (!done)
        return done.error();
    return {};
}

} // namespace frpx::server
