// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <deque>

namespace frpx::gui {

/// What passed lately, a point for each sample; bounded. A value class, times are milliseconds of a steady
/// clock.
class TrafficHistory
{
public:
    static constexpr size_t maxPoints = 300; ///< five minutes, a sample a second

    /// Sums since some beginning. One that is smaller than before begins anew.
    struct Totals
    {
        quint64 toService = 0; ///< bytes
        quint64 toUser = 0; ///< bytes
        qint64 open = 0; ///< connections now
    };
    struct Point
    {
        double toService = 0; ///< bytes a second
        double toUser = 0; ///< bytes a second
        qint64 open = 0;
    };

    void add(const Totals &totals, qint64 now);
    /// Oldest first.
    const std::deque<Point> &points() const { return m_points; }
    Point last() const { return m_points.empty() ? Point() : m_points.back(); }
    /// The largest rate of either way, and the largest number of connections.
    double peakRate() const;
    qint64 peakOpen() const;

private:
    std::deque<Point> m_points;
    Totals m_before;
    qint64 m_beforeAt = 0;
    bool m_hasBefore = false;
};

} // namespace frpx::gui
