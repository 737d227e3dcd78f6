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

/// A checked identity: certificate and key belong together.
struct CheckedIdentity
{
    TlsIdentity identity;
    Fingerprint fingerprint; ///< of the first certificate
    QDateTime expires; ///< UTC
    QStringList
        warnings; ///< sentences for the log: expired, not valid yet, a key that other accounts can read
};

/// The largest PEM file in bytes; a chain of certificates has a few thousand.
constexpr qsizetype maxPemFile = qsizetype{256} * 1024;

/// Creates a key (EC P-256) and a self-signed certificate for a server with the names \a names (DNS names;
/// 127.0.0.1 and ::1 are added): valid from a day before the earlier of \a now and buildDateMs() until thirty
/// years after the later. Errc::Io when OpenSSL fails.
Result<TlsIdentity> makeSelfSigned(const QStringList &names, const QDateTime &now);
/// The same with an existing key.
Result<TlsIdentity> makeSelfSigned(const QByteArray &keyPem, const QStringList &names, const QDateTime &now);

/// The names in a certificate that a server creates for itself: "frpx", "localhost" and the machine's name.
QStringList ownServerNames();

/// Reads a PEM file of at most maxPemFile bytes.
using PemReader = std::function<Result<PrivateFileContent>(const QString &file)>;
/// Reads a regular file only.
Result<PrivateFileContent> readPem(const QString &file);

/// Loads a certificate (followed by its chain) and its key from two files, or from one that is named twice.
/// Errc::Io, or Errc::InvalidArgument for a file without a certificate or key, a key with a passphrase, or a
/// pair that does not match; the sentence names the file.
Result<CheckedIdentity> loadIdentity(const QString &certificateFile, const QString &keyFile,
    const QDateTime &now, const PemReader &read = readPem);

/// The same for content that has been read. \a certificateName and \a keyName are for the sentences.
Result<CheckedIdentity> checkIdentity(const TlsIdentity &identity, const QString &certificateName,
    const QString &keyName, const QDateTime &now);

/// The certificates in \a file, as PEM; at least one. Errors as above.
Result<QByteArray> loadCertificates(const QString &file, const PemReader &read = readPem);

} // namespace frpx
