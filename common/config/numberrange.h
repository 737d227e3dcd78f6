// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QStringView>

#include <vector>

namespace frpx {

constexpr size_t maxRangeNumbers = 1000; ///< the largest number of tunnels in a file

/// Parses frp's notation for several ports: "6000-6006,6007,6010-6012", in this order. Each is from 0 to
/// 65535. Errc::InvalidArgument with a sentence without a full stop.
Result<std::vector<int>> parseNumberRange(QStringView text);

/// Parses two lists in pairs. Errc::InvalidArgument also if their lengths differ.
Result<std::vector<std::pair<int, int>>> parseNumberRangePair(QStringView first, QStringView second);

} // namespace frpx
