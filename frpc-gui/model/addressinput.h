// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

namespace frpx::gui {

/// Reads the address of a server in the form that frpc takes. The error is a translated sentence.
Result<QString> readServerHost(const QString &written);
/// Reads the address of a local service likewise; it may also be "unix:/PATH".
Result<QString> readLocalHost(const QString &written);

} // namespace frpx::gui
