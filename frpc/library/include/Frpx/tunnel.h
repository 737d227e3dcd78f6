// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHostAddress>
#include <QObject>

#include <functional>
#include <memory>

#include <Frpx/error.h>
#include <Frpx/service.h>

class QTcpSocket;

namespace Frpx {

class Client;
class ClientPrivate;
class TunnelPrivate;

/// The visitor of a connection.
struct TunnelUser
{
    QHostAddress address; ///< null if the server does not send it
    quint16 port = 0; ///< the visitor's port; 0 if the server does not send it
};

/// Gets each visitor's connection, on the thread of the client. \a socket is connected and may already
/// contain bytes, for which readyRead() has been emitted: check bytesAvailable() first. It is a child of the
/// tunnel and is deleted with it, unless it gets another parent; delete it (deleteLater()) when it is done.
/// As with every QTcpSocket, the end of one direction ends the connection.
using ConnectionHandler = std::function<void(QTcpSocket *socket, const TunnelUser &user)>;

/// The settings of a tunnel.
struct TunnelOptions
{
    QString name; ///< unique among the tunnels of the account; 1 to 128 characters, none of them control
    /// The host of the local service; a name is looked up. `unix:/PATH` is a unix socket, which has no port.
    QString localHost = QStringLiteral("127.0.0.1");
    quint16 localPort = 0; ///< the port of the local service; 0 with a unix socket
    /// Gets the visitors instead of a service at localHost and localPort.
    ConnectionHandler handler = {};
    /// The wanted port of the server; 0: the previous port of this tunnel, or any.
    quint16 port = 0;
    QString message = {}; ///< a description in the list of services; at most 256 characters
    TunnelLimits limits = {}; ///< enforced by the server
    /// Clients of one account that open the same name with the same group share the port; empty: no sharing.
    QString group = {};
    /// How a client of the group is chosen for a visitor, such as `round-robin`; empty: the server's default.
    QString policy = {};
    /// What to do if the server refuses the tunnel at first: request it again and again (delayed() reports
    /// it), or close it. A tunnel that has been open is always requested again after a loss. It is requested
    /// in each new session, within a session after 15 s, doubling to 10 minutes, at once when the server
    /// reports a change, and by Client::tryAgain().
    bool keepTrying = false;
};

/// The traffic of a tunnel through this client.
struct TunnelStatistics
{
    qint64 open = 0; ///< open connections
    quint64 total = 0; ///< connections so far
    quint64 bytesFromUsers = 0; ///< of all connections, towards the service
    quint64 bytesToUsers = 0; ///< of all connections, from the service
};

/// A port of a server that leads its visitors to this program, or to a service that it can reach. Created by
/// Client::openTunnel() on the client's thread, as a child of the client. It opens again by itself, on the
/// same port, after a loss of the link or a restart of the server.
///
///     Opening ──opened()──▶ Open ──interrupted()──▶ Interrupted ──opened()──▶ Open
///        └─────────── each ──closed()──▶ Closed
///
/// A closed tunnel stays closed: delete it when it is not needed any more.
class FRPX_EXPORT Tunnel : public QObject
{
    Q_OBJECT

public:
    /// The state of the tunnel.
    enum class State {
        Opening, ///< not open yet; also while the server is away
        Open, ///< visitors can connect
        Interrupted, ///< it was open, and will be open when the server is back
        Closed, ///< finally
    };
    Q_ENUM(State)

    /// Why the tunnel is closed.
    enum class CloseReason {
        None, ///< it is not closed
        ClosedHere, ///< by close()
        Refused, ///< the server does not open it: see error()
        ServedAll, ///< TunnelLimits::totalConnections
        LifetimeOver, ///< TunnelLimits::lifetime
        Deleted, ///< by the server's administrator
        Other, ///< the server has another reason
    };
    Q_ENUM(CloseReason)

    /// Closes the tunnel without a signal, and its open connections.
    ~Tunnel() override;

    /// \return the options of openTunnel().
    const TunnelOptions &options() const;
    /// \return its name, TunnelOptions::name.
    QString name() const;
    /// \return the state.
    State state() const;
    /// \return the server's port, the last one of this tunnel; 0 if it was never open.
    quint16 port() const;
    /// \return "HOST:PORT" for visitors, with the host under which the client reaches the server; empty if
    /// the tunnel was never open.
    QString publicAddress() const;
    /// \return why it is closed.
    CloseReason closeReason() const;
    /// \return the reason of the server's last refusal; none if there was none, or the tunnel is open.
    Error error() const;
    /// \return the traffic so far.
    TunnelStatistics statistics() const;

    /// Closes the tunnel and its connections; closed() is emitted during the call. Does nothing if the tunnel
    /// is closed.
    void close();

Q_SIGNALS:
    /// Visitors can connect to \a publicAddress. Emitted again after each loss.
    void opened(const QString &publicAddress);
    /// The server cannot be reached. Open connections may continue; opened() follows when the server is back.
    void interrupted();
    /// The server has refused the tunnel because of \a error; it is requested again.
    void delayed(const Frpx::Error &error);
    /// The tunnel has ended because of \a reason and does not open again. Emitted once.
    void closed(Frpx::Tunnel::CloseReason reason);

private:
    friend class ClientPrivate;
    Tunnel(std::unique_ptr<TunnelPrivate> priv, QObject *parent);
    std::unique_ptr<TunnelPrivate> d;
};

} // namespace Frpx
