// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace frpx::test {

/// The deterministic pseudo-random stream that bulk tests send, from \a offset on: at least one and at most
/// \a most bytes, in place (nothing is copied). Its period is a prime, so that blocks that are lost, doubled
/// or swapped always show.
QByteArrayView patternAt(quint64 offset, quint64 most);

/// The SHA-256, in lower-case hex, of the first \a size bytes of the pattern.
QByteArray patternSha256(quint64 size);

} // namespace frpx::test
