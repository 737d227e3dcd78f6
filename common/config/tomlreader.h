// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/confignode.h"
#include "common/config/configreport.h"
#include "common/config/configtemplate.h"

namespace frpx {

/// The tree of the TOML \a text, for whose size the caller answers. Its lines are those of the file. What is
/// no TOML, and what is nested too deeply, goes to \a report; the tree is then empty.
ConfigNode readToml(const ExpandedText &text, ConfigReport &report);

} // namespace frpx
