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

/// Decides whether \a account may log in with \a password. Called on the thread of the server; the answer may
/// come later. A login waits at most ten seconds for it, and at most 256 of them wait at once.
using LoginCheck = std::function<QFuture<bool>(const QString &account, const QString &password)>;

/// Clients that may log in without an account. The server gives each of them the ports it asks for.
enum class OpenAccess {
    Off, ///< none
    Loopback, ///< clients on this machine
    Everybody, ///< every client that reaches the port
};

/// A server in a program: it assigns ports of this machine to clients behind firewalls, and forwards
/// connections to these ports to the clients.
///
/// It lives on the thread that makes it, which needs a running event loop, of a QCoreApplication or a
/// QApplication, and is never blocked. All functions are called there. Any number of servers may be in one
/// program. It may be deleted at any time, but not from within a hook. It logs to the categories `frpx.*`;
/// see QLoggingCategory::setFilterRules() and qInstallMessageHandler().
///
/// No client can log in before addAccount(), setLoginCheck(), setOpenAccess() or setDataDirectory() was
/// called, and clients get no ports before addPorts().
///
/// **Hooks.** Those of tunnels and visitors are called on the thread of the server. Data hooks are called in
/// the threads that carry the bytes, for several visitors at once; for one visitor one call comes after the
/// other. All bytes of a tunnel with data hooks are copied through memory; for others the kernel moves them.
/// A hook that is set while visitors are connected applies to later ones. After stop() none is called.
class FRPX_EXPORT Server : public QObject
{
    Q_OBJECT
    /// The state of the server.
    Q_PROPERTY(Frpx::Server::State state READ state NOTIFY stateChanged)

public:
    /// The states of the server.
    enum class State {
        Stopped, ///< not started, or stopped
        Starting, ///< its accounts and ports are being opened
        Running, ///< clients can log in
        Draining, ///< it takes no more visitors; present ones are served to the end
    };
    Q_ENUM(State)

    /// \param parent the owner, if any
    explicit Server(QObject *parent = nullptr);
    /// As stop().
    ~Server() override;

    // Before start().

    /// The address for clients and visitors alike; by default all addresses of this machine.
    void setAddress(const QHostAddress &address);
    /// The number of threads that carry the bytes of visitors; 0, the default: one for each core.
    void setThreads(int threads);
    /// The most tunnels of one account; 100 by default.
    void setMaxTunnels(int tunnels);
    /// The most connections to all tunnels of one account at a time; 0, the default: no limit.
    void setMaxUsers(int users);
    /// Uses the accounts and tokens of the database in \a path, which `frps user` manages, and no others; the
    /// certificate is there as well.
    void setDataDirectory(const QString &path);
    /// The certificate of the server, followed by those that lead to its CA, and its key, both as PEM.
    /// Without them the server uses the one of the data directory, which it makes if it is missing; and
    /// without a data directory a new one for each object, which clients cannot recognise.
    void setCertificate(const QByteArray &certificatePem, const QByteArray &keyPem);
    /// Accepts clients without TLS from everywhere; by default only from this machine.
    void setAllowPlain(bool allow);

    // At any time.

    /// Lets clients log in as \a account with \a password. Kept in memory only, as a keyed hash.
    void addAccount(const QString &account, const QString &password);
    /// Later logins as \a account fail; present sessions stay.
    void removeAccount(const QString &account);
    /// Calls \a check for logins of names that are not among the accounts; with an empty one these fail.
    void setLoginCheck(const LoginCheck &check);
    /// Lets clients log in with any name, all of them as one account.
    void setOpenAccess(OpenAccess access);

    /// Adds the ports \a from to \a to to those that are assigned to clients. False, and nothing changes, if
    /// they are in the wrong order, or below 1024. The server's own ports are never assigned.
    bool addPorts(quint16 from, quint16 to);

    /// Called when a tunnel is open, before the client gets the answer.
    void setTunnelOpenedHook(const Hook &hook);
    /// Called when a tunnel is closed and, unless its client was lost, its last connection has ended.
    void setTunnelClosedHook(const Hook &hook);
    /// Called when a visitor has connected, before a client is asked to serve it; not if there is no client
    /// or a limit is reached.
    void setUserConnectedHook(const Hook &hook);
    /// Called when a visitor's connection has ended, if setUserConnectedHook()'s was called and has accepted
    /// it.
    void setUserLeavingHook(const Hook &hook);
    /// Called with bytes of a visitor that are about to be passed on to the tunnel.
    void setDataToTunnelHook(const Hook &hook);
    /// Called with bytes of the tunnel that are about to be passed on to a visitor.
    void setDataToUserHook(const Hook &hook);

    /// Listens for clients on \a controlPort and the port above it. The future is true once it is Running;
    /// else error() has the reason. 0 takes any two ports.
    QFuture<bool> start(quint16 controlPort = 17000);
    /// The same, with \a proxyPort for the clients' connections that carry visitors; 0 takes any.
    QFuture<bool> start(quint16 controlPort, quint16 proxyPort);
    /// Closes everything and cuts all connections; the hooks for that are called before it returns. Does
    /// nothing if it is stopped. In a hook it takes effect soon after.
    void stop();
    /// Accepts no more visitors and tunnels, and stops when no connection is left, or after \a atMost.
    void drain(std::chrono::milliseconds atMost);

    /// \return the state of the server.
    State state() const;
    /// \return why the last start() has failed; none if it has not.
    Error error() const;
    /// \return the port for clients; 0 unless it is Running or Draining.
    quint16 controlPort() const;
    /// \return the port for the connections that carry visitors; 0 unless it is Running or Draining.
    quint16 proxyPort() const;

    /// \return the fingerprint of its certificate, as `frps fingerprint` prints it; empty unless it is
    /// Running or Draining.
    QString fingerprint() const;

    /// \return the open tunnels whose names begin with \a prefix.
    ServiceList services(const QString &prefix = {}) const;
    /// \return the ports that can be assigned and are not in use.
    PortList freePorts() const;
    /// Closes the tunnel \a id (see TunnelInfo) as HookContext::abortTunnel() does. No-op if there is none.
    void closeTunnel(quint64 id, const QString &reason = {});

Q_SIGNALS:
    /// The state has changed to \a state.
    void stateChanged(Frpx::Server::State state);
    /// \a tunnel is open; the hook has accepted it.
    void tunnelOpened(const Frpx::TunnelInfo &tunnel);
    /// \a tunnel has ended because of \a end; after the hook.
    void tunnelClosed(const Frpx::TunnelInfo &tunnel, Frpx::TunnelEnd end);

private:
    friend class frpx::server::ServerPrivate;
    std::unique_ptr<frpx::server::ServerPrivate> d;
};

} // namespace Frpx
