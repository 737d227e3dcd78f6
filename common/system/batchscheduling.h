// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

namespace frpx {

/// Decides from the times of its wake-ups whether a thread is busy: so busy that it is better woken a little
/// later and finds more to do. A value class without clock.
class WakeRate
{
public:
    // Far over what a few streams of text or a page need, far under what a loaded thread sees.
    static constexpr int busyPerSecond = 2000;
    static constexpr int calmPerSecond = 500;
    static constexpr qint64 windowMs = 50;

    /// To be called at each wake-up. \a nowMs: any steady clock, exact to a few milliseconds.
    /// \return whether the thread is busy; with hysteresis.
    bool onWake(qint64 nowMs);

private:
    qint64 m_windowBegan = 0;
    int m_wakes = 0;
    bool m_busy = false;
};

/// Decides from how long a thread has waited for a processor whether others compute beside it: then one that
/// does not insist waits for the whole of their turns. A value class without clock.
class CpuContention
{
public:
    // Two programs, their users and services on two cores keep each other waiting for 150 to 400 us; a
    // compiler beside them, of the same priority, makes it a millisecond and more.
    static constexpr qint64 longWaitNs = 500'000;
    static constexpr qint64 fewestTurns = 20; ///< so many say something
    static constexpr qint64 restMs = 3000; ///< after that it may have gone

    /// \a waitedNs and \a turns: the kernel's counters, of the thread's life so far. To be called now and
    /// then while it does not insist.
    void onSample(qint64 nowMs, qint64 waitedNs, qint64 turns);
    /// Counters of a time when it insisted say nothing: the next sample is the first.
    void forget() { m_turns = -1; }
    bool isThere(qint64 nowMs) const { return nowMs < m_untilMs; }

private:
    qint64 m_waitedNs = 0;
    qint64 m_turns = -1;
    qint64 m_untilMs = 0;
};

/// Keeps a busy event loop's thread from interrupting others each time something happens for it.
///
/// By default Linux lets a thread that wakes up take the processor from the one that runs. A loop that is
/// woken thousands of times a second so wakes for every single event, and most of its time goes into being
/// woken. As long as it is that busy, this class puts the thread under SCHED_BATCH, which means just this: it
/// waits until the one that runs is done, and finds several events. A calm thread is under the normal rule,
/// so that it answers at once also on a machine that computes on all cores (docs/adr/0011); so is a busy one
/// that has to wait long for its turns. Does nothing on other systems, or under another policy than the
/// normal one. Belongs to one thread.
class BatchScheduling
{
public:
    /// To be called in the loop's thread at each wake-up.
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
