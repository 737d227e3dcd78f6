// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/programhelp.h"

namespace frpx::docgen {

/// The script with which a shell completes the command line of a program: its commands, the options of each,
/// and the values of an option: files, directories, or fixed words.
QString bashCompletion(const ProgramHelp &help);
QString zshCompletion(const ProgramHelp &help);
QString fishCompletion(const ProgramHelp &help);

} // namespace frpx::docgen
