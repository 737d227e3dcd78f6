// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/target.h"

#include <cstddef>
#include <cstdint>

/// What libFuzzer calls for every input that it thinks of.
// NOLINTNEXTLINE(readability-identifier-naming): its name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const frpx::fuzz::TryInput tryInput = frpx::fuzz::targets().begin()->second; // the only one
    tryInput(QByteArrayView(data, static_cast<qsizetype>(size)));
    return 0;
}
