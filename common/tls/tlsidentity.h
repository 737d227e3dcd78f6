// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>

#include <optional>

namespace frpx {

/// The identity of one end of a TLS connection: a certificate and its key.
struct TlsIdentity
{
    QByteArray certificatePem; ///< the own certificate first, then its chain to the CA
    QByteArray keyPem; ///< without a passphrase

    friend bool operator==(const TlsIdentity &, const TlsIdentity &) = default;
};

/// The only certificate that a client accepts on a work connection: the one that its control link has
/// accepted, by CA, by pin or by a person. So that decision is made in one place.
struct TlsTarget
{
    QByteArray certificateSha256; ///< of the server's own certificate as DER; 32 bytes
    std::optional<TlsIdentity> own; ///< sent to a server that requests one

    friend bool operator==(const TlsTarget &, const TlsTarget &) = default;
};

} // namespace frpx
