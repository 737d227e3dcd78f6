// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <deque>

namespace frpx::gui {

/// The traffic of the last minutes, one point for each sample; bounded. A value class, times are milliseconds
/// of a steady clock.
class TrafficHistory
{
public:
    static constexpr size_t maxPoints = 300; ///< five minutes, a sample a second

    /// Running totals. A total that is smaller than the one before starts a new count.
    struct Totals
    {
        quint64 toService = 0; ///< bytes
        quint64 toVisitor = 0; ///< bytes
        qint64 open = 0; ///< open connections
    };
    struct Point
    {
        double toService = 0; ///< bytes a second
        double toVisitor = 0; ///< bytes a second
        qint64 open = 0;
    };

    void add(const Totals &totals, qint64 now);
    /// Oldest first.
    const std::deque<Point> &points() const { return m_points; }
    Point last() const { return m_points.empty() ? Point() : m_points.back(); }
    /// The largest rate in either direction, and the largest number of connections.
    double peakRate() const;
    qint64 peakOpen() const;

private:
    std::deque<Point> m_points;
    Totals m_before;
    qint64 m_beforeAt = 0;
    bool m_hasBefore = false;
};

} // namespace frpx::gui
