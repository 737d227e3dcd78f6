// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/httpturns.h"

#include "common/core/clock.h"
#include "frps/api/httpsocket.h"

#include <algorithm>

using namespace std::chrono_literals;

namespace frpx::server {

namespace {

TimeShare::TimePoint now()
{
    return std::chrono::steady_clock::now();
}

} // namespace

HttpTurns::HttpTurns(std::function<void()> acceptNext, QObject *parent)
    : QObject(parent)
    , m_acceptNext(std::move(acceptNext))
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&m_timer, &QTimer::timeout, this, &HttpTurns::run);
}

void HttpTurns::add(HttpSocket *socket, const net::SourceKey &source, std::chrono::nanoseconds wait)
{
    if (wait > 0ns) {
        m_later.emplace(now() + wait, std::pair(socket, source));
    } else {
        std::deque<HttpSocket *> &ready = m_ready[source];
        if (ready.empty())
            m_order.push_back(source);
        ready.push_back(socket);
    }
    schedule();
}

void HttpTurns::wantAccept()
{
    m_acceptWanted = true;
    schedule();
}

void HttpTurns::remove(HttpSocket *socket)
{
    std::erase_if(m_later, [socket](const auto &entry) { return entry.second.first == socket; });
    for (auto it = m_ready.begin(); it != m_ready.end(); ++it) {
        if (std::erase(it->second, socket) == 0)
            continue;
        if (it->second.empty()) {
            std::erase(m_order, it->first);
            m_ready.erase(it);
        }
        return;
    }
}

void HttpTurns::charge(const std::function<void()> &work)
{
    const std::chrono::nanoseconds before = threadTime();
    work();
    m_share.spend(threadTime() - before);
}

HttpSocket *HttpTurns::takeNext()
{
    if (m_order.empty())
        return nullptr;
    const net::SourceKey source = m_order.front();
    m_order.pop_front();
    const auto it = m_ready.find(source);
    HttpSocket *socket = it->second.front();
    it->second.pop_front();
    if (it->second.empty())
        m_ready.erase(it);
    else
        m_order.push_back(source);
    return socket;
}

void HttpTurns::run()
{
    m_running = true; // add() is called meanwhile
    while (!m_later.empty() && m_later.begin()->first <= now()) {
        const auto [socket, source] = m_later.extract(m_later.begin()).mapped();
        add(socket, source, 0ns);
    }
    // New connections and existing ones take turns. One new connection in each turn of the event loop would
    // be too few: while the other ports are flooded, these turns are long.
    m_share.beginTurn(now());
    while (m_share.hasTime()) {
        if (std::exchange(m_acceptWanted, false))
            m_acceptNext(); // calls wantAccept() if it has accepted one
        if (HttpSocket *socket = takeNext())
            charge([socket] { socket->takeTurn(); });
        else if (!m_acceptWanted)
            break;
    }
    m_share.endTurn(now());
    m_running = false;
    schedule();
}

void HttpTurns::schedule()
{
    if (m_running)
        return;
    if (!m_order.empty() || m_acceptWanted)
        m_timer.start(m_share.wait(now()));
    else if (!m_later.empty())
        m_timer.start(
            std::max(std::chrono::ceil<std::chrono::milliseconds>(m_later.begin()->first - now()), 0ms));
    else
        m_timer.stop();
}

} // namespace frpx::server
