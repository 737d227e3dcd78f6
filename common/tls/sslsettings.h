// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tls/tlsidentity.h"

#include <QSslConfiguration>

namespace frpx {

// What Qt's TLS sockets (control links, the API) are to do: TLS 1.3, or 1.2 with forward secrecy and
// authenticated encryption.

/// For the server's end. With \a clientCaPem it asks its client for a certificate that leads there; whether
/// there was one, sslErrors() tells.
QSslConfiguration serverSslConfiguration(const TlsIdentity &own, const QByteArray &clientCaPem = {});

/// For the client's end, which shows \a own to a server that asks. Every certificate that does not lead to \a
/// caPem is an error for sslErrors(): without it, any.
QSslConfiguration clientSslConfiguration(
    const std::optional<TlsIdentity> &own = {}, const QByteArray &caPem = {});

} // namespace frpx
