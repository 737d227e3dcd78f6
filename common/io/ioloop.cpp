// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/io/ioloop.h"

#include "common/core/clock.h"
#include "common/io/ioloopbackends.h"

#include <algorithm>

namespace frpx {

namespace {

constexpr size_t inspectedAtOnce = 512; // takes about a millisecond
constexpr qint64 longestWithoutIdleMs = 4;

} // namespace

std::unique_ptr<IoLoop> IoLoop::create()
{
    const bool portable = qgetenv("FRPX_RELAY") == "portable";
    std::unique_ptr<IoLoop> loop = portable ? nullptr : createEpollLoop();
    return loop ? std::move(loop) : createPortableLoop();
}

IoLoop::~IoLoop() = default;

void IoLoop::enqueue(std::unique_ptr<Task> task)
{
    bool first = false;
    {
        const std::scoped_lock lock(m_taskMutex);
        if (m_closed)
            return;
        first = m_tasks.empty();
        m_tasks.push_back(std::move(task));
    }
    if (first) // otherwise the wake-up for earlier tasks is still pending
        wake();
}

void IoLoop::runTasks()
{
    std::vector<std::unique_ptr<Task>> tasks;
    {
        const std::scoped_lock lock(m_taskMutex);
        tasks.swap(m_tasks);
    }
    for (const auto &task : tasks)
        task->run(*this);
}

void IoLoop::adopt(std::unique_ptr<IoHandler> handler)
{
    handler->m_index = m_handlers.size();
    m_handlers.push_back(std::move(handler));
}

void IoLoop::setIncidental(IoHandler *handler, bool on)
{
    if (std::exchange(handler->m_incidental, on) != on)
        m_incidental += on ? 1 : -1;
}

void IoLoop::finish(IoHandler *handler)
{
    Q_ASSERT(!isFinished(handler));
    forget(handler);
    setIncidental(handler, false);
    // It may have ended itself, or another handler has ended it while it waited for its turn.
    if (std::exchange(handler->m_queued, false))
        std::erase(m_queue, handler);
    setTicking(handler, false);
    cancelRunWhenIdle(handler);
    if (std::exchange(handler->m_awaitsHandshake, false))
        std::erase(m_handshakes, handler);
    resumeAt(handler, 0);
    const size_t hole = handler->m_index;
    std::swap(m_handlers[hole], m_handlers.back());
    m_handlers[hole]->m_index = hole;
    handler->m_index = IoHandler::nowhere;
    m_retired.push_back(std::move(m_handlers.back()));
    m_handlers.pop_back();
}

void IoLoop::cut(const void *key)
{
    for (size_t i = m_handlers.size(); i > 0;
         --i) // finish() fills the gap with a handler that was visited already
        m_handlers[i - 1]->cut(key);
}

void IoLoop::requeue(IoHandler *handler)
{
    if (handler->m_queued)
        return;
    handler->m_queued = true;
    m_queue.push_back(handler);
}

void IoLoop::queueHandshake(IoHandler *handler)
{
    if (!std::exchange(handler->m_awaitsHandshake, true))
        m_handshakes.push_back(handler);
}

void IoLoop::runWhenIdle(IoHandler *handler)
{
    if (std::exchange(handler->m_waitsForIdle, true))
        return;
    if (m_waitForIdle.empty())
        m_idleCallDueMs = coarseMs() + longestWithoutIdleMs;
    m_waitForIdle.push_back(handler);
}

void IoLoop::cancelRunWhenIdle(IoHandler *handler)
{
    if (std::exchange(handler->m_waitsForIdle, false))
        std::erase(m_waitForIdle, handler);
}

void IoLoop::runIdleCalls()
{
    for (IoHandler *handler :
        std::exchange(m_waitForIdle, {})) { // it may finish its own handler, but no other
        handler->m_waitsForIdle = false;
        handler->onIdle();
    }
}

void IoLoop::setTicking(IoHandler *handler, bool on)
{
    if (on == (handler->m_tickIndex != IoHandler::nowhere))
        return;
    if (on) {
        handler->m_tickIndex = m_ticking.size();
        m_ticking.push_back(handler);
        return;
    }
    const size_t hole = handler->m_tickIndex;
    std::swap(m_ticking[hole], m_ticking.back());
    m_ticking[hole]->m_tickIndex = hole;
    m_ticking.pop_back();
    handler->m_tickIndex = IoHandler::nowhere;
}

void IoLoop::inspect(const SilenceLimits &limits)
{
    for (size_t left = std::min(inspectedAtOnce, m_handlers.size()); left > 0 && !m_handlers.empty();
         --left) {
        if (m_nextInspected >= m_handlers.size())
            m_nextInspected = 0;
        IoHandler *handler = m_handlers[m_nextInspected].get();
        handler->onInspection(limits);
        if (!isFinished(handler)) // otherwise the last handler has taken its index
            ++m_nextInspected;
    }
}

void IoLoop::resumeAt(IoHandler *handler, qint64 atMs)
{
    if (atMs == handler->m_resumeAtMs)
        return;
    if (handler->m_resumeAtMs != 0)
        m_resting.erase({handler->m_resumeAtMs, handler});
    handler->m_resumeAtMs = atMs;
    if (atMs != 0)
        m_resting.emplace(atMs, handler);
}

int IoLoop::msToResume() const
{
    if (m_resting.empty())
        return -1;
    return static_cast<int>(std::clamp(m_resting.begin()->first - steadyMs(), qint64(0), qint64(tickMs)));
}

qint64 IoLoop::nowMs()
{
    if (m_nowMs == 0)
        m_nowMs = steadyMs();
    return m_nowMs;
}

void IoLoop::endRound()
{
    if (!m_ticking.empty()) {
        const qint64 coarse = coarseMs();
        if (coarse - m_lastTickMs >= tickMs) {
            m_lastTickMs = coarse;
            const qint64 now = nowMs();
            // A tick may finish its own handler, but no other.
            const std::vector<IoHandler *> ticking = m_ticking;
            for (IoHandler *handler : ticking) {
                if (!isFinished(handler))
                    handler->onTick(now);
            }
        }
    }
    if (!m_resting.empty()) {
        // Each once per round: one that rests again is resumed in the next round.
        const auto due = m_resting.lower_bound({nowMs() + 1, nullptr});
        const std::vector<std::pair<qint64, IoHandler *>> resumed(m_resting.begin(), due);
        m_resting.erase(m_resting.begin(), due);
        for (const auto &[atMs, handler] : resumed)
            handler->m_resumeAtMs = 0;
        for (const auto &[atMs, handler] : resumed) {
            if (!isFinished(handler))
                handler->onTurn();
        }
    }
    // Before the queue: a handler that starts to relay may enter it, or end.
    for (int left = handshakesPerRound; left > 0 && !m_handshakes.empty(); --left) {
        IoHandler *handler = m_handshakes.front();
        m_handshakes.pop_front();
        handler->m_awaitsHandshake = false;
        handler->onHandshakeTurn();
    }
    // Handlers that used up their budget run after all handlers with events. Directly before the finished
    // ones are destroyed: none of those may stay in the queue.
    for (IoHandler *handler : std::exchange(m_queue, {})) {
        handler->m_queued = false;
        if (!isFinished(handler))
            handler->onTurn();
    }
    if (!m_waitForIdle.empty() && coarseMs() >= m_idleCallDueMs)
        runIdleCalls();
    m_retired.clear();
    m_nowMs = 0;
}

void IoLoop::destroyHandlers()
{
    m_queue.clear();
    m_handshakes.clear();
    m_waitForIdle.clear();
    m_ticking.clear();
    m_resting.clear();
    m_retired.clear();
    m_handlers.clear();
    std::vector<std::unique_ptr<Task>> unrun;
    const std::scoped_lock lock(m_taskMutex);
    m_closed = true;
    unrun.swap(m_tasks);
}

} // namespace frpx
