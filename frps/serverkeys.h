// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/configkeys.h"

namespace frpx::server {

/// How frps's options are spelled in its configuration file, and which keys of frp's it knows without having
/// them.
const ConfigSchema &serverSchema();

} // namespace frpx::server
