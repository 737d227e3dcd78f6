// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QDateTime>
#include <QList>
#include <QString>

#include <chrono>

#include <Frpx/global.h>

namespace Frpx {

/// The limits of a tunnel.
struct TunnelLimits
{
    /// Open connections; further ones wait until one ends. 0: no limit.
    int maxConnections = 0;
    /// Connections in total: after the last of them has ended, the tunnel closes. 0: no limit.
    int totalConnections = 0;
    /// After this time the tunnel and its connections are closed. 0: no limit.
    std::chrono::seconds lifetime{0};
};

/// An open tunnel of a server; public information.
struct ServiceInfo
{
    quint16 port = 0; ///< of the server
    QString name; ///< set by its client
    QString message; ///< a description by its client
    QDateTime birth; ///< when it was opened, UTC
    int online = 0; ///< open connections
    int capacity = 0; ///< the limit of open connections; 0: no limit
    int alreadyServed = 0; ///< connections so far
    int totalServe = 0; ///< connections after which it closes; 0: no limit
    QDateTime deadline; ///< when it closes, UTC; invalid: never
};

/// A range of ports.
struct PortRange
{
    quint16 from = 0; ///< the first
    quint16 to = 0; ///< the last, included

    /// Whether both ranges are equal.
    bool operator==(const PortRange &other) const = default;
};

/// Tunnels in ascending order of ports.
using ServiceList = QList<ServiceInfo>;
/// Ranges in ascending order of ports; adjacent ranges are merged.
using PortList = QList<PortRange>;

} // namespace Frpx
