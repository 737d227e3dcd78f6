// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/leaseworker.h"

#include "common/core/logging.h"
#include "frps/store/database.h"

namespace frpx::server {

LeaseWorker::LeaseWorker() = default;
LeaseWorker::~LeaseWorker() = default;

Result<std::vector<Lease>> LeaseWorker::open(const DatabaseTarget &target)
{
    auto database = Database::open(target);
    if (!database)
        return database.error();
    m_database = *std::move(database);
    m_store.emplace(*m_database);
    // Checked now rather than with the first lease: an up-to-date file can be opened without being writable.
    if (const Result<void> disk = m_database->checkDisk(); !disk) {
        qCWarning(lcPorts).noquote()
            << disk.error().detail
            << "Known ports are assigned. New ones are refused until it can be written "
               "again.";
    } else if (auto writable = m_store->checkWritable(); !writable) {
        return writable.error();
    }
    return m_store->load();
}

LeaseWorker::Outcome LeaseWorker::apply(const std::vector<Changes> &batch)
{
    Q_ASSERT(m_store);
    Outcome outcome;
    Changes together;
    for (const Changes &changes : batch)
        together.insert(together.end(), changes.begin(), changes.end());
    const Result<std::vector<Lease>> stored = m_store->apply(together);
    if (stored) {
        auto next = stored->begin();
        for (const Changes &changes : batch) {
            std::vector<Lease> added;
            for (const LeaseChange &change : changes) {
                if (change.kind == LeaseChange::Kind::Add)
                    added.push_back(*next++);
            }
            outcome.results.emplace_back(std::move(added));
        }
        return outcome;
    }
    outcome.results.assign(batch.size(), stored.error());
    if (stored.error().code == Errc::AlreadyExists) {
        if (auto leases = m_store->load())
            outcome.reloaded = *std::move(leases);
        else
            outcome.results.assign(batch.size(), leases.error());
    }
    return outcome;
}

Result<std::optional<std::vector<Lease>>> LeaseWorker::changesByOthers()
{
    Q_ASSERT(m_store);
    const Result<bool> outdated = m_store->isOutdated();
    if (!outdated)
        return outdated.error();
    if (!*outdated)
        return std::optional<std::vector<Lease>>();
    auto leases = m_store->load();
    if (!leases)
        return leases.error();
    return std::optional(*std::move(leases));
}

} // namespace frpx::server
