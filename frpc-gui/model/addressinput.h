// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

namespace frpx::gui {

/// What a person has written as the address of a server, as frpc takes it. Else a sentence in the language of
/// the windows.
Result<QString> readServerHost(const QString &written);
/// The same for that of a local service, which may also be "unix:/PATH".
Result<QString> readLocalHost(const QString &written);

} // namespace frpx::gui
