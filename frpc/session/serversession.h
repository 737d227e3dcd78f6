// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/session/dataplane.h"
#include "frpc/session/heartbeat.h"
#include "frpc/session/queryclient.h"
#include "frpc/session/reconnectpolicy.h"
#include "frpc/session/serverconnector.h"
#include "frpc/session/sessiondrainer.h"
#include "frpc/session/tunnelclient.h"

#include <QObject>
#include <QTimer>

namespace frpx::client {

/// The connection of a client to one server: logs in, registers, reports, serves visitors, and reconnects
/// after every loss. frpc and frpc-gui both use this class. Lives on one thread and never blocks it.
///
///     Idle ──start()──▶ Connecting ──▶ LoggingIn ──▶ Registering ──▶ Online
///                          ▲ │              │             │            │
///                          │ ▼              ▼             ▼            ▼
///                        Waiting ◀──────── lost, refused for the moment
///     LoggingIn ──refused──▶ NeedsLogin ──setCredentials()──▶ Connecting
///     Connecting ──unknown certificate──▶ NeedsTrust ──trustServer()──▶ Connecting
///
/// If the server's certificate is wrong or has changed, nothing is sent to it: the state is Waiting for ten
/// minutes, or until trustServer(), without reconnect probes. A peer that is no frps is tried again once a
/// minute.
///
/// In Waiting, a server that did not answer is also probed every second (and a connection that succeeds leads
/// to LoggingIn), so that the session is back within two seconds of a restart of the server. A server that
/// answers and refuses is not probed until the back-off is over.
///
/// drain() leads from every state to Draining, and from there to Idle when no connection is left.
class ServerSession : public QObject
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

    explicit ServerSession(SessionSettings settings, QObject *parent = nullptr);
    ~ServerSession() override;

    /// The credentials for the login; the token is tried first. The password is kept in memory for the case
    /// that the token is refused later. Each setter continues a session in NeedsLogin.
    void setToken(const QString &token);
    void setCredentials(const QString &email, const QString &password);

    /// A person or a program confirms that the server is right with this certificate: it is stored, also in
    /// place of another one, and a session in NeedsTrust or Waiting continues. Pins and CAs keep precedence.
    void trustServer(const Fingerprint &certificate);

    void start();
    /// Leaves the server in order: it sends no more visitors, and the open connections may end. When none is
    /// left, and after \a timeoutMs at the latest, the state is Idle and drained() is emitted; then the
    /// caller destroys the session, which cuts the rest. With 0 the session does not wait.
    void drain(int timeoutMs);
    /// Leaves the server; running relays are cut when the session is destroyed.
    void stop();
    /// The machine has woken up or is in another network: a session that waits or connects tries again at
    /// once, and an online session checks soon whether its link still works.
    void onNetworkChanged();

    /// Adds \a spec in any state: the tunnel is opened as soon as the session is online, and again after
    /// every loss, on the same port. tunnelOpened() reports the port each time; tunnelDelayed() that the
    /// server has refused and will be asked again; tunnelRefused() or tunnelClosed() that the tunnel is
    /// removed. \return an id for these signals and for closeTunnel().
    int openTunnel(const TunnelSpec &spec, const ServingOptions &options = {})
    {
        return m_tunnels.open(spec, options);
    }
    /// Closes the tunnel and its connections. No signal follows. No-op for an unknown \a id.
    void closeTunnel(int id) { m_tunnels.close(id); }
    /// Requests at once what was refused: the tunnels, or in Waiting the connection. \return how many
    /// tunnels.
    int tryAgain();
    /// The tunnels that the server has refused in this session, and that are requested again.
    std::vector<WantedTunnels::Refusal> refusedTunnels() const { return m_tunnels.refusals(); }
    /// Whether the server has not answered for a tunnel yet. It never does if it does not open tunnels.
    bool awaitsTunnels() const { return m_tunnels.hasUnanswered(); }
    /// Whether the server supports tunnels; false unless online.
    bool canOpenTunnels() const { return hasFeature(proto::feature::tunnels); }

    /// Asks the server for a list. \a done is called exactly once, never during this call, unless the session
    /// is destroyed before; it may do anything but destroy the session. The query waits until the session is
    /// online and is sent again after a loss. Errc::Timeout after QueryClient::timeoutMs, Errc::Busy if there
    /// are too many, Errc::PeerClosed if the session does not try to be online (any more).
    void ask(ListQuery query, SessionQueries::Done done);

    State state() const { return m_state; }
    const SessionSettings &settings() const { return m_settings; }
    const RelayMeter &meter() const { return m_data.meter(); }
    /// The port of the server for the default tunnel, if the server has sent it.
    std::optional<quint16> publicPort() const { return m_publicPort; }
    /// The result of the health checks; healthy if there are none.
    bool isServiceHealthy() const { return m_data.health().isHealthy(); }
    /// What is wrong with the service although it is healthy; may be empty.
    const QString &serviceWarning() const { return m_data.health().warning(); }

Q_SIGNALS:
    void stateChanged(frpx::client::ServerSession::State state);
    /// A login by password has returned a new token to store.
    void tokenIssued(const QString &token);
    /// The server has refused a login, or there was none to send; the state is NeedsLogin. \a error is one of
    /// Errc::InvalidToken (the token was refused and there are no credentials), Errc::InvalidCredentials,
    /// Errc::NotFound (there was no login).
    void loginNeeded(const frpx::Error &error);
    /// The server is unknown, and nothing has been sent to it. The state is NeedsTrust until trustServer().
    void trustNeeded(const frpx::client::ServerCertificate &shown);
    /// Why the server's certificate is not trusted: Errc::ServerChanged, which trustServer() may answer after
    /// a person has agreed; Errc::BadCertificate; Errc::Storage, when the stored certificate cannot be read.
    /// connectionLost() follows.
    void serverRefused(const frpx::client::ServerCertificate &shown, const frpx::Error &error);
    /// The session is offline; the next attempt follows in \a delayMs.
    void connectionLost(const frpx::Error &error, qint64 delayMs);
    /// The local service is unhealthy, and why, or healthy again. Emitted also while there is no server to
    /// report to.
    void healthChanged(bool healthy, const QString &detail);
    /// The local service is healthy, but something is wrong with it; empty: no longer. Like healthChanged().
    void serviceWarningChanged(const QString &warning);
    /// The report on this machine that has just been sent to the server.
    void systemReported(const frpx::SystemUsage &usage);
    void tunnelOpened(int id, quint16 port);
    /// The tunnel is not opened, and why: the spec is invalid; or the server has refused it, it was never
    /// open, and ServingOptions::keepTrying is not set.
    void tunnelRefused(int id, const frpx::Error &error, frpx::proto::TunnelCode code);
    /// The server has refused; it is asked again in \a delayMs, in the next session, or by tryAgain().
    void tunnelDelayed(int id, const frpx::Error &error, frpx::proto::TunnelCode code, qint64 delayMs);
    /// The open tunnel has ended: `served_all`, `lifetime`, `deleted` (by the server's administrator).
    void tunnelClosed(int id, const QString &reason);
    /// The end of drain().
    void drained();

private:
    /// False if a receiver of the signal has changed the state again: then the caller does nothing more.
    bool setState(State state);
    void openLink();
    std::unique_ptr<ServerConnector> makeConnector();
    void onServerRefused(const ServerCertificate &shown, const Error &error);
    void adoptLink(std::unique_ptr<ServerConnector> connector);
    void logIn();
    void onMessage(const proto::Message &message);
    void onLoginResult(const proto::LoginResult &result);
    void onRegisterResult(const proto::RegisterResult &result);
    void onOnlineMessage(const proto::Message &message);
    void onDisconnect(const proto::Disconnect &message);
    void reportHealth();
    void sayGoodbye();
    void onDeadline();
    void lose(const Error &error, bool probes, qint64 atLeastMs = 0);
    void dropLink();
    void closeLink();
    void probeReconnect();
    void stopReconnectProbe();
    void needLogin(const Error &error);
    bool hasFeature(QStringView feature) const { return m_features.contains(feature); }

    const SessionSettings m_settings;
    const ServerTarget m_server;
    const QString m_instance; ///< shows the server that the same process reconnects
    QString m_token;
    QString m_email;
    QString m_password;
    bool m_loggingInByToken = false;
    QString m_clearTextWarning; ///< the last warning that was logged

    State m_state = State::Idle;
    quint64 m_changes = 0; ///< counts the changes of the state
    ServerTrust m_trust;
    std::unique_ptr<ServerConnector> m_connecting; ///< until connected
    std::unique_ptr<ServerConnector> m_probingReconnect; ///< until connected, while Waiting
    std::shared_ptr<const TlsTarget> m_workTarget; ///< from the control link; null while the link is plain
    net::Endpoint m_reached; ///< the peer of the control link: the server, or the proxy
    ControlChannel *m_channel = nullptr; ///< a child
    QStringList m_features; ///< the features of both sides
    std::optional<quint16> m_publicPort;

    ReconnectPolicy m_policy;
    QTimer m_deadline; ///< of the current step, or of Waiting
    QTimer m_reconnectProbeTimer;
    Heartbeat m_heartbeat;
    QueryClient m_queries;
    DataPlane m_data;
    TunnelClient m_tunnels;
    SessionDrainer m_drainer;
};

} // namespace frpx::client
