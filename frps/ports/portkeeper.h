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
    PortRanges allowed; ///< what may be given away
    int maxPerAccount = 0; ///< leases of tunnels of one account, which its users keep to; 0: no limit
    size_t maxQueued = 4096; ///< leases and releases under way; more are Errc::Busy
    size_t maxBatch = 512; ///< of them that share one transaction
    std::chrono::milliseconds pollInterval{2000}; ///< how often changes of other programs are looked for
};

/// Gives public ports away, and the same (user, tunnel, protocol) the same port for ever.
///
/// Lives on the control thread and never blocks it. All leases are in memory: a known key is answered at
/// once. A new one is answered when it is in the database for good; those that come while the disk is busy
/// share the next transaction. The database is the judge when several programs use it: who finds that another
/// one has changed the leases reads them anew and decides again.
class PortKeeper : public QObject
{
    Q_OBJECT

public:
    using Leased = std::function<void(const Result<quint16> &)>;
    using Released = std::function<void(const Result<Lease> &)>;

    explicit PortKeeper(PortKeeperSettings settings = {}, QObject *parent = nullptr);
    /// Waits for the transaction that is running; delivers nothing afterwards.
    ~PortKeeper() override;

    /// Opens the database \a target, reads the leases; ready() or failed() follows. Call once.
    void start(const DatabaseTarget &target);

    /// The port of \a key: the one it has, else \a wanted if that is allowed and free (0: no wish), else the
    /// lowest free one. \a done is called exactly once on this thread, at once or later, unless the keeper is
    /// gone by then; what it captures is its own business. Errors, all fit for a peer: InvalidArgument (bad
    /// key), Forbidden (its port is not allowed any more), NotFound (no port is free), Busy, Storage.
    void lease(const LeaseKey &key, quint16 wanted, const Leased &done);

    /// Gives \a key exactly \a port, allowed or not, durably, in the place of any lease it has, and of the
    /// lease that another account has for that port. \a done as in lease(). Errors: AlreadyExists (the port
    /// is leased to somebody who is no account, or its lease is just being changed), InvalidArgument, Busy,
    /// Storage.
    void claim(const LeaseKey &key, quint16 port, const Leased &done);
    /// The lease of \a key is in use now; nothing happens without one. Stored sooner or later, if that is
    /// possible.
    void touch(const LeaseKey &key);

    /// Forgets the lease, durably, and tells which it was. Errors: NotFound, Busy, Storage.
    void release(const LeaseKey &key, const Released &done);
    void release(qint64 id, const Released &done);

    /// The port that \a key has for good.
    std::optional<quint16> find(const LeaseKey &key) const;
    /// All leases, and what is on its way to become one. For questions; valid until the next event.
    const LeaseTable &table() const { return m_table; }
    /// Whether the lease of \a key is just being changed.
    bool isBusy(const LeaseKey &key) const { return m_busyKeys.contains(key); }
    /// At most \a limit leases in order of id, those after \a afterId.
    std::vector<Lease> leases(qint64 afterId, qsizetype limit) const { return m_table.page(afterId, limit); }
    qsizetype count() const { return m_table.size(); }
    const PortRanges &allowed() const { return m_table.allowed(); }
    int maxPerAccount() const { return m_settings.maxPerAccount; }
    /// A lease has been given up, because its account had too many.
    void noteGivenUp() { ++m_givenUp; }
    quint64 givenUp() const { return m_givenUp; }

Q_SIGNALS:
    void ready();
    /// The database cannot be opened. The sentence is for the operator.
    void failed(const frpx::Error &error);

private:
    enum class State { Idle, Starting, Ready, Failed };

    /// A lease or release on its way to the disk.
    struct Job
    {
        LeaseKey key;
        quint16 port = 0; ///< reserved, if this is to be a lease
        bool isRelease = false;
        LeaseWorker::Changes changes;
        std::function<void()> succeed; ///< answers from memory
        std::function<void(const Error &)> fail;
        std::function<void()> again; ///< decides anew, after somebody else's change
    };
    /// Who came for a key while its job was under way.
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
    size_t m_waiting = 0; ///< all Waiters
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
