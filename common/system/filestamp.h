// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

#include <array>

namespace frpx {

/// Values that change when a file or its content is replaced: also by a rename, or by a symbolic link with a
/// new target. All zero without a file. Take it before reading the file: then a change in between is noticed
/// the next time.
struct FileStamp
{
    std::array<qint64, 5> marks{};

    friend bool operator==(const FileStamp &, const FileStamp &) = default;
};

FileStamp fileStamp(const QString &path);

} // namespace frpx
