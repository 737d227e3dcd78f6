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

/// Keeps a busy event loop's thread from interrupting others each time something happens for it.
///
/// By default Linux lets a thread that wakes up take the processor from the one that runs. A loop that is
/// woken thousands of times a second so wakes for every single event, and most of its time goes into being
/// woken. As long as it is that busy, this class puts the thread under SCHED_BATCH, which means just this: it
/// waits until the one that runs is done, and finds several events. A calm thread is under the normal rule,
/// so that it answers at once also on a machine that computes on all cores (docs/adr/0011). Does nothing on
/// other systems, or under another policy than the normal one. Belongs to one thread.
class BatchScheduling
{
public:
    /// To be called in the loop's thread at each wake-up.
    void onWake();

private:
    enum class Policy { Unknown, Normal, Batch, Foreign };

    WakeRate m_rate;
    Policy m_policy = Policy::Unknown;
};

} // namespace frpx
