// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/system/cpumeter.h"

#include <QByteArrayView>

#include <optional>

namespace frpx {

struct MemoryAmounts
{
    quint64 totalKiB = 0;
    quint64 availableKiB = 0; ///< never more than the total
};

/// Reads the line of all processors from the text of /proc/stat. Time spent waiting for disks counts as idle.
/// \return nothing when the line is missing, cut short or not made of numbers.
std::optional<CpuTicks> parseProcStat(QByteArrayView text);

/// Reads the text of /proc/meminfo. Without MemAvailable (before Linux 3.14) free memory and caches stand in.
/// \return nothing when the total or every hint of what is available is missing.
std::optional<MemoryAmounts> parseProcMeminfo(QByteArrayView text);

} // namespace frpx
