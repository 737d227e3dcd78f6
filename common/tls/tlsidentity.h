// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>

#include <optional>

namespace frpx {

/// Who one end of a TLS connection is: a certificate and the key that proves it.
struct TlsIdentity
{
    QByteArray certificatePem; ///< the end's own certificate first, then those that lead to its CA
    QByteArray keyPem; ///< without a passphrase

    friend bool operator==(const TlsIdentity &, const TlsIdentity &) = default;
};

/// What a client accepts on a work connection: the very certificate that its control link has accepted, by
/// CA, by pin or by a person. So that decision is made in one place.
struct TlsTarget
{
    QByteArray certificateSha256; ///< of the server's own certificate as DER; 32 bytes
    std::optional<TlsIdentity> own; ///< shown to a server that asks for it

    friend bool operator==(const TlsTarget &, const TlsTarget &) = default;
};

} // namespace frpx
