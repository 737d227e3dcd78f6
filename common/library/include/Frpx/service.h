// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QDateTime>
#include <QList>
#include <QString>

#include <chrono>

#include <Frpx/global.h>

namespace Frpx {

/// What a tunnel keeps to.
struct TunnelLimits
{
    /// Users at the same time; further ones wait until a place is free. 0: no limit.
    int maxConnections = 0;
    /// Users in total: after the last of them has left, the tunnel closes. 0: no limit.
    int totalConnections = 0;
    /// After this time the tunnel and its users are closed. 0: no limit.
    std::chrono::seconds lifetime{0};
};

/// An open tunnel of a server, as everybody may see it.
struct ServiceInfo
{
    quint16 port = 0; ///< of the server
    QString name; ///< as its client has named it
    QString message; ///< of its client, for people
    QDateTime birth; ///< when it was opened, UTC
    int online = 0; ///< users now
    int capacity = 0; ///< users at the same time; 0: no limit
    int alreadyServed = 0; ///< users so far
    int totalServe = 0; ///< users after which it closes; 0: no limit
    QDateTime deadline; ///< when it closes, UTC; invalid: never
};

/// Ports from one to another.
struct PortRange
{
    quint16 from = 0; ///< the lowest
    quint16 to = 0; ///< the highest, included

    /// Whether both are the same ports.
    bool operator==(const PortRange &other) const = default;
};

/// Tunnels by rising ports.
using ServiceList = QList<ServiceInfo>;
/// Ranges of ports by rising ports; they do not touch.
using PortList = QList<PortRange>;

} // namespace Frpx
