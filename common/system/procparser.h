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

/// Parses the line of all processors in the text of /proc/stat. Time spent waiting for disks counts as idle.
/// \return empty when the line is missing, incomplete or not made of numbers.
std::optional<CpuTicks> parseProcStat(QByteArrayView text);

/// Parses the text of /proc/meminfo. Without MemAvailable (before Linux 3.14) free memory and caches are
/// used. \return empty when the total or every value for the available memory is missing.
std::optional<MemoryAmounts> parseProcMeminfo(QByteArrayView text);

} // namespace frpx
