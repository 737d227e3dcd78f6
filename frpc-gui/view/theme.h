// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/appsettings.h"

namespace frpx::gui {

/// Makes the whole program look as \a style says, now.
void applyStyle(AppSettings::Style style);

} // namespace frpx::gui
