// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/protocol/proxyprotocol.h"
#include "common/relay/relaymeter.h"

#include <QString>

#include <memory>
#include <optional>

namespace frpx::client {

/// A tunnel that a client wants to have: a port of the server, and the local service behind it. See
/// ClientSession::openTunnel().
struct TunnelSpec
{
    QString name; ///< unique among the tunnels of this account; 1 to 128 characters, none of them control
    /// Of the local service; a name is looked up. "unix:/PATH" is a unix socket, which has no port.
    QString localHost = QStringLiteral("127.0.0.1");
    quint16 localPort = 0; ///< of the local service; 0 with a unix socket
    quint16 wantedPort = 0; ///< the server's port; 0: the one this tunnel had before, or any
    /// Clients of one account that open the same name with the same key share the port; empty: nobody else.
    QString group;
    int maxConnections = 0; ///< users at the same time, further ones wait; 0: no limit
    int totalConnections = 0; ///< after so many users the tunnel closes; 0: no limit
    int lifetimeS = 0; ///< then the tunnel and its users are closed; 0: no limit
    QString message; ///< for people who look for services; at most 256 characters
    QString policy; ///< how a client of the group is chosen (see frps --policy); empty: the server's default
    /// What to do if the server refuses it at first: ask again and again, or give up. Once open it is always
    /// asked for again.
    bool keepTrying = false;
    /// What the service gets in front of every connection, to know its user's address; nothing: as the
    /// session has it.
    std::optional<proxyproto::Version> proxyProtocol = {};
    QByteArray greeting = {}; ///< sent in front of that, for a service that wants to know who comes
    /// Counts its users, shared with their relays. Null: the session's does.
    std::shared_ptr<RelayMeter> meter = {};
};

/// Does \a spec say where the service is: a host and a port, or a unix socket?
bool hasService(const TunnelSpec &spec);

/// Reads `NAME,local=HOST:PORT[,remote=PORT][,max=N][,total=N][,lifetime=SECONDS][,group=KEY][,message=TEXT]
/// [,policy=NAME][,proxy-protocol=none|v1|v2]`; `local` may be a port alone, or
/// `unix:/PATH` without a comma. Errc::InvalidArgument with a
/// sentence.
Result<TunnelSpec> parseTunnelSpec(QStringView text);

} // namespace frpx::client
