// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

namespace frpx {

/// What a tunnel is: a port of the server, the local service behind it, and the rules for its connections.
/// The one struct for this in both programs and in the libraries; tunnelFields() describes its fields.
struct TunnelSpec
{
    QString name = {}; ///< unique among the tunnels of an account
    QString type = QStringLiteral("tcp");
    /// Of the local service: a name, which is looked up, or an address. "unix:/PATH" is a unix socket, which
    /// has no port.
    QString localHost = QStringLiteral("127.0.0.1");
    quint16 localPort = 0; ///< of the local service; 0 with a unix socket
    quint16 remotePort = 0; ///< of the server; 0: the one this tunnel had before, or any
    /// Clients of one account that open the same name with the same key share the tunnel; empty: one client.
    QString group = {};
    int maxConnections = 0; ///< at the same time, further ones wait; 0: no limit
    int totalConnections = 0; ///< then the tunnel closes; 0: no limit
    int lifetimeS = 0; ///< then the tunnel and its connections are closed; 0: no limit
    QString message = {}; ///< for people who look for services
    QString policy = {}; ///< how the server chooses a client of the group; empty: the server's default
    QString proxyProtocol =
        {}; ///< the header that the service gets: none, v1 or v2; empty: as the session has it
    int weight = 0; ///< the client's share of the visitors within the group; 0: as the session has it
    QString healthCheck = {}; ///< how the client checks the service: tcp or http; empty: not at all
    QString healthPath = {}; ///< what it requests by http; empty: "/"
    int healthIntervalS = 10; ///< between two checks
    int healthTimeoutS = 3; ///< for one check
    int healthMaxFailed = 3; ///< so many bad checks in a row make the service unhealthy

    bool operator==(const TunnelSpec &) const = default;
};

/// Whether \a spec says where the service is: a host and a port, or a unix socket.
bool hasService(const TunnelSpec &spec);

} // namespace frpx
