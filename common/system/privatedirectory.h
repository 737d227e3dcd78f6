// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

namespace frpx {

/// Creates the directory if it is missing; a new one is accessible only to its owner, its parents have normal
/// permissions. Errc::Storage.
Result<void> preparePrivateDirectory(const QString &path);

} // namespace frpx
