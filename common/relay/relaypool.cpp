// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relaypool.h"

#include "common/net/sockets.h"

#include <QThread>

#include <algorithm>
#include <numeric>

namespace frpx {

RelayPool::RelayPool(int threads)
{
    const bool portable = qgetenv("FRPX_RELAY") == "portable";
    const int count = threads > 0 ? threads : QThread::idealThreadCount();
    for (int i = 0; i < count; ++i) {
        std::unique_ptr<RelayWorker> worker = portable ? nullptr : RelayWorker::createEpoll();
        m_workers.push_back(worker ? std::move(worker) : RelayWorker::createPortable());
    }
}

RelayPool::~RelayPool() = default;

void RelayPool::adopt(RelayJob job)
{
    net::prepareStream(job.user.get());
    net::prepareStream(job.service.get());
    const auto leastBusy = std::min_element(m_workers.begin(), m_workers.end(),
        [](const auto &a, const auto &b) { return a->openRelays() < b->openRelays(); });
    (*leastBusy)->adopt(std::move(job));
}

qint64 RelayPool::openRelays() const
{
    return std::accumulate(m_workers.begin(), m_workers.end(), qint64(0),
        [](qint64 sum, const auto &worker) { return sum + worker->openRelays(); });
}

} // namespace frpx
