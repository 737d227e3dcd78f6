// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/freememory.h"

#include <windows.h>

namespace frpx {

void returnFreeMemory()
{
    ::HeapCompact(::GetProcessHeap(), 0);
}

} // namespace frpx
