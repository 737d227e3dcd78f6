// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

namespace frpx {

/// Returns freed memory of this process to the system, which the allocator would keep. Takes milliseconds for
/// each 100 MiB; from any thread.
void returnFreeMemory();

} // namespace frpx
