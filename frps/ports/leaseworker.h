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

/// The PortKeeper's hand on the database: lives on the store thread, where every function is called and the
/// connection is opened and closed.
class LeaseWorker : public QObject
{
    Q_OBJECT

public:
    /// The changes of one request; they are carried out together or not at all.
    using Changes = std::vector<LeaseChange>;

    struct Outcome
    {
        std::vector<Result<std::vector<Lease>>> results; ///< one for each request, as of LeaseStore::apply()
        std::optional<std::vector<Lease>> reloaded; ///< all leases, if they are not what the caller thinks
    };

    LeaseWorker();
    ~LeaseWorker() override;

    /// Opens the database \a target. \return the leases in it.
    Result<std::vector<Lease>> open(const DatabaseTarget &target);
    /// Carries out all requests of \a batch in one transaction if that works, so that they share one wait for
    /// the disk. Durable when it returns.
    Outcome apply(const std::vector<Changes> &batch);
    /// All leases when another program has changed them since the last time they were loaded.
    Result<std::optional<std::vector<Lease>>> changesByOthers();

private:
    std::unique_ptr<Database> m_database;
    std::optional<LeaseStore> m_store;
};

} // namespace frpx::server
