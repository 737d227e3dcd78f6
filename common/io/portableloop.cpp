// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/io/ioloop.h"
#include "common/io/ioloopbackends.h"
#include "common/net/sockets.h"

#include <QSocketNotifier>
#include <QThread>
#include <QTimer>

#include <array>
#include <unordered_map>

#ifdef Q_OS_UNIX
#include <csignal>

#include <pthread.h>
#endif

namespace frpx {

namespace {

/// For systems without epoll, and for tests of it on Linux (FRPX_RELAY=portable). Qt's notifiers are
/// level-triggered: after each round they are enabled for the events that their handlers want.
class PortableLoop final : public IoLoop
{
public:
    PortableLoop();
    ~PortableLoop() override;

    void stop() override { stopThread(); }
    bool watch(IoHandler *handler, int side, int fd) override;
    void unwatch(IoHandler *handler, int side, int fd) override;

private:
    struct Watch
    {
        std::unique_ptr<QSocketNotifier> read;
        std::unique_ptr<QSocketNotifier> write;
        std::unique_ptr<QSocketNotifier> error;
    };
    using Watches = std::array<Watch, 2>;

    void wake() override;
    void forget(IoHandler *handler) override;
    void stopThread();
    void round();
    void scheduleRound();
    void deliver(IoHandler *handler, int side, IoEvents events);
    void refresh(IoHandler *handler);
    static void discard(Watch &watch);

    QThread m_thread;
    /// Lives in m_thread as the target of queued calls. It outlives the thread, because tasks may still be
    /// posted.
    std::unique_ptr<QObject> m_context;
    std::unique_ptr<QTimer> m_ticks; ///< lives in m_thread and is destroyed with it
    std::unique_ptr<QTimer> m_resumes; ///< lives in m_thread and is destroyed with it
    std::unordered_map<IoHandler *, Watches> m_watches;
    bool m_roundScheduled = false;
};

PortableLoop::PortableLoop()
    : m_context(new QObject)
{
    m_context->moveToThread(&m_thread);
    QObject::connect(&m_thread, &QThread::finished, m_context.get(), [this] {
        m_ticks.reset();
        m_resumes.reset();
        m_watches.clear(); // before their descriptors are closed
        destroyHandlers();
    });
#ifdef Q_OS_UNIX
    // The result of a write reports a broken connection; the program that embeds frpx may not ignore SIGPIPE.
    sigset_t pipe;
    sigset_t before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    m_thread.start();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
#else
    m_thread.start();
#endif
    QMetaObject::invokeMethod(
        m_context.get(),
        [this] {
            m_ticks = std::make_unique<QTimer>();
            QObject::connect(m_ticks.get(), &QTimer::timeout, m_context.get(), [this] { round(); });
            m_ticks->start(tickMs);
            m_resumes = std::make_unique<QTimer>();
            m_resumes->setSingleShot(true);
            m_resumes->setTimerType(Qt::PreciseTimer);
            QObject::connect(m_resumes.get(), &QTimer::timeout, m_context.get(), [this] { round(); });
        },
        Qt::QueuedConnection);
}

PortableLoop::~PortableLoop()
{
    stopThread();
}

void PortableLoop::stopThread()
{
    m_thread.quit();
    m_thread.wait();
}

void PortableLoop::wake()
{
    QMetaObject::invokeMethod(
        m_context.get(),
        [this] {
            runTasks();
            round();
        },
        Qt::QueuedConnection);
}

void PortableLoop::round()
{
    m_roundScheduled = false;
    runIdleCalls(); // Qt does not tell whether other events are pending
    endRound();
    if (hasQueue())
        scheduleRound();
    else if (const int resume = msToResume(); resume >= 0)
        m_resumes->start(resume);
    for (const auto &[handler, watches] : m_watches)
        refresh(handler);
}

void PortableLoop::scheduleRound()
{
    if (std::exchange(m_roundScheduled, true))
        return;
    QMetaObject::invokeMethod(
        m_context.get(), [this] { round(); }, Qt::QueuedConnection);
}

bool PortableLoop::watch(IoHandler *handler, int side, int fd)
{
    Watch &watch = m_watches[handler][size_t(side)];
    watch.read = std::make_unique<QSocketNotifier>(fd, QSocketNotifier::Read);
    watch.write = std::make_unique<QSocketNotifier>(fd, QSocketNotifier::Write);
    watch.error = std::make_unique<QSocketNotifier>(fd, QSocketNotifier::Exception);
    QObject::connect(watch.read.get(), &QSocketNotifier::activated, m_context.get(), [this, handler, side] {
        IoEvents events;
        events.readable = true;
        deliver(handler, side, events);
    });
    QObject::connect(watch.write.get(), &QSocketNotifier::activated, m_context.get(), [this, handler, side] {
        IoEvents events;
        events.writable = true;
        deliver(handler, side, events);
    });
    QObject::connect(
        watch.error.get(), &QSocketNotifier::activated, m_context.get(), [this, handler, side, fd] {
            IoEvents events;
            events.broken = events.hungUp = events.readable = events.writable = net::isBroken(fd);
            if (events.broken)
                deliver(handler, side, events);
        });
    return true;
}

void PortableLoop::deliver(IoHandler *handler, int side, IoEvents events)
{
    handler->onIo(side, events);
    if (!isFinished(handler))
        refresh(handler);
    scheduleRound();
}

void PortableLoop::refresh(IoHandler *handler)
{
    const auto it = m_watches.find(handler);
    if (it == m_watches.end())
        return;
    for (const int side : {0, 1}) {
        const Watch &watch = it->second[size_t(side)];
        if (!watch.read)
            continue;
        watch.read->setEnabled(handler->wantsRead(side));
        watch.write->setEnabled(handler->wantsWrite(side));
        watch.error->setEnabled(handler->wantsError(side));
    }
}

void PortableLoop::discard(Watch &watch)
{
    for (std::unique_ptr<QSocketNotifier> *notifier : {&watch.read, &watch.write, &watch.error}) {
        if (!*notifier)
            continue;
        (*notifier)->setEnabled(false);
        notifier->release()->deleteLater(); // it may be the sender
    }
}

void PortableLoop::unwatch(IoHandler *handler, int side, int fd)
{
    Q_UNUSED(fd)
    if (const auto it = m_watches.find(handler); it != m_watches.end())
        discard(it->second[size_t(side)]);
}

void PortableLoop::forget(IoHandler *handler)
{
    const auto it = m_watches.find(handler);
    if (it == m_watches.end())
        return;
    for (Watch &watch : it->second)
        discard(watch);
    m_watches.erase(it);
}

} // namespace

std::unique_ptr<IoLoop> createPortableLoop()
{
    return std::make_unique<PortableLoop>();
}

} // namespace frpx
