// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

class QLockFile;

namespace frpx {

/// Takes \a lock within \a milliseconds, of which it wastes few once the lock is free: QLockFile's own
/// waiting looks ever more seldom. Blocks. False: lock.error() says why.
bool takeLock(QLockFile &lock, int milliseconds);

} // namespace frpx
