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

/// Whether a client speaks TLS to its server, and which certificate it believes. With neither pins nor a CA
/// that is one which somebody has accepted before (KnownServers).
struct TlsSettings
{
    enum class Mode {
        Auto, ///< TLS, unless the server is given as this machine and nothing below is set
        On,
        Off,
    };

    Mode mode = Mode::Auto;
    QByteArray caPem; ///< if not empty: the certificate leads there and is for serverName
    QString serverName; ///< if empty, the host
    QList<Fingerprint> pins; ///< if not empty: it is one of these
    std::optional<TlsIdentity> own; ///< for a server that asks for it
    QString knownServersFile; ///< if empty, nothing is remembered
    bool trustOnFirstUse = false; ///< an unknown certificate is accepted and remembered; never a changed one

    /// Does somebody, or a file, decide whether a certificate is to be trusted?
    bool remembers() const { return pins.isEmpty() && caPem.isEmpty(); }
};

bool operator==(const TlsSettings &left, const TlsSettings &right);

/// \a host as it was given, not what its name leads to: whoever can forge names must not turn TLS off.
/// Through a proxy "this machine" is the proxy's, and the way there leads over a network.
bool usesTls(const TlsSettings &settings, const QString &host, bool isThroughProxy = false);

/// Is \a host, as it was given, this machine for certain: `localhost` or a loopback address?
bool isThisMachine(const QString &host);

/// A certificate that a server has shown.
struct ServerCertificate
{
    QString host;
    quint16 port = 0;
    Fingerprint fingerprint;
    std::optional<Fingerprint> remembered; ///< the one accepted before
    QString subject; ///< fit for a log line
    QDateTime expires;
    QString knownServersFile; ///< where it would be remembered
};

/// Is \a shown to be trusted? Errc::UnknownServer: nobody has said so yet; Errc::ServerChanged: another one
/// was accepted before; Errc::BadCertificate: it is not what the settings want. \a chainFault: why it does
/// not lead to the CA, or is not for that name; empty if it is fine.
Result<void> judge(const TlsSettings &settings, const ServerCertificate &shown, const QString &chainFault);

/// A paragraph for a person who decides about a certificate that is unknown.
QString askAboutUnknown(const ServerCertificate &shown);
/// The same for one that is not the remembered one, in words that are not overlooked.
QString warnOfChange(const ServerCertificate &shown);
/// The command that accepts \a shown.
QString commandToTrust(const ServerCertificate &shown);

} // namespace frpx::client

Q_DECLARE_METATYPE(frpx::client::ServerCertificate)
