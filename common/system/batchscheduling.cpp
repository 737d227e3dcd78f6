// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/batchscheduling.h"

#include "common/core/clock.h"
#include "common/core/uniquefd.h"

#include <array>
#include <cstdio>

#ifdef Q_OS_LINUX
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>
#endif

namespace frpx {

bool WakeRate::onWake(qint64 nowMs)
{
    ++m_wakes;
    const qint64 elapsedMs = nowMs - m_windowBegan;
    if (elapsedMs < windowMs)
        return m_busy;
    const qint64 perSecond = m_wakes * qint64(1000) / elapsedMs;
    m_busy = perSecond >= (m_busy ? calmPerSecond : busyPerSecond);
    m_windowBegan = nowMs;
    m_wakes = 0;
    return m_busy;
}

void CpuContention::onSample(qint64 nowMs, qint64 waitedNs, qint64 turns)
{
    if (m_turns >= 0 && turns - m_turns < fewestTurns)
        return;
    if (m_turns >= 0 && (waitedNs - m_waitedNs) / (turns - m_turns) > longWaitNs)
        m_untilMs = nowMs + restMs;
    m_waitedNs = waitedNs;
    m_turns = turns;
}

/// Only while the policy is SCHED_BATCH.
bool BatchScheduling::isCrowded(qint64 nowMs)
{
#ifdef Q_OS_LINUX
    if (nowMs - m_lastSampleMs < WakeRate::windowMs)
        return false;
    m_lastSampleMs = nowMs;
    const UniqueFd statistics(::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC));
    std::array<char, 96> text{};
    long long ranNs = 0;
    long long waitedNs = 0;
    long long turns = 0;
    // Without these figures (an old kernel, a sandbox without /proc) the check is skipped.
    if (::read(statistics.get(), text.data(), text.size() - 1) <= 0
        || std::sscanf(text.data(), "%lld %lld %lld", &ranNs, &waitedNs, &turns) != 3) {
        return false;
    }
    m_contention.onSample(nowMs, waitedNs, turns);
#endif
    return m_contention.isThere(nowMs);
}

void BatchScheduling::onWake()
{
#ifdef Q_OS_LINUX
    if (m_policy == Policy::Foreign)
        return;
    const qint64 nowMs = coarseMs();
    bool busy = m_rate.onWake(nowMs);
    if (busy)
        busy = m_policy == Policy::Batch ? !isCrowded(nowMs) : !m_contention.isThere(nowMs);
    if (m_policy == Policy::Unknown)
        m_policy = ::sched_getscheduler(0) == SCHED_OTHER ? Policy::Normal : Policy::Foreign;
    const Policy wanted = busy ? Policy::Batch : Policy::Normal;
    if (m_policy == Policy::Foreign || m_policy == wanted)
        return;
    const sched_param none{};
    const bool changed = ::sched_setscheduler(0, busy ? SCHED_BATCH : SCHED_OTHER, &none) == 0; // this thread
    m_contention.forget();
    m_policy = changed ? wanted : Policy::Foreign; // a sandbox may forbid it: then never again
#endif
}

} // namespace frpx
