// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relaypool.h"

#include "common/relay/relayhandler.h"

#include <QObject>
#include <QThread>

#include <numeric>

namespace frpx {

RelayPool::RelayPool(int threads)
{
    const int count = threads > 0 ? threads : QThread::idealThreadCount();
    for (int i = 0; i < count; ++i)
        m_loops.push_back(IoLoop::create());
}

RelayPool::~RelayPool()
{
    shutDown(); // all loops, before the first is destroyed: they may post to each other
}

void RelayPool::adopt(RelayJob job)
{
    if (!job.visitor || !job.service)
        return; // nothing to join: the destructor closes the other descriptor
    nextLoop().post(
        [job = std::move(job)](IoLoop &loop) mutable { RelayHandler::start(loop, std::move(job)); });
}

size_t RelayPool::nextIndex()
{
    // Round robin: also a burst that is faster than the loops' counts is spread evenly.
    return m_next.fetch_add(1, std::memory_order_relaxed) % m_loops.size();
}

void RelayPool::cut(const std::shared_ptr<void> &key)
{
    for (const auto &each : m_loops) // kept until all loops are done: no other object may get its address
        each->post([key](IoLoop &loop) { loop.cut(key.get()); });
}

void RelayPool::shutDown()
{
    for (const auto &loop : m_loops)
        loop->stop();
}

void RelayPool::inspect(const SilenceLimits &limits)
{
    for (const auto &loop : m_loops) // also without relays: handlers that may become one are inspected, too
        loop->post([limits](IoLoop &inThread) { inThread.inspect(limits); });
}

qint64 RelayPool::openRelays() const
{
    return std::accumulate(m_loops.begin(), m_loops.end(), qint64(0),
        [](qint64 sum, const auto &loop) { return sum + loop->openRelays(); });
}

void RelayPool::census(QObject *context, const std::function<void(qint64 count)> &answer)
{
    struct Count
    {
        std::atomic<size_t> loopsLeft;
        std::atomic<qint64> handlers = 0;
    };
    auto count = std::make_shared<Count>(); // shared by the loops, the last of which answers
    count->loopsLeft = m_loops.size();
    const auto handedOut = [this] { return m_next.load() + m_handedOver.load(); };
    const size_t before = handedOut();
    for (const auto &each : m_loops) {
        each->post([context, answer, count, before, handedOut](IoLoop &loop) {
            count->handlers += static_cast<qint64>(loop.handlerCount());
            if (--count->loopsLeft > 0)
                return;
            QMetaObject::invokeMethod(
                context,
                [answer, count, before, handedOut] {
                    answer(count->handlers + static_cast<qint64>(handedOut() - before));
                },
                Qt::QueuedConnection);
        });
    }
}

} // namespace frpx
