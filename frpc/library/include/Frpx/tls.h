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

/// Whether a client speaks TLS with its server, and which certificate it believes: one of `fingerprints`, or
/// one that leads to `caPem`, or else one that somebody has accepted before. A server that is not believed is
/// told nothing, and a changed certificate is never accepted by itself.
struct TlsOptions
{
    /// Whether at all.
    enum class Mode {
        Auto, ///< TLS, unless the server is given as this machine and nothing else is set here
        On, ///< TLS
        Off, ///< plain: passwords, tokens and users can be read on the way
    };

    Mode mode = Mode::Auto; ///< whether at all
    /// If not empty, the certificate has one of these, as `frps fingerprint` prints them. What cannot be read
    /// is the fingerprint of no certificate.
    QStringList fingerprints = {};
    QByteArray caPem = {}; ///< if not empty, the certificate leads to one of these and is for serverName
    QString serverName = {}; ///< in the certificate; empty: the host
    QByteArray certificatePem = {}; ///< shown to a server that asks for one; with keyPem
    QByteArray keyPem = {}; ///< of certificatePem, without a passphrase
    /// Remembers what has been accepted; empty: each object has to be told anew.
    QString knownServersFile = {};
    bool trustOnFirstUse = false; ///< an unknown certificate is accepted, and remembered, without a question
};

/// A certificate that a server has shown.
struct ServerCertificate
{
    QString host; ///< of the server
    quint16 port = 0; ///< of the server, for clients
    QString fingerprint; ///< "SHA256:AB:CD:…"
    QString remembered; ///< the fingerprint that was accepted before; empty if there is none
    QString subject; ///< what it says of its owner; anybody can write anything there
    QDateTime expires; ///< UTC
};

} // namespace Frpx

Q_DECLARE_METATYPE(Frpx::ServerCertificate)
