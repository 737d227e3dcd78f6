// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QStringList>

namespace frpx {

/// The one of \a candidates that \a word was probably meant to be: by the fewest letters to add, remove,
/// replace or swap with their neighbour, of any case; with a dot in it a candidate may be meant by its last
/// part alone. Empty if none is near.
QString closestWord(QStringView word, const QStringList &candidates);

} // namespace frpx
