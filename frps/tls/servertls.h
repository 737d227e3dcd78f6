// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tls/certificate.h"
#include "common/tls/plainpolicy.h"

#include <vector>

namespace frpx::server {

/// What the options say about TLS; paths, where they are not empty.
struct TlsOptions
{
    QString certificateFile; ///< together with keyFile; else the server makes its own
    QString keyFile;
    QString clientCaFile; ///< clients need a certificate that leads to it
    std::optional<TlsIdentity> given; ///< by the program around the server, in place of these files
    PlainPolicy plain = PlainPolicy::LoopbackOnly;
    bool api = false; ///< the API speaks TLS, and nothing else
    QString apiCertificateFile; ///< together with apiKeyFile; else as for the clients
    QString apiKeyFile;
};

/// The server's end of every TLS connection, as read from the files.
struct ServerTls
{
    CheckedIdentity server;
    QByteArray clientCaPem; ///< empty: clients need no certificate
    PlainPolicy plain = PlainPolicy::LoopbackOnly;
    std::optional<CheckedIdentity> api; ///< none: the API is plain

    /// Each once.
    std::vector<CheckedIdentity> identities() const;
};

/// Reads all of it. \a dataDir has, or gets, the pair that the server makes for itself. The sentence of an
/// error names the file.
Result<ServerTls> openServerTls(const TlsOptions &options, const QString &dataDir, const QDateTime &now);

/// The certificate that the API of a server with these \a options shows; nothing is made. Errors as above.
Result<CheckedIdentity> loadApiIdentity(
    const TlsOptions &options, const QString &dataDir, const QDateTime &now);

/// The same for the control port.
Result<CheckedIdentity> loadServerIdentity(
    const TlsOptions &options, const QString &dataDir, const QDateTime &now);

} // namespace frpx::server
