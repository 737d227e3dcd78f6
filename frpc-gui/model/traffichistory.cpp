// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/traffichistory.h"

#include <algorithm>

namespace frpx::gui {

void TrafficHistory::add(const Totals &totals, qint64 now)
{
    Point point;
    point.open = totals.open;
    if (m_hasBefore && now > m_beforeAt) {
        const double seconds = double(now - m_beforeAt) / 1000;
        const auto rate = [seconds](quint64 sum, quint64 before) {
            return sum < before ? 0 : double(sum - before) / seconds;
        };
        point.toService = rate(totals.toService, m_before.toService);
        point.toVisitor = rate(totals.toVisitor, m_before.toVisitor);
    }
    m_before = totals;
    m_beforeAt = now;
    m_hasBefore = true;
    m_points.push_back(point);
    if (m_points.size() > maxPoints)
        m_points.pop_front();
}

double TrafficHistory::peakRate() const
{
    double peak = 0;
    for (const Point &point : m_points)
        peak = std::max({peak, point.toService, point.toVisitor});
    return peak;
}

qint64 TrafficHistory::peakOpen() const
{
    qint64 peak = 0;
    for (const Point &point : m_points)
        peak = std::max(peak, point.open);
    return peak;
}

} // namespace frpx::gui
