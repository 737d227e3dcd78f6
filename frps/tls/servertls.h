// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tls/certificate.h"
#include "common/tls/plainpolicy.h"

#include <vector>

namespace frpx::server {

/// The options for TLS; paths may be empty.
struct TlsOptions
{
    QString certificateFile; ///< together with keyFile; else the server makes its own
    QString keyFile;
    QString clientCaFile; ///< clients need a certificate that this CA has signed
    std::optional<TlsIdentity> given; ///< set by the program around the server; replaces the files
    PlainPolicy plain = PlainPolicy::LoopbackOnly;
    bool api = false; ///< the API uses TLS only
    QString apiCertificateFile; ///< together with apiKeyFile; else the pair for the clients
    QString apiKeyFile;
};

/// The TLS settings of the server, read from the files.
struct ServerTls
{
    CheckedIdentity server;
    QByteArray clientCaPem; ///< empty: clients need no certificate
    PlainPolicy plain = PlainPolicy::LoopbackOnly;
    std::optional<CheckedIdentity> api; ///< nullopt: the API is plain

    /// Every identity in use, without duplicates.
    std::vector<CheckedIdentity> identities() const;
};

/// Reads all files. \a dataDir contains, or gets, the pair that the server makes for itself. The detail of an
/// error names the file.
Result<ServerTls> openServerTls(const TlsOptions &options, const QString &dataDir, const QDateTime &now);

/// The certificate of the API of a server with these \a options; makes no pair. Errors as above.
Result<CheckedIdentity> loadApiIdentity(
    const TlsOptions &options, const QString &dataDir, const QDateTime &now);

/// The certificate of the control port.
Result<CheckedIdentity> loadServerIdentity(
    const TlsOptions &options, const QString &dataDir, const QDateTime &now);

} // namespace frpx::server
