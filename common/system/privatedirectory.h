// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

namespace frpx {

/// Sees to it that the directory is there; one that is made is its owner's alone, its parents are as usual.
/// Errc::Storage.
Result<void> preparePrivateDirectory(const QString &path);

} // namespace frpx
