// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/freememory.h"

#include <cstdlib> // tells whose library this is

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace frpx {

void returnFreeMemory()
{
#ifdef __GLIBC__
    ::malloc_trim(0); // of all threads; free() itself returns only memory at the end of the heap
#endif
}

} // namespace frpx
