// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/system/privatefile.h"

#include <QHash>

namespace frpx {

/// Reads the files that a program's options name. They may be pipes, such as bash makes of `<(pass frpx)`,
/// and /dev/stdin. What can be read only once is kept, so that the options can be read again when the program
/// is told to reload.
class InputFiles
{
public:
    static constexpr int timeoutMs =
        60'000; ///< until a pipe has ended: a person may have to unlock something
    static constexpr qsizetype maxKept = 16; ///< files; there are fewer options that name one

    /// As readPrivateInput(). Blocks until a pipe has ended.
    Result<std::optional<PrivateFileContent>> read(const QString &path, qsizetype maxSize);
    /// As read(), and that there is no such file is an error.
    Result<PrivateFileContent> readExisting(const QString &path, qsizetype maxSize);
    /// From now on nothing is waited for: a pipe that has not been read yet is an error. For a program that
    /// has started.
    void setStarted() { m_isStarted = true; }

private:
    QHash<QString, PrivateFileContent> m_kept; ///< by path
    bool m_isStarted = false;
};

/// The first line of \a bytes, as UTF-8 and without its end.
QString firstLineOf(const QByteArray &bytes);

} // namespace frpx
