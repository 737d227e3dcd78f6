// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QDeadlineTimer>

#ifdef Q_OS_LINUX
#include <ctime>
#endif

namespace frpx {

/// Milliseconds on a clock that never jumps; only differences are meaningful.
inline qint64 steadyMs()
{
    return QDeadlineTimer::current().deadline();
}

/// A similar clock, exact to a few milliseconds, that is cheap to read on every machine.
inline qint64 coarseMs()
{
#ifdef CLOCK_MONOTONIC_COARSE
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return qint64(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
#else
    return steadyMs();
#endif
}

} // namespace frpx
