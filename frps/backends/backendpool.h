// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaymeter.h"
#include "frps/backends/balancer.h"
#include "frps/backends/outlierdetector.h"
#include "frps/clients/servingclient.h"

#include <QString>

#include <mutex>
#include <unordered_map>

namespace frpx::server {

/// The clients that serve a tunnel.
///
/// Updates the pool: with the number of visitors of each client (from its meter), and with clients that fail
/// repeatedly, which are ejected for a time. Any thread may call any function (docs/adr/0038). No socket, no
/// clock: `now` is steadyMs().
class BackendPool
{
public:
    explicit BackendPool(QString name, BalancePolicy policy = BalancePolicy::Random,
        const OutlierLimits &outliers = {}, Balancer::Random random = {});

    const QString &name() const { return m_name; }
    BalancePolicy policy() const;
    /// For later visitors.
    void setPolicy(BalancePolicy policy);

    /// \a meter counts the visitors of \a client in this tunnel, and has counted none yet.
    void join(std::shared_ptr<ServingClient> client, int weight, const std::shared_ptr<RelayMeter> &meter);
    void leave(SessionId session);
    /// Makes \a session unavailable for \a reason, or available again; no-op if it is not in the pool. For
    /// all reasons but Ejected, on which BackendPool itself decides.
    void setUnavailable(SessionId session, Unavailability reason, bool unavailable);
    /// The tunnel is closed: it serves no further visitors.
    void close() { m_isClosed.store(true, std::memory_order_relaxed); }
    bool isClosed() const { return m_isClosed.load(std::memory_order_relaxed); }

    struct Choice
    {
        std::shared_ptr<ServingClient> client;
        std::shared_ptr<RelayMeter> meter; ///< of the client in this tunnel
        /// Counts the visitor for the client; keep it as long as the client is responsible for it.
        RelayClaim claim;
    };
    /// True if there is a client that is not in \a tried.
    bool canServe(std::span<const SessionId> tried = {}) const;
    /// Chooses the client for a visitor; \a source is a hash of the visitor's address.
    std::optional<Choice> choose(std::span<const SessionId> tried, quint64 source, qint64 now);
    /// \a session could not serve a visitor.
    void failed(SessionId session, qint64 now);
    /// Ends ejections. Call a few times a second.
    void sweep(qint64 now);

    bool contains(SessionId session) const;
    /// Visitors of this tunnel that \a session serves.
    qint64 openOf(SessionId session) const;
    size_t size() const;
    size_t available() const;
    bool isEjected(SessionId session) const;
    /// The time until it may be tried again.
    qint64 ejectedForMs(SessionId session, qint64 now) const;

private:
    struct Member
    {
        std::shared_ptr<ServingClient> client; ///< shared with its visitors
        std::shared_ptr<RelayMeter> meter; ///< shared with the relays
        /// Of the meter's `started`: a higher value means that a visitor was served since.
        quint64 seenStarted = 0;
    };

    // The caller of each holds m_mutex.
    Member *find(SessionId session);
    void noteLoads();
    /// True if the client was ejected and is good again.
    bool noteSuccess(SessionId session, Member &member, qint64 now);

    const QString m_name;
    std::atomic<bool> m_isClosed = false;
    mutable std::mutex
        m_mutex; ///< held for microseconds: no system call, no other lock but that of m_changes
    // All below are guarded by m_mutex.
    Balancer m_pool;
    OutlierDetector m_outliers;
    std::unordered_map<quint64, Member> m_members; // by SessionId
    std::shared_ptr<MeterChanges> m_changes = std::make_shared<MeterChanges>(); ///< shared with the meters
};

} // namespace frpx::server
