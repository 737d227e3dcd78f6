// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tunnel/tunnelspec.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace frpx::server {

/// Counts the connections to one tunnel, or to all tunnels of one account. Any thread may call enter() and
/// leave().
class ConnectionCounter
{
public:
    int online() const { return m_online.load(std::memory_order_relaxed); }
    void enter() { m_online.fetch_add(1, std::memory_order_relaxed); }
    void leave();

    /// \a wake is called, once after each wakeOnLeave(), in the thread that calls leave(). An empty one ends
    /// that: when this returns, no call is under way any more.
    void setWaker(std::function<void()> wake);
    void wakeOnLeave() { m_wanted.store(true); }

private:
    std::atomic<int> m_online = 0;
    std::atomic<bool> m_wanted = false;
    std::mutex m_mutex;
    std::function<void()> m_wake; // guarded by m_mutex
};

/// Limits the connections to a tunnel. One thread; the places may be released in any.
class ConnectionLimiter
{
public:
    /// Applies the limits of \a spec. \a account counts the connections to all tunnels of the owner, at most
    /// \a accountLimit (0: no limit).
    explicit ConnectionLimiter(
        const TunnelSpec &spec, std::shared_ptr<ConnectionCounter> account = {}, int accountLimit = 0);
    ~ConnectionLimiter();
    Q_DISABLE_COPY_MOVE(ConnectionLimiter)

    /// True if one more connection may be served now.
    bool hasRoom() const;
    /// True: the total is used up, no further connection will be served.
    bool isExhausted() const { return m_totalConnections > 0 && m_admitted >= quint64(m_totalConnections); }

    /// A place for one connection, released with the last copy of the pointer, together with \a inner. It
    /// points to counter(), as RelayPool::cut() needs it.
    std::shared_ptr<void> admit(std::shared_ptr<void> inner = {});

    int online() const { return m_counter->online(); }
    quint64 admitted() const { return m_admitted; }
    /// The connections that the same tunnel has served before it was suspended.
    void setAdmitted(quint64 visitors) { m_admitted = visitors; }
    /// Shared with the places, which may outlive the limiter.
    const std::shared_ptr<ConnectionCounter> &counter() const { return m_counter; }

private:
    const int m_maxConnections; ///< at the same time; 0: no limit
    const int m_totalConnections; ///< 0: no limit
    const std::shared_ptr<ConnectionCounter> m_counter = std::make_shared<ConnectionCounter>();
    const std::shared_ptr<ConnectionCounter> m_account; ///< shared by the tunnels of an account; may be null
    const int m_accountLimit;
    quint64 m_admitted = 0;
};

} // namespace frpx::server
