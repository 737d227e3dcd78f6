// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/portranges.h"
#include "common/tunnel/tunnelrequests.h"
#include "frps/ports/portassigner.h"
#include "frps/tunnels/refusedsessions.h"
#include "frps/tunnels/tunnelregistry.h"

#include <QObject>

namespace frpx::server {

class ClientRegistry;
class Admission;
class ControlServer;
class TunnelObserver;
class ConnectionCounter;

struct TunnelSettings
{
    PortRanges ports; ///< that may be assigned; none of them is the server's own
    int maxPerUser = 100; ///< tunnels of one account
    int maxLeasesPerUser = 0; ///< ports kept for them; 0: twice the tunnels the account may have
    int maxConnectionsPerUser = 0; ///< connections to them at the same time; 0: no limit
    qint64 holdMs = 30'000; ///< a port is kept so long for a client that has lost its link
};

/// Opens and closes tunnels on the request of clients, enforces their limits, and answers queries for
/// services and ports.
///
/// A client whose tunnel was refused gets a message when a new request may succeed: its account has got other
/// rights, or a tunnel of the account has ended and left a name, a port or a place.
///
/// It also keeps the pools of the tunnels up to date: which client serves which tunnel, and whether it is
/// available. Lives on the control thread. Sends messages by the ControlServer; Admission opens the ports.
class TunnelService : public QObject
{
    Q_OBJECT

public:
    TunnelService(TunnelSettings settings, TunnelRegistry &tunnels, ClientRegistry &registry,
        ControlServer &control, Admission &admission, QObject *parent = nullptr);
    ~TunnelService() override;

    /// Opens the default tunnel at \a port, for the clients that register from now on. Errc::Io if it cannot
    /// listen. \return the port.
    Result<quint16> openDefault(quint16 port);
    /// Tunnels can be opened from now on, on \a ports of \a assigner, which must outlive this object.
    void start(PortRanges ports, PortAssigner &assigner);
    /// Adds the ports \a from to \a to to those that are assigned; the assigner has them already.
    void addPorts(quint16 from, quint16 to);
    /// The observer of all tunnels of accounts, which may refuse them; must outlive this object. Before the
    /// first tunnel is opened.
    void setObserver(TunnelObserver *observer) { m_observer = observer; }
    /// Opens no more tunnels.
    void drain() { m_draining = true; }

    /// Closes tunnels whose lifetime is over. Call a few times a second.
    void sweep();

    const TunnelRegistry &tunnels() const { return m_tunnels; }
    /// Relays of \a session, of all tunnels.
    qint64 openRelaysOf(SessionId session) const;
    /// Closes a tunnel of an account and its connections, and sends its clients the message not to open it
    /// again. False if there is none.
    bool close(TunnelId id);
    /// The answer to ListServices.
    Services services(const ListServices &request, qsizetype limit) const;
    /// The answer to ListFreePorts of \a userId.
    FreePorts freePorts(const ListFreePorts &request, qint64 userId) const;

private:
    void onRequest(SessionId session, const TunnelRequest &request);
    void onOpen(SessionId session, const OpenTunnel &request);
    void onClose(SessionId session, const CloseTunnel &request);
    void onAssigned(TunnelId id, const Result<quint16> &port);
    void onClientRegistered(SessionId session);
    void onClientDraining(SessionId session);
    void onHealth(SessionId session, const std::optional<QString> &name, bool healthy);
    void setUnavailable(SessionId session, Unavailability reason, bool unavailable);
    /// Why a session no longer serves a tunnel.
    enum class CloseCause {
        Request, ///< the client has asked for it
        Exit, ///< it leaves in order, perhaps for a restart
        Loss, ///< its link is lost; it may reconnect
        Expulsion, ///< its login is no longer valid
    };

    void leaveAll(SessionId session, CloseCause why);
    void leave(TunnelId id, SessionId session, CloseCause why);
    void end(TunnelId id, QStringView reason, bool cutConnections);
    const Tunnel &remove(TunnelId id, bool cutConnections);
    void joinPool(Tunnel &tunnel, const Tunnel::Member &member);
    bool isRefusedByObserver(TunnelId id);
    void refuse(const Tunnel &tunnel, TunnelCode code, const QString &why);
    void answer(SessionId session, int requestId, TunnelCode code, const QString &why, quint16 port = 0);
    std::shared_ptr<ConnectionCounter> accountCounter(qint64 userId, int limit);
    qint64 userOf(SessionId session) const;
    void tellSoon(qint64 userId);
    void tellRefused();
    Service serviceOf(const Tunnel &tunnel) const;

    TunnelSettings m_settings;
    TunnelRegistry &m_tunnels;
    ClientRegistry &m_registry;
    ControlServer &m_control;
    Admission &m_admission;
    PortAssigner *m_assigner = nullptr; ///< null until start()
    TunnelObserver *m_observer = nullptr; ///< may be null
    bool m_draining = false;
    RefusedSessions m_refused;
    QSet<qint64> m_toTell; ///< accounts whose refused sessions get a message
    QHash<qint64, std::weak_ptr<ConnectionCounter>> m_accounts; ///< connections to all tunnels of an account
};

} // namespace frpx::server
