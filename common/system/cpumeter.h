// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

namespace frpx {

/// Processor time since a fixed moment, summed over all cores, in any unit.
struct CpuTicks
{
    quint64 busy = 0;
    quint64 total = 0;
};

/// \a part of \a whole in percent, limited to 0..100; 0 when \a whole is 0.
double percentOf(quint64 part, quint64 whole);

/// Converts growing tick counters to the busy share since the previous reading.
class CpuMeter
{
public:
    explicit CpuMeter(CpuTicks start = {})
        : m_last(start)
    { }

    /// \return 0..100. The previous value when no time has passed; counters that decreased (a machine woken
    /// from a snapshot) count as a new start.
    double update(CpuTicks now);

private:
    CpuTicks m_last;
    double m_percent = 0;
};

} // namespace frpx
