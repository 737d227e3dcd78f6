// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/system/privatefile.h"
#include "common/tls/fingerprint.h"
#include "common/tls/tlsidentity.h"

#include <QDateTime>
#include <QStringList>

#include <functional>

namespace frpx {

/// An identity that has been looked at: certificate and key belong together.
struct CheckedIdentity
{
    TlsIdentity identity;
    Fingerprint fingerprint; ///< of the end's own certificate
    QDateTime expires; ///< UTC
    QStringList warnings; ///< sentences for the log: expired, not valid yet, a key that others can read
};

/// What `frps` and `frpc` take as a file, in bytes; a chain of certificates is a few thousand.
constexpr qsizetype maxPemFile = qsizetype{256} * 1024;

/// A new key (EC P-256) and a certificate that it has signed itself, for a server known under \a names (DNS
/// names; 127.0.0.1 and ::1 are added): valid from a day before the earlier of \a now and buildDateMs() until
/// thirty years after the later. Errc::Io when the library cannot.
Result<TlsIdentity> makeSelfSigned(const QStringList &names, const QDateTime &now);
/// The same for a key that is there already.
Result<TlsIdentity> makeSelfSigned(const QByteArray &keyPem, const QStringList &names, const QDateTime &now);

/// What the certificate of a server that makes its own is for: "frpx", "localhost" and the machine's name.
QStringList ownServerNames();

/// How to read a PEM file, of maxPemFile bytes at most.
using PemReader = std::function<Result<PrivateFileContent>(const QString &file)>;
/// It must be a regular file.
Result<PrivateFileContent> readPem(const QString &file);

/// Reads a certificate (with those that lead to its CA behind it) and its key from two files, or from one
/// that is named twice. Errc::Io, or Errc::InvalidArgument for what is no certificate or key, a key with a
/// passphrase, or a pair that does not belong together; the sentence names the file.
Result<CheckedIdentity> loadIdentity(const QString &certificateFile, const QString &keyFile,
    const QDateTime &now, const PemReader &read = readPem);

/// The same for what has been read. \a certificateName and \a keyName are for the sentences.
Result<CheckedIdentity> checkIdentity(const TlsIdentity &identity, const QString &certificateName,
    const QString &keyName, const QDateTime &now);

/// The certificates in \a file, as PEM; at least one. Errors as above.
Result<QByteArray> loadCertificates(const QString &file, const PemReader &read = readPem);

} // namespace frpx
