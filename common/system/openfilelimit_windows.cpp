// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/openfilelimit.h"

namespace frpx {

Result<OpenFileLimit> raiseOpenFileLimit()
{
    // Sockets are handles there, and a process may hold about 16 million of them.
    constexpr quint64 mostHandles = 1U << 24U;
    return OpenFileLimit{mostHandles, mostHandles};
}

} // namespace frpx
