// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/tls/fingerprint.h"

#include <map>

namespace frpx::client {

/// The file of the server certificates that a person has accepted: one line `HOST:PORT SHA256:…` for each
/// server, mode 0600. Lines that begin with # are kept.
///
/// An invalid line is an error for all servers, since it may have been about any of them.
class KnownServers
{
public:
    static constexpr qsizetype maxServers = 4096;
    static constexpr qsizetype maxFileSize = qsizetype{1024} * 1024; ///< bytes

    /// With an empty \a path no server is known, and none can be stored.
    explicit KnownServers(QString path);

    const QString &path() const { return m_path; }

    /// Empty when the server is unknown. Errc::Storage with a sentence that names the file and the line.
    Result<std::optional<Fingerprint>> find(const QString &host, quint16 port) const;

    /// Replaces the entry of that server in one step; several programs may do so at the same time. The
    /// directory must exist. Blocks on the disk. Errors as above.
    Result<void> remember(const QString &host, quint16 port, const Fingerprint &fingerprint) const;

    /// The key of an entry: "example.org:17000", "[2001:db8::1]:17000"; in lower case, addresses in their
    /// shortest form.
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
