// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tunnel/tunnelrequests.h"

#include <QDateTime>
#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

namespace frpx::server {

/// The last report of a client's host.
struct SystemInfoView
{
    double cpuUsage = 0; ///< percent
    double memoryUsage = 0; ///< percent
    double diskUsage = 0; ///< percent
    QString computerName; ///< empty if the client does not send it
    QDateTime lastHeartbeat; ///< UTC
    qint64 heartbeatSecondsAgo = 0;
};

/// One client session.
struct ClientView
{
    QString clientId;
    bool authed = false;
    QDateTime connectedAt; ///< UTC
    std::optional<qint64> lastHeartbeatSecondsAgo; ///< absent before the first heartbeat
    std::optional<SystemInfoView> systemInfo; ///< absent before the first report
    qint64 openConnections = 0;
    quint64 totalConnections = 0;
    bool healthy = true; ///< of its local service
    QString healthDetail; ///< why it is not healthy; may be empty
    bool draining = false; ///< it gets no more visitors
    int weight = 1;
    bool ejected = false; ///< for failing visitors; until it has served one again
    qint64 ejectedForMs = 0; ///< ms until it is tried again
    QString healthWarning = {}; ///< the warning of a healthy service; may be empty
};

/// A tunnel: its port and its backend pool.
struct TunnelView
{
    QString id; ///< for the API
    QString name;
    quint16 port = 0;
    bool tls = false; ///< the server terminates TLS; clients get plain data
    QString policy;
    qint64 clients = 0;
    qint64 availableClients = 0; ///< without those that are ejected or out for another reason
    qint64 openConnections = 0;
    qint64 pendingConnections = 0;
    quint64 totalConnections = 0;
    // Absent for the default tunnel:
    QString owner = {}; ///< e-mail of the account
    QDateTime birth = {}; ///< UTC
    TunnelSpec spec = {}; ///< as its client has asked for it
    std::optional<qint64> secondsLeft = {}; ///< absent: no limit
};

/// The counters of the whole server.
struct StatsView
{
    qint64 activeClients = 0;
    qint64 pendingConnections = 0;
    qint64 openConnections = 0;
    quint64 totalConnections = 0;
    quint64 rejectedNoClient = 0;
    quint64 rejectedTimeout = 0;
    quint64 rejectedOther = 0;
    quint64 denied = 0;
    quint64 overLimit = 0;
    quint64 tlsFailed = 0; ///< visitors' connections closed during the TLS handshake
    quint64 loginFailures = 0;
    quint64 loginsDelayed = 0;
    quint64 loginsRefused = 0; ///< without a check of the password, because of a ban
    qint64 loginBans = 0; ///< now
    quint64 linksCrowdedOut = 0; ///< control links closed before they logged in, to make room
    qint64 uptimeSeconds = 0;
    bool draining = false; ///< the server is about to stop and takes no more visitors
};

/// The ports the server listens on.
struct PortsView
{
    quint16 control = 0;
    quint16 proxy = 0;
    quint16 publicPort = 0;
    quint16 api = 0;
    bool publicTls = false; ///< the server terminates TLS on publicPort
};

/// A valid token. Only its first characters: enough to recognise it, not to use it.
struct TokenView
{
    QString prefix;
    QString email;
};

/// What the REST API can read of a running server. Called on the control thread; every answer is a copy.
/// Lists that can have thousands of entries come in pages, or as names to look up one by one.
class ServerView
{
public:
    ServerView() = default;
    virtual ~ServerView() = default;
    Q_DISABLE_COPY_MOVE(ServerView)

    virtual QStringList clientIds() const = 0;
    virtual std::optional<ClientView> client(const QString &id) const = 0;
    virtual TunnelView defaultTunnel() const = 0;
    /// The other tunnels with ports above \a afterPort, by rising ports, at most \a limit of them.
    virtual std::vector<TunnelView> tunnels(quint16 afterPort, qsizetype limit) const = 0;
    virtual std::optional<TunnelView> tunnel(const QString &id) const = 0;
    /// The services of the tunnels other than the default one whose names begin with \a prefix; ports as
    /// above.
    virtual std::vector<Service> services(
        const QString &prefix, quint16 afterPort, qsizetype limit) const = 0;
    virtual StatsView stats() const = 0;
    virtual PortsView ports() const = 0;
    /// All of them; the caller shortens the list for display.
    virtual QStringList pendingConnectionIds() const = 0;
    /// The e-mail addresses of the accounts.
    virtual QStringList users() const = 0;
    virtual std::vector<TokenView> activeTokens() const = 0;
    /// May exceed the size of activeTokens(), which may be a shortened list.
    virtual qint64 activeTokenCount() const = 0;
};

} // namespace frpx::server
