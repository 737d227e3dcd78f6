// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <optional>

namespace frpx::gui {

// Whether this program starts when its user logs in. They block on the disk (or the registry), and are called
// on one thread at a time.

/// Nothing on systems that have no way we know.
std::optional<bool> startsWithSystem();
/// Errc::Io.
Result<void> setStartsWithSystem(bool yes);

/// The pure part of it on Linux: the XDG autostart entry that runs \a program.
QByteArray autostartEntry(const QString &program);

} // namespace frpx::gui
