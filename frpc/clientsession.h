// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/loaddropdetector.h"
#include "common/net/controlchannel.h"
#include "common/relay/drainwatch.h"
#include "common/relay/relaypool.h"
#include "common/system/systemprobe.h"
#include "frpc/clienttunnels.h"
#include "frpc/localhealth.h"
#include "frpc/localservices.h"
#include "frpc/reconnectpolicy.h"
#include "frpc/serverconnector.h"
#include "frpc/sessionqueries.h"
#include "frpc/workconnectionmanager.h"
#include "frpc/workdialer.h"

#include <QObject>
#include <QTimer>

namespace frpx::client {

struct SessionSettings
{
    QString clientId;
    QString serverHost = QStringLiteral("127.0.0.1");
    quint16 controlPort = 17000;
    quint16 proxyPort = 17001;
    std::optional<net::OutboundProxy> proxy; ///< on the way to the server; else it is reached directly
    QString localHost = QStringLiteral("127.0.0.1");
    quint16 localPort = 11434;
    TlsSettings tls; ///< for the control link; work connections go the same way
    int heartbeatIntervalMs = 5000; ///< the link is given up after three without an acknowledgement
    int connectTimeoutMs = 10'000;
    int loginTimeoutMs = 30'000; ///< login and registration each; the server may have many to check
    WorkConnectionManager::Size pool; ///< work connections dialled in advance
    int weight = 1; ///< its share of the users beside the other clients, 1 to proto::maxWeight
    int relayThreads = 0; ///< 0: one per core
    /// What the local service gets in front of every connection, to know its user's address.
    proxyproto::Version proxyProtocol = proxyproto::Version::None;
    /// It does not serve the default tunnel, but only those it opens.
    bool onlyTunnels = false;
    HealthCheck health; ///< of the local service, while online
    /// Asks the server for users' addresses also if only tunnels may need them.
    bool wantsUserAddresses = false;
};

/// A client's whole relation to one server: logs in, registers, reports, serves connections, and comes back
/// after every loss. frpc and frpc-gui both drive this class. Lives on one thread, which it never blocks.
///
///     Idle ──start()──▶ Connecting ──▶ LoggingIn ──▶ Registering ──▶ Online
///                          ▲ │              │             │            │
///                          │ ▼              ▼             ▼            ▼
///                        Waiting ◀──────── lost, refused for the moment
///     LoggingIn ──refused──▶ NeedsLogin ──setCredentials()──▶ Connecting
///     Connecting ──unknown certificate──▶ NeedsTrust ──trustServer()──▶ Connecting
///
/// A server whose certificate is wrong, or another one than before, is told nothing: the state is Waiting,
/// for ten minutes and without knocking, or until trustServer(). What is no server at all is asked again once
/// a minute.
///
/// In Waiting it also knocks (and goes on to LoggingIn if somebody opens) at a server that did not answer,
/// every second, so that it is back within two seconds of a restarted server; a server that answers and
/// refuses is left in peace until the back-off is over.
///
/// drain() leads from every state to Draining, and from there, when nothing is left to serve, to Idle.
class ClientSession : public QObject
{
    Q_OBJECT

public:
    enum class State {
        Idle,
        Connecting,
        LoggingIn,
        Registering,
        Online,
        Waiting,
        NeedsLogin,
        NeedsTrust,
        Draining
    };
    Q_ENUM(State)

    explicit ClientSession(SessionSettings settings, QObject *parent = nullptr);
    ~ClientSession() override;

    /// What to log in with: the token is tried first. The password is kept in memory for the case that the
    /// token is refused later. Setting either wakes a session in NeedsLogin.
    void setToken(const QString &token);
    void setCredentials(const QString &email, const QString &password);

    /// Somebody has said that the server is right with this certificate: it is remembered, also in place of
    /// another one, and a session in NeedsTrust or Waiting goes on. Does not outdo pins and CAs.
    void trustServer(const Fingerprint &certificate);

    void start();
    /// Leaves the server in order: it sends no more users, those on their way are served, relays may end.
    /// When nothing is left, and after \a timeoutMs at the latest, the state is Idle and drained() comes;
    /// then the caller destroys the session, which cuts what is left. With 0 nothing is waited for.
    void drain(int timeoutMs);
    /// Leaves the server; running relays are cut when the session is destroyed.
    void stop();
    /// This machine has woken up or is in another network: a session that waits or is on its way tries again
    /// at once, and one that is online finds out soon whether its link has survived.
    void onNetworkChanged();

    /// Wants \a spec, in any state and from now on: it is opened as soon as the session is online, and again
    /// after every break, on the same port. tunnelOpened() tells the port, each time; tunnelDelayed() that
    /// the server has refused it and is asked again; tunnelRefused() or tunnelClosed() that it is forgotten.
    /// \return an id for these and closeTunnel().
    int openTunnel(const TunnelSpec &spec);
    /// Closes it and its users. No signal follows. No-op for an unknown \a id.
    void closeTunnel(int id);
    /// Asks again at once for what was refused: the tunnels, or the whole client, which waits to connect.
    /// \return how many tunnels.
    int tryAgain();
    /// The tunnels that the server has refused in this session, and for which it is asked again.
    std::vector<ClientTunnels::Refusal> refusedTunnels() const { return m_tunnels.refusals(); }
    /// Whether the server has not said yet of a tunnel whether it opens it. It never does if it opens none.
    bool awaitsTunnels() const { return m_tunnels.hasUnanswered(); }
    /// Whether the server knows tunnels; false unless online.
    bool canOpenTunnels() const { return speaks(proto::feature::tunnels); }

    /// Asks the server for a list. \a done is called exactly once, not from within this call, unless the
    /// session is gone by then; it may do anything but destroy the session. The question waits until the
    /// session is online, and is asked anew after a break. Errc::Timeout after queryTimeoutMs, Errc::Busy if
    /// there are too many, Errc::PeerClosed if the session does not try to be online (any more).
    void ask(ListQuery query, SessionQueries::Done done);
    static constexpr int queryTimeoutMs = 10'000;

    State state() const { return m_state; }
    const SessionSettings &settings() const { return m_settings; }
    const RelayMeter &meter() const { return *m_dialer.meter(); }
    /// The server's port of the default tunnel, if the server has told it.
    std::optional<quint16> publicPort() const { return m_publicPort; }
    /// What the checks of the local service have found; healthy if there are none.
    bool isServiceHealthy() const { return m_health.isHealthy(); }
    /// What is not right with the service although it is healthy; may be empty.
    const QString &serviceWarning() const { return m_health.warning(); }

Q_SIGNALS:
    void stateChanged(frpx::client::ClientSession::State state);
    /// A login by password brought a new token, worth keeping.
    void tokenIssued(const QString &token);
    /// The server does not accept (or was not given) a login; the state is NeedsLogin. \a error says which of
    /// Errc::InvalidToken (the token was refused and there are no credentials), Errc::InvalidCredentials,
    /// Errc::NotFound (nothing was given).
    void loginNeeded(const frpx::Error &error);
    /// The server is not known, and has been told nothing. The state is NeedsTrust, until trustServer().
    void trustNeeded(const frpx::client::ServerCertificate &shown);
    /// Its certificate is not to be trusted, and why: Errc::ServerChanged, for which trustServer() may be the
    /// answer, if a person has been told; Errc::BadCertificate; Errc::Storage, when what was accepted before
    /// cannot be read. connectionLost() follows.
    void serverRefused(const frpx::client::ServerCertificate &shown, const frpx::Error &error);
    /// Not connected any more, or still not; an attempt follows in \a delayMs.
    void connectionLost(const frpx::Error &error, qint64 delayMs);
    /// The local service has gone ill, and why, or is well again. Known also while no server is told.
    void healthChanged(bool healthy, const QString &detail);
    /// The local service is healthy, but not all is right with it; empty: it is again. As healthChanged().
    void serviceWarningChanged(const QString &warning);
    /// What the server has just been told of this machine.
    void systemReported(const frpx::SystemUsage &usage);
    void tunnelOpened(int id, quint16 port);
    /// Not opened, and why: the spec makes no sense; or the server refuses it, and it was never open nor is
    /// TunnelSpec::keepTrying set.
    void tunnelRefused(int id, const frpx::Error &error, frpx::proto::TunnelCode code);
    /// Refused by the server, which is asked again in \a delayMs, in the next session, or by tryAgain().
    void tunnelDelayed(int id, const frpx::Error &error, frpx::proto::TunnelCode code, qint64 delayMs);
    /// It was open and is not any more: `served_all`, `lifetime`, `deleted` (by the server's administrator).
    void tunnelClosed(int id, const QString &reason);
    /// The end of drain().
    void drained();

private:
    /// False if somebody who was told has moved the session on: the caller then leaves it alone.
    bool setState(State state);
    void openLink();
    std::unique_ptr<ServerConnector> makeConnector();
    Result<std::shared_ptr<TlsClientContext>> workTls();
    WorkRoute workRoute(std::shared_ptr<TlsClientContext> tls) const;
    void onServerRefused(const ServerCertificate &shown, const Error &error);
    void adoptLink(std::unique_ptr<ServerConnector> connector);
    ServerPorts ports() const
    {
        return {m_settings.serverHost, m_settings.controlPort, m_settings.proxyPort,
            m_settings.proxy.has_value()};
    }
    void logIn();
    void onMessage(const proto::Message &message);
    void onLoginResult(const proto::LoginResult &result);
    void onRegisterResult(const proto::RegisterResult &result);
    void onOnlineMessage(const proto::Message &message);
    void onDisconnect(const proto::Disconnect &message);
    void openPool();
    void openTunnels();
    void scheduleTunnels();
    bool onTunnelMessage(const proto::Message &message);
    void tell(const ClientTunnels::Event &event);
    void askQueries();
    void scheduleQueries();
    void endQueries(const Error &error);
    bool onQueryMessage(const proto::Message &message);
    void sayGoodbye();
    void onDrained(bool inTime);
    void onNotLetGo();
    void leaveLink();
    void settle();
    void onDeadline();
    void beat();
    void reportSystem();
    void reportHealth();
    void lose(const Error &error, bool knock, qint64 atLeastMs = 0);
    void dropLink();
    void closeLink();
    void knock();
    void stopReconnectProbe();
    void needLogin(const Error &error);
    bool speaks(QStringView feature) const { return m_features.contains(feature); }

    const SessionSettings m_settings;
    const QString m_instance; ///< tells the server that it is the same process come back
    QString m_token;
    QString m_email;
    QString m_password;
    bool m_loggingInByToken = false;
    QString m_clearTextWarning; ///< the last one that was written

    State m_state = State::Idle;
    quint64 m_changes = 0; ///< of the state
    std::unique_ptr<ServerConnector> m_connecting; ///< not connected yet
    std::unique_ptr<ServerConnector> m_probingReconnect; ///< likewise, while Waiting
    std::optional<Fingerprint> m_accepted; ///< by trustServer(), and could not be remembered
    std::shared_ptr<const TlsTarget>
        m_workTarget; ///< as the control link has found it; null while all is plain
    net::Endpoint m_reached; ///< what the control link is connected to: the server, or the proxy
    std::shared_ptr<TlsClientContext> m_workTls; ///< shared with work connections; kept for its tickets
    ControlChannel *m_channel = nullptr; ///< a child
    QStringList m_features; ///< what both sides speak
    std::optional<quint16> m_publicPort;
    QString m_workSecret; ///< for the work connections of this session; empty: none in advance
    bool m_settled = false; ///< while Draining: the server can send nobody any more

    ReconnectPolicy m_policy;
    QTimer m_deadline; ///< of the current step, or the end of Waiting
    QTimer m_heartbeat;
    QTimer m_silence; ///< since the last acknowledgement: however long the way out is blocked
    QTimer m_inspector; ///< of the relays
    LoadDropDetector m_loadDrop; ///< of the relays
    QTimer m_reconnectProbeTimer;
    ClientTunnels m_tunnels;
    LocalServices m_services; ///< behind the tunnels
    QTimer m_tunnelTimer; ///< until one is to be tried again
    SessionQueries m_queries;
    QTimer m_queryTimer; ///< until the deadline of the first
    std::unique_ptr<SystemProbe> m_probe;
    RelayPool m_relays;
    WorkDialer m_dialer;
    WorkConnectionManager m_pool;
    LocalHealth m_health; ///< checks while online
    SilentService m_silentService; ///< shared with the relays; null without checks
    DrainWatch m_drainWatch;
};

} // namespace frpx::client
