// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/ports/lease.h"

#include <functional>
#include <vector>

namespace frpx::server {

class Database;

/// One step in the life of the leases.
struct LeaseChange
{
    enum class Kind { Add, Remove, Touch };

    Kind kind = Kind::Add;
    /// Add: its id and times are given by the store; Remove: only its id counts; Touch: its time of use as
    /// well
    Lease lease;
};

/// The port leases in a Database; synchronous, in the database's thread. Storage trouble is Errc::Storage
/// everywhere.
class LeaseStore
{
public:
    using Clock = std::function<qint64()>;

    /// \a clock gives milliseconds since the epoch, UTC; the system's when empty.
    explicit LeaseStore(Database &database, Clock clock = {});

    /// All of them in order of id. A row that makes no sense is Errc::Storage.
    Result<std::vector<Lease>> load();

    /// Carries out \a changes in order, in one transaction: all of them are durable when it returns, or none
    /// was made. Errc::AlreadyExists: a key or a port has a lease, or another program has changed the leases
    /// since load(); load again.
    /// \return the leases that were added, as they are stored.
    Result<std::vector<Lease>> apply(const std::vector<LeaseChange> &changes);

    /// Errc::Storage when changes cannot be made. Makes none.
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
    qint64 m_version = 0; ///< counts the changes; ours until another program counts as well
};

} // namespace frpx::server
