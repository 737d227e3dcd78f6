// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace frpx::server {

/// Of one tunnel; 0 means no limit.
struct TunnelLimits
{
    int maxConnections = 0; ///< users at the same time
    int totalConnections = 0; ///< users in all
    int lifetimeS = 0; ///< seconds
    bool operator==(const TunnelLimits &) const = default;
};

/// Users of one tunnel, or of all tunnels of one account, at this moment. Any thread may enter and leave.
class UserCounter
{
public:
    int online() const { return m_online.load(std::memory_order_relaxed); }
    void enter() { m_online.fetch_add(1, std::memory_order_relaxed); }
    void leave();

    /// \a wake is called, once after each wakeOnLeave(), in the thread of whoever leaves. An empty one ends
    /// that: when this returns, no call is under way any more.
    void setWaker(std::function<void()> wake);
    void wakeOnLeave() { m_wanted.store(true); }

private:
    std::atomic<int> m_online = 0;
    std::atomic<bool> m_wanted = false;
    std::mutex m_mutex;
    std::function<void()> m_wake; // guarded by m_mutex
};

/// Decides who of a tunnel's users may be served. One thread; what it gives out may end in any.
class ConnectionLimiter
{
public:
    /// \a account counts the users of the account that owns the tunnel, \a accountLimit at most (0: all).
    explicit ConnectionLimiter(
        const TunnelLimits &limits, std::shared_ptr<UserCounter> account = {}, int accountLimit = 0);
    ~ConnectionLimiter();
    Q_DISABLE_COPY_MOVE(ConnectionLimiter)

    const TunnelLimits &limits() const { return m_limits; }
    /// Whether one more may be served now.
    bool hasRoom() const;
    /// Nobody more is served, ever.
    bool isExhausted() const
    {
        return m_limits.totalConnections > 0 && m_admitted >= quint64(m_limits.totalConnections);
    }

    /// A place for one user, his until the last copy of the pointer goes, with \a inner let go of as well.
    /// What it points to is that of counter().
    std::shared_ptr<void> admit(std::shared_ptr<void> inner = {});

    int online() const { return m_counter->online(); }
    quint64 admitted() const { return m_admitted; }
    /// So many were served before, by the same tunnel before a break.
    void setAdmitted(quint64 users) { m_admitted = users; }
    /// Shared with the places, which may outlive the gate.
    const std::shared_ptr<UserCounter> &counter() const { return m_counter; }

private:
    const TunnelLimits m_limits;
    const std::shared_ptr<UserCounter> m_counter = std::make_shared<UserCounter>();
    const std::shared_ptr<UserCounter> m_account; ///< shared by the tunnels of an account; may be null
    const int m_accountLimit;
    quint64 m_admitted = 0;
};

} // namespace frpx::server
