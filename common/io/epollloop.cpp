// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/throttledlog.h"
#include "common/io/ioloop.h"
#include "common/io/ioloopbackends.h"
#include "common/system/batchscheduling.h"

#ifdef Q_OS_LINUX

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>
#include <vector>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr LogKind cannotWatch{lcRelay};
constexpr int maxEventsPerWake = 256;

/// Edge-triggered: each descriptor is registered once, for all events; its handler remembers what it can
/// still do.
///
/// Closing a descriptor does not always end its registration: a process that this one has just forked may
/// hold a copy. So an event names its handler by a slot and the slot's generation, and the event of a handler
/// that is gone is dropped.
class EpollLoop final : public IoLoop
{
public:
    EpollLoop();
    ~EpollLoop() override { stopThread(); }

    void stop() override { stopThread(); }
    bool watch(IoHandler *handler, int side, int fd) override;
    void unwatch(IoHandler *handler, int side, int fd) override;

private:
    void wake() override { wakeThread(); }
    void forget(IoHandler *handler) override;
    void wakeThread();
    void stopThread();
    void loop();
    void deliver(const epoll_event &event);

    struct Slot
    {
        IoHandler *handler = nullptr; ///< null: free
        quint32 generation = 1; ///< raised whenever the slot becomes free; the wake-up has 0
    };

    UniqueFd m_epoll;
    UniqueFd m_wake;
    std::atomic<bool> m_stopping = false;
    std::vector<Slot> m_slots; ///< of the handlers that watch something; the loop's thread only
    std::vector<size_t> m_freeSlots;
    std::thread m_thread;
};

EpollLoop::EpollLoop()
    : m_epoll(::epoll_create1(EPOLL_CLOEXEC))
    , m_wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (!m_epoll || !m_wake)
        qFatal("cannot create an epoll descriptor: %s", qUtf8Printable(qt_error_string(errno)));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = 0;
    ::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, m_wake.get(), &event);

    // Only the control thread handles signals.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    m_thread = std::thread([this] { loop(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void EpollLoop::stopThread()
{
    if (!m_thread.joinable())
        return;
    m_stopping = true;
    wakeThread();
    m_thread.join();
}

void EpollLoop::wakeThread()
{
    const quint64 one = 1;
    [[maybe_unused]] const auto n = ::write(m_wake.get(), &one, sizeof one);
}

void EpollLoop::loop()
{
    std::array<epoll_event, maxEventsPerWake> events;
    BatchScheduling scheduling;
    while (!m_stopping) {
        int timeout = hasQueue() ? 0 : waitsForIdle() ? idleMs : hasTicking() ? tickMs : -1;
        if (const int resume = timeout == 0 ? -1 : msToResume(); resume >= 0)
            timeout = resume; // never longer than a tick
        const int count = ::epoll_wait(m_epoll.get(), events.data(), maxEventsPerWake, timeout);
        scheduling.onWake();
        if (count == 0 && waitsForIdle())
            runIdleCalls();
        for (int i = 0; i < count; ++i) {
            const epoll_event &event = events[size_t(i)];
            if (event.data.u64 != 0) {
                deliver(event);
                continue;
            }
            quint64 ignored = 0;
            [[maybe_unused]] const auto n = ::read(m_wake.get(), &ignored, sizeof ignored);
            runTasks();
        }
        endRound();
    }
    destroyHandlers();
}

void EpollLoop::deliver(const epoll_event &event)
{
    const Slot &slot = m_slots[(event.data.u64 & 0xffff'ffff) >> 1];
    if (slot.generation != event.data.u64 >> 32) // finished, for instance by an earlier event of this round
        return;
    IoEvents events;
    events.hungUp = (event.events & (EPOLLRDHUP | EPOLLHUP)) != 0;
    events.broken = (event.events & EPOLLERR) != 0;
    events.urgent = (event.events & EPOLLPRI) != 0;
    events.readable = (event.events & EPOLLIN) != 0 || events.hungUp || events.broken;
    events.writable = (event.events & EPOLLOUT) != 0 || events.broken;
    slot.handler->onIo(static_cast<int>(event.data.u64 & 1), events);
}

bool EpollLoop::watch(IoHandler *handler, int side, int fd)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    size_t &index = watchSlot(handler);
    if (index == noSlot) {
        if (m_freeSlots.empty()) {
            m_freeSlots.push_back(m_slots.size());
            m_slots.emplace_back();
        }
        index = m_freeSlots.back();
        m_freeSlots.pop_back();
        m_slots[index].handler = handler;
    }
    event.data.u64 = quint64(m_slots[index].generation) << 32 | quint64(index) << 1 | quint64(side);
    if (::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0)
        return true;
    logThrottled(cannotWatch, u"cannot watch a connection: "_s + qt_error_string(errno));
    return false;
}

void EpollLoop::unwatch(IoHandler *handler, int side, int fd)
{
    Q_UNUSED(handler)
    Q_UNUSED(side)
    ::epoll_ctl(m_epoll.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EpollLoop::forget(IoHandler *handler)
{
    const size_t index = std::exchange(watchSlot(handler), noSlot);
    if (index == noSlot)
        return;
    Slot &slot = m_slots[index];
    slot.handler = nullptr;
    if (++slot.generation == 0)
        slot.generation = 1;
    m_freeSlots.push_back(index);
}

} // namespace

std::unique_ptr<IoLoop> createEpollLoop()
{
    return std::make_unique<EpollLoop>();
}

} // namespace frpx

#else

namespace frpx {

std::unique_ptr<IoLoop> createEpollLoop()
{
    return nullptr;
}

} // namespace frpx

#endif
