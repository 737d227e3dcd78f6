// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

namespace frpx {

/// Keeps what is in this process's memory inside: no core dumps, and other processes of the same user can
/// neither look into it nor attach to it. For the programs' main(), before there is a secret; again after a
/// change of user, which resets it. The variable FRPX_DEBUGGABLE, when it is not empty, leaves everything as
/// it is.
void keepMemoryPrivate();

/// Overwrites the values of `--option VALUE` and `--option=VALUE` in \a argv, where `ps` shows them to
/// everybody. \a option is written with its hyphens. Nothing that still needs \a argv finds them afterwards.
void hideArgument(int argc, char **argv, const char *option);

} // namespace frpx
