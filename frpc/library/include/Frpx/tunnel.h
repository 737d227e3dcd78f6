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

/// Who has come to a tunnel.
struct TunnelUser
{
    QHostAddress address; ///< null if the server does not tell
    quint16 port = 0; ///< of the user's side; 0 if the server does not tell
};

/// Is given each connection of a user, on the thread of the client. \a socket is connected and may hold bytes
/// already, for which readyRead() has been emitted: look at bytesAvailable() first. It is a child of the
/// tunnel and ends with it, unless it is given another parent; delete it (deleteLater()) when it is done. As
/// with every QTcpSocket, one side that has ended its way ends the connection.
using ConnectionHandler = std::function<void(QTcpSocket *socket, const TunnelUser &user)>;

/// What a tunnel is to be.
struct TunnelOptions
{
    QString name; ///< unique among the tunnels of the account; 1 to 128 characters, none of them control
    /// Of the service behind it; a name is looked up. `unix:/PATH` is a unix socket, which has no port.
    QString localHost = QStringLiteral("127.0.0.1");
    quint16 localPort = 0; ///< of the service behind it; 0 with a unix socket
    /// Takes the users instead of a service at localHost and localPort.
    ConnectionHandler handler = {};
    /// The wanted port of the server; 0: the one this tunnel had before, or any.
    quint16 port = 0;
    QString message = {}; ///< for people who look for services; at most 256 characters
    TunnelLimits limits = {}; ///< the server keeps to these
    /// Clients of one account that open the same name with the same group share the port; empty: nobody else.
    QString group = {};
    /// How a client of the group is chosen for a user, such as `round-robin`; empty: as the server does.
    QString policy = {};
    /// What to do if the server refuses the tunnel at first: ask again and again (delayed() tells), or close
    /// it. Once open, it is always asked for again after a break, whatever the server says. It is asked for
    /// in each new session, within one after 15 s, doubling to 10 minutes, at once when the server says that
    /// something has changed, and by Client::tryAgain().
    bool keepTrying = false;
};

/// What a tunnel has carried through this client.
struct TunnelStatistics
{
    qint64 open = 0; ///< users now
    quint64 total = 0; ///< users so far
    quint64 bytesFromUsers = 0; ///< of all users, towards the service
    quint64 bytesToUsers = 0; ///< of all users, from the service
};

/// A port of a server whose users come to this program, or to a service it can reach. Made by
/// Client::openTunnel(), on the client's thread, and a child of the client. It comes back by itself, on the
/// same port, when the link or the server was away.
///
///     Opening ──opened()──▶ Open ──interrupted()──▶ Interrupted ──opened()──▶ Open
///        └─────────── each ──closed()──▶ Closed
///
/// A closed one stays closed: delete it when it is not needed any more.
class FRPX_EXPORT Tunnel : public QObject
{
    Q_OBJECT

public:
    /// How far it has come.
    enum class State {
        Opening, ///< not open yet; also while the server is away
        Open, ///< users can come
        Interrupted, ///< it was open, and will be again when the server is back
        Closed, ///< for good
    };
    Q_ENUM(State)

    /// Why it is closed.
    enum class CloseReason {
        None, ///< it is not
        ClosedHere, ///< by close()
        Refused, ///< the server does not open it: see error()
        ServedAll, ///< TunnelLimits::totalConnections
        LifetimeOver, ///< TunnelLimits::lifetime
        Deleted, ///< by the server's administrator
        Other, ///< the server has another reason
    };
    Q_ENUM(CloseReason)

    /// Closes it, without a signal, and what its users still have open.
    ~Tunnel() override;

    /// \return what it was opened with.
    const TunnelOptions &options() const;
    /// \return its name, TunnelOptions::name.
    QString name() const;
    /// \return how far it has come.
    State state() const;
    /// \return the server's port, the last one it had; 0 if it was never open.
    quint16 port() const;
    /// \return "HOST:PORT" for users, with the host by which the client knows the server; empty if it was
    /// never open.
    QString publicAddress() const;
    /// \return why it is closed.
    CloseReason closeReason() const;
    /// \return why the server has refused it last; none if it has not, or it is open.
    Error error() const;
    /// \return what it has carried so far.
    TunnelStatistics statistics() const;

    /// Closes it and the connections of its users; closed() comes from within the call. Does nothing if it is
    /// closed.
    void close();

Q_SIGNALS:
    /// Users can come to \a publicAddress. Comes again after each break.
    void opened(const QString &publicAddress);
    /// The server is away. Who is being served may be served on; opened() follows when it is back.
    void interrupted();
    /// The server has refused it because of \a error; it is asked for again.
    void delayed(const Frpx::Error &error);
    /// It has ended because of \a reason, and does not come back. Comes once.
    void closed(Frpx::Tunnel::CloseReason reason);

private:
    friend class ClientPrivate;
    Tunnel(std::unique_ptr<TunnelPrivate> priv, QObject *parent);
    std::unique_ptr<TunnelPrivate> d;
};

} // namespace Frpx
