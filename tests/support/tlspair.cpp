// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/tlspair.h"

#include <QCryptographicHash>
#include <QSslCertificate>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace frpx::test {

namespace {

QByteArray contentOf(BIO *bio)
{
    char *data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    QByteArray bytes(data, static_cast<qsizetype>(size));
    BIO_free(bio);
    return bytes;
}

} // namespace

TlsIdentity makeIdentity()
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    static int serial = 0;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    const QByteArray text = "test " + QByteArray::number(serial);
    X509_NAME_add_entry_by_txt(
        name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char *>(text.constData()), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_sign(certificate, key, EVP_sha256());
    BIO *certificatePem = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(certificatePem, certificate);
    BIO *keyPem = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(keyPem, key, nullptr, nullptr, 0, nullptr, nullptr);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return {contentOf(certificatePem), contentOf(keyPem)};
}

TlsTarget targetOf(const TlsIdentity &identity)
{
    const QSslCertificate certificate(identity.certificatePem);
    return {certificate.digest(QCryptographicHash::Sha256), {}};
}

TlsPair shakeHands(Connection connection, std::unique_ptr<TlsState> client, std::unique_ptr<TlsState> server)
{
    TlsPair pair;
    ::fcntl(connection.near.get(), F_SETFL, O_RDWR | O_NONBLOCK);
    net::prepareStream(connection.near.get());
    pair.client.fd = std::move(connection.near);
    pair.server.fd = std::move(connection.far);
    pair.clientTls = std::move(client);
    pair.serverTls = std::move(server);
    std::vector<char> records;
    const auto isOver = [](TlsState::Progress progress) { return progress != TlsState::Progress::Waiting; };
    // On loopback what one end sends is there when the call returns.
    for (int turn = 0; turn < 10 && !(isOver(pair.clientProgress) && isOver(pair.serverProgress)); ++turn) {
        pair.client.readable = pair.server.readable = true;
        if (!isOver(pair.clientProgress))
            pair.clientProgress = pair.clientTls->handshake(pair.client, records);
        if (!isOver(pair.serverProgress))
            pair.serverProgress = pair.serverTls->handshake(pair.server, records);
    }
    return pair;
}

TlsPairs::TlsPairs()
    : m_identity(makeIdentity())
    , m_server(*TlsServerContext::create(m_identity))
    , m_client(*TlsClientContext::create(targetOf(m_identity)))
{ }

} // namespace frpx::test
