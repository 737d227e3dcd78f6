// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/confignode.h"
#include "common/config/configreport.h"
#include "common/config/configtemplate.h"

namespace frpx {

/// Parses the TOML \a text, whose size the caller limits. The lines are those of the file. Invalid TOML and
/// too deep nesting go to \a report; the tree is then empty.
ConfigNode readToml(const ExpandedText &text, ConfigReport &report);

} // namespace frpx
