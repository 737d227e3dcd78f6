// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/tls/tlsidentity.h"

#include <QString>

#include <memory>
#include <vector>

#include <openssl/ssl.h>

/// Shared by the classes around OpenSSL. Other code uses TlsServerContext, TlsClientContext and TlsState.
/// TlsState.
namespace frpx::tls {

template <auto function>
struct Deleter
{
    template <typename T>
    void operator()(T *object) const
    {
        function(object);
    }
};
using BioPtr = std::unique_ptr<BIO, Deleter<&BIO_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<&X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<&EVP_PKEY_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Deleter<&SSL_CTX_free>>;

/// Why the last call of OpenSSL in this thread failed, as part of a sentence. Takes the error.
QString lastError();

/// TLS 1.2 or newer, no compression, no renegotiation, little memory while idle. Null if OpenSSL fails.
ContextPtr newContext(const SSL_METHOD *method);

/// All certificates of \a pem; empty if there is none or one is invalid.
std::vector<CertificatePtr> certificatesOf(const QByteArray &pem);

/// Sets certificate and key of \a identity in \a context.
Result<void> setIdentity(SSL_CTX *context, const TlsIdentity &identity);

} // namespace frpx::tls
