// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tls/sslsettings.h"

#include <QSslCertificate>
#include <QSslCipher>
#include <QSslKey>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

QList<QSslCipher> modernCiphers()
{
    QList<QSslCipher> ciphers;
    const QList<QSslCipher> supported = QSslConfiguration::supportedCiphers();
    for (const QSslCipher &cipher : supported) {
        const QString name = cipher.name();
        const bool isTls13 = name.startsWith("TLS_"_L1);
        const bool isAead = name.contains("GCM"_L1) || name.contains("CHACHA20"_L1);
        if (isTls13 || (isAead && name.startsWith("ECDHE-"_L1) && !name.contains("PSK"_L1)))
            ciphers << cipher;
    }
    return ciphers;
}

QSslConfiguration modernConfiguration(const QByteArray &caPem)
{
    static const QList<QSslCipher> ciphers = modernCiphers();
    QSslConfiguration configuration;
    configuration.setProtocol(QSsl::TlsV1_2OrLater);
    configuration.setCiphers(ciphers);
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
    // Also without any: otherwise Qt would use those of the system.
    configuration.setCaCertificates(QSslCertificate::fromData(caPem, QSsl::Pem));
    return configuration;
}

void show(const TlsIdentity &own, QSslConfiguration &configuration)
{
    configuration.setLocalCertificateChain(QSslCertificate::fromData(own.certificatePem, QSsl::Pem));
    QSslKey key(own.keyPem, QSsl::Ec);
    if (key.isNull())
        key = QSslKey(own.keyPem, QSsl::Rsa);
    configuration.setPrivateKey(key);
}

} // namespace

QSslConfiguration serverSslConfiguration(const TlsIdentity &own, const QByteArray &clientCaPem)
{
    QSslConfiguration configuration = modernConfiguration(clientCaPem);
    show(own, configuration);
    if (!clientCaPem.isEmpty())
        configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
    return configuration;
}

QSslConfiguration clientSslConfiguration(const std::optional<TlsIdentity> &own, const QByteArray &caPem)
{
    QSslConfiguration configuration = modernConfiguration(caPem);
    configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
    if (own)
        show(*own, configuration);
    return configuration;
}

} // namespace frpx
