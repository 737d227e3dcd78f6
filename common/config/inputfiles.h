// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/system/privatefile.h"

#include <QHash>

namespace frpx {

/// Reads the files that a program's options name. They may be pipes, such as bash makes of `<(pass frpx)`,
/// and /dev/stdin. Content that can be read only once is kept, so that the program can read the options again
/// at a reload.
class InputFiles
{
public:
    static constexpr int timeoutMs =
        60'000; ///< until the end of a pipe: a person may have to unlock a password store
    static constexpr qsizetype maxKept = 16; ///< files; fewer options name a file

    /// As readPrivateInput(). Blocks until a pipe has ended.
    Result<std::optional<PrivateFileContent>> read(const QString &path, qsizetype maxSize);
    /// Like read(), but a missing file is an error.
    Result<PrivateFileContent> readExisting(const QString &path, qsizetype maxSize);
    /// From now on a pipe that has not been read yet is an error instead of a wait. For a running program.
    void setStarted() { m_isStarted = true; }

private:
    QHash<QString, PrivateFileContent> m_kept; ///< by path
    bool m_isStarted = false;
};

/// The first line of \a bytes, as UTF-8 and without its end.
QString firstLineOf(const QByteArray &bytes);

} // namespace frpx
