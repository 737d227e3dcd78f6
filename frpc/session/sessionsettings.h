// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/outboundproxy.h"
#include "common/protocol/proxy/proxyprotocol.h"
#include "frpc/health/healthcheck.h"
#include "frpc/session/sessiontiming.h"
#include "frpc/trust/tlssettings.h"
#include "frpc/work/workconnectionmanager.h"

namespace frpx::client {

/// The settings of a ServerSession.
struct SessionSettings
{
    QString clientId;
    QString serverHost = QStringLiteral("127.0.0.1");
    quint16 controlPort = 17000;
    quint16 proxyPort = 17001;
    std::optional<net::OutboundProxy> proxy; ///< the outbound proxy to the server; empty: direct connections
    QString localHost = QStringLiteral("127.0.0.1");
    quint16 localPort = 11434;
    TlsSettings tls; ///< for the control link and the work connections
    int heartbeatIntervalMs = 5000; ///< the link is closed after three intervals without an acknowledgement
    int connectTimeoutMs = 10'000;
    /// For the login and for the registration; the server may have many logins to check.
    int loginTimeoutMs = 30'000;
    WorkConnectionManager::Size pool; ///< work connections dialled in advance
    int weight = 1; ///< share of the visitors relative to the other clients, 1 to proto::maxWeight
    int relayThreads = 0; ///< 0: one per core
    /// The header with the visitor's address that the local service gets before every connection.
    proxyproto::Version proxyProtocol = proxyproto::Version::None;
    /// Serves only the tunnels that it opens, not the default tunnel.
    bool onlyTunnels = false;
    HealthCheck health; ///< of the local service, while online
    /// Asks the server for visitors' addresses also if only tunnels may need them.
    bool wantsVisitorAddresses = false;
    SessionTiming timing;
};

} // namespace frpx::client
