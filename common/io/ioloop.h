// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/io/loopscratch.h"

#include <QtGlobal>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace frpx {

class IoLoop;

/// The events of a descriptor since the last call of its handler.
struct IoEvents
{
    bool readable = false;
    bool writable = false;
    bool hungUp = false; ///< the peer has ended its stream; earlier bytes can still be read
    bool broken = false; ///< the connection is in error
    bool urgent = false; ///< there is urgent data: a read stops before it
};

/// An object in an IoLoop that handles the events of one or two own descriptors, called side 0 and side 1.
///
/// All calls are made in the loop's thread. A handler remembers what it may still do: it gets only changes
/// (edge-triggered), so it must read and write until the kernel has no more.
class IoHandler
{
public:
    IoHandler() = default;
    virtual ~IoHandler() = default;
    IoHandler(const IoHandler &) = delete;
    IoHandler &operator=(const IoHandler &) = delete;

    virtual void onIo(int side, IoEvents events) = 0;
    /// After IoLoop::requeue(): all other handlers have had a turn. After IoLoop::resumeAt(): the time has
    /// come.
    virtual void onTurn() { }
    /// After IoLoop::queueHandshake(): one step of a TLS handshake may run now.
    virtual void onHandshakeTurn() { }
    /// After IoLoop::runWhenIdle(): there were no events for a while, or too many rounds have passed.
    virtual void onIdle() { }
    /// About four times a second while IoLoop::setTicking() is on. For deadlines.
    virtual void onTick(qint64 nowMs) { Q_UNUSED(nowMs) }
    /// At intervals while IoLoop::inspect() is called: checks whether a peer has vanished silently.
    virtual void onInspection(const SilenceLimits &limits) { Q_UNUSED(limits) }

    /// Closes both connections at once with a reset if \a key is the lease or owner (see RelayJob). \return
    /// whether it did.
    virtual bool cut(const void *key)
    {
        Q_UNUSED(key)
        return false;
    }

    // For loops on level-triggered systems: the wanted events. An unneeded one would cause a busy loop.
    virtual bool wantsRead(int side) const = 0;
    virtual bool wantsWrite(int side) const = 0;
    /// Nothing is read from this side any more, so only an error event shows that it breaks.
    virtual bool wantsError(int side) const = 0;

protected:
    /// True between queueHandshake() and the turn.
    bool awaitsHandshakeTurn() const { return m_awaitsHandshake; }

private:
    friend class IoLoop;
    static constexpr size_t nowhere = size_t(-1);

    size_t m_index = nowhere; ///< in IoLoop::m_handlers
    size_t m_watchSlot = nowhere; ///< for the backend of the loop; nowhere: nothing has been watched
    size_t m_tickIndex = nowhere; ///< in IoLoop::m_ticking
    bool m_incidental = false; ///< in IoLoop::m_incidental
    bool m_queued = false; ///< in IoLoop::m_queue
    bool m_waitsForIdle = false; ///< in IoLoop::m_waitForIdle
    bool m_awaitsHandshake = false; ///< in IoLoop::m_handshakes
    qint64 m_resumeAtMs = 0; ///< its key in IoLoop::m_resting; 0: not in it
};

/// One thread that runs IoHandlers: on Linux on an edge-triggered epoll descriptor, elsewhere (and with
/// FRPX_RELAY=portable) on Qt's notifiers.
class IoLoop
{
public:
    /// Creates the loop for this system; its thread runs at once.
    static std::unique_ptr<IoLoop> create();
    /// Calls stop(), as each backend's destructor must.
    virtual ~IoLoop();
    IoLoop(const IoLoop &) = delete;
    IoLoop &operator=(const IoLoop &) = delete;

    /// Few, so that relays are not delayed; not one, as a round of bulk relays takes milliseconds itself.
    static constexpr int handshakesPerRound = 4;

    /// Runs \a task (callable as `task(IoLoop &)`, need not be copyable) in the loop's thread; from any
    /// thread. After stop() a task is destroyed without a call.
    template <typename Callable>
    void post(Callable task)
    {
        enqueue(std::make_unique<CallableTask<Callable>>(std::move(task)));
    }

    /// Destroys all handlers and joins the thread; from any other thread, any number of times. Tasks posted
    /// later are destroyed without a call.
    virtual void stop() = 0;

    /// Relays running in this loop; from any thread.
    qint64 openRelays() const { return m_openRelays.load(std::memory_order_relaxed); }

    // Only for the loop's own thread.

    /// Takes ownership of \a handler; it lives until finish() or the end of the loop.
    void adopt(std::unique_ptr<IoHandler> handler);
    /// While \a on, a drain need not wait for \a handler: handlerCount() excludes it.
    void setIncidental(IoHandler *handler, bool on);
    /// Reports events of \a fd to \a handler as its \a side from now on; current readiness is reported, too.
    virtual bool watch(IoHandler *handler, int side, int fd) = 0;
    /// Undoes watch(). Needed only if \a fd stays open; otherwise finish() does it.
    virtual void unwatch(IoHandler *handler, int side, int fd) = 0;
    /// \a handler has ended. It is destroyed after this round of events, and gets no more calls.
    void finish(IoHandler *handler);
    /// Ends every handler whose lease or owner is \a key.
    void cut(const void *key);
    /// Calls onTurn() of \a handler after this round of events.
    void requeue(IoHandler *handler);
    /// Calls onHandshakeTurn() of \a handler once, in order: `handshakesPerRound` of them per round. A step
    /// of a handshake is up to a millisecond of computation, so a burst of them delays the relays by these
    /// few, not by all.
    void queueHandshake(IoHandler *handler);
    void setTicking(IoHandler *handler, bool on);
    /// Calls onIdle() of \a handler once, after a millisecond without events, or after a few rounds in any
    /// case. For work that is cheaper together with an event that is likely soon.
    void runWhenIdle(IoHandler *handler);
    /// Cancels runWhenIdle().
    void cancelRunWhenIdle(IoHandler *handler);
    /// Calls onInspection() of the next few hundred handlers, so that it never takes long.
    void inspect(const SilenceLimits &limits);
    /// Calls onTurn() of \a handler once, in the first round at or after \a atMs of steadyMs(); 0 cancels it.
    /// Replaces the previous time. For exact waits of milliseconds; use setTicking() for deadlines.
    void resumeAt(IoHandler *handler, qint64 atMs);

    /// The number of handlers that have not ended: relays, and handlers that may become one.
    size_t handlerCount() const { return m_handlers.size() - static_cast<size_t>(m_incidental); }
    static bool isFinished(const IoHandler *handler) { return handler->m_index == IoHandler::nowhere; }
    LoopScratch &scratch() { return m_scratch; }
    /// steadyMs(), read at most once per round: the clock is expensive on some machines.
    qint64 nowMs();
    void countRelays(int change) { m_openRelays.fetch_add(change, std::memory_order_relaxed); }

protected:
    struct Task
    {
        virtual ~Task() = default;
        virtual void run(IoLoop &loop) = 0;
    };
    template <typename Callable>
    struct CallableTask final : Task
    {
        explicit CallableTask(Callable c)
            : callable(std::move(c))
        { }
        void run(IoLoop &loop) override { callable(loop); }
        Callable callable;
    };

    static constexpr int tickMs = 250;
    static constexpr int idleMs = 1; ///< most local services have answered by then

    IoLoop() = default;
    /// Makes the loop's thread call runTasks() soon.
    virtual void wake() = 0;
    static constexpr size_t noSlot = IoHandler::nowhere;
    /// A number that the backend keeps with \a handler.
    static size_t &watchSlot(IoHandler *handler) { return handler->m_watchSlot; }
    /// Forgets a handler's watches before it is destroyed.
    virtual void forget(IoHandler *handler) { Q_UNUSED(handler) }

    void enqueue(std::unique_ptr<Task> task);
    void runTasks();
    /// Runs the work after a round of events: ticks, queued handlers, destruction of finished ones.
    void endRound();
    void destroyHandlers();
    /// A handler wants a turn in the next round, whether there are events or not.
    bool hasQueue() const { return !m_queue.empty() || !m_handshakes.empty(); }
    bool waitsForIdle() const { return !m_waitForIdle.empty(); }
    void runIdleCalls();
    bool hasTicking() const { return !m_ticking.empty(); }
    /// Milliseconds until the next resumeAt() is due; -1: none. Reads the clock only if there is one.
    int msToResume() const;

private:
    LoopScratch m_scratch;
    std::vector<std::unique_ptr<IoHandler>> m_handlers;
    qsizetype m_incidental = 0; ///< of m_handlers
    std::vector<IoHandler *> m_ticking;
    std::vector<IoHandler *> m_queue;
    std::deque<IoHandler *> m_handshakes;
    std::vector<IoHandler *> m_waitForIdle; ///< few: those of the last milliseconds
    qint64 m_idleCallDueMs = 0; ///< the latest time, on the coarse clock
    std::set<std::pair<qint64, IoHandler *>> m_resting; ///< by the time of their turn
    std::vector<std::unique_ptr<IoHandler>> m_retired;
    qint64 m_nowMs = 0; ///< 0: not read in this round
    qint64 m_lastTickMs = 0; ///< on the coarse clock
    size_t m_nextInspected = 0; ///< in m_handlers

    std::atomic<qint64> m_openRelays = 0;

    std::mutex m_taskMutex;
    std::vector<std::unique_ptr<Task>> m_tasks; // guarded by m_taskMutex
    bool m_closed = false; // guarded by m_taskMutex
};

} // namespace frpx
