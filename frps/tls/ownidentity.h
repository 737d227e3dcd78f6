// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tls/certificate.h"

namespace frpx::server {

/// The key and certificate that a server makes for itself, in tls-key.pem and tls-cert.pem of its data
/// directory, both for its owner's eyes only. Made once and kept, since clients remember the certificate.
class OwnIdentity
{
public:
    explicit OwnIdentity(const QString &directory);

    QString certificateFile() const { return m_certificateFile; }
    QString keyFile() const { return m_keyFile; }

    /// What is there. Errc::NotFound when nothing is; otherwise as loadIdentity().
    Result<CheckedIdentity> load(const QDateTime &now) const;

    /// The same, or makes the pair. A key alone, as a crash at the right moment leaves it, gets its
    /// certificate; a certificate alone is refused, as only its key makes it worth anything. Of several
    /// programs that do it at the same time one makes the pair and the others find it. Blocks for that.
    Result<CheckedIdentity> loadOrMake(const QDateTime &now) const;

private:
    bool isComplete() const;
    Result<CheckedIdentity> loadOwn(const QDateTime &now) const;
    Result<CheckedIdentity> loadOrMakeLocked(const QDateTime &now) const;

    QString m_certificateFile;
    QString m_keyFile;
    QString m_lockFile;
};

} // namespace frpx::server
