// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tls/tlsidentity.h"

#include <QSslConfiguration>

namespace frpx {

// The configuration of Qt's TLS sockets (control links, the API): TLS 1.3, or 1.2 with forward secrecy and
// authenticated encryption.

/// For the server. With \a clientCaPem it requests a client certificate that is signed by one of these;
/// sslErrors() reports whether there was one.
QSslConfiguration serverSslConfiguration(const TlsIdentity &own, const QByteArray &clientCaPem = {});

/// For the client, which sends \a own to a server that requests a certificate. Every server certificate that
/// is not signed by \a caPem is an error for sslErrors(); without \a caPem every one is.
QSslConfiguration clientSslConfiguration(
    const std::optional<TlsIdentity> &own = {}, const QByteArray &caPem = {});

} // namespace frpx
