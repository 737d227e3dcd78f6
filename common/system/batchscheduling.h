// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

namespace frpx {

/// Decides from the times of its wake-ups whether a thread is so busy that it should be woken a little later
/// and find more to do. A value class without a clock.
class WakeRate
{
public:
    // Far more than a few streams of text or a page cause, far less than a loaded thread has.
    static constexpr int busyPerSecond = 2000;
    static constexpr int calmPerSecond = 500;
    static constexpr qint64 windowMs = 50;

    /// Call at each wake-up. \a nowMs: any steady clock, exact to a few milliseconds.
    /// \return whether the thread is busy; with hysteresis.
    bool onWake(qint64 nowMs);

private:
    qint64 m_windowBegan = 0;
    int m_wakes = 0;
    bool m_busy = false;
};

/// Decides from how long a thread has waited for a processor whether other programs compute beside it: then a
/// thread under SCHED_BATCH would wait for the whole of their time slices. A value class without a clock.
class CpuContention
{
public:
    // Two programs, their visitors and services on two cores delay each other by 150 to 400 us; with a
    // compiler of the same priority beside them it is a millisecond and more.
    static constexpr qint64 longWaitNs = 500'000;
    static constexpr qint64 fewestTurns = 20; ///< fewer are not significant
    static constexpr qint64 restMs = 3000; ///< after this time the load may be gone

    /// \a waitedNs and \a turns: the kernel's counters since the thread's start. Call at intervals while the
    /// thread is under SCHED_BATCH.
    void onSample(qint64 nowMs, qint64 waitedNs, qint64 turns);
    /// Discards the counters of a time under another policy: the next sample is the first.
    void forget() { m_turns = -1; }
    bool isThere(qint64 nowMs) const { return nowMs < m_untilMs; }

private:
    qint64 m_waitedNs = 0;
    qint64 m_turns = -1;
    qint64 m_untilMs = 0;
};

/// Keeps the thread of a busy event loop from interrupting other threads at each event.
///
/// By default Linux lets a thread that wakes up preempt the running one. A loop with thousands of wake-ups
/// per second so wakes for every single event, and spends most of its time on wake-ups. While it is that
/// busy, this class sets SCHED_BATCH for the thread: it waits until the running thread is done, and then
/// finds several events. A thread with little to do has the normal policy, so that it answers at once also on
/// a machine that computes on all cores (docs/adr/0011); likewise a busy one that has to wait long for a
/// processor. Does nothing on other systems, or under a policy other than the normal one. Belongs to one
/// thread.
class BatchScheduling
{
public:
    /// Call in the loop's thread at each wake-up.
    void onWake();

private:
    enum class Policy { Unknown, Normal, Batch, Foreign };

    bool isCrowded(qint64 nowMs);

    WakeRate m_rate;
    CpuContention m_contention;
    qint64 m_lastSampleMs = 0;
    Policy m_policy = Policy::Unknown;
};

} // namespace frpx
