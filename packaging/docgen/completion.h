// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/programhelp.h"

namespace frpx::docgen {

/// What a shell needs to complete the command line of a program: its commands, behind each those options that
/// go with it, and the values of an option: files, directories, or the words that it takes.
QString bashCompletion(const ProgramHelp &help);
QString zshCompletion(const ProgramHelp &help);
QString fishCompletion(const ProgramHelp &help);

} // namespace frpx::docgen
