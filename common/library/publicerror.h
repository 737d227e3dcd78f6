// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/error.h"

#include <Frpx/error.h>

namespace frpx {

/// Converts \a error to the type of the libraries.
Frpx::Error publicError(const Error &error);

} // namespace frpx
