// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QFuture>

#include <Frpx/proxy.h>
#include <Frpx/tls.h>
#include <Frpx/tunnel.h>

namespace Frpx {

/// The server and the login of a client. Texts and times have defaults.
struct ClientOptions
{
    /// Name or address of the server, without a port; an IPv6 address with or without brackets.
    QString serverHost = QStringLiteral("127.0.0.1");
    quint16 controlPort = 17000; ///< its port for clients
    quint16 proxyPort = 17001; ///< its port for work connections, which carry visitors
    TlsOptions tls = {}; ///< whether to use TLS, and which certificate to trust
    ProxyOptions proxy = {}; ///< the proxy for all connections to the server
    /// The name of this client, unique among the clients of the server: 1 to 128 printable characters. Empty:
    /// a new one, derived from the computer's name, for each object.
    QString clientId = {};
    /// The file for the token of the last login, created and replaced by the client, mode 0600. Empty: the
    /// program stores the token by tokenIssued() and setToken(), or not at all.
    QString tokenFile = {};
    /// With a port, the client also serves the visitors of the server's public port by this service; likewise
    /// with `unix:/PATH`, a unix socket, which has no port.
    QString defaultHost = QStringLiteral("127.0.0.1");
    quint16 defaultPort = 0; ///< see defaultHost; 0: the client serves only its own tunnels
    /// the link is closed after three intervals without an answer
    std::chrono::milliseconds heartbeatInterval{5000};
    std::chrono::milliseconds connectTimeout{10'000}; ///< for the server to answer
    int idleConnections = 4; ///< kept ready for visitors, at least; 0 to 256
    int maxIdleConnections = 64; ///< kept ready after a burst, at most
    int threads = 1; ///< relay threads; 0: one for each core
};

/// The connection of a program to one server: logs in, opens tunnels, queries the server, and reconnects by
/// itself after every loss.
///
/// It lives on the thread that creates it, which needs a running event loop of a QCoreApplication or a
/// QApplication, and never blocks it; it cannot be moved to another thread. A program may have any number of
/// clients. It may be deleted at any time, also from within a slot. It logs to the categories `frpx.*`; see
/// program. It may be deleted at any time, also from within a slot. It logs to the categories `frpx.*`; see
/// QLoggingCategory::setFilterRules() and qInstallMessageHandler().
class FRPX_EXPORT Client : public QObject
{
    Q_OBJECT
    /// The state of the client.
    Q_PROPERTY(Frpx::Client::State state READ state NOTIFY stateChanged)

public:
    /// The state of the client.
    enum class State {
        Stopped, ///< not started, or stopped
        Connecting, ///< to the server, or logging in
        Online, ///< tunnels are open
        Waiting, ///< until the next attempt to reach the server
        NeedsTrust, ///< the server's certificate is unknown: continue with trustServer()
        NeedsLogin, ///< there is no login, or it was refused: continue with setToken() or setCredentials()
        Stopping, ///< no new visitors come; open connections may end within the time-out of stop()
    };
    Q_ENUM(State)

    /// \param options the server and the login
    /// \param parent the owner, if any
    explicit Client(const ClientOptions &options, QObject *parent = nullptr);
    /// Leaves the server at once and cuts the visitors' connections. Open futures finish with
    /// ErrorCode::Cancelled. The tunnels are deleted as well.
    ~Client() override;

    /// \return the options, with the client id that is in use.
    const ClientOptions &options() const;

    /// Logs in by \a token from now on; it is tried before the credentials and the token file.
    void setToken(const QString &token);
    /// Logs in with \a email and \a password if there is no token, or it is refused. They are kept in memory.
    void setCredentials(const QString &email, const QString &password);

    /// Accepts the certificate with that \a fingerprint from now on, also in place of another one, and stores
    /// it (TlsOptions::knownServersFile). TlsOptions::fingerprints and caPem keep precedence. An invalid
    /// fingerprint is ignored.
    void trustServer(const QString &fingerprint);

    /// Connects, and keeps connected, until stop(). Does nothing if the client is started.
    void start();
    /// Leaves the server. The tunnels are kept, and start() opens them again.
    /// \param drain how long open connections may continue; with 0 they continue without a limit as long as
    /// the object exists, and the state is Stopped at once.
    void stop(std::chrono::milliseconds drain = std::chrono::milliseconds(0));

    /// Requests at once the tunnels that the server has refused and that are requested again anyway, and
    /// connects at once if the state is Waiting. For programs that know of a change.
    void tryAgain();

    /// \return the state.
    State state() const;

    /// Adds a tunnel, in any state: it is opened as soon as the client is online, and again after every loss.
    /// \return the tunnel, a child of this object. With invalid options it is closed as refused soon after.
    Tunnel *openTunnel(const TunnelOptions &options);
    /// \return the tunnel \a name if it is not closed; otherwise null.
    Tunnel *tunnel(const QString &name) const;
    /// \return the open tunnel at the server's \a port; null if there is none.
    Tunnel *tunnelByPort(quint16 port) const;
    /// \return the tunnels that are not closed, oldest first.
    QList<Tunnel *> tunnels() const;

    /// Asks for the open tunnels of the server whose names begin with \a prefix, of all accounts. The query
    /// waits for the client to come online, and survives losses; after 10 s it ends with ErrorCode::Timeout.
    /// While stopped or without a login it ends with ErrorCode::Cancelled; beyond 64 open queries with
    /// ErrorCode::Busy.
    QFuture<Answer<ServiceList>> services(const QString &prefix = {});
    /// Asks for the ports that are free for tunnels; errors as for services().
    QFuture<Answer<PortList>> freePorts();
    /// Asks for one of the free ports, at random; errors as for services(), and ErrorCode::NoFreePort.
    /// Another client may take the port first: a tunnel with port 0 avoids that race.
    QFuture<Answer<quint16>> anyPort();

Q_SIGNALS:
    /// The state is now \a state.
    void stateChanged(Frpx::Client::State state);
    /// A login by password has returned \a token, which replaces the password in later logins.
    void tokenIssued(const QString &token);
    /// The state is NeedsTrust: \a certificate is unknown. Nothing has been sent to the server.
    void trustNeeded(const Frpx::ServerCertificate &certificate);
    /// The server's \a certificate is not the right one, for the reason \a error. Nothing has been sent to
    /// the server; the next attempt follows after ten minutes, or after trustServer().
    void serverRefused(const Frpx::ServerCertificate &certificate, const Frpx::Error &error);
    /// The state is NeedsLogin, for the reason \a error: ErrorCode::InvalidToken or InvalidCredentials.
    void loginNeeded(const Frpx::Error &error);
    /// The client is offline, for the reason \a error; the next attempt follows after \a delay, or as soon as
    /// the server answers. With ErrorCode::InvalidArgument the options are invalid: the state stays Stopped,
    /// and there is no next attempt.
    void connectionLost(const Frpx::Error &error, std::chrono::milliseconds delay);

private:
    friend class Tunnel;
    std::unique_ptr<ClientPrivate> d;
};

} // namespace Frpx
