// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaymeter.h"
#include "frps/backends/balancer.h"
#include "frps/backends/outlierdetector.h"

#include <QString>

#include <unordered_map>

namespace frpx::server {

/// The name of the tunnel that every client serves.
inline constexpr QStringView defaultTunnel = u"default";

/// The clients that serve a tunnel, its port, and its settings.
///
/// Updates the pool: with the number of visitors of each client (from its meter), and with clients that fail
/// repeatedly, which are ejected for a time. Control thread only; no socket, no clock: `now` is steadyMs().
class BackendPool
{
public:
    explicit BackendPool(QString name, BalancePolicy policy = BalancePolicy::Random,
        const OutlierLimits &outliers = {}, Balancer::Random random = {});

    const QString &name() const { return m_name; }
    quint16 port() const { return m_port; } ///< 0 before it listens
    void setPort(quint16 port) { m_port = port; }
    BalancePolicy policy() const { return m_pool.policy(); }
    /// For later visitors.
    void setPolicy(BalancePolicy policy);

    /// \a meter counts the visitors of \a session, and has counted none yet.
    void join(
        SessionId session, const QString &clientId, int weight, const std::shared_ptr<RelayMeter> &meter);
    void leave(SessionId session);
    /// Makes \a session unavailable for \a reason, or available again; no-op if it is not in the pool. For
    /// Unhealthy and Draining; BackendPool itself decides on Ejected.
    void setUnavailable(SessionId session, Unavailability reason, bool unavailable);

    struct Choice
    {
        SessionId session;
        std::shared_ptr<RelayMeter> meter; ///< of the session in this tunnel
        /// Counts the visitor for the client; keep it as long as the client is responsible for it.
        RelayClaim claim;
    };
    /// True if there is a client that is not in \a tried.
    bool canServe(std::span<const SessionId> tried = {}) const { return m_pool.canPick(tried); }
    /// Chooses the client for a visitor; \a source is a hash of the visitor's address.
    std::optional<Choice> choose(std::span<const SessionId> tried, quint64 source, qint64 now);
    /// \a session could not serve a visitor.
    void failed(SessionId session, qint64 now);
    /// Ends ejections. Call a few times a second.
    void sweep(qint64 now);

    bool contains(SessionId session) const { return m_pool.contains(session); }
    /// Visitors of this tunnel that \a session serves.
    qint64 openOf(SessionId session) const;
    size_t size() const { return m_pool.size(); }
    size_t available() const { return m_pool.available(); }
    bool isEjected(SessionId session) const;
    /// The time until it may be tried again.
    qint64 ejectedForMs(SessionId session, qint64 now) const { return m_outliers.remainingMs(session, now); }

private:
    struct Member
    {
        QString clientId;
        std::shared_ptr<RelayMeter> meter; ///< shared with the relays
        /// Of the meter's `started`: a higher value means that a visitor was served since.
        quint64 seenStarted = 0;
    };

    Member *find(SessionId session);
    void noteLoads();
    void noteSuccess(SessionId session, Member &member, qint64 now);

    const QString m_name;
    quint16 m_port = 0;
    Balancer m_pool;
    OutlierDetector m_outliers;
    std::unordered_map<quint64, Member> m_members; // by SessionId
    std::shared_ptr<MeterChanges> m_changes = std::make_shared<MeterChanges>(); ///< shared with the meters
};

} // namespace frpx::server
