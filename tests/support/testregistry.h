// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QCoreApplication>
#include <QTest>

namespace frpx::test {

/// What main() of a program with one test class would do.
using TestMain = int (*)(int argc, char *argv[]);

/// Names one test class of a program that holds many. The first argument of the program names the class to
/// run. A constant of each file's own; it takes \a name, a literal, as ctest has it.
class TestRegistration
{
public:
    TestRegistration(const char *name, TestMain run);
};

/// Runs the class \a Test with an application of the class \a Application.
template <typename Test, typename Application = QCoreApplication>
int runTest(int argc, char *argv[])
{
    const Application application(argc, argv);
    Test test;
    return QTest::qExec(&test, argc, argv);
}

/// Runs the class \a Test without an application.
template <typename Test>
int runBareTest(int argc, char *argv[])
{
    Test test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace frpx::test
