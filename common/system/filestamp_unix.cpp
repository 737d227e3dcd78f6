// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/filestamp.h"

#include <QFile>

#include <sys/stat.h>

namespace frpx {

namespace {

qint64 nanoseconds(const timespec &time)
{
    return qint64(time.tv_sec) * 1'000'000'000 + qint64(time.tv_nsec);
}

} // namespace

FileStamp fileStamp(const QString &path)
{
    struct stat status = {};
    if (::stat(QFile::encodeName(path).constData(), &status) != 0)
        return {};
#ifdef Q_OS_DARWIN
    const qint64 written = nanoseconds(status.st_mtimespec);
    const qint64 changed = nanoseconds(status.st_ctimespec);
#else
    const qint64 written = nanoseconds(status.st_mtim);
    const qint64 changed = nanoseconds(status.st_ctim);
#endif
    return {{static_cast<qint64>(status.st_dev), static_cast<qint64>(status.st_ino),
        static_cast<qint64>(status.st_size), written, changed}};
}

} // namespace frpx
