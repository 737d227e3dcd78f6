// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QStringList>

/// Takes the place of calls of the system that may wait for a disk, a name or a peer, in this process:
/// between start() and stop() they take a while, and those of the thread that has called start() are noted.
namespace frpx::test::slowsystem {

/// Found out, after a while, to be unknown.
inline const QString unknownHost = QStringLiteral("slow.example");

void start();
void stop();
/// Which calls the thread of start() has made since.
QStringList callsHere();
/// How many all others have made.
int callsElsewhere();

} // namespace frpx::test::slowsystem
