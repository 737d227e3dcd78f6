// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

namespace frpx {

/// Gives memory that has been freed in this process back to the system, where the allocator would keep it for
/// later. Takes milliseconds for each 100 MiB; from any thread.
void returnFreeMemory();

} // namespace frpx
