// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QDeadlineTimer>

namespace frpx {

/// Milliseconds on a clock that never jumps; only differences mean something.
inline qint64 steadyMs()
{
    return QDeadlineTimer::current().deadline();
}

} // namespace frpx
