// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/ports/leasetable.h"
#include "frps/ports/leaseworker.h"

#include <QObject>
#include <QThread>
#include <QTimer>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>

namespace frpx::server {

struct PortKeeperSettings
{
    PortRanges allowed; ///< the ports that may be assigned
    int maxPerAccount = 0; ///< the most leases of one account's tunnels, checked by LeasedPorts; 0: no limit
    size_t maxQueued = 4096; ///< the most leases and releases under way; more are Errc::Busy
    size_t maxBatch = 512; ///< the most of them in one transaction
    std::chrono::milliseconds pollInterval{2000}; ///< how often changes by other programs are polled
};

/// Assigns public ports, always the same one to the same (user, tunnel, protocol).
///
/// Lives on the control thread and never blocks it. All leases are in memory: a known key is answered at
/// once. A new one is answered when it is durable in the database; requests that arrive while the disk is
/// busy share the next transaction. Several programs may use the database: when another one has changed the
/// leases, this one reads them again and decides again.
class PortKeeper : public QObject
{
    Q_OBJECT

public:
    using Leased = std::function<void(const Result<quint16> &)>;
    using Released = std::function<void(const Result<Lease> &)>;

    explicit PortKeeper(PortKeeperSettings settings = {}, QObject *parent = nullptr);
    /// Waits for the transaction that runs; delivers nothing afterwards.
    ~PortKeeper() override;

    /// Opens the database \a target and reads the leases; ready() or failed() follows. Call once.
    void start(const DatabaseTarget &target);

    /// The port of \a key: the one it has, else \a wanted if that is allowed and free (0: any), else the
    /// lowest free one. \a done is called exactly once on this thread, at once or later, unless the keeper
    /// has been destroyed by then; the caller ensures that what it captures lives. Errors, all fit for a
    /// peer: InvalidArgument (bad key), Forbidden (its port is not allowed any more), NotFound (no port is
    /// free), Busy, Storage.
    void lease(const LeaseKey &key, quint16 wanted, const Leased &done);

    /// Assigns exactly \a port to \a key, allowed or not, durably. It replaces the lease that the key has,
    /// and the lease that another account has for that port. \a done as in lease(). Errors: AlreadyExists
    /// (the lease of the port is not of an account, or is being changed), InvalidArgument, Busy, Storage.
    void claim(const LeaseKey &key, quint16 port, const Leased &done);
    /// Notes that the lease of \a key is in use now; no-op without one. Stored later, if possible.
    void touch(const LeaseKey &key);

    /// Removes the lease, durably, and returns it. Errors: NotFound, Busy, Storage.
    void release(const LeaseKey &key, const Released &done);
    void release(qint64 id, const Released &done);

    /// The port of the lease of \a key.
    std::optional<quint16> find(const LeaseKey &key) const;
    /// All leases, and the ports that are about to be leased. Valid until the next event.
    const LeaseTable &table() const { return m_table; }
    /// Whether the lease of \a key is being changed.
    bool isBusy(const LeaseKey &key) const { return m_busyKeys.contains(key); }
    /// At most \a limit leases in order of id, those after \a afterId.
    std::vector<Lease> leases(qint64 afterId, qsizetype limit) const { return m_table.page(afterId, limit); }
    qsizetype count() const { return m_table.size(); }
    const PortRanges &allowed() const { return m_table.allowed(); }
    int maxPerAccount() const { return m_settings.maxPerAccount; }
    /// Counts a lease that was removed because its account had too many.
    void noteGivenUp() { ++m_givenUp; }
    quint64 givenUp() const { return m_givenUp; }

Q_SIGNALS:
    void ready();
    /// The database cannot be opened. The detail is for the operator.
    void failed(const frpx::Error &error);

private:
    enum class State { Idle, Starting, Ready, Failed };

    /// A lease or release that is being stored.
    struct Job
    {
        LeaseKey key;
        quint16 port = 0; ///< reserved, if a lease is added
        bool isRelease = false;
        LeaseWorker::Changes changes;
        std::function<void()> succeed; ///< answers from m_table
        std::function<void(const Error &)> fail;
        std::function<void()> again; ///< decides again, after a change by another program
    };
    /// A request for a key whose job is under way.
    struct Waiter
    {
        std::function<void()> again;
        std::function<void(const Error &)> fail;
    };

    bool waitForJob(const LeaseKey &key, const Waiter &waiter);
    std::optional<Error> refusal() const;
    void decide(const LeaseKey &key, quint16 wanted, const Leased &done, int attempt);
    void decideRelease(const LeaseKey &key, const Released &done, int attempt);
    void decideClaim(const LeaseKey &key, quint16 port, const Leased &done);
    void enqueue(Job job);
    void commit();
    void onCommitted(LeaseWorker::Outcome outcome);
    void finish(const Job &job, const Result<std::vector<Lease>> &result);
    void onOpened(const Result<std::vector<Lease>> &opened);
    void replace(const std::vector<Lease> &leases);
    void pollForChanges();
    Error trouble(const Error &cause);

    template <typename Work, typename Then>
    void onStore(Work work, Then then);

    const PortKeeperSettings m_settings;
    State m_state = State::Idle;
    LeaseTable m_table;
    std::deque<Job> m_queue;
    std::vector<Job> m_committing;
    std::unordered_map<LeaseKey, std::vector<Waiter>, LeaseKeyHash> m_busyKeys;
    size_t m_waiting = 0; ///< the number of all Waiters
    QTimer m_pollTimer;
    bool m_polling = false;
    quint64 m_givenUp = 0;
    bool m_inTrouble = false;
    std::optional<qint64> m_lastComplaintMs;

    std::atomic<bool> m_stopping = false;
    LeaseWorker *m_worker = nullptr; // deletes itself when its thread ends
    QThread m_storeThread;
};

} // namespace frpx::server
