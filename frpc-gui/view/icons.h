// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/statustext.h"

#include <QIcon>

/// The icons of the program, rendered from SVG for every size.
namespace frpx::gui {

/// The four levels differ in shape, not in colour alone.
QIcon levelIcon(StatusLevel level);
QIcon applicationIcon();
/// A line drawing in the colour of the palette's text: "add", "edit", "pause" …
QIcon actionIcon(const QString &name);

} // namespace frpx::gui
