// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QtGlobal>

namespace frpx {

/// How many files and sockets this process may have open.
struct OpenFileLimit
{
    quint64 before = 0;
    quint64 now = 0;
};

/// Raises the limit as far as the operating system lets us without privileges. Errc::Io when it refuses; the
/// old limit then stays. Where there is no such limit (Windows) both numbers are simply large.
Result<OpenFileLimit> raiseOpenFileLimit();

} // namespace frpx
