// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tls/tlsclientcontext.h"

#include "common/tls/openssl.h"

#include <array>

#include <openssl/err.h>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr qsizetype sha256Size = 32;

/// Replaces OpenSSL's check by CAs and names: is it the expected certificate?
int isExpected(X509_STORE_CTX *checked, void *expected)
{
    const auto *pin = static_cast<const QByteArray *>(expected);
    const X509 *own = X509_STORE_CTX_get0_cert(checked);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const bool same = own && X509_digest(own, EVP_sha256(), digest.data(), &size) == 1 && size == sha256Size
        && CRYPTO_memcmp(digest.data(), pin->constData(), sha256Size) == 0;
    X509_STORE_CTX_set_error(checked, same ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
    return same ? 1 : 0;
}

} // namespace

Result<std::shared_ptr<TlsClientContext>> TlsClientContext::create(const TlsTarget &target)
{
    if (target.certificateSha256.size() != sha256Size)
        return Error{Errc::BadConfig, u"A certificate's SHA-256 has 32 bytes."_s};
    tls::ContextPtr context = tls::newContext(TLS_client_method());
    if (!context)
        return Error{Errc::Io, u"OpenSSL cannot be used: %1."_s.arg(tls::lastError())};
    if (target.own) {
        if (const Result<void> set = tls::setIdentity(context.get(), *target.own); !set)
            return set.error();
    }
    // Shared by the connections: they return session tickets to it.
    return std::make_shared<TlsClientContext>(context.release(), target);
}

TlsClientContext::TlsClientContext(ssl_ctx_st *context, TlsTarget target)
    : m_context(context)
    , m_target(std::move(target))
{
    SSL_CTX_set_verify(m_context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(m_context, &isExpected, &m_target.certificateSha256);
    SSL_CTX_set_session_cache_mode(m_context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(m_context, &TlsClientContext::onTicket);
}

TlsClientContext::~TlsClientContext()
{
    for (SSL_SESSION *ticket : m_pending)
        SSL_SESSION_free(ticket);
    SSL_CTX_free(m_context);
}

std::unique_ptr<TlsState> TlsClientContext::connect()
{
    ERR_clear_error();
    SSL *ssl = SSL_new(m_context);
    if (!ssl)
        return nullptr;
    SSL_set_connect_state(ssl);
    if (SSL_SESSION *ticket = takeTicket()) {
        SSL_set_session(ssl, ticket);
        SSL_SESSION_free(ticket); // the connection has its own reference
    }
    return std::make_unique<TlsState>(ssl, shared_from_this());
}

SSL_SESSION *TlsClientContext::takeTicket()
{
    const std::scoped_lock lock(m_mutex);
    if (m_pending.empty())
        return nullptr;
    SSL_SESSION *ticket = m_pending.back(); // the newest is valid longest
    m_pending.pop_back();
    return ticket;
}

size_t TlsClientContext::tickets() const
{
    const std::scoped_lock lock(m_mutex);
    return m_pending.size();
}

/// \return 1: this object takes the reference.
int TlsClientContext::onTicket(SSL *ssl, SSL_SESSION *ticket)
{
    auto *context = static_cast<TlsClientContext *>(SSL_get_app_data(ssl)); // kept alive by the TlsState
    const std::scoped_lock lock(context->m_mutex);
    context->m_pending.push_back(ticket);
    if (context->m_pending.size() > maxTickets) {
        SSL_SESSION_free(context->m_pending.front());
        context->m_pending.pop_front();
    }
    return 1;
}

} // namespace frpx
