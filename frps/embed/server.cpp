// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/library/publicservices.h"
#include "frps/embed/serverprivate.h"

#include <limits>

namespace Frpx {

using frpx::server::DataHooks;
using frpx::server::ServerPrivate;

Server::Server(QObject *parent)
    : QObject(parent)
    , d(std::make_unique<ServerPrivate>(*this))
{
    qRegisterMetaType<TunnelInfo>();
    qRegisterMetaType<TunnelEnd>();
}

Server::~Server()
{
    d->stop();
}

void Server::setAddress(const QHostAddress &address)
{
    d->config.listen = address;
}

void Server::setThreads(int threads)
{
    d->config.relayThreads = threads;
}

void Server::setMaxTunnels(int tunnels)
{
    d->config.maxTunnelsPerUser = tunnels;
}

void Server::setMaxUsers(int users)
{
    d->config.maxConnectionsPerUser = users;
}

void Server::setDataDirectory(const QString &path)
{
    d->config.dataDir = path;
    d->usesDataDirectory = !path.isEmpty();
}

void Server::setCertificate(const QByteArray &certificatePem, const QByteArray &keyPem)
{
    d->config.tls.given = frpx::TlsIdentity{certificatePem, keyPem};
}

void Server::setAllowPlain(bool allow)
{
    d->config.tls.plain = allow ? frpx::PlainPolicy::Everywhere : frpx::PlainPolicy::LoopbackOnly;
}

void Server::addAccount(const QString &account, const QString &password)
{
    d->logins.addAccount(account, password);
}

void Server::removeAccount(const QString &account)
{
    d->logins.removeAccount(account);
}

void Server::setLoginCheck(const LoginCheck &check)
{
    d->logins.setCheck(check);
}

void Server::setOpenAccess(OpenAccess access)
{
    d->logins.setOpenAccess(access);
}

bool Server::addPorts(quint16 from, quint16 to)
{
    // The configuration is also for the next start.
    return d->config.allowPorts.add(from, to) && (!d->app || d->app->addPorts(from, to));
}

void Server::setTunnelOpenedHook(const Hook &hook)
{
    d->runner.hooks().tunnelOpened = hook;
}

void Server::setTunnelClosedHook(const Hook &hook)
{
    d->runner.hooks().tunnelClosed = hook;
}

void Server::setUserConnectedHook(const Hook &hook)
{
    d->runner.hooks().visitorConnected = hook;
}

void Server::setUserLeavingHook(const Hook &hook)
{
    d->runner.hooks().visitorLeaving = hook;
}

void Server::setDataToTunnelHook(const Hook &hook)
{
    auto &data = d->runner.hooks().data;
    data = std::make_shared<const DataHooks>(DataHooks{hook, data->toVisitor});
}

void Server::setDataToUserHook(const Hook &hook)
{
    auto &data = d->runner.hooks().data;
    data = std::make_shared<const DataHooks>(DataHooks{data->toTunnel, hook});
}

QFuture<bool> Server::start(quint16 controlPort)
{
    if (controlPort == 0 || controlPort == std::numeric_limits<quint16>::max())
        return start(controlPort, 0);
    return start(controlPort, static_cast<quint16>(controlPort + 1));
}

QFuture<bool> Server::start(quint16 controlPort, quint16 proxyPort)
{
    return d->start(controlPort, proxyPort);
}

void Server::stop()
{
    d->stop();
}

void Server::drain(std::chrono::milliseconds atMost)
{
    d->drain(atMost);
}

Server::State Server::state() const
{
    return d->state;
}

Error Server::error() const
{
    return d->error;
}

quint16 Server::controlPort() const
{
    return d->app ? d->app->ports().control : quint16(0);
}

quint16 Server::proxyPort() const
{
    return d->app ? d->app->ports().proxy : quint16(0);
}

QString Server::fingerprint() const
{
    return controlPort() != 0 ? d->app->fingerprint().toString() : QString();
}

ServiceList Server::services(const QString &prefix) const
{
    if (!d->app)
        return {};
    frpx::ListServices request;
    request.prefix = prefix;
    return frpx::publicServices(
        d->app->tunnels().services(request, std::numeric_limits<qsizetype>::max()).items);
}

PortList Server::freePorts() const
{
    return d->freePorts();
}

void Server::closeTunnel(quint64 id, const QString &reason)
{
    d->runner.mailbox().postAbort(id, reason);
}

} // namespace Frpx
