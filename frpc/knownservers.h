// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/tls/fingerprint.h"

#include <map>

namespace frpx::client {

/// The file that remembers which certificate a server has shown when somebody accepted it: one line
/// `HOST:PORT SHA256:…` for each server, for its owner's eyes only. Lines that begin with # are kept.
///
/// A file with a line that makes no sense is an error for all servers, since that line might have been about
/// any of them.
class KnownServers
{
public:
    static constexpr qsizetype maxServers = 4096;
    static constexpr qsizetype maxFileSize = qsizetype{1024} * 1024; ///< bytes

    /// With an empty \a path nothing is known, and nothing can be remembered.
    explicit KnownServers(QString path);

    const QString &path() const { return m_path; }

    /// Nothing when the server is not known. Errc::Storage with a sentence that names the file and the line.
    Result<std::optional<Fingerprint>> find(const QString &host, quint16 port) const;

    /// Replaces what is known of that server, in one step; several programs may do it at the same time. The
    /// directory must exist. Blocks for the disk. Errors as above.
    Result<void> remember(const QString &host, quint16 port, const Fingerprint &fingerprint) const;

    /// "example.org:17000", "[2001:db8::1]:17000": in small letters, addresses in their shortest form.
    static QString keyOf(const QString &host, quint16 port);

private:
    struct Content
    {
        QStringList comments;
        std::map<QString, Fingerprint> servers;
    };

    Result<Content> load() const;
    Result<Content> parse(const QByteArray &text) const;

    QString m_path;
};

} // namespace frpx::client
