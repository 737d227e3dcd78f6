// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/appsettings.h"

namespace frpx::gui {

/// Applies \a style to the whole program at once.
void applyStyle(AppSettings::Style style);

} // namespace frpx::gui
