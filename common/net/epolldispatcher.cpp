// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/epolldispatcher.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QSocketNotifier>

#include <cerrno>

#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace frpx {

namespace {

constexpr int maxEventsPerWake = 256;
constexpr quint64 wakeUpTag = ~quint64(0);

qint64 nowMs()
{
    return QDeadlineTimer::current().deadline();
}

constexpr quint32 eventsOf(QSocketNotifier::Type type)
{
    switch (type) {
    case QSocketNotifier::Read:
        return EPOLLIN;
    case QSocketNotifier::Write:
        return EPOLLOUT;
    case QSocketNotifier::Exception:
        return EPOLLPRI;
    }
    return 0;
}

/// Errors and hang-ups wake readers and writers alike; both learn the details from their next call.
constexpr bool concerns(QSocketNotifier::Type type, quint32 events)
{
    const quint32 failure = type == QSocketNotifier::Exception ? 0 : EPOLLERR | EPOLLHUP;
    return (events & (eventsOf(type) | failure)) != 0;
}

} // namespace

EpollDispatcher::EpollDispatcher(QObject *parent)
    : QAbstractEventDispatcher(parent)
    , m_epoll(::epoll_create1(EPOLL_CLOEXEC))
    , m_wakeUp(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (!m_epoll || !m_wakeUp)
        qFatal("cannot create an epoll descriptor: %s", qUtf8Printable(qt_error_string(errno)));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = wakeUpTag;
    ::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, m_wakeUp.get(), &event);
}

EpollDispatcher::~EpollDispatcher() = default;

bool EpollDispatcher::processEvents(QEventLoop::ProcessEventsFlags flags)
{
    m_interrupted = false;
    Q_EMIT awake();
    QCoreApplication::sendPostedEvents();

    // Whatever is posted from here on writes to m_wakeUp, so waiting misses nothing.
    const bool mayWait = flags.testFlag(QEventLoop::WaitForMoreEvents) && !m_interrupted;
    if (mayWait)
        Q_EMIT aboutToBlock();
    bool any = dispatchDescriptors(
        mayWait ? timeoutUntilNextTimer() : 0, !flags.testFlag(QEventLoop::ExcludeSocketNotifiers));
    if (mayWait)
        Q_EMIT awake();
    if (!m_interrupted)
        any |= dispatchTimers();
    return any;
}

bool EpollDispatcher::dispatchDescriptors(int timeoutMs, bool withNotifiers)
{
    std::array<epoll_event, maxEventsPerWake> events;
    const int count = ::epoll_wait(m_epoll.get(), events.data(), maxEventsPerWake, timeoutMs);
    bool any = false;
    for (int i = 0; i < count; ++i) {
        const epoll_event &event = events[size_t(i)];
        if (event.data.u64 == wakeUpTag) {
            // Cleared before the posted events are sent: a wake-up that comes later is a new one.
            quint64 ignored = 0;
            [[maybe_unused]] const auto n = ::read(m_wakeUp.get(), &ignored, sizeof ignored);
            m_wakeUpPending = false;
            any = true;
        } else if (withNotifiers) {
            any |= deliver(static_cast<int>(event.data.u64 & 0xffffffffU),
                static_cast<quint32>(event.data.u64 >> 32), event.events);
        }
    }
    return any;
}

bool EpollDispatcher::deliver(int fd, quint32 generation, quint32 events)
{
    bool any = false;
    for (const auto type : {QSocketNotifier::Read, QSocketNotifier::Write, QSocketNotifier::Exception}) {
        if (!concerns(type, events))
            continue;
        // Looked up anew each time: the handler before may have removed this one, or closed the descriptor.
        const auto it = m_watches.constFind(fd);
        if (it == m_watches.cend() || it->generation != generation)
            break;
        if (QSocketNotifier *notifier = it->notifiers[type]) {
            QEvent event(QEvent::SockAct);
            QCoreApplication::sendEvent(notifier, &event);
            any = true;
        }
    }
    return any;
}

bool EpollDispatcher::dispatchTimers()
{
    const qint64 now = nowMs();
    std::vector<int> due;
    for (const Timer &timer : m_timers) {
        if (timer.deadlineMs <= now)
            due.push_back(timer.id);
    }
    for (const int id : due) {
        const auto it =
            std::find_if(m_timers.begin(), m_timers.end(), [id](const Timer &t) { return t.id == id; });
        if (it == m_timers.end())
            continue; // a handler before removed it
        // Keeps the rhythm, but never tries to catch up on missed beats.
        it->deadlineMs = std::max(it->deadlineMs + it->intervalMs, now);
        if (it->intervalMs > 0 && it->deadlineMs == now)
            it->deadlineMs = now + it->intervalMs;
        QTimerEvent event(id);
        QCoreApplication::sendEvent(it->object, &event);
    }
    return !due.empty();
}

int EpollDispatcher::timeoutUntilNextTimer() const
{
    if (m_timers.empty())
        return -1;
    const auto next = std::min_element(m_timers.begin(), m_timers.end(),
        [](const Timer &a, const Timer &b) { return a.deadlineMs < b.deadlineMs; });
    return static_cast<int>(std::clamp<qint64>(next->deadlineMs - nowMs(), 0, 24 * 3600 * 1000));
}

void EpollDispatcher::update(int fd, Watch &watch, bool isNew)
{
    epoll_event event{};
    for (const auto type : {QSocketNotifier::Read, QSocketNotifier::Write, QSocketNotifier::Exception}) {
        if (watch.notifiers[type])
            event.events |= eventsOf(type);
    }
    event.data.u64 = quint64(watch.generation) << 32 | quint32(fd);
    if (::epoll_ctl(m_epoll.get(), isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) == 0)
        return;
    // A descriptor closed behind our back has left the epoll set by itself; its number may be in use again.
    const bool recovered = isNew
        ? errno == EEXIST && ::epoll_ctl(m_epoll.get(), EPOLL_CTL_MOD, fd, &event) == 0
        : errno == ENOENT && ::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0;
    if (!recovered)
        qWarning("cannot watch descriptor %d: %s", fd, qUtf8Printable(qt_error_string(errno)));
}

void EpollDispatcher::registerSocketNotifier(QSocketNotifier *notifier)
{
    const int fd = static_cast<int>(notifier->socket());
    auto it = m_watches.find(fd);
    const bool isNew = it == m_watches.end();
    if (isNew) {
        it = m_watches.insert(fd, Watch{});
        it->generation = m_nextGeneration++;
        if (m_nextGeneration == 0xffffffffU) // keeps clear of wakeUpTag
            m_nextGeneration = 1;
    }
    it->notifiers[notifier->type()] = notifier;
    update(fd, *it, isNew);
}

void EpollDispatcher::unregisterSocketNotifier(QSocketNotifier *notifier)
{
    const int fd = static_cast<int>(notifier->socket());
    const auto it = m_watches.find(fd);
    if (it == m_watches.end() || it->notifiers[notifier->type()] != notifier)
        return;
    it->notifiers[notifier->type()] = nullptr;
    if (!it->isEmpty()) {
        update(fd, *it, false);
        return;
    }
    m_watches.erase(it);
    ::epoll_ctl(m_epoll.get(), EPOLL_CTL_DEL, fd, nullptr); // may be closed already: nothing to do then
}

void EpollDispatcher::registerTimer(int timerId, qint64 interval, Qt::TimerType timerType, QObject *object)
{
    m_timers.push_back({timerId, interval, nowMs() + interval, timerType, object});
}

bool EpollDispatcher::unregisterTimer(int timerId)
{
    return std::erase_if(m_timers, [timerId](const Timer &t) { return t.id == timerId; }) > 0;
}

bool EpollDispatcher::unregisterTimers(QObject *object)
{
    return std::erase_if(m_timers, [object](const Timer &t) { return t.object == object; }) > 0;
}

QList<QAbstractEventDispatcher::TimerInfo> EpollDispatcher::registeredTimers(QObject *object) const
{
    QList<TimerInfo> list;
    for (const Timer &timer : m_timers) {
        if (timer.object == object)
            list += TimerInfo(timer.id, static_cast<int>(timer.intervalMs), timer.type);
    }
    return list;
}

int EpollDispatcher::remainingTime(int timerId)
{
    for (const Timer &timer : m_timers) {
        if (timer.id == timerId)
            return static_cast<int>(std::max<qint64>(timer.deadlineMs - nowMs(), 0));
    }
    return -1;
}

void EpollDispatcher::wakeUp()
{
    if (m_wakeUpPending.exchange(true))
        return; // somebody's write is still unread
    const quint64 one = 1;
    [[maybe_unused]] const auto n = ::write(m_wakeUp.get(), &one, sizeof one);
}

void EpollDispatcher::interrupt()
{
    m_interrupted = true;
    wakeUp();
}

} // namespace frpx
