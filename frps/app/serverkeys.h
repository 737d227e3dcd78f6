// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/configkeys.h"

namespace frpx::server {

/// The names of frps's options in its configuration file, and the keys of frp that are accepted without such
/// an option.
const ConfigSchema &serverSchema();

} // namespace frpx::server
