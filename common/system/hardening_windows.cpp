// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/hardening.h"

namespace frpx {

void keepMemoryPrivate() {
} // only administrators can read the memory anyway; they also configure error reports

void hideArgument(int /*argc*/, char ** /*argv*/, const char * /*option*/) { } // argv is a copy there

} // namespace frpx
