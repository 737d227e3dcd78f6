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
};

// Files that hold a secret: only their owner may read them, from the first byte on. A path that is a symbolic
// link is read through, but what is written or removed is the link itself: who can put one there does not
// choose what else is. Every error is Errc::Io with a sentence that names the path.

/// The whole content; nothing when there is no such file. An error when it is larger than \a maxSize bytes or
/// no regular file.
Result<std::optional<PrivateFileContent>> readPrivateFile(const QString &path, qsizetype maxSize);

/// Replaces the file in one step: whoever reads it, or finds it after a crash, sees all of the old or all of
/// the new content. The directory must exist. On success the content has reached the disk.
Result<void> writePrivateFile(const QString &path, const QByteArray &content);

/// Removes the file; that there is none is fine.
Result<void> removePrivateFile(const QString &path);

} // namespace frpx
