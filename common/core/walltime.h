// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <functional>

namespace frpx {

/// Midnight (UTC) of the day of the release that this program was built from, in milliseconds since 1970. The
/// same for every build of the same source.
qint64 buildDateMs();

/// The system's clock in milliseconds since 1970, but no time before buildDateMs(): a machine without a
/// battery believes that it is 1970 until it has asked the network, and what is stored with such a date has
/// expired as soon as the clock is right. For dates that are kept; for differences see steadyMs().
qint64 wallMs();

/// \a clock, or without one the system's, held to the same rule.
std::function<qint64()> plausibleClock(std::function<qint64()> clock);

} // namespace frpx
