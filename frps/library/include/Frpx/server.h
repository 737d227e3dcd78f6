// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QFuture>
#include <QObject>

#include <memory>

#include <Frpx/error.h>
#include <Frpx/hookcontext.h>

namespace frpx::server {
class ServerPrivate;
}

namespace Frpx {

/// Says whether \a account may log in with \a password. Called on the thread of the server; the answer may
/// come later. A login waits at most ten seconds for it, and at most 256 of them wait at once.
using LoginCheck = std::function<QFuture<bool>(const QString &account, const QString &password)>;

/// Who may log in without an account. The server gives each of them what he asks for.
enum class OpenAccess {
    Off, ///< nobody
    Loopback, ///< who is on this machine
    Everybody, ///< whoever reaches the port
};

/// A server in a program: it gives ports of this machine to clients behind firewalls, and brings who comes to
/// these ports to them.
///
/// It lives on the thread that makes it, which needs a running event loop, of a QCoreApplication or a
/// QApplication, and is never blocked. All functions are called there. Any number of servers may be in one
/// program. It may be deleted at any time, but not from within a hook. It logs to the categories `frpx.*`;
/// see QLoggingCategory::setFilterRules() and qInstallMessageHandler().
///
/// Nobody can log in before addAccount(), setLoginCheck(), setOpenAccess() or setDataDirectory() says who
/// may; and clients get no ports before addPorts() says which.
///
/// **Hooks.** Those of tunnels and users are called on the thread of the server. Data hooks are called in the
/// threads that carry the bytes, for several users at once; for one user one call comes after the other. A
/// tunnel with data hooks has all its bytes copied through memory; those without are moved by the kernel. A
/// hook that is set while users are there holds for those who come later. After stop() none is called.
class FRPX_EXPORT Server : public QObject
{
    Q_OBJECT
    /// How far it has come.
    Q_PROPERTY(Frpx::Server::State state READ state NOTIFY stateChanged)

public:
    /// How far it has come.
    enum class State {
        Stopped, ///< not started, or stopped
        Starting, ///< it opens its accounts and ports
        Running, ///< clients can log in
        Draining, ///< no more users are taken; those who are there go on
    };
    Q_ENUM(State)

    /// \param parent the owner, if any
    explicit Server(QObject *parent = nullptr);
    /// As stop().
    ~Server() override;

    // Before start().

    /// Where it listens, for clients and users alike; at first on all addresses of this machine.
    void setAddress(const QHostAddress &address);
    /// How many threads carry the bytes of users; 0, as at first: one for each core.
    void setThreads(int threads);
    /// How many tunnels one account may have; 100 at first.
    void setMaxTunnels(int tunnels);
    /// How many users all tunnels of one account together may have at a time; 0, as at first: no limit.
    void setMaxUsers(int users);
    /// Takes accounts and tokens from the database in \a path, which `frps user` manages, and nothing else;
    /// its certificate is there as well.
    void setDataDirectory(const QString &path);
    /// Who the server is for clients: a certificate, with those that lead to its CA behind it, and its key,
    /// both as PEM. Without it there is the one of the data directory, which is made if it is missing; and
    /// without that a new one for each object, which no client can know again.
    void setCertificate(const QByteArray &certificatePem, const QByteArray &keyPem);
    /// Takes clients without TLS from everywhere; at first only from this machine.
    void setAllowPlain(bool allow);

    // At any time.

    /// Lets clients log in as \a account with \a password. Kept in memory only, as a keyed hash.
    void addAccount(const QString &account, const QString &password);
    /// Nobody logs in as \a account any more; who has, stays.
    void removeAccount(const QString &account);
    /// Asks \a check about everybody who is not among the accounts; an empty one lets nobody in.
    void setLoginCheck(const LoginCheck &check);
    /// Lets clients log in as whatever they say, all of them as one account.
    void setOpenAccess(OpenAccess access);

    /// Gives away the ports \a from to \a to as well. False, and nothing changes, if they are in the wrong
    /// order, or below 1024. Its own ports are never given away.
    bool addPorts(quint16 from, quint16 to);

    /// Called when a tunnel is open, before its client is told.
    void setTunnelOpenedHook(const Hook &hook);
    /// Called when a tunnel is closed and, unless its client was lost, its last user has left.
    void setTunnelClosedHook(const Hook &hook);
    /// Called when a user has come, before a client is asked to serve him; not for those who find no client
    /// or no place.
    void setUserConnectedHook(const Hook &hook);
    /// Called when a user's connection has ended; for each for whom setUserConnectedHook()'s was, and who was
    /// let in.
    void setUserLeavingHook(const Hook &hook);
    /// Called with bytes of a user that are about to be passed on to the tunnel.
    void setDataToTunnelHook(const Hook &hook);
    /// Called with bytes of the tunnel that are about to be passed on to a user.
    void setDataToUserHook(const Hook &hook);

    /// Listens for clients on \a controlPort and the port above it. The future is true once it is Running;
    /// else error() tells why not. 0 takes any two ports.
    QFuture<bool> start(quint16 controlPort = 17000);
    /// The same, with \a proxyPort for the connections of the clients that carry users; 0 takes any.
    QFuture<bool> start(quint16 controlPort, quint16 proxyPort);
    /// Closes everything and cuts all users; hooks that tell so are called from within. Does nothing if it is
    /// stopped. From within a hook it takes effect soon after.
    void stop();
    /// Takes no more users and tunnels, and stops when nobody is served any more, or after \a atMost.
    void drain(std::chrono::milliseconds atMost);

    /// \return how far it has come.
    State state() const;
    /// \return why the last start() has failed; none if it has not.
    Error error() const;
    /// \return the port for clients; 0 unless it is Running or Draining.
    quint16 controlPort() const;
    /// \return the port for the connections that carry users; 0 unless it is Running or Draining.
    quint16 proxyPort() const;

    /// \return by what clients know its certificate, as `frps fingerprint` prints it; empty unless it is
    /// Running or Draining.
    QString fingerprint() const;

    /// \return the open tunnels whose names begin with \a prefix.
    ServiceList services(const QString &prefix = {}) const;
    /// \return the ports that are given away and not in use.
    PortList freePorts() const;
    /// Closes the tunnel \a id (see TunnelInfo) as HookContext::abortTunnel() does. No-op if there is none.
    void closeTunnel(quint64 id, const QString &reason = {});

Q_SIGNALS:
    /// It has come to \a state.
    void stateChanged(Frpx::Server::State state);
    /// \a tunnel is open; the hook has let it pass.
    void tunnelOpened(const Frpx::TunnelInfo &tunnel);
    /// \a tunnel has ended because of \a end; after the hook.
    void tunnelClosed(const Frpx::TunnelInfo &tunnel, Frpx::TunnelEnd end);

private:
    friend class frpx::server::ServerPrivate;
    std::unique_ptr<frpx::server::ServerPrivate> d;
};

} // namespace Frpx
