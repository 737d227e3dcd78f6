// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

#include <optional>

namespace frpx {

/// The file with the token of the last login: JSON, {"token":"…"} (a bare JSON string is accepted too), mode
/// 0600. A token is 1 to maxTokenLength printable ASCII characters.
class TokenFile
{
public:
    static constexpr qsizetype maxTokenLength = 4096;
    static constexpr qsizetype maxFileSize = qsizetype{64} * 1024; ///< bytes

    explicit TokenFile(QString path);

    const QString &path() const { return m_path; }

    /// Empty when there is no such file; Errc::Storage when it cannot be read or is invalid. Logs one warning
    /// when other accounts of the machine may read it.
    Result<std::optional<QString>> load() const;

    /// Replaces the file in one step, mode 0600; its directory must exist. Errc::InvalidArgument for an
    /// invalid token, Errc::Storage when the file cannot be written (the old one stays complete).
    Result<void> save(const QString &token) const;

    /// Deletes the token; succeeds also when there was none.
    Result<void> remove() const;

private:
    QString m_path;
    mutable bool m_hasWarned = false;
};

} // namespace frpx
