// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/messages.h"
#include "frps/ports/portranges.h"
#include "frps/tunnel/refusedsessions.h"
#include "frps/tunnel/tunnelregistry.h"

#include <QObject>

namespace frpx::server {

class ClientRegistry;
class Dispatcher;
class ControlServer;
class PortAssigner;
class TunnelObserver;

struct TunnelSettings
{
    PortRanges ports; ///< that may be given away; none of them the server's own
    int maxPerUser = 100; ///< tunnels of one account
    int maxLeasesPerUser = 0; ///< ports kept for them; 0: twice the tunnels the account may have
    int maxConnectionsPerUser = 0; ///< users of its tunnels at the same time; 0: no limit
    qint64 holdMs = 30'000; ///< so long a port waits for a client that has lost its link
};

/// Opens and closes tunnels on the request of clients, keeps to their limits, and tells who asks what there
/// is.
///
/// A client that has been refused a tunnel is told when it is worth asking again: its account has got other
/// rights, or a tunnel of it has ended and left a name, a port or a place.
///
/// Lives on the control thread. Speaks to clients by the ControlServer and has its ports opened by the
/// Dispatcher.
class TunnelService : public QObject
{
    Q_OBJECT

public:
    TunnelService(TunnelSettings settings, ClientRegistry &registry, ControlServer &control,
        Dispatcher &dispatcher, QObject *parent = nullptr);
    ~TunnelService() override;

    /// From now on tunnels can be opened, on \a ports of \a assigner, which outlives this object.
    void start(PortRanges ports, PortAssigner &assigner);
    /// Ports \a from to \a to are given away as well; the assigner knows of them already.
    void addPorts(quint16 from, quint16 to);
    /// Is told of every tunnel and may refuse it; outlives this object. Before the first tunnel is opened.
    void setWatcher(TunnelObserver *watcher) { m_watcher = watcher; }
    /// No tunnel is opened any more.
    void drain() { m_draining = true; }

    /// Ends what has outlived its time. Call a few times a second.
    void sweep();

    const TunnelRegistry &book() const { return m_book; }
    /// Closes a tunnel and its users, and tells its clients not to come back with it. False if there is none.
    bool close(TunnelId id);
    /// What ListServices gets.
    proto::Services services(const proto::ListServices &request, qsizetype limit) const;
    /// What ListFreePorts gets; \a userId asks.
    proto::FreePorts freePorts(const proto::ListFreePorts &request, qint64 userId) const;

private:
    void onMessage(SessionId session, const proto::Message &message);
    void onOpen(SessionId session, const proto::OpenTunnel &request);
    void onClose(SessionId session, const proto::CloseTunnel &request);
    void onAssigned(quint64 key, const Result<quint16> &port);
    void onClientDraining(SessionId session);
    /// Why a session serves a tunnel no more.
    enum class CloseCause {
        PortRequest, ///< it has said so
        Exit, ///< it is about to leave in order; it may have been restarted
        Loss, ///< its link is lost: it may come back
        Expulsion, ///< its login is no longer valid
    };

    void leaveAll(SessionId session, CloseCause why);
    void leave(quint64 key, SessionId session, CloseCause why);
    void end(quint64 key, QStringView reason, bool cutUsers);
    bool isRefusedByWatcher(quint64 key);
    void refuse(const TunnelRecord &record, proto::TunnelCode code, const QString &why);
    void answer(
        SessionId session, int requestId, proto::TunnelCode code, const QString &why, quint16 port = 0);
    std::shared_ptr<UserCounter> accountCounter(qint64 userId, int limit);
    qint64 userOf(SessionId session) const;
    void tellSoon(qint64 userId);
    void tellRefused();
    proto::Service serviceOf(const TunnelRecord &record) const;

    TunnelSettings m_settings;
    ClientRegistry &m_registry;
    ControlServer &m_control;
    Dispatcher &m_dispatcher;
    PortAssigner *m_assigner = nullptr; ///< null until start()
    TunnelObserver *m_watcher = nullptr; ///< null: nobody
    TunnelRegistry m_book;
    bool m_draining = false;
    RefusedSessions m_refused;
    QSet<qint64> m_toTell; ///< accounts whose refused sessions are to be told
    QHash<qint64, std::weak_ptr<UserCounter>> m_accounts; ///< users of all tunnels of an account
};

} // namespace frpx::server
