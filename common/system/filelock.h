// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

class QLockFile;

namespace frpx {

/// Takes \a lock within \a milliseconds, soon after it becomes free: QLockFile's own wait checks less and
/// less often. Blocks. False: lock.error() says why.
bool takeLock(QLockFile &lock, int milliseconds);

} // namespace frpx
