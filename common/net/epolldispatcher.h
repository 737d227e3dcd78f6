// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/uniquefd.h"
#include "common/system/batchscheduling.h"

#include <QAbstractEventDispatcher>
#include <QHash>

#include <array>
#include <atomic>
#include <vector>

namespace frpx {

/// A Qt event dispatcher on epoll: the cost of a wake-up does not grow with the number of watched
/// descriptors.
///
/// Qt's own dispatchers on Linux check every registered descriptor on every wake-up, which makes a server
/// with thousands of links slow (docs/adr/0001). Install one before the application object:
/// `QCoreApplication::setEventDispatcher(new EpollDispatcher)`. Built on public Qt API only.
class EpollDispatcher : public QAbstractEventDispatcher
{
    Q_OBJECT

public:
    explicit EpollDispatcher(QObject *parent = nullptr);
    ~EpollDispatcher() override;

    bool processEvents(QEventLoop::ProcessEventsFlags flags) override;

    void registerSocketNotifier(QSocketNotifier *notifier) override;
    void unregisterSocketNotifier(QSocketNotifier *notifier) override;

    void registerTimer(int timerId, qint64 interval, Qt::TimerType timerType, QObject *object) override;
    bool unregisterTimer(int timerId) override;
    bool unregisterTimers(QObject *object) override;
    QList<TimerInfo> registeredTimers(QObject *object) const override;
    int remainingTime(int timerId) override;

    void wakeUp() override;
    void interrupt() override;

private:
    struct Watch
    {
        std::array<QSocketNotifier *, 3> notifiers{}; // by QSocketNotifier::Type
        quint32 armed = 0; // the events that are set in the kernel
        quint32 generation = 0; // distinguishes a reused descriptor number from the one that an event is for
        bool isEmpty() const { return !notifiers[0] && !notifiers[1] && !notifiers[2]; }
    };
    struct Timer
    {
        int id;
        qint64 intervalMs;
        qint64 deadlineMs;
        Qt::TimerType type;
        QObject *object;
        /// Its handler runs, perhaps in a nested loop: it does not fire again until then.
        bool firing = false;
    };

    void update(int fd, Watch &watch, bool isNew);
    void armDeferred();
    bool dispatchDescriptors(int timeoutMs);
    bool waitWithoutDescriptors(int timeoutMs);
    void takeWakeUp();
    bool deliver(int fd, quint32 generation, quint32 events);
    bool dispatchTimers();
    int timeoutUntilNextTimer() const;
    std::vector<Timer>::iterator findTimer(int timerId);

    UniqueFd m_epoll;
    UniqueFd m_wakeUp;
    BatchScheduling m_scheduling;
    QHash<int, Watch> m_watches;
    std::vector<int> m_deferred; ///< descriptors to update before the next wait
    std::vector<Timer> m_timers; // few: classes with many deadlines use one timer for all
    quint32 m_nextGeneration = 1;
    std::atomic<bool> m_wakeUpPending = false;
    std::atomic<bool> m_interrupted = false;
    bool m_woken = false; ///< a wake-up was read but its posted events have not been sent
};

} // namespace frpx
