// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/tls/tlsidentity.h"
#include "common/tls/tlsstate.h"

struct ssl_ctx_st;

namespace frpx {

/// What the server ends of TLS connections share: certificate, key, whom they let in. For any thread.
class TlsServerContext
{
public:
    /// With \a clientCaPem, certificates in PEM form, only clients come in that show a certificate which
    /// leads to one of these. Errc::BadConfig says what is wrong with what.
    static Result<std::shared_ptr<const TlsServerContext>> create(
        const TlsIdentity &own, const QByteArray &clientCaPem = {});

    explicit TlsServerContext(ssl_ctx_st *context)
        : m_context(context)
    { }
    ~TlsServerContext();
    TlsServerContext(const TlsServerContext &) = delete;
    TlsServerContext &operator=(const TlsServerContext &) = delete;

    /// The server end of a new connection. Null without memory.
    std::unique_ptr<TlsState> accept() const;

private:
    ssl_ctx_st *m_context;
};

} // namespace frpx
