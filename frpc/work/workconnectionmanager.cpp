// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/workconnectionmanager.h"

#include "common/protocol/frpx/messages.h"

namespace frpx::client {

WorkConnectionManager::WorkConnectionManager(RelayPool &relays, Size size,
    std::shared_ptr<ServiceMap> services, const WorkTiming &timing, QObject *parent)
    : QObject(parent)
    , m_relays(relays)
    , m_size(size)
    , m_timing(timing)
    , m_services(std::move(services))
{
    connect(&m_refill, &QTimer::timeout, this, &WorkConnectionManager::onRefill);
}

WorkConnectionManager::~WorkConnectionManager()
{
    close();
}

void WorkConnectionManager::open(
    const WorkRoute &route, const QString &sessionSecret, std::shared_ptr<RelayMeter> meter)
{
    close();
    m_share = std::make_shared<WorkContext>();
    m_share->route = route;
    m_share->introduction = proto::encodeFrame(proto::NewWorkConn{sessionSecret});
    m_share->proxyProtocol = m_proxyProtocol;
    m_share->services = m_services;
    m_share->minIdle = m_size.min;
    m_share->reachTimeoutMs = m_timing.reachTimeoutMs;
    m_share->replaceAfterMs = m_reuses || route.tls ? WorkContext::restMs : 0;
    m_share->meter = std::move(meter);
    m_share->silentService = m_silentService;
    m_share->wanted = m_size.min;
    m_share->relays = &m_relays;
    m_share->links.resize(m_relays.size());
    m_share->loads = std::vector<std::atomic<int>>(m_relays.size());
    m_share->users = std::vector<std::atomic<int>>(m_relays.size());
    fill();
    m_refill.start(m_timing.refillIntervalMs);
}

void WorkConnectionManager::close()
{
    m_refill.stop();
    if (!m_share)
        return;
    m_share->over = true;
    m_share->closed = true;
    forEachWaiting(&WorkConnection::close);
    m_share.reset();
}

void WorkConnectionManager::drain()
{
    m_refill.stop();
    if (!m_share)
        return;
    m_share->over = true;
    forEachWaiting(&WorkConnection::cancelDial);
}

void WorkConnectionManager::forEachWaiting(void (WorkConnection::*what)())
{
    for (size_t i = 0; i < m_relays.size(); ++i) {
        m_relays.loop(i).post([i, what, share = m_share](IoLoop &) {
            // A copy: close() removes a connection from the list.
            const std::vector<WorkConnection *> links = share->links[i];
            for (WorkConnection *link : links)
                (link->*what)();
        });
    }
}

void WorkConnectionManager::onMissed()
{
    if (!m_share || m_size.max == 0)
        return;
    constexpr int smallestStep = 4;
    const int wanted = m_share->wanted.load();
    if (wanted >= m_size.max)
        return; // each taken connection dials its own replacement
    m_share->wanted = std::min(m_size.max, std::max(2 * wanted, wanted + smallestStep));
    // With TLS the connection that was missing, and others with it, do their handshakes now: dials in advance
    // wait.
    fill(m_share->route.tls ? WorkContext::restMs : 0);
}

void WorkConnectionManager::onRefill()
{
    // A server that has enough waiting connections from all its clients closes new ones at once.
    const bool inVain = m_share->lost.exchange(0) > 0;
    const int interval =
        inVain ? std::min(2 * m_refill.interval(), m_timing.maxRefillIntervalMs) : m_timing.refillIntervalMs;
    if (interval != m_refill.interval())
        m_refill.setInterval(interval);
    fill();
    if (m_share->serviceFailed.exchange(false))
        Q_EMIT serviceFailed();
}

void WorkConnectionManager::fill(int restMs)
{
    // After losses, one dial tests the server; if it fails, it is one log line instead of many.
    const int atOnce = m_refill.interval() > m_timing.refillIntervalMs ? 1 : m_size.max;
    for (int missing = std::min(atOnce, m_share->wanted.load() - m_share->ready.load()); missing > 0;
         --missing) {
        const size_t index = m_nextLoop++ % m_relays.size();
        m_relays.loop(index).post([index, share = m_share, restMs](
                                      IoLoop &loop) { WorkConnection::start(loop, index, share, restMs); });
    }
}

} // namespace frpx::client
