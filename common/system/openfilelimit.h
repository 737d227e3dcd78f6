// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QtGlobal>

namespace frpx {

/// The limit of open files and sockets of this process.
struct OpenFileLimit
{
    quint64 before = 0;
    quint64 now = 0;
};

/// Raises the limit as far as the operating system allows without privileges. Errc::Io when it refuses; the
/// old limit then stays. On systems without such a limit (Windows) both numbers are large.
Result<OpenFileLimit> raiseOpenFileLimit();

} // namespace frpx
