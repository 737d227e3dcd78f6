// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

#include <array>

namespace frpx {

/// What tells that a file is another one, or has another content, than before: also one that was put in its
/// place by a rename, or by a symbolic link that points elsewhere now. All zero if there is none. To be taken
/// before the file is read: a change meanwhile is then seen the next time.
struct FileStamp
{
    std::array<qint64, 5> marks{};

    friend bool operator==(const FileStamp &, const FileStamp &) = default;
};

FileStamp fileStamp(const QString &path);

} // namespace frpx
