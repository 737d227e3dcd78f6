// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace frpx {

struct PrivateFileContent
{
    QByteArray bytes;
    bool readableByOthers = false; ///< by any other account but the owner's; not told on Windows
    bool isReadOnce = false; ///< from a pipe or an open descriptor: there is nothing left to be read again
};

// Files that hold a secret: only their owner may read them, from the first byte on. A path that is a symbolic
// link is read through, but what is written or removed is the link itself: who can put one there does not
// choose what else is. Every error is Errc::Io with a sentence that names the path.

/// The whole content; nothing when there is no such file. An error when it is larger than \a maxSize bytes or
/// no regular file.
Result<std::optional<PrivateFileContent>> readPrivateFile(const QString &path, qsizetype maxSize);

/// The same for a file that a person names in an option, which may also be a pipe, a socket, or an open
/// descriptor such as /dev/stdin or /dev/fd/63: it is read to its end. An error when that does not come
/// within \a timeoutMs, or it is a terminal. Blocks so long: for the start of a program.
Result<std::optional<PrivateFileContent>> readPrivateInput(
    const QString &path, qsizetype maxSize, int timeoutMs);

/// Replaces the file in one step: whoever reads it, or finds it after a crash, sees all of the old or all of
/// the new content. The directory must exist. On success the content has reached the disk.
Result<void> writePrivateFile(const QString &path, const QByteArray &content);

/// Removes the file; that there is none is fine.
Result<void> removePrivateFile(const QString &path);

} // namespace frpx
