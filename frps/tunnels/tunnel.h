// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "common/tunnel/tunnelspec.h"
#include "frps/backends/backendpool.h"
#include "frps/frontend/tcpfrontend.h"
#include "frps/tunnels/connectionlimiter.h"

#include <QDateTime>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace frpx::server {

/// The tunnel of the wire without names of tunnels. The server opens it at its start, and every client serves
/// it that does not say otherwise.
inline constexpr QStringView defaultTunnel = u"default";
inline constexpr TunnelId defaultTunnelId{};

/// A tunnel, requested or open: what it is, who has it, its frontend, its backend pool, and its admission
/// (the limits and the visitors that wait for a place). Control thread only.
struct Tunnel
{
    static constexpr size_t maxWaiting = 128; ///< visitors that wait for a place

    struct Owner
    {
        qint64 userId = 0; ///< the account; 0: the server itself
        QString email;
    };
    struct Member
    {
        SessionId session{};
        int requestId = 0; ///< of its request to open the tunnel
        int weight = 0; ///< as it has requested; 0: the client's weight
    };

    /// \a account counts the connections to all tunnels of the owner; see ConnectionLimiter.
    Tunnel(TunnelId ownId, Owner ofAccount, TunnelSpec what, std::shared_ptr<ConnectionCounter> account = {},
        int accountLimit = 0)
        : id(ownId)
        , owner(std::move(ofAccount))
        , spec(std::move(what))
        , limiter(spec, std::move(account), accountLimit)
    { }

    const TunnelId id;
    const Owner owner;
    const TunnelSpec spec; ///< as requested; `port` is the port in use
    std::vector<Member> members; ///< sessions that serve it; the first has requested it
    QDateTime birth; ///< UTC
    qint64 deadlineMs = 0; ///< steadyMs() of the end of its lifetime; 0: none
    quint16 port = 0; ///< 0 until it is open
    /// Null until it is open. Shared with the connections that wait for a client.
    std::shared_ptr<BackendPool> backends;
    ConnectionLimiter limiter;
    std::deque<VisitorConnection> waiting; ///< for a place; oldest first
    /// Null until it is open. Last: it calls back into the rest.
    std::unique_ptr<TcpFrontend> frontend;

    bool isOpen() const { return port != 0; }
    /// The tunnel belongs to the server, not to an account: it stays open without clients.
    bool isOfServer() const { return owner.userId == 0; }

    /// Puts a visitor without a place at the end of the queue, until its `giveUpAt`. False, and nothing
    /// changes, if the queue is full.
    bool wait(VisitorConnection &visitor);
    /// The first of the queue, if there is one.
    std::optional<VisitorConnection> takeWaiting();
    /// Those in the queue whose time is over.
    std::vector<VisitorConnection> takeLate(qint64 now);
};

} // namespace frpx::server
