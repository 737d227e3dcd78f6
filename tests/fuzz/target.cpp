// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/target.h"

namespace frpx::fuzz {

namespace {

/// Made by the first registration: the order in which files are initialised is not known.
std::map<std::string, TryInput> &registry()
{
    static std::map<std::string, TryInput> known;
    return known;
}

} // namespace

TargetRegistration::TargetRegistration(const char *name, TryInput tryInput)
{
    registry().emplace(name, tryInput);
}

const std::map<std::string, TryInput> &targets()
{
    return registry();
}

} // namespace frpx::fuzz
