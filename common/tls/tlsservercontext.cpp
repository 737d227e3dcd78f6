// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tls/tlsservercontext.h"

#include "common/tls/openssl.h"

#include <openssl/err.h>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

/// Sessions are resumed only by tickets, which this process alone can decrypt: no state is stored for them.
constexpr long ticketLifetimeS = 3600;

Result<void> requireClients(SSL_CTX *context, const QByteArray &caPem)
{
    const std::vector<tls::CertificatePtr> authorities = tls::certificatesOf(caPem);
    if (authorities.empty())
        return Error{Errc::BadConfig, u"The clients' CA certificates are not in PEM form or are damaged."_s};
    for (const tls::CertificatePtr &authority : authorities) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1
            || SSL_CTX_add_client_CA(context, authority.get()) != 1)
            return Error{Errc::BadConfig,
                u"A CA certificate of the clients cannot be used: %1."_s.arg(tls::lastError())};
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

} // namespace

Result<std::shared_ptr<const TlsServerContext>> TlsServerContext::create(
    const TlsIdentity &own, const QByteArray &clientCaPem)
{
    tls::ContextPtr context = tls::newContext(TLS_server_method());
    if (!context)
        return Error{Errc::Io, u"OpenSSL cannot be used: %1."_s.arg(tls::lastError())};
    if (const Result<void> set = tls::setIdentity(context.get(), own); !set)
        return set.error();
    if (!clientCaPem.isEmpty()) {
        if (const Result<void> required = requireClients(context.get(), clientCaPem); !required)
            return required.error();
    }
    // Without an id, OpenSSL resumes no sessions when client certificates are required.
    constexpr unsigned char id[] = {'f', 'r', 'p', 'x'};
    SSL_CTX_set_session_id_context(context.get(), id, sizeof id);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(context.get(), ticketLifetimeS);
    return std::shared_ptr<const TlsServerContext>(std::make_shared<TlsServerContext>(
        context.release())); // shared by the connections and their acceptors
}

TlsServerContext::~TlsServerContext()
{
    SSL_CTX_free(m_context);
}

std::unique_ptr<TlsState> TlsServerContext::accept() const
{
    ERR_clear_error();
    SSL *ssl = SSL_new(m_context);
    if (!ssl)
        return nullptr;
    SSL_set_accept_state(ssl);
    return std::make_unique<TlsState>(ssl);
}

} // namespace frpx
