// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/throttledlog.h"

namespace frpx::client {

// Log lines that visitors, a failed service or the server can cause repeatedly, in several files.
inline constexpr LogKind cannotServe{lcClient}; ///< of each service
inline constexpr LogKind cannotDial{lcClient}; ///< the server's proxy port
inline constexpr LogKind badWorkConnection{lcClient};

} // namespace frpx::client
