// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/error.h"

#include <Frpx/error.h>

namespace frpx {

/// \a error as the libraries tell it.
Frpx::Error publicError(const Error &error);

} // namespace frpx
