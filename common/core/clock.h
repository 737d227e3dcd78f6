// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QDeadlineTimer>

#include <chrono>
#include <ctime>

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

/// The processor time that the calling thread has taken; only differences are meaningful. Unlike time on a
/// clock it does not grow while the thread waits for a processor. On systems without a clock for it (Windows
/// counts in steps of 15 ms), it is the time on a clock.
inline std::chrono::nanoseconds threadTime()
{
#ifdef CLOCK_THREAD_CPUTIME_ID
    timespec taken{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &taken);
    return std::chrono::seconds(taken.tv_sec) + std::chrono::nanoseconds(taken.tv_nsec);
#else
    return std::chrono::steady_clock::now().time_since_epoch();
#endif
}

} // namespace frpx
