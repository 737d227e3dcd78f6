// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/programhelp.h"

namespace frpx::docgen {

/// What a shell needs to complete the command line of a program: options, the words of its commands, and
/// files where an option takes one.
QString bashCompletion(const ProgramHelp &help);
QString zshCompletion(const ProgramHelp &help);
QString fishCompletion(const ProgramHelp &help);

} // namespace frpx::docgen
