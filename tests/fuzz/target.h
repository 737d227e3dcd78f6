// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArrayView>

#include <cstdio>
#include <cstdlib>

namespace frpx::fuzz {

/// What a target does with one input, whatever that is; each program has one of its own. It returns if the
/// code under test keeps its promises, and does not depend on what it has been given before.
void tryInput(QByteArrayView input);

/// Ends the program if a promise is broken, so that libFuzzer keeps the input and a replay fails.
inline void require(bool holds, const char *promise)
{
    if (holds)
        return;
    std::fprintf(stderr, "Broken promise: %s\n", promise);
    std::abort();
}

} // namespace frpx::fuzz
