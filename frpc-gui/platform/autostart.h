// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <optional>

namespace frpx::gui {

// Whether this program starts when its operating system user logs in. The functions block on the disk (or the
// registry) and are called by one thread at a time.

/// Empty on systems without a supported way.
std::optional<bool> startsWithSystem();
/// Errc::Io.
Result<void> setStartsWithSystem(bool yes);

/// Returns the XDG autostart entry that runs \a program (Linux).
QByteArray autostartEntry(const QString &program);

} // namespace frpx::gui
