// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <functional>

namespace frpx {

/// Midnight (UTC) of the release date of this program, in milliseconds since 1970. The same for every build
/// of the same source.
qint64 buildDateMs();

/// The system's clock in milliseconds since 1970, but never before buildDateMs(): a machine without a battery
/// has the year 1970 until it has asked the network, and dates that are stored then would have expired when
/// the clock is set. For stored dates; for differences see steadyMs().
qint64 wallMs();

/// Applies the same lower bound to \a clock, or to the system's clock if it is null.
std::function<qint64()> plausibleClock(std::function<qint64()> clock);

} // namespace frpx
