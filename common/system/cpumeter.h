// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

namespace frpx {

/// Processor time since some fixed moment, summed over all cores, in any one unit.
struct CpuTicks
{
    quint64 busy = 0;
    quint64 total = 0;
};

/// \a part of \a whole in percent, held within 0..100; 0 when \a whole is 0.
double percentOf(quint64 part, quint64 whole);

/// Turns ever-growing tick counters into the share that was busy since the reading before.
class CpuMeter
{
public:
    explicit CpuMeter(CpuTicks start = {})
        : m_last(start)
    { }

    /// \return 0..100. The value of the last call when no time has passed; counters that jumped backwards
    /// (a machine woken from a snapshot) are taken as a new start.
    double update(CpuTicks now);

private:
    CpuTicks m_last;
    double m_percent = 0;
};

} // namespace frpx
