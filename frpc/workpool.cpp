// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/workpool.h"

#include "common/protocol/messages.h"

namespace frpx::client {

constexpr int refillIntervalMs = 1000;
constexpr int longestIntervalMs = 30'000; ///< while the proxy port cannot be reached

WorkPool::WorkPool(RelayPool &relays, Size size, QObject *parent)
    : QObject(parent)
    , m_relays(relays)
    , m_size(size)
{
    connect(&m_refill, &QTimer::timeout, this, &WorkPool::onRefill);
}

WorkPool::~WorkPool()
{
    close();
}

void WorkPool::open(const QHostAddress &server, quint16 port, const QString &sessionSecret,
    const QHostAddress &service, quint16 servicePort, std::shared_ptr<RelayMeter> meter)
{
    close();
    m_share = std::make_shared<WorkLinkShare>();
    m_share->serverAddress = server;
    m_share->serverPort = port;
    m_share->introduction = proto::encodeFrame(proto::NewWorkConn{sessionSecret});
    m_share->serviceAddress = service;
    m_share->servicePort = servicePort;
    m_share->minIdle = m_size.min;
    m_share->meter = std::move(meter);
    m_share->wanted = m_size.min;
    m_share->links.resize(m_relays.size());
    fill();
    m_refill.start(refillIntervalMs);
}

void WorkPool::close()
{
    m_refill.stop();
    if (!m_share)
        return;
    m_share->over = true;
    for (size_t i = 0; i < m_relays.size(); ++i) {
        m_relays.loop(i).post([i, share = m_share](IoLoop &) {
            const std::vector<WorkLink *> links = share->links[i]; // closing takes them out of the list
            for (WorkLink *link : links)
                link->close();
        });
    }
    m_share.reset();
}

void WorkPool::onMissed()
{
    if (!m_share || m_size.max == 0)
        return;
    constexpr int smallestStep = 4;
    const int wanted = m_share->wanted.load();
    m_share->wanted = std::min(m_size.max, std::max(2 * wanted, wanted + smallestStep));
    fill();
}

/// A server whose proxy port does not answer is asked by one dial at a time, ever more rarely.
void WorkPool::onRefill()
{
    const bool failing = m_share->failing;
    m_refill.setInterval(failing ? std::min(2 * m_refill.interval(), longestIntervalMs) : refillIntervalMs);
    fill();
}

void WorkPool::fill()
{
    const int atOnce = m_share->failing ? 1 : m_share->wanted.load();
    for (int missing = std::min(atOnce, m_share->wanted.load() - m_share->ready.load()); missing > 0;
         --missing) {
        const size_t index = m_nextLoop++ % m_relays.size();
        m_relays.loop(index).post(
            [index, share = m_share](IoLoop &loop) { WorkLink::start(loop, index, share); });
    }
}

} // namespace frpx::client
