// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tls/certificate.h"

namespace frpx::server {

/// The key and certificate that a server makes for itself: tls-key.pem and tls-cert.pem in its data
/// directory, readable only by their owner. Made once and kept, since clients remember the certificate.
class OwnIdentity
{
public:
    explicit OwnIdentity(const QString &directory);

    QString certificateFile() const { return m_certificateFile; }
    QString keyFile() const { return m_keyFile; }

    /// The existing pair. Errc::NotFound if there is none; otherwise as loadIdentity().
    Result<CheckedIdentity> load(const QDateTime &now) const;

    /// The existing pair, or a new one. A key alone, which a crash can leave, gets a certificate; a
    /// certificate alone is refused, as it is worthless without its key. If several programs call it at the
    /// same time, one makes the pair and the others use it. Blocks for that.
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
