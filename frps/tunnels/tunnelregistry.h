// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tunnel/tunnelrequests.h"
#include "frps/tunnels/tunnel.h"

#include <QHash>

#include <functional>
#include <map>
#include <optional>
#include <variant>
#include <vector>

namespace frpx::server {

/// The state of a tunnel whose last session has ended, kept in case it is opened again.
struct SuspendedTunnel
{
    int totalConnections = 0; ///< its limit
    QDateTime birth;
    quint64 admitted = 0;
    qint64 keptUntil = 0; ///< steadyMs()
};

/// All tunnels, and the rules for names and sharing. An open tunnel has an endpoint of its own: a protocol
/// and a port. A value class; times are steadyMs().
class TunnelRegistry
{
public:
    explicit TunnelRegistry(int maxPerUser = 100)
        : m_maxPerUser(maxPerUser)
    { }

    struct Refusal
    {
        TunnelCode code = TunnelCode::Ok;
        QString text;
    };
    /// Whether \a session of \a userId may open the tunnel it asks for; it does not check whether the port is
    /// free. \a maxOfUser is the account's own limit, which replaces the general one. \return the tunnel to
    /// share; null for a new one; or the reason for a refusal.
    std::variant<Tunnel *, Refusal> judge(SessionId session, qint64 userId, const TunnelSpec &spec,
        bool anyPort, std::optional<int> maxOfUser = {}) const;

    /// Adds a requested tunnel, without members. See Tunnel for the arguments.
    Tunnel &add(Tunnel::Owner owner, TunnelSpec spec, std::shared_ptr<ConnectionCounter> account = {},
        int accountLimit = 0);
    /// Adds the default tunnel.
    Tunnel &addDefault(TunnelSpec spec);
    /// Adds \a session to its members.
    void join(Tunnel &tunnel, SessionId session, int requestId, int weight = 0);
    /// The tunnel is open now, at \a port.
    void setOpen(Tunnel &tunnel, quint16 port);
    /// Removes and returns the tunnel; null if there is none.
    std::unique_ptr<Tunnel> take(TunnelId id);
    /// Removes \a session from its members; true if none is left.
    bool leave(Tunnel &tunnel, SessionId session);

    Tunnel *find(TunnelId id) const;
    Tunnel *findByName(qint64 userId, const QString &name) const;
    /// The tunnels that \a session serves.
    std::vector<TunnelId> ofSession(SessionId session) const;
    /// The tunnels whose lifetime is over.
    std::vector<TunnelId> due(qint64 now) const;
    /// The open ones.
    std::vector<TunnelId> open() const;
    /// True if an open tunnel has \a port.
    bool hasPort(quint16 port) const;
    /// The tunnels of accounts.
    size_t size() const { return static_cast<size_t>(m_byName.size()); }
    /// Calls \a visit for the accounts' open tunnels with ports above \a port, by rising ports, until it
    /// returns false.
    void forEachOpen(quint16 afterPort, const std::function<bool(const Tunnel &)> &visit) const;

    static constexpr qsizetype maxSuspended = 65'536;
    void keep(qint64 userId, const QString &name, SuspendedTunnel remains);
    /// The state of that tunnel, if it is opened again in time and with the same limits.
    std::optional<SuspendedTunnel> takeSuspended(
        qint64 userId, const QString &name, int totalConnections, qint64 now);
    void forgetSuspended(qint64 now);

private:
    using Name = std::pair<qint64, QString>;
    /// Port, then protocol.
    using Endpoint = std::pair<quint16, QString>;

    void forget(SessionId session, TunnelId id);

    const int m_maxPerUser;
    quint64 m_lastId = 0;
    std::map<quint64, std::unique_ptr<Tunnel>> m_tunnels; // by TunnelId
    QHash<Name, Tunnel *> m_byName; ///< those of accounts
    std::map<Endpoint, Tunnel *> m_byEndpoint; ///< the open ones
    QHash<qint64, int> m_countOfUser;
    QHash<SessionId, std::vector<TunnelId>> m_bySession;
    QHash<Name, SuspendedTunnel> m_suspended;
};

} // namespace frpx::server
