// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/trust/tlssettings.h"

namespace frpx::client {

/// Decides whether a server is trusted: by the settings, and by the certificates that a person has accepted
/// before. A value class, for one server.
class ServerTrust
{
public:
    explicit ServerTrust(TlsSettings settings)
        : m_settings(std::move(settings))
    { }

    const TlsSettings &settings() const { return m_settings; }

    /// Adds to \a shown what was accepted before. \return the result of judge(); also Errc::Storage if the
    /// accepted certificates cannot be read. Blocks on the disk.
    Result<void> examine(ServerCertificate &shown, const QString &chainFault) const;
    /// Stores the certificate of this server, also in place of another one; if that fails, it is accepted
    /// until the end of the program.
    void accept(const QString &host, quint16 port, const Fingerprint &certificate);

private:
    Result<void> lookUp(ServerCertificate &shown) const;

    TlsSettings m_settings;
    std::optional<Fingerprint> m_accepted; ///< that could not be stored
};

} // namespace frpx::client
