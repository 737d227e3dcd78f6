// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/batchscheduling.h"

#include "common/core/clock.h"

#ifdef Q_OS_LINUX
#include <sched.h>
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

void BatchScheduling::onWake()
{
#ifdef Q_OS_LINUX
    if (m_policy == Policy::Foreign)
        return;
    const bool busy = m_rate.onWake(coarseMs());
    if (m_policy == Policy::Unknown)
        m_policy = ::sched_getscheduler(0) == SCHED_OTHER ? Policy::Normal : Policy::Foreign;
    const Policy wanted = busy ? Policy::Batch : Policy::Normal;
    if (m_policy == Policy::Foreign || m_policy == wanted)
        return;
    const sched_param none{};
    const bool changed = ::sched_setscheduler(0, busy ? SCHED_BATCH : SCHED_OTHER, &none) == 0; // this thread
    m_policy = changed ? wanted : Policy::Foreign; // a sandbox may forbid it: then never again
#endif
}

} // namespace frpx
