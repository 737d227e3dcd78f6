// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/configkeys.h"

namespace frpx::client {

/// The spellings of frpc's options in its configuration file, and the keys of frp that it knows without
/// having them.
const ConfigSchema &clientSchema();

} // namespace frpx::client
