// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

namespace frpx {

/// Protects the memory of this process: no core dumps, and other processes of the same operating system user
/// can neither read it nor attach to it. Call in main() before there is a secret, and again after a change of
/// the user, which resets it. If the variable FRPX_DEBUGGABLE is not empty, it does nothing.
void keepMemoryPrivate();

/// Overwrites the values of `--option VALUE` and `--option=VALUE` in \a argv, which `ps` shows to all users
/// of the machine. \a option includes its hyphens. The values are lost for code that reads \a argv later.
void hideArgument(int argc, char **argv, const char *option);

} // namespace frpx
