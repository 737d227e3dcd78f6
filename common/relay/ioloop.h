// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relay.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace frpx {

class IoLoop;

/// What has happened to a descriptor since its handler was last told.
struct IoEvents
{
    bool readable = false;
    bool writable = false;
    bool hungUp = false; ///< the peer has ended its stream; what it sent before can still be read
    bool broken = false; ///< the connection is in error
    bool urgent = false; ///< there is urgent data: a read stops short in front of it
};

/// Something that lives in an IoLoop and reacts to one or two descriptors of its own, called side 0 and
/// side 1.
///
/// All calls come in the loop's thread. A handler remembers what it may still do: it is told of changes only
/// (edge-triggered), so it must read and write until the kernel says "no more".
class IoHandler
{
public:
    IoHandler() = default;
    virtual ~IoHandler() = default;
    IoHandler(const IoHandler &) = delete;
    IoHandler &operator=(const IoHandler &) = delete;

    virtual void onIo(int side, IoEvents events) = 0;
    /// After IoLoop::requeue(): everybody else has had a turn. After IoLoop::resumeAt(): it is time.
    virtual void onTurn() { }
    /// After IoLoop::queueHandshake(): a step of a TLS handshake may be done now.
    virtual void onHandshakeTurn() { }
    /// After IoLoop::runWhenIdle(): nothing has happened for a while, or too much.
    virtual void onIdle() { }
    /// About four times a second while IoLoop::setTicking() is on. For deadlines.
    virtual void onTick(qint64 nowMs) { Q_UNUSED(nowMs) }
    /// Now and then while IoLoop::inspect() is called: whose peer has silently gone?
    virtual void onInspection(const SilenceLimits &limits) { Q_UNUSED(limits) }

    /// Ends at once, with a reset to both peers, if \a key is its lease or owner (see RelayJob). \return
    /// whether it did.
    virtual bool cut(const void *key)
    {
        Q_UNUSED(key)
        return false;
    }

    // For loops on level-triggered systems: what to be told of. Idle interest would make them spin.
    virtual bool wantsRead(int side) const = 0;
    virtual bool wantsWrite(int side) const = 0;
    /// Nothing is read from this side any more, so that only an error condition tells that it breaks.
    virtual bool wantsError(int side) const = 0;

protected:
    /// Between queueHandshake() and the turn.
    bool awaitsHandshakeTurn() const { return m_awaitsHandshake; }

private:
    friend class IoLoop;
    static constexpr size_t nowhere = size_t(-1);

    size_t m_index = nowhere; ///< in IoLoop::m_handlers
    size_t m_tickIndex = nowhere; ///< in IoLoop::m_ticking
    bool m_incidental = false; ///< in IoLoop::m_incidental
    bool m_queued = false; ///< in IoLoop::m_queue
    bool m_waitsForIdle = false; ///< in IoLoop::m_waitForIdle
    bool m_awaitsHandshake = false; ///< in IoLoop::m_handshakes
    qint64 m_resumeAtMs = 0; ///< its key in IoLoop::m_resting; 0: not there
};

/// One thread that runs IoHandlers: on Linux on an edge-triggered epoll descriptor, elsewhere (and with
/// FRPX_RELAY=portable) on Qt's notifiers.
class IoLoop
{
public:
    /// The loop for this system; its thread runs at once.
    static std::unique_ptr<IoLoop> create();
    /// Calls stop(), as each backend's destructor must.
    virtual ~IoLoop();
    IoLoop(const IoLoop &) = delete;
    IoLoop &operator=(const IoLoop &) = delete;

    /// Few, for the relays' sake; not one, as a round of bulk relays takes milliseconds itself.
    static constexpr int handshakesPerRound = 4;

    /// Runs \a task (callable as `task(IoLoop &)`, need not be copyable) in the loop's thread; from any
    /// thread. A task that comes too late is destroyed unrun.
    template <typename Callable>
    void post(Callable task)
    {
        enqueue(std::make_unique<CallableTask<Callable>>(std::move(task)));
    }

    /// Destroys every handler and joins the thread; from any other thread, any number of times. What is
    /// posted later is destroyed unrun.
    virtual void stop() = 0;

    /// Relays running in this loop; from any thread.
    qint64 openRelays() const { return m_openRelays.load(std::memory_order_relaxed); }

    // The rest is for the loop's own thread.

    /// Takes \a handler in; it lives until finish() or the end of the loop.
    void adopt(std::unique_ptr<IoHandler> handler);
    /// While \a on nobody needs to wait for \a handler: handlerCount() is without it.
    void setIncidental(IoHandler *handler, bool on);
    /// Tells \a handler of \a fd as its \a side from now on; the readiness there is already is reported, too.
    virtual bool watch(IoHandler *handler, int side, int fd) = 0;
    /// Ends watch(). Needed only if \a fd lives on; else finish() does.
    virtual void unwatch(IoHandler *handler, int side, int fd) = 0;
    /// \a handler has ended. It is destroyed once this round of events is over, and told nothing until then.
    void finish(IoHandler *handler);
    /// Ends every handler that holds \a key as its lease or owner.
    void cut(const void *key);
    /// Calls onTurn() of \a handler after this round of events.
    void requeue(IoHandler *handler);
    /// Calls onHandshakeTurn() of \a handler once, in turn: `handshakesPerRound` of them a round. A step of a
    /// handshake is up to a millisecond of arithmetic; so a burst of them keeps the relays waiting for these
    /// few, not for all.
    void queueHandshake(IoHandler *handler);
    void setTicking(IoHandler *handler, bool on);
    /// Calls onIdle() of \a handler once, when nothing has happened for a millisecond; after a few in any
    /// case. For what is cheaper together with something that is likely to come at once.
    void runWhenIdle(IoHandler *handler);
    /// Takes runWhenIdle() back.
    void cancelRunWhenIdle(IoHandler *handler);
    /// Calls onInspection() of the next few hundred handlers, so that it never takes long.
    void inspect(const SilenceLimits &limits);
    /// Calls onTurn() of \a handler once, in the first round at or after \a atMs of steadyMs(); 0: not any
    /// more. Replaces what was said before. For sleeps of milliseconds that somebody counts on; deadlines are
    /// for setTicking().
    void resumeAt(IoHandler *handler, qint64 atMs);

    /// The handlers that have not ended: relays, and what may become one.
    size_t handlerCount() const { return m_handlers.size() - static_cast<size_t>(m_incidental); }
    static bool isFinished(const IoHandler *handler) { return handler->m_index == IoHandler::nowhere; }
    RelayScratch &scratch() { return m_scratch; }
    /// steadyMs(), asked for once a round at most: asking is not free on every machine.
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
    /// The end of a handler's watches, before it is destroyed.
    virtual void forget(IoHandler *handler) { Q_UNUSED(handler) }

    void enqueue(std::unique_ptr<Task> task);
    void runTasks();
    /// What is due after a round of events: ticks, queued handlers, burials.
    void endRound();
    void destroyHandlers();
    /// Somebody wants a turn in the next round, whatever happens.
    bool hasQueue() const { return !m_queue.empty() || !m_handshakes.empty(); }
    bool waitsForIdle() const { return !m_waitForIdle.empty(); }
    void runIdleCalls();
    bool hasTicking() const { return !m_ticking.empty(); }
    /// Milliseconds until the next resumeAt() is due; -1: there is none. Asks the clock only if there is one.
    int msToResume() const;

private:
    RelayScratch m_scratch;
    std::vector<std::unique_ptr<IoHandler>> m_handlers;
    qsizetype m_incidental = 0; ///< of m_handlers
    std::vector<IoHandler *> m_ticking;
    std::vector<IoHandler *> m_queue;
    std::deque<IoHandler *> m_handshakes;
    std::vector<IoHandler *> m_waitForIdle; ///< few: those of the last milliseconds
    qint64 m_idleCallDueMs = 0; ///< on the coarse clock: no later
    std::set<std::pair<qint64, IoHandler *>> m_resting; ///< by when they are to be resumed
    std::vector<std::unique_ptr<IoHandler>> m_retired;
    qint64 m_nowMs = 0; ///< 0: not asked for in this round
    qint64 m_lastTickMs = 0; ///< on the coarse clock
    size_t m_nextInspected = 0; ///< in m_handlers

    std::atomic<qint64> m_openRelays = 0;

    std::mutex m_taskMutex;
    std::vector<std::unique_ptr<Task>> m_tasks; // guarded by m_taskMutex
    bool m_closed = false; // guarded by m_taskMutex
};

} // namespace frpx
