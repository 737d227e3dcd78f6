// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/ports/lease.h"

#include <functional>
#include <vector>

namespace frpx::server {

class Database;

/// One change of the leases.
struct LeaseChange
{
    enum class Kind { Add, Remove, Touch };

    Kind kind = Kind::Add;
    /// Add: the store assigns its id and times. Remove: only its id matters. Touch: its id and usedAtMs.
    Lease lease;
};

/// The port leases in a Database; synchronous, in the database's thread. Every failure of the database is
/// Errc::Storage.
class LeaseStore
{
public:
    using Clock = std::function<qint64()>;

    /// \a clock returns milliseconds since the epoch, UTC; the system's if empty.
    explicit LeaseStore(Database &database, Clock clock = {});

    /// All leases in order of id. A row with invalid values is Errc::Storage.
    Result<std::vector<Lease>> load();

    /// Makes \a changes in order, in one transaction: when it returns all of them are durable, or none was
    /// made. Errc::AlreadyExists: a key or a port has a lease, or another program has changed the leases
    /// since load(); load again. \return the leases that were added, as they are stored.
    Result<std::vector<Lease>> apply(const std::vector<LeaseChange> &changes);

    /// Errc::Storage if changes cannot be made. Makes none.
    Result<void> checkWritable();

    /// Whether another program has changed the leases since load().
    Result<bool> isOutdated();

private:
    Result<qint64> counter(const QString &name);
    Result<void> setCounter(const QString &name, qint64 value);
    Result<void> add(const Lease &lease);
    Result<void> remove(qint64 id);
    Result<void> touch(const Lease &lease);

    Database &m_database;
    Clock m_clock;
    /// Counts the changes; differs from the stored one after a change by another program.
    qint64 m_version = 0;
};

} // namespace frpx::server
