// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/fdlistener.h"
#include "common/protocol/messages.h"
#include "common/relay/relaypool.h"
#include "frps/public/doorkeeper.h"
#include "frps/tunnel/tunnel.h"
#include "frps/work/pairing.h"
#include "frps/work/ticketbook.h"
#include "frps/work/workpool.h"

#include <QObject>

namespace frpx::server {

struct ClientRecord;
class ClientRegistry;
class ControlServer;

struct BrokerLimits
{
    qint64 pendingTimeoutMs = 10'000; ///< a user is dropped after waiting so long
    qint64 attemptTimeoutMs = 5'000; ///< a client that has not dialled in by then is passed over
    int maxAttempts = 3; ///< clients tried for one user
    qsizetype maxPending = 16'384; ///< users waiting at once
    size_t maxIdleWork = 4096; ///< work connections waiting for users, all clients together
    DoorSettings door = {}; ///< who may come
    BalancePolicy policy = BalancePolicy::Random; ///< at the start
    OutlierLimits outliers;
};

/// What became of the users, since the start.
struct BrokerCounters
{
    quint64 accepted = 0;
    quint64 paired = 0;
    quint64 noClient = 0; ///< closed at once: nobody to serve them
    quint64 timedOut = 0; ///< dropped after pendingTimeoutMs
    quint64 failed = 0; ///< every client tried could not serve, or one broke the rules, or too many waited,
                        ///< or a front proxy did not say who it was
    quint64 denied = 0; ///< refused by the access lists
    quint64 overLimit = 0; ///< refused for too many connections of one address
};

/// Owns the public port and brings each user together with a client's work connection.
///
/// A user is asked for nothing and nothing is read from him until a client has accepted. A client that says
/// it cannot serve, loses its link or does not dial in in time is passed over for another.
class ConnectionBroker : public QObject
{
    Q_OBJECT

public:
    ConnectionBroker(BrokerLimits limits, ClientRegistry &registry, ControlServer &control, RelayPool &relays,
        QObject *parent = nullptr);
    ~ConnectionBroker() override;

    Result<quint16> listen(const QHostAddress &address, quint16 port);
    void stopListening() { m_listener.close(); }
    /// Serves who is connected already, and closes the port to everybody else.
    void acceptLast() { m_listener.acceptLastAndClose(); }

    /// A client has dialled in, on request (NewProxyConn) or in advance (NewWorkConn).
    void onWorkConnection(const proto::Message &opening, UniqueFd work);
    /// Passes over clients and drops users who have waited too long. Call a few times a second.
    void sweep();

    BrokerCounters counters() const;
    /// Users waiting for a client to dial in.
    qsizetype requested() const { return m_tickets.size(); }
    /// Users waiting: these, and those offered on a waiting work connection.
    qsizetype pending() const { return m_tickets.size() + m_pairing.size(); }
    /// The proxy_conn_ids of all of them.
    QStringList pendingIds() const;
    qint64 openRelays() const { return m_relays.openRelays(); }

    const Tunnel &tunnel() const { return m_tunnel; }
    /// For the users who come from now on.
    void setDoor(DoorSettings settings) { m_door.setSettings(std::move(settings)); }
    /// For the users who come from now on.
    void setPolicy(BalancePolicy policy) { m_tunnel.setPolicy(policy); }
    /// Takes \a session out of the pool for \a reason (Unhealthy or Draining), or puts it back.
    void setUnavailable(SessionId session, Unavailability reason, bool unavailable)
    {
        m_tunnel.setUnavailable(session, reason, unavailable);
    }

private:
    void onUser(Ticket ticket);
    void onProxyConnFailed(SessionId session, const QString &proxyConnId, const QString &reason);
    void onClientRegistered(SessionId session);
    void onClientDraining(SessionId session);
    void onClientLeft(SessionId session);
    void onHealthReported(SessionId session, bool healthy);
    void onClientSilent(SessionId session);
    void onClientSpokeAgain(SessionId session);
    bool mayAskAnother(const Ticket &ticket) const;
    void onRequestedConnection(const QString &proxyConnId, UniqueFd work);
    void offer(Ticket ticket);
    void pair(Ticket ticket, UniqueFd work, const ClientRecord &client);
    void passOver(Ticket ticket, const QString &why);
    void drop(Ticket &ticket);

    const BrokerLimits m_limits;
    ClientRegistry &m_registry;
    ControlServer &m_control;
    RelayPool &m_relays;
    Doorkeeper m_door;
    FdListener m_listener;
    Tunnel m_tunnel;
    TicketBook m_tickets;
    WorkPool m_pool;
    quint64 m_lastPairing = 0;
    PairingBoard m_pairing; ///< users offered to a client on a waiting work connection
    BrokerCounters m_counters;
};

} // namespace frpx::server
