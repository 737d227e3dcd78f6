// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/cpumeter.h"

#include <algorithm>

namespace frpx {

double percentOf(quint64 part, quint64 whole)
{
    if (whole == 0)
        return 0;
    return 100.0 * static_cast<double>(std::min(part, whole)) / static_cast<double>(whole);
}

double CpuMeter::update(CpuTicks now)
{
    if (now.total > m_last.total) {
        // The counters may run backwards: Linux documents that iowait may decrease. Then nothing was busy.
        const quint64 busy = now.busy > m_last.busy ? now.busy - m_last.busy : 0;
        m_percent = percentOf(busy, now.total - m_last.total);
    }
    m_last = now;
    return m_percent;
}

} // namespace frpx
