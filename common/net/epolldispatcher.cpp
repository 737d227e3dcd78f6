// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/epolldispatcher.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QSocketNotifier>

#include <algorithm>
#include <cerrno>
#include <optional>

#include <poll.h>
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

/// The deadline of a timer that is started now: the clock is rounded up, so that it never fires early.
qint64 deadlineAfter(qint64 interval)
{
    constexpr qint64 nsPerMs = 1'000'000;
    if (interval == 0)
        return nowMs();
    return (QDeadlineTimer::current().deadlineNSecs() + nsPerMs - 1) / nsPerMs + interval;
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

/// Errors and hang-ups wake all notifiers, as in Qt's own dispatchers; the next call reports the details.
constexpr bool concerns(QSocketNotifier::Type type, quint32 events)
{
    return (events & (eventsOf(type) | EPOLLERR | EPOLLHUP)) != 0;
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

    // An event posted from here on writes to m_wakeUp, so the wait does not miss it.
    const bool wokenBefore = std::exchange(m_woken, false); // but interrupted before the events were sent
    const bool mayWait = flags.testFlag(QEventLoop::WaitForMoreEvents) && !m_interrupted && !wokenBefore;
    if (mayWait)
        Q_EMIT aboutToBlock();
    const int timeoutMs = mayWait ? timeoutUntilNextTimer() : 0;
    bool any = flags.testFlag(QEventLoop::ExcludeSocketNotifiers) ? waitWithoutDescriptors(timeoutMs)
                                                                  : dispatchDescriptors(timeoutMs);
    if (mayWait)
        Q_EMIT awake();
    // Send them now: the next call might wait first, and the caller may wait for one of these events.
    if (m_woken && !m_interrupted) {
        m_woken = false;
        QCoreApplication::sendPostedEvents();
    }
    if (!m_interrupted)
        any |= dispatchTimers();
    return any;
}

bool EpollDispatcher::dispatchDescriptors(int timeoutMs)
{
    armDeferred();
    std::array<epoll_event, maxEventsPerWake> events;
    const int count = ::epoll_wait(m_epoll.get(), events.data(), maxEventsPerWake, timeoutMs);
    m_scheduling.onWake();
    bool any = false;
    for (int i = 0; i < count; ++i) {
        const epoll_event &event = events[size_t(i)];
        if (event.data.u64 == wakeUpTag) {
            takeWakeUp();
            any = true;
        } else {
            any |= deliver(static_cast<int>(event.data.u64 & 0xffffffffU),
                static_cast<quint32>(event.data.u64 >> 32), event.events);
        }
    }
    return any;
}

/// For a wait in which ready descriptors must not be handled: they would end every wait at once.
bool EpollDispatcher::waitWithoutDescriptors(int timeoutMs)
{
    pollfd watched{m_wakeUp.get(), POLLIN, 0};
    if (::poll(&watched, 1, timeoutMs) <= 0)
        return false;
    takeWakeUp();
    return true;
}

void EpollDispatcher::takeWakeUp()
{
    // Reset before the posted events are sent: a later wake-up counts as a new one.
    quint64 ignored = 0;
    [[maybe_unused]] const auto n = ::read(m_wakeUp.get(), &ignored, sizeof ignored);
    m_wakeUpPending = false;
    m_woken = true;
}

bool EpollDispatcher::deliver(int fd, quint32 generation, quint32 events)
{
    bool any = false;
    for (const auto type : {QSocketNotifier::Read, QSocketNotifier::Write, QSocketNotifier::Exception}) {
        if (!concerns(type, events))
            continue;
        // Looked up again for each event: an earlier handler may have removed it, or closed the descriptor.
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
    std::vector<std::pair<qint64, int>> due; // deadline, id
    for (const Timer &timer : m_timers) {
        if (timer.deadlineMs <= now && !timer.firing)
            due.emplace_back(timer.deadlineMs, timer.id);
    }
    std::stable_sort(due.begin(), due.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    for (const auto &[deadline, id] : due) {
        auto it = findTimer(id);
        // An earlier handler may have removed it, fired it in a nested loop, or reused its id.
        if (it == m_timers.end() || it->deadlineMs > now || it->firing)
            continue;
        // Keeps the interval, but does not make up for missed timeouts.
        it->deadlineMs = std::max(it->deadlineMs + it->intervalMs, now);
        if (it->intervalMs > 0 && it->deadlineMs == now)
            it->deadlineMs = now + it->intervalMs;
        it->firing = true;
        QTimerEvent event(id);
        QCoreApplication::sendEvent(it->object, &event);
        it = findTimer(id);
        if (it != m_timers.end())
            it->firing = false;
    }
    return !due.empty();
}

int EpollDispatcher::timeoutUntilNextTimer() const
{
    std::optional<qint64> next;
    for (const Timer &timer : m_timers) {
        if (!timer.firing)
            next = std::min(next.value_or(timer.deadlineMs), timer.deadlineMs);
    }
    if (!next)
        return -1;
    return static_cast<int>(std::clamp<qint64>(*next - nowMs(), 0, qint64(24) * 3600 * 1000));
}

std::vector<EpollDispatcher::Timer>::iterator EpollDispatcher::findTimer(int timerId)
{
    return std::find_if(
        m_timers.begin(), m_timers.end(), [timerId](const Timer &t) { return t.id == timerId; });
}

void EpollDispatcher::update(int fd, Watch &watch, bool isNew)
{
    epoll_event event{};
    for (const auto type : {QSocketNotifier::Read, QSocketNotifier::Write, QSocketNotifier::Exception}) {
        if (watch.notifiers[type])
            event.events |= eventsOf(type);
    }
    if (!isNew && event.events == watch.armed)
        return;
    watch.armed = event.events;
    event.data.u64 = quint64(watch.generation) << 32 | quint32(fd);
    if (::epoll_ctl(m_epoll.get(), isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) == 0)
        return;
    // A closed descriptor leaves the epoll set by itself, and its number may be in use again.
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
        if (m_nextGeneration == 0xffffffffU) // avoids wakeUpTag
            m_nextGeneration = 1;
    }
    if (std::exchange(it->notifiers[notifier->type()], notifier))
        it->armed = 0; // of a closed descriptor: the kernel does not know the new one
    if (isNew)
        update(fd, *it, true);
    else
        m_deferred.push_back(fd);
}

/// A QTcpSocket requests EPOLLOUT for each write and seldom needs it: often it is off again before the next
/// wait.
void EpollDispatcher::armDeferred()
{
    for (const int fd : m_deferred) {
        const auto it = m_watches.find(fd);
        if (it != m_watches.end())
            update(fd, *it, false);
    }
    m_deferred.clear();
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
    ::epoll_ctl(m_epoll.get(), EPOLL_CTL_DEL, fd, nullptr); // may be closed already
}

void EpollDispatcher::registerTimer(int timerId, qint64 interval, Qt::TimerType timerType, QObject *object)
{
    m_timers.push_back({timerId, interval, deadlineAfter(interval), timerType, object});
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
            return static_cast<int>(std::clamp<qint64>(timer.deadlineMs - nowMs(), 0, timer.intervalMs));
    }
    return -1;
}

void EpollDispatcher::wakeUp()
{
    if (m_wakeUpPending.exchange(true))
        return; // an earlier write is still unread
    const quint64 one = 1;
    [[maybe_unused]] const auto n = ::write(m_wakeUp.get(), &one, sizeof one);
}

void EpollDispatcher::interrupt()
{
    m_interrupted = true;
    wakeUp();
}

} // namespace frpx
