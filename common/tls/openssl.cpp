// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tls/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

using namespace Qt::StringLiterals;

namespace frpx::tls {

namespace {

/// Instead of a question on the terminal.
int noPassphrase(char * /*buffer*/, int /*size*/, int /*forWriting*/, void * /*data*/)
{
    return -1;
}

BioPtr readerOf(const QByteArray &bytes)
{
    return BioPtr(BIO_new_mem_buf(bytes.constData(), static_cast<int>(bytes.size())));
}

} // namespace

QString lastError()
{
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    switch (ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
        return u"the certificate of the other side is not accepted"_s;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return u"the other side shows no certificate, which is required"_s;
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        return u"the other side requires a certificate"_s;
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        return u"the other side does not accept the certificate"_s;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return u"the two sides have no version of TLS in common"_s;
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
        return u"the other side does not speak TLS"_s;
    default:
        break;
    }
    const char *reason = ERR_reason_error_string(code);
    return reason ? QString::fromLatin1(reason) : u"the connection broke"_s;
}

ContextPtr newContext(const SSL_METHOD *method)
{
    ERR_clear_error();
    ContextPtr context(SSL_CTX_new(method));
    if (!context)
        return context;
    SSL_CTX *raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    // The cheapest strong one goes first; a peer without AES in its processor prefers another.
    SSL_CTX_set_ciphersuites(
        raw, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
    SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20");
    // No SSL_MODE_ENABLE_PARTIAL_WRITE: the BIO takes every write completely.
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_clear_mode(raw, SSL_MODE_AUTO_RETRY); // skip messages of TLS itself in one call
    SSL_CTX_set_read_ahead(raw, 1); // a record takes one recv() instead of two
    return context;
}

std::vector<CertificatePtr> certificatesOf(const QByteArray &pem)
{
    ERR_clear_error();
    std::vector<CertificatePtr> certificates;
    const BioPtr reader = readerOf(pem);
    while (CertificatePtr next{PEM_read_bio_X509(reader.get(), nullptr, &noPassphrase, nullptr)})
        certificates.push_back(std::move(next));
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const bool atEnd = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
    if (!atEnd)
        certificates.clear();
    return certificates;
}

Result<void> setIdentity(SSL_CTX *context, const TlsIdentity &identity)
{
    std::vector<CertificatePtr> chain = certificatesOf(identity.certificatePem);
    if (chain.empty())
        return Error{Errc::BadConfig, u"The certificate is not in PEM form or is damaged."_s};
    const BioPtr reader = readerOf(identity.keyPem);
    const KeyPtr key(PEM_read_bio_PrivateKey(reader.get(), nullptr, &noPassphrase, nullptr));
    if (!key) {
        ERR_clear_error();
        return Error{Errc::BadConfig, u"The key is not in PEM form, is damaged or has a passphrase."_s};
    }
    if (SSL_CTX_use_certificate(context, chain.front().get()) != 1)
        return Error{Errc::BadConfig, u"The certificate cannot be used: %1."_s.arg(lastError())};
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
        return Error{Errc::BadConfig, u"The key does not belong to the certificate: %1."_s.arg(lastError())};
    for (size_t i = 1; i < chain.size(); ++i) {
        if (SSL_CTX_add0_chain_cert(context, chain[i].get()) != 1)
            return Error{Errc::BadConfig, u"The certificate's chain cannot be used: %1."_s.arg(lastError())};
        [[maybe_unused]] const X509 *owned = chain[i].release();
    }
    return {};
}

} // namespace frpx::tls
