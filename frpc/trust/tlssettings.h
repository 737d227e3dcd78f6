// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/tls/fingerprint.h"
#include "common/tls/tlsidentity.h"

#include <QDateTime>
#include <QList>
#include <QMetaType>

namespace frpx::client {

/// Whether a client uses TLS with its server, and which certificate it trusts. Without pins and a CA it
/// trusts a certificate that has been accepted before (KnownServers).
struct TlsSettings
{
    enum class Mode {
        Auto, ///< TLS, unless the server is given as this machine and no field below is set
        On,
        Off,
    };

    Mode mode = Mode::Auto;
    QByteArray caPem; ///< if not empty: the certificate must be signed by one of these and be for serverName
    QString serverName; ///< if empty, the host
    QList<Fingerprint> pins; ///< if not empty: the certificate must be one of these
    std::optional<TlsIdentity> own; ///< sent to a server that requests one
    QString knownServersFile; ///< if empty, nothing is stored
    bool trustOnFirstUse = false; ///< an unknown certificate is accepted and stored; never a changed one

    /// Whether a person or the file of known servers decides about a certificate.
    bool remembers() const { return pins.isEmpty() && caPem.isEmpty(); }
};

bool operator==(const TlsSettings &left, const TlsSettings &right);

/// \a host as given, not its address: forged DNS answers must not turn TLS off. Through a proxy, "this
/// machine" is the proxy's machine, and the way there is a network.
bool usesTls(const TlsSettings &settings, const QString &host, bool isThroughProxy = false);

/// Whether \a host, as given, is this machine for certain: `localhost` or a loopback address.
bool isThisMachine(const QString &host);

/// A certificate that a server has sent.
struct ServerCertificate
{
    QString host;
    quint16 port = 0;
    Fingerprint fingerprint;
    std::optional<Fingerprint> remembered; ///< the certificate accepted before
    QString subject; ///< safe for a log line
    QDateTime expires;
    QString knownServersFile; ///< the file that would store it
};

/// Decides whether \a shown is trusted. Errc::UnknownServer: it has not been accepted yet;
/// Errc::ServerChanged: another certificate was accepted before; Errc::BadCertificate: the settings do not
/// allow it. \a chainFault: why it is not signed by the CA or not valid for the name; empty if it is.
Result<void> judge(const TlsSettings &settings, const ServerCertificate &shown, const QString &chainFault);

/// Text for a person who decides about an unknown certificate.
QString askAboutUnknown(const ServerCertificate &shown);
/// A prominent warning for a certificate that differs from the stored one.
QString warnOfChange(const ServerCertificate &shown);
/// Returns the command that accepts \a shown.
QString commandToTrust(const ServerCertificate &shown);

} // namespace frpx::client

Q_DECLARE_METATYPE(frpx::client::ServerCertificate)
