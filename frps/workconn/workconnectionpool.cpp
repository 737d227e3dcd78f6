// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/workconn/workconnectionpool.h"

#include <vector>

#include <poll.h>

namespace frpx::server {

namespace {

constexpr qint64 checkIntervalMs = 5000;
constexpr qint64 reviewIntervalMs = 30'000;

} // namespace

void WorkConnectionPool::open(SessionId session, const QString &secret, int keep, qint64 now, int most)
{
    const std::scoped_lock lock(m_mutex);
    Waiting &waiting = m_sessions[static_cast<quint64>(session)];
    waiting.secret = secret;
    waiting.keep = static_cast<size_t>(keep);
    waiting.most = static_cast<size_t>(most);
    waiting.reviewedAt = now;
    m_bySecret.insert(secret, session);
}

void WorkConnectionPool::close(SessionId session)
{
    const std::scoped_lock lock(m_mutex);
    const auto it = m_sessions.find(static_cast<quint64>(session));
    if (it == m_sessions.end())
        return;
    m_bySecret.remove(it->second.secret);
    m_idle -= it->second.idle.size();
    m_sessions.erase(it);
}

void WorkConnectionPool::retire(SessionId session)
{
    const std::scoped_lock lock(m_mutex);
    const auto it = m_sessions.find(static_cast<quint64>(session));
    if (it == m_sessions.end())
        return;
    it->second.retired = true;
    m_idle -= it->second.idle.size();
    it->second.idle.clear();
}

bool WorkConnectionPool::add(const QString &secret, WorkConn connection)
{
    const std::scoped_lock lock(m_mutex);
    const auto session = m_bySecret.constFind(secret);
    return session != m_bySecret.cend()
        && keep(m_sessions.at(static_cast<quint64>(*session)), std::move(connection));
}

void WorkConnectionPool::putBack(SessionId session, WorkConn connection)
{
    const std::scoped_lock lock(m_mutex);
    if (const auto it = m_sessions.find(static_cast<quint64>(session)); it != m_sessions.end())
        keep(it->second, std::move(connection), it->second.most);
}

bool WorkConnectionPool::knows(const QString &secret) const
{
    const std::scoped_lock lock(m_mutex);
    return m_bySecret.contains(secret);
}

bool WorkConnectionPool::keep(Waiting &waiting, WorkConn connection, size_t most)
{
    if (m_idle >= m_maxIdle || waiting.retired || waiting.idle.size() >= most)
        return false;
    waiting.idle.push_back(std::move(connection));
    ++m_idle;
    return true;
}

WorkConn WorkConnectionPool::take(SessionId session)
{
    // isQuiet() asks the kernel: not under the lock.
    while (WorkConn taken = takeNewest(session)) {
        if (taken.isQuiet())
            return taken;
    }
    return {};
}

/// A NAT router on the way is least likely to have forgotten the newest.
WorkConn WorkConnectionPool::takeNewest(SessionId session)
{
    const std::scoped_lock lock(m_mutex);
    const auto it = m_sessions.find(static_cast<quint64>(session));
    if (it == m_sessions.end())
        return {};
    Waiting &waiting = it->second;
    WorkConn taken;
    if (!waiting.idle.empty()) {
        taken = std::move(waiting.idle.back());
        waiting.idle.pop_back();
        --m_idle;
    }
    waiting.leastIdle = std::min(waiting.leastIdle, waiting.idle.size());
    return taken;
}

size_t WorkConnectionPool::idle() const
{
    const std::scoped_lock lock(m_mutex);
    return m_idle;
}

size_t WorkConnectionPool::idleOf(SessionId session) const
{
    const std::scoped_lock lock(m_mutex);
    const auto it = m_sessions.find(static_cast<quint64>(session));
    return it == m_sessions.end() ? 0 : it->second.idle.size();
}

void WorkConnectionPool::sweep(qint64 now)
{
    const std::scoped_lock lock(m_mutex);
    if (now - m_checkedAt < checkIntervalMs)
        return; // with thousands of clients, checking all of them takes long
    m_checkedAt = now;
    for (auto &[id, waiting] : m_sessions) {
        const size_t before = waiting.idle.size();
        dropBroken(waiting);
        dropSurplus(waiting, now);
        m_idle -= before - waiting.idle.size();
    }
}

void WorkConnectionPool::dropBroken(Waiting &waiting)
{
    if (waiting.idle.empty())
        return;
    std::vector<pollfd> polled;
    for (const WorkConn &each : waiting.idle)
        polled.push_back({each.get(), POLLIN, 0});
    if (::poll(polled.data(), static_cast<nfds_t>(polled.size()), 0) <= 0)
        return;
    // A waiting connection sends nothing: after any event it is of no more use.
    size_t i = 0;
    std::erase_if(waiting.idle, [&](const WorkConn &) { return polled[i++].revents != 0; });
}

void WorkConnectionPool::dropSurplus(Waiting &waiting, qint64 now)
{
    if (now - waiting.reviewedAt < reviewIntervalMs)
        return;
    waiting.reviewedAt = now;
    const size_t unneeded = std::min(waiting.leastIdle, waiting.idle.size());
    if (unneeded > waiting.keep) {
        for (size_t surplus = (unneeded - waiting.keep + 1) / 2; surplus > 0; --surplus)
            waiting.idle.pop_front(); // the client sees the close and keeps fewer
    }
    waiting.leastIdle = waiting.idle.size();
}

} // namespace frpx::server
