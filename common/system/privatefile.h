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
    bool readableByOthers = false; ///< by an account other than the owner's; always false on Windows
    bool isReadOnce = false; ///< from a pipe or an open descriptor: it cannot be read again
};

// Files that contain a secret: only their owner may read them, from the first byte on. A symbolic link is
// followed for reading, but writing and removing act on the link itself: an attacker who can create links
// cannot choose another file. Every error is Errc::Io with a sentence that names the path.

/// Reads the whole content; empty when there is no such file. An error when it is larger than \a maxSize
/// bytes or not a regular file.
Result<std::optional<PrivateFileContent>> readPrivateFile(const QString &path, qsizetype maxSize);

/// The same for a file that a person names in an option, which may also be a pipe, a socket, or an open
/// descriptor such as /dev/stdin or /dev/fd/63: it is read to its end. An error when the end does not come
/// within \a timeoutMs, or it is a terminal. Blocks until then: for the start of a program.
Result<std::optional<PrivateFileContent>> readPrivateInput(
    const QString &path, qsizetype maxSize, int timeoutMs);

/// Replaces the file in one step: a reader, also after a crash, sees either the complete old or the complete
/// new content. The directory must exist. On success the content is on the disk.
Result<void> writePrivateFile(const QString &path, const QByteArray &content);

/// Removes the file; succeeds also when there is none.
Result<void> removePrivateFile(const QString &path);

} // namespace frpx
