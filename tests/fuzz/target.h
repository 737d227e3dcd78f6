// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArrayView>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace frpx::fuzz {

/// What a target does with one input, whatever that is. It returns if the code under test keeps its promises,
/// and does not depend on what it has been given before.
using TryInput = void (*)(QByteArrayView input);

/// Adds a target to the program; each target's file has one, with the file's name.
class TargetRegistration
{
public:
    TargetRegistration(const char *name, TryInput tryInput);
};

/// The targets of this program by name: all in the replay, one in a program of libFuzzer's.
const std::map<std::string, TryInput> &targets();

/// Ends the program if a promise is broken, so that libFuzzer keeps the input and a replay fails.
inline void require(bool holds, const char *promise)
{
    if (holds)
        return;
    std::fprintf(stderr, "Broken promise: %s\n", promise);
    std::abort();
}

} // namespace frpx::fuzz
