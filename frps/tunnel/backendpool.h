// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaymeter.h"
#include "frps/balance/balancer.h"
#include "frps/balance/outlierdetector.h"

#include <QString>

#include <unordered_map>

namespace frpx::server {

/// Name of the tunnel that every client serves.
inline constexpr QStringView defaultTunnel = u"default";

/// A public port, the pool of clients that serve it, and its settings.
///
/// Keeps the pool informed: of the users each client has (from its meter), and of the clients that fail again
/// and again, which it takes out for a while. Control thread only; no socket, no clock: `now` is steadyMs().
class BackendPool
{
public:
    explicit BackendPool(QString name, BalancePolicy policy = BalancePolicy::Random,
        const OutlierLimits &outliers = {}, Balancer::Random random = {});

    const QString &name() const { return m_name; }
    quint16 port() const { return m_port; } ///< 0 before it listens
    void setPort(quint16 port) { m_port = port; }
    BalancePolicy policy() const { return m_pool.policy(); }
    /// For the users who come from now on.
    void setPolicy(BalancePolicy policy);

    /// \a meter counts the users of \a session; nothing has been counted yet.
    void join(
        SessionId session, const QString &clientId, int weight, const std::shared_ptr<RelayMeter> &meter);
    void leave(SessionId session);
    /// Takes \a session out of the pool for \a reason, or puts it back; no-op if it is not in it. For
    /// Unhealthy and Draining; who is Ejected is the tunnel's own business.
    void setUnavailable(SessionId session, Unavailability reason, bool unavailable);

    struct Choice
    {
        SessionId session;
        std::shared_ptr<RelayMeter> meter; ///< of the session in this tunnel
        RelayClaim claim; ///< counts the user for it; keep it as long as it is responsible for him
    };
    /// Is there a client besides those in \a tried?
    bool canServe(std::span<const SessionId> tried = {}) const { return m_pool.canPick(tried); }
    /// The client for a user; \a source stands for his address.
    std::optional<Choice> choose(std::span<const SessionId> tried, quint64 source, qint64 now);
    /// \a session could not serve its user.
    void failed(SessionId session, qint64 now);
    /// Ends ejections. Call a few times a second.
    void sweep(qint64 now);

    bool contains(SessionId session) const { return m_pool.contains(session); }
    /// Users that \a session has from this tunnel.
    qint64 openOf(SessionId session) const;
    size_t size() const { return m_pool.size(); }
    size_t available() const { return m_pool.available(); }
    bool isEjected(SessionId session) const;
    /// Until it may be tried again.
    qint64 ejectedForMs(SessionId session, qint64 now) const { return m_outliers.remainingMs(session, now); }

private:
    struct Member
    {
        QString clientId;
        std::shared_ptr<RelayMeter> meter; ///< shared with the relays
        quint64 seenStarted = 0; ///< of its relays: more than these have served somebody meanwhile
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
