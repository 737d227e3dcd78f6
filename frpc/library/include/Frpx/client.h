// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QFuture>

#include <Frpx/proxy.h>
#include <Frpx/tls.h>
#include <Frpx/tunnel.h>

namespace Frpx {

/// Which server, and as whom. Texts and times may be left as they are.
struct ClientOptions
{
    /// Name or address of the server, without a port; an IPv6 address with or without brackets.
    QString serverHost = QStringLiteral("127.0.0.1");
    quint16 controlPort = 17000; ///< its port for clients
    quint16 proxyPort = 17001; ///< its port for the connections that carry users
    TlsOptions tls = {}; ///< whether to speak TLS, and which certificate to believe
    ProxyOptions proxy = {}; ///< on the way to the server, for all connections there
    /// Names this client beside the others of the server: 1 to 128 printable characters, of one client at a
    /// time. Empty: a new one, made of the computer's name, for each object.
    QString clientId = {};
    /// The file that keeps the token of the last login, made and replaced by the client, mode 0600. Empty:
    /// the program does that by tokenIssued() and setToken(), or not at all.
    QString tokenFile = {};
    /// With a port, the client also serves the users of the server's public port, by this service; so it
    /// does by `unix:/PATH`, a unix socket, which has no port.
    QString defaultHost = QStringLiteral("127.0.0.1");
    quint16 defaultPort = 0; ///< see defaultHost; 0: it serves its own tunnels only
    std::chrono::milliseconds heartbeatInterval{5000}; ///< the link is given up after three without an answer
    std::chrono::milliseconds connectTimeout{10'000}; ///< for the server to answer
    int idleConnections = 4; ///< kept ready for users, at least; 0 to 256
    int maxIdleConnections = 64; ///< kept ready after a burst, at most
    int threads = 1; ///< that carry the bytes of users; 0: one for each core
};

/// A program's relation to one server: logs in, opens tunnels, asks what there is, and comes back by itself
/// after every loss of the link or the server.
///
/// It lives on the thread that makes it, which needs a running event loop, of a QCoreApplication or a
/// QApplication, and is never blocked; it cannot be moved to another one. Any number of clients may be in one
/// program. It may be deleted at any time, also from within a slot. It logs to the categories `frpx.*`; see
/// QLoggingCategory::setFilterRules() and qInstallMessageHandler().
class FRPX_EXPORT Client : public QObject
{
    Q_OBJECT
    /// How far it has come.
    Q_PROPERTY(Frpx::Client::State state READ state NOTIFY stateChanged)

public:
    /// How far it has come.
    enum class State {
        Stopped, ///< not started, or stopped
        Connecting, ///< to the server, or logging in
        Online, ///< tunnels are open
        Waiting, ///< for the server to come back; it is tried again and again
        NeedsTrust, ///< the server's certificate is unknown: trustServer() goes on
        NeedsLogin, ///< nothing to log in with, or it was refused: setToken() or setCredentials() goes on
        Stopping, ///< no more users come; those who are there have until the time-out of stop()
    };
    Q_ENUM(State)

    /// \param options which server, and as whom
    /// \param parent the owner, if any
    explicit Client(const ClientOptions &options, QObject *parent = nullptr);
    /// Leaves the server at once and cuts the connections of users. Futures that are open finish with
    /// ErrorCode::Cancelled. The tunnels go as well.
    ~Client() override;

    /// \return what it was made with, with the client id it has.
    const ClientOptions &options() const;

    /// Logs in by \a token from now on, which is tried before credentials and the token file.
    void setToken(const QString &token);
    /// Logs in with \a email and \a password if there is no token, or it is refused. They are kept in memory.
    void setCredentials(const QString &email, const QString &password);

    /// Accepts the certificate with that \a fingerprint from now on, also in the place of another one, and
    /// remembers it (TlsOptions::knownServersFile). Does not outdo TlsOptions::fingerprints and caPem. What
    /// is no fingerprint is ignored.
    void trustServer(const QString &fingerprint);

    /// Connects, and keeps connected, until stop(). Does nothing if it is started.
    void start();
    /// Leaves the server. Tunnels stay known, and are opened again by start().
    /// \param drain how long those who are being served may go on; with 0 they go on, without a limit, as
    /// long as the object is there, and the state is Stopped at once.
    void stop(std::chrono::milliseconds drain = std::chrono::milliseconds(0));

    /// Asks again at once for the tunnels that the server has refused and that are asked for again anyhow,
    /// and connects at once if the state is Waiting. For programs that know that something has changed.
    void tryAgain();

    /// \return how far it has come.
    State state() const;

    /// Wants a tunnel from now on, in any state: it is opened as soon as the client is online, and again
    /// after every break. \return the tunnel, a child of this object. One that makes no sense is closed as
    /// refused soon after.
    Tunnel *openTunnel(const TunnelOptions &options);
    /// \return the tunnel \a name that is not closed; null if there is none.
    Tunnel *tunnel(const QString &name) const;
    /// \return the open tunnel at the server's \a port; null if there is none.
    Tunnel *tunnelByPort(quint16 port) const;
    /// \return those that are not closed, oldest first.
    QList<Tunnel *> tunnels() const;

    /// Asks for the open tunnels of the server whose names begin with \a prefix, of all accounts. A question
    /// waits for the client to come online, and survives breaks; it is over after 10 s, of
    /// ErrorCode::Timeout. Stopped or without a login it is ErrorCode::Cancelled; beyond 64 open questions
    /// ErrorCode::Busy.
    QFuture<Answer<ServiceList>> services(const QString &prefix = {});
    /// Asks for the ports that are free for tunnels; errors as for services().
    QFuture<Answer<PortList>> freePorts();
    /// Asks for one of the free ports, by chance; errors as for services(), and ErrorCode::NoFreePort.
    /// Somebody may be faster: a tunnel with port 0 is never too late.
    QFuture<Answer<quint16>> anyPort();

Q_SIGNALS:
    /// It has come to \a state.
    void stateChanged(Frpx::Client::State state);
    /// A login by password has brought \a token, which replaces the password in later logins.
    void tokenIssued(const QString &token);
    /// The state is NeedsTrust: nobody has accepted \a certificate yet. The server has been told nothing.
    void trustNeeded(const Frpx::ServerCertificate &certificate);
    /// The server shows a \a certificate that is not the one it should be, by \a error. It has been told
    /// nothing, and is tried again after ten minutes, or trustServer().
    void serverRefused(const Frpx::ServerCertificate &certificate, const Frpx::Error &error);
    /// The state is NeedsLogin, because of \a error: ErrorCode::InvalidToken or InvalidCredentials.
    void loginNeeded(const Frpx::Error &error);
    /// Not connected any more, or still not, because of \a error; the next attempt is after \a delay, or as
    /// soon as the server answers. With ErrorCode::InvalidArgument the options make no sense: the state stays
    /// Stopped, and there is no next attempt.
    void connectionLost(const Frpx::Error &error, std::chrono::milliseconds delay);

private:
    friend class Tunnel;
    std::unique_ptr<ClientPrivate> d;
};

} // namespace Frpx
