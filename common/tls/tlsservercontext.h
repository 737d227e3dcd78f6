// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/tls/tlsidentity.h"
#include "common/tls/tlsstate.h"

struct ssl_ctx_st;

namespace frpx {

/// Shared by the server ends of TLS connections: certificate, key, accepted clients. For any thread.
class TlsServerContext
{
public:
    /// With \a clientCaPem, certificates in PEM form, only clients with a certificate signed by one of these
    /// are accepted. Errc::BadConfig names the part that is invalid.
    static Result<std::shared_ptr<const TlsServerContext>> create(
        const TlsIdentity &own, const QByteArray &clientCaPem = {});

    explicit TlsServerContext(ssl_ctx_st *context)
        : m_context(context)
    { }
    ~TlsServerContext();
    TlsServerContext(const TlsServerContext &) = delete;
    TlsServerContext &operator=(const TlsServerContext &) = delete;

    /// Creates the server end of a new connection. Null without memory.
    std::unique_ptr<TlsState> accept() const;

private:
    ssl_ctx_st *m_context;
};

} // namespace frpx
