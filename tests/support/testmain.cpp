// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/testregistry.h"

#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace frpx::test {

namespace {

/// Made by the first registration: the order in which files are initialised is not known.
std::map<std::string, TestMain> &registry()
{
    static std::map<std::string, TestMain> tests;
    return tests;
}

} // namespace

TestRegistration::TestRegistration(const char *name, TestMain run)
{
    const bool isNew = registry().emplace(name, run).second;
    Q_ASSERT(isNew);
    Q_UNUSED(isNew);
}

} // namespace frpx::test

/// Starts no thread and makes no application: a test may enter a namespace or set its environment first.
int main(int argc, char *argv[])
{
    const auto &tests = frpx::test::registry();
    const auto found = argc > 1 ? tests.find(argv[1]) : tests.end();
    if (found == tests.end()) {
        std::fprintf(stderr, "usage: %s TEST [OPTION…]   with one of these tests:\n", argv[0]);
        for (const auto &[name, run] : tests)
            std::fprintf(stderr, "    %s\n", name.c_str());
        return 2;
    }
    std::vector<char *> arguments(argv, argv + argc + 1); // the last one is null
    arguments.erase(arguments.begin() + 1);
    return found->second(argc - 1, arguments.data());
}
