// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/ports/leasestore.h"
#include "frps/store/databasetarget.h"

#include <QObject>

#include <memory>
#include <optional>
#include <vector>

namespace frpx::server {

class Database;

/// The PortKeeper's access to the database. Lives on the store thread, where every function is called and the
/// connection is opened and closed.
class LeaseWorker : public QObject
{
    Q_OBJECT

public:
    /// The changes of one request; all of them are made, or none.
    using Changes = std::vector<LeaseChange>;

    struct Outcome
    {
        /// One for each request, as from LeaseStore::apply().
        std::vector<Result<std::vector<Lease>>> results;
        std::optional<std::vector<Lease>> reloaded; ///< all leases, if the caller's copy is outdated
    };

    LeaseWorker();
    ~LeaseWorker() override;

    /// Opens the database \a target. \return the leases in it.
    Result<std::vector<Lease>> open(const DatabaseTarget &target);
    /// Makes the changes of all requests of \a batch in one transaction if possible, so that they share one
    /// wait for the disk. Durable when it returns.
    Outcome apply(const std::vector<Changes> &batch);
    /// All leases, if another program has changed them since they were loaded last.
    Result<std::optional<std::vector<Lease>>> changesByOthers();

private:
    std::unique_ptr<Database> m_database;
    std::optional<LeaseStore> m_store;
};

} // namespace frpx::server
