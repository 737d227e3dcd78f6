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
    Shelf &shelf = m_shelves[static_cast<quint64>(session)];
    shelf.secret = secret;
    shelf.keep = static_cast<size_t>(keep);
    shelf.most = static_cast<size_t>(most);
    shelf.reviewedAt = now;
    m_bySecret.insert(secret, session);
}

void WorkConnectionPool::close(SessionId session)
{
    const auto it = m_shelves.find(static_cast<quint64>(session));
    if (it == m_shelves.end())
        return;
    m_bySecret.remove(it->second.secret);
    m_idle -= it->second.idle.size();
    m_shelves.erase(it);
}

void WorkConnectionPool::retire(SessionId session)
{
    const auto it = m_shelves.find(static_cast<quint64>(session));
    if (it == m_shelves.end())
        return;
    it->second.retired = true;
    m_idle -= it->second.idle.size();
    it->second.idle.clear();
}

bool WorkConnectionPool::add(const QString &secret, WorkConn connection)
{
    const auto session = m_bySecret.constFind(secret);
    return session != m_bySecret.cend()
        && shelve(m_shelves.at(static_cast<quint64>(*session)), std::move(connection));
}

void WorkConnectionPool::putBack(SessionId session, WorkConn connection)
{
    if (const auto it = m_shelves.find(static_cast<quint64>(session)); it != m_shelves.end())
        shelve(it->second, std::move(connection), it->second.most);
}

bool WorkConnectionPool::shelve(Shelf &shelf, WorkConn connection, size_t most)
{
    if (m_idle >= m_maxIdle || shelf.retired || shelf.idle.size() >= most)
        return false;
    shelf.idle.push_back(std::move(connection));
    ++m_idle;
    return true;
}

WorkConn WorkConnectionPool::take(SessionId session)
{
    const auto it = m_shelves.find(static_cast<quint64>(session));
    if (it == m_shelves.end())
        return {};
    Shelf &shelf = it->second;
    WorkConn taken;
    while (!shelf.idle.empty() && !taken) {
        // A NAT router on the way is least likely to have forgotten the newest.
        taken = std::move(shelf.idle.back());
        shelf.idle.pop_back();
        --m_idle;
        if (!taken.isQuiet())
            taken = {};
    }
    shelf.leastIdle = std::min(shelf.leastIdle, shelf.idle.size());
    return taken;
}

size_t WorkConnectionPool::idleOf(SessionId session) const
{
    const auto it = m_shelves.find(static_cast<quint64>(session));
    return it == m_shelves.end() ? 0 : it->second.idle.size();
}

void WorkConnectionPool::sweep(qint64 now)
{
    if (now - m_checkedAt < checkIntervalMs)
        return; // with thousands of clients, checking all of them takes long
    m_checkedAt = now;
    for (auto &[id, shelf] : m_shelves) {
        const size_t before = shelf.idle.size();
        dropBroken(shelf);
        dropSurplus(shelf, now);
        m_idle -= before - shelf.idle.size();
    }
}

void WorkConnectionPool::dropBroken(Shelf &shelf)
{
    if (shelf.idle.empty())
        return;
    std::vector<pollfd> polled;
    for (const WorkConn &each : shelf.idle)
        polled.push_back({each.get(), POLLIN, 0});
    if (::poll(polled.data(), static_cast<nfds_t>(polled.size()), 0) <= 0)
        return;
    // A waiting connection sends nothing: after any event it is of no more use.
    size_t i = 0;
    std::erase_if(shelf.idle, [&](const WorkConn &) { return polled[i++].revents != 0; });
}

void WorkConnectionPool::dropSurplus(Shelf &shelf, qint64 now)
{
    if (now - shelf.reviewedAt < reviewIntervalMs)
        return;
    shelf.reviewedAt = now;
    const size_t unneeded = std::min(shelf.leastIdle, shelf.idle.size());
    if (unneeded > shelf.keep) {
        for (size_t surplus = (unneeded - shelf.keep + 1) / 2; surplus > 0; --surplus)
            shelf.idle.pop_front(); // the client sees the close and keeps fewer
    }
    shelf.leastIdle = shelf.idle.size();
}

} // namespace frpx::server
