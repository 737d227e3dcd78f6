// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QStringView>

#include <vector>

namespace frpx {

constexpr size_t maxRangeNumbers = 1000; ///< as many tunnels as a file may have

/// The numbers of \a text, frp's way to write many ports: "6000-6006,6007,6010-6012", in this order. Each is
/// from 0 to 65535. Errc::InvalidArgument with a sentence without a full stop.
Result<std::vector<int>> parseNumberRange(QStringView text);

/// Two lists side by side, as parseNumberRange(). Errc::InvalidArgument also if they have not equally many
/// numbers.
Result<std::vector<std::pair<int, int>>> parseNumberRangePair(QStringView first, QStringView second);

} // namespace frpx
