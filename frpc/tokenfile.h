// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

#include <optional>

namespace frpx {

/// The file that remembers the token of the last login: JSON, {"token":"…"} (a bare JSON string is read as
/// well), for its owner's eyes only. A token is 1 to maxTokenLength printable ASCII characters.
class TokenFile
{
public:
    static constexpr qsizetype maxTokenLength = 4096;
    static constexpr qsizetype maxFileSize = qsizetype{64} * 1024; ///< bytes

    explicit TokenFile(QString path);

    const QString &path() const { return m_path; }

    /// Nothing when there is no such file; Errc::Storage when it is there and no use. Warns once, in the log,
    /// when other accounts may read it.
    Result<std::optional<QString>> load() const;

    /// Replaces the file in one step, mode 0600; its directory must exist. Errc::InvalidArgument for what is
    /// no token, Errc::Storage when it cannot be written (the old file is then whole).
    Result<void> save(const QString &token) const;

    /// Forgets the token; that there was none is fine.
    Result<void> remove() const;

private:
    QString m_path;
    mutable bool m_hasWarned = false;
};

} // namespace frpx
