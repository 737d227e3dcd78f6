// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QStringList>

namespace frpx {

/// Returns the one of \a candidates that \a word was probably meant to be: the one with the fewest letters to
/// add, remove, replace or swap, in any case. A candidate with a dot may match by its last part alone. Empty
/// if none is close.
QString closestWord(QStringView word, const QStringList &candidates);

} // namespace frpx
