// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/throttledlog.h"
#include "common/relay/ioloop.h"
#include "common/relay/ioloopbackends.h"
#include "common/system/batchscheduling.h"

#ifdef Q_OS_LINUX

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr LogKind cannotWatch{lcRelay};
constexpr int maxEventsPerWake = 256;
constexpr quint64 sideBit = 1; // a handler is aligned: the lowest bit of its address is free to hold the side

/// Edge-triggered: each descriptor is registered once, for all events; its handler remembers what it can
/// still do.
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
    void wakeThread();
    void stopThread();
    void loop();
    static void deliver(const epoll_event &event);

    UniqueFd m_epoll;
    UniqueFd m_wake;
    std::atomic<bool> m_stopping = false;
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
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the address that watch() has stored
    auto *handler = reinterpret_cast<IoHandler *>(event.data.u64 & ~sideBit);
    if (isFinished(handler)) // by an earlier event of this round
        return;
    IoEvents events;
    events.hungUp = (event.events & (EPOLLRDHUP | EPOLLHUP)) != 0;
    events.broken = (event.events & EPOLLERR) != 0;
    events.urgent = (event.events & EPOLLPRI) != 0;
    events.readable = (event.events & EPOLLIN) != 0 || events.hungUp || events.broken;
    events.writable = (event.events & EPOLLOUT) != 0 || events.broken;
    handler->onIo(static_cast<int>(event.data.u64 & sideBit), events);
}

bool EpollLoop::watch(IoHandler *handler, int side, int fd)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u64 = reinterpret_cast<quint64>(handler) | static_cast<quint64>(side);
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
