// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/tls/tlsidentity.h"
#include "common/tls/tlsstate.h"

#include <deque>
#include <mutex>

struct ssl_ctx_st;
struct ssl_session_st;

namespace frpx {

/// Shared by the connections to one server: the expected certificate, the client's identity, and session
/// tickets, which save later connections the expensive part of the handshake. Each ticket is used once. For
/// any thread.
class TlsClientContext : public std::enable_shared_from_this<TlsClientContext>
{
public:
    static constexpr size_t maxTickets = 256; ///< the newest are kept

    /// Errc::BadConfig names the part that is invalid.
    static Result<std::shared_ptr<TlsClientContext>> create(const TlsTarget &target);

    TlsClientContext(ssl_ctx_st *context, TlsTarget target);
    ~TlsClientContext();
    TlsClientContext(const TlsClientContext &) = delete;
    TlsClientContext &operator=(const TlsClientContext &) = delete;

    /// Creates the client end of a new connection. Null without memory.
    std::unique_ptr<TlsState> connect();
    const TlsTarget &target() const { return m_target; }
    /// The number of stored tickets.
    size_t tickets() const;

private:
    static int onTicket(ssl_st *ssl, ssl_session_st *ticket);
    ssl_session_st *takeTicket();

    ssl_ctx_st *m_context;
    TlsTarget m_target;
    mutable std::mutex m_mutex;
    std::deque<ssl_session_st *> m_pending; // guarded by m_mutex
};

} // namespace frpx
