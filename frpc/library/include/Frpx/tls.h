// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QMetaType>
#include <QString>
#include <QStringList>

#include <Frpx/global.h>

namespace Frpx {

/// Whether a client uses TLS with its server, and which certificate it trusts: one of `fingerprints`, or one
/// that is signed by `caPem`, or else one that was accepted before. Nothing is sent to an untrusted server,
/// and a changed certificate is never accepted automatically.
struct TlsOptions
{
    /// When to use TLS.
    enum class Mode {
        Auto, ///< TLS, unless the server is given as this machine and no other field is set
        On, ///< TLS
        Off, ///< plain: passwords, tokens and visitors' data can be read on the network
    };

    Mode mode = Mode::Auto; ///< when to use TLS
    /// If not empty, the certificate must have one of these, as `frps fingerprint` prints them. An invalid
    /// fingerprint matches no certificate.
    QStringList fingerprints = {};
    /// If not empty, the certificate must be signed by one of these and be for serverName.
    QByteArray caPem = {};
    QString serverName = {}; ///< the name in the certificate; empty: the host
    QByteArray certificatePem = {}; ///< sent to a server that requests one; with keyPem
    QByteArray keyPem = {}; ///< of certificatePem, without a passphrase
    /// Stores accepted certificates; empty: each object starts without any.
    QString knownServersFile = {};
    bool trustOnFirstUse = false; ///< an unknown certificate is accepted and stored without a question
};

/// A certificate that a server has sent.
struct ServerCertificate
{
    QString host; ///< of the server
    quint16 port = 0; ///< the control port of the server
    QString fingerprint; ///< "SHA256:AB:CD:…"
    QString remembered; ///< the fingerprint that was accepted before; empty if there is none
    QString subject; ///< the subject in the certificate; it is not verified
    QDateTime expires; ///< UTC
};

} // namespace Frpx

Q_DECLARE_METATYPE(Frpx::ServerCertificate)
