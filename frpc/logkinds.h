// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/throttledlog.h"

namespace frpx::client {

// Lines that visitors, a dead service or the server can cause again and again, from several places.
inline constexpr LogKind cannotServe{lcClient}; ///< of each service
inline constexpr LogKind cannotDial{lcClient}; ///< the server's proxy port
inline constexpr LogKind badWorkConnection{lcClient};

} // namespace frpx::client
