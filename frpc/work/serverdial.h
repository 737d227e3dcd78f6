// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/io/ioloop.h"
#include "common/net/proxyhandshake.h"
#include "common/relay/stream.h"
#include "frpc/work/workroute.h"

#include <optional>

namespace frpx::client {

/// Dials the server's proxy port from a relay loop: connects to it or to the outbound proxy, asks that proxy,
/// does the TLS handshake, and sends the introduction. The descriptor is a side of the handler that needs it:
/// the handler passes on the events of that side and its handshake turns, and applies the time-out.
class ServerDial
{
public:
    enum class Progress {
        Waiting,
        Connected, ///< introduce() comes next
        Done, ///< introduced; take() returns the connection
        Failed, ///< fault() says why
    };

    /// \a route stays as long as this object.
    ServerDial(IoLoop &loop, IoHandler &handler, const WorkRoute &route, QByteArray introduction)
        : m_loop(loop)
        , m_handler(handler)
        , m_route(route)
        , m_introduction(std::move(introduction))
    { }

    /// Starts to connect; in any thread.
    static Result<UniqueFd> beginConnect(const WorkRoute &route, net::FirstWord firstWord);
    /// \a fd is the result of beginConnect(). Then the handler watches fd().
    Progress start(Result<UniqueFd> fd);
    /// Right after start(): a plain connection to this machine is often complete at once. \return Done, or
    /// Waiting as before.
    Progress introduceEarly();
    Progress introduce();
    Progress onIo(IoEvents events);
    Progress onHandshakeTurn();

    int fd() const { return m_stream->fd(); }
    Stream take() { return std::move(*m_stream); }
    const QString &fault() const { return m_fault; }
    /// Only while the handler awaits no handshake turn.
    bool wantsRead() const { return m_state == State::AskingProxy || m_state == State::Securing; }
    bool wantsWrite() const { return m_state == State::Connecting || (m_stream && m_stream->hasUnsent()); }

private:
    enum class State { Connecting, Connected, AskingProxy, Securing, Done };

    Progress askProxy();
    Progress onServerReached();
    Progress fail(const QString &reason);

    IoLoop &m_loop;
    IoHandler &m_handler;
    const WorkRoute &m_route;
    const QByteArray m_introduction;
    State m_state = State::Connecting;
    std::optional<Stream> m_stream; ///< from start() on
    std::optional<ProxyHandshake> m_proxy; ///< while AskingProxy
    QString m_fault;
};

} // namespace frpx::client
