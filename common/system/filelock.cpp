// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/filelock.h"

#include <QDeadlineTimer>
#include <QLockFile>
#include <QThread>

namespace frpx {

constexpr unsigned long pauseMs = 5;

bool takeLock(QLockFile &lock, int milliseconds)
{
    const QDeadlineTimer deadline(milliseconds);
    while (!lock.tryLock(0)) {
        if (lock.error() != QLockFile::LockFailedError || deadline.hasExpired())
            return false;
        QThread::msleep(pauseMs);
    }
    return true;
}

} // namespace frpx
