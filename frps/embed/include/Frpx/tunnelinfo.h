// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QDateTime>
#include <QHostAddress>
#include <QMetaType>

#include <Frpx/service.h>

namespace Frpx {

/// One end of a connection.
struct Endpoint
{
    QHostAddress address; ///< IPv4 or IPv6; null: not known
    quint16 port = 0; ///< 0: not known

    /// Whether both are the same.
    bool operator==(const Endpoint &other) const = default;
    /// \return `192.0.2.1:80` or `[2001:db8::1]:80`; empty if it is not known.
    FRPX_EXPORT QString toString() const;
};

/// A tunnel of a server. A copy: it does not change.
struct TunnelInfo
{
    quint64 id = 0; ///< never used twice while the server runs
    QString name; ///< given by its client, unique among the tunnels of the account
    quint16 port = 0; ///< of the server
    QString message; ///< for people, given by its client
    QString group; ///< the name that clients must send to serve it, too; empty: no other client may
    QString clientId; ///< of the client that has opened it
    QString account; ///< the name of its account
    TunnelLimits limits; ///< as its client has asked
    QDateTime birth; ///< when it was opened, UTC; kept over a short break of its client's link
};

/// Why a tunnel has ended.
enum class TunnelEnd {
    Closed, ///< by its client
    ServedAll, ///< TunnelLimits::totalConnections
    LifetimeOver, ///< TunnelLimits::lifetime
    Aborted, ///< by HookContext::abortTunnel() or Server::closeTunnel()
    ClientLost, ///< its last client has left, or its link is lost; it may be opened again as a new one
    ServerStopped, ///< by Server::stop()
};

} // namespace Frpx

Q_DECLARE_METATYPE(Frpx::Endpoint)
Q_DECLARE_METATYPE(Frpx::TunnelInfo)
Q_DECLARE_METATYPE(Frpx::TunnelEnd)
