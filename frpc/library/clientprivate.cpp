// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/library/clientprivate.h"

#include "common/core/ids.h"
#include "common/core/logging.h"
#include "common/net/hostaddress.h"
#include "common/system/machineid.h"
#include "frpc/library/handlerservice.h"

#include <QPointer>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Frpx {

using frpx::client::ServerSession;

namespace {

int clamped(std::chrono::milliseconds time, int least, int most)
{
    return static_cast<int>(std::clamp<qint64>(time.count(), least, most));
}

/// Removes the brackets of an IPv6 address; an invalid host stays, and is refused later.
QString plainHost(const QString &host)
{
    const frpx::Result<QString> plain = frpx::net::parseService(host, u"the port");
    return plain ? *plain : host;
}

/// Why a client with these \a options can never be online.
std::optional<frpx::Error> faultOf(const ClientOptions &options)
{
    const auto fault = [](QStringView option, const frpx::Error &error) {
        return frpx::Error{frpx::Errc::InvalidArgument, u"%1 %2."_s.arg(option, error.detail)};
    };
    if (const auto host = frpx::net::parseHost(options.serverHost, u"controlPort"); !host)
        return fault(u"ClientOptions::serverHost", host.error());
    const bool hasService = options.defaultPort != 0 || frpx::net::isUnixSocket(options.defaultHost);
    if (!hasService)
        return std::nullopt;
    if (const auto host = frpx::net::parseService(options.defaultHost, u"defaultPort"); !host)
        return fault(u"ClientOptions::defaultHost", host.error());
    if (options.defaultPort != 0 && frpx::net::isUnixSocket(options.defaultHost)) {
        return frpx::Error{
            frpx::Errc::InvalidArgument, u"ClientOptions::defaultPort is 0 with a unix socket."_s};
    }
    return std::nullopt;
}

frpx::client::SessionSettings settingsOf(const ClientOptions &options)
{
    frpx::client::SessionSettings settings;
    settings.clientId = options.clientId;
    settings.serverHost = plainHost(options.serverHost);
    settings.controlPort = options.controlPort;
    settings.proxyPort = options.proxyPort;
    settings.tls = fromPublic(options.tls);
    settings.proxy = fromPublic(options.proxy);
    settings.localHost = plainHost(options.defaultHost);
    settings.localPort = options.defaultPort;
    settings.onlyTunnels = options.defaultPort == 0 && !frpx::net::isUnixSocket(options.defaultHost);
    settings.heartbeatIntervalMs = clamped(options.heartbeatInterval, 100, frpx::proto::maxHeartbeatS * 1000);
    settings.connectTimeoutMs = clamped(options.connectTimeout, 100, 3'600'000);
    settings.pool.min = std::clamp(options.idleConnections, 0, frpx::proto::maxPooledPerClient);
    settings.pool.max =
        std::clamp(options.maxIdleConnections, settings.pool.min, frpx::proto::maxPooledPerClient);
    settings.relayThreads = std::max(0, options.threads);
    settings.wantsVisitorAddresses = true;
    return settings;
}

frpx::TunnelSpec specOf(const TunnelPrivate &tunnel)
{
    const TunnelOptions &options = tunnel.options;
    const TunnelLimits &limits = options.limits;
    frpx::TunnelSpec spec;
    spec.name = options.name;
    spec.localHost = plainHost(options.localHost);
    spec.localPort = options.localPort;
    spec.remotePort = options.port;
    spec.group = options.group;
    spec.maxConnections = limits.maxConnections;
    spec.totalConnections = limits.totalConnections;
    spec.lifetimeS =
        static_cast<int>(std::clamp<qint64>(limits.lifetime.count(), -1, std::numeric_limits<int>::max()));
    spec.message = options.message;
    spec.policy = options.policy;
    if (tunnel.service) {
        spec.localHost = u"127.0.0.1"_s;
        spec.localPort = tunnel.service->port();
        spec.proxyProtocol = u"v2"_s;
    }
    return spec;
}

frpx::client::ServingOptions optionsOf(const TunnelPrivate &tunnel)
{
    return {.keepTrying = tunnel.options.keepTrying,
        .greeting = tunnel.service ? tunnel.service->greeting() : QByteArray(),
        .meter = tunnel.meter};
}

Tunnel::CloseReason reasonOf(const QString &reason)
{
    using namespace frpx::proto;
    if (reason == tunnelend::servedAll)
        return Tunnel::CloseReason::ServedAll;
    if (reason == tunnelend::lifetime)
        return Tunnel::CloseReason::LifetimeOver;
    if (reason == tunnelend::deleted)
        return Tunnel::CloseReason::Deleted;
    return Tunnel::CloseReason::Other;
}

} // namespace

ClientPrivate::ClientPrivate(Client *client, const ClientOptions &wanted)
    : q(client)
    , options(wanted)
    , m_tokenFile(wanted.tokenFile)
    , m_fault(faultOf(wanted))
{
    if (options.clientId.isEmpty())
        options.clientId = frpx::makeClientId(frpx::computerName(), frpx::randomUuid().toLatin1());
    session = std::make_unique<ServerSession>(settingsOf(options));
    listen();
}

ClientPrivate::~ClientPrivate()
{
    for (Tunnel *tunnel : std::as_const(tunnels)) {
        tunnel->d->core = nullptr;
        tunnel->d->state = Tunnel::State::Closed;
    }
    session.reset(); // emits no signals
    const std::map<quint64, Question> questions = std::exchange(m_questions, {});
    for (const auto &[id, question] : questions)
        question(frpx::Error{frpx::Errc::PeerClosed, u"The client is deleted."_s});
}

void ClientPrivate::listen()
{
    const ServerSession *from = session.get();
    const auto queued = Qt::QueuedConnection;
    QObject::connect(
        from, &ServerSession::stateChanged, q,
        [this](ServerSession::State state) { onStateChanged(publicState(state)); }, queued);
    QObject::connect(
        from, &ServerSession::tokenIssued, q, [this](const QString &token) { onTokenIssued(token); }, queued);
    QObject::connect(
        from, &ServerSession::loginNeeded, q,
        [this](const frpx::Error &error) { Q_EMIT q->loginNeeded(toPublic(error)); }, queued);
    QObject::connect(
        from, &ServerSession::trustNeeded, q,
        [this](const frpx::client::ServerCertificate &shown) { Q_EMIT q->trustNeeded(toPublic(shown)); },
        queued);
    QObject::connect(
        from, &ServerSession::serverRefused, q,
        [this](const frpx::client::ServerCertificate &shown, const frpx::Error &error) {
            Q_EMIT q->serverRefused(toPublic(shown), toPublic(error));
        },
        queued);
    QObject::connect(
        from, &ServerSession::connectionLost, q,
        [this](const frpx::Error &error, qint64 delayMs) {
            Q_EMIT q->connectionLost(toPublic(error), std::chrono::milliseconds(delayMs));
        },
        queued);
    QObject::connect(
        from, &ServerSession::tunnelOpened, q, [this](int id, quint16 port) { onOpened(id, port); }, queued);
    QObject::connect(
        from, &ServerSession::tunnelDelayed, q,
        [this](int id, const frpx::Error &error, frpx::TunnelCode code) {
            onDelayed(id, toPublic(error, code));
        },
        queued);
    QObject::connect(
        from, &ServerSession::tunnelRefused, q,
        [this](int id, const frpx::Error &error, frpx::TunnelCode code) {
            end(openById.value(id), Tunnel::CloseReason::Refused, toPublic(error, code));
        },
        queued);
    QObject::connect(
        from, &ServerSession::tunnelClosed, q,
        [this](int id, const QString &reason) { end(openById.value(id), reasonOf(reason)); }, queued);
}

Client::State ClientPrivate::publicState(ServerSession::State state)
{
    switch (state) {
    case ServerSession::State::Idle:
        return Client::State::Stopped;
    case ServerSession::State::Connecting:
    case ServerSession::State::LoggingIn:
    case ServerSession::State::Registering:
        return Client::State::Connecting;
    case ServerSession::State::Online:
        return Client::State::Online;
    case ServerSession::State::Waiting:
        return Client::State::Waiting;
    case ServerSession::State::NeedsTrust:
        return Client::State::NeedsTrust;
    case ServerSession::State::NeedsLogin:
        return Client::State::NeedsLogin;
    case ServerSession::State::Draining:
        break;
    }
    return Client::State::Stopping;
}

void ClientPrivate::start()
{
    if (m_fault) {
        qCCritical(frpx::lcClient).noquote() << "The client is not started:" << m_fault->detail;
        QMetaObject::invokeMethod(
            q, [this] { Q_EMIT q->connectionLost(toPublic(*m_fault), std::chrono::milliseconds(0)); },
            Qt::QueuedConnection);
        return;
    }
    if (!hasToken && !options.tokenFile.isEmpty() && state() == Client::State::Stopped) {
        const frpx::Result<std::optional<QString>> token = m_tokenFile.load();
        if (!token)
            qCWarning(frpx::lcClient).noquote() << token.error().detail;
        else if (*token)
            session->setToken(**token);
    }
    session->start();
}

void ClientPrivate::onTokenIssued(const QString &token)
{
    if (!options.tokenFile.isEmpty()) {
        if (const frpx::Result<void> saved = m_tokenFile.save(token); !saved)
            qCWarning(frpx::lcClient).noquote()
                << "The login cannot be saved for the next start:" << saved.error().detail;
    }
    Q_EMIT q->tokenIssued(token);
}

void ClientPrivate::onStateChanged(Client::State state)
{
    if (state == m_toldState)
        return;
    m_toldState = state;
    const QPointer<Client> client(q);
    if (state != Client::State::Online && state != Client::State::Stopping) {
        const QList<QPointer<Tunnel>> all(tunnels.begin(), tunnels.end());
        for (const QPointer<Tunnel> &tunnel : all) {
            if (!client)
                return;
            if (!tunnel || tunnel->d->state != Tunnel::State::Open)
                continue;
            tunnel->d->state = Tunnel::State::Interrupted;
            Q_EMIT tunnel->interrupted();
        }
    }
    if (client)
        Q_EMIT q->stateChanged(state);
}

Tunnel *ClientPrivate::open(const TunnelOptions &wanted)
{
    auto priv = std::make_unique<TunnelPrivate>();
    priv->core = this;
    priv->options = wanted;
    auto *tunnel = new Tunnel(std::move(priv), q); // NOLINT: a child of the client
    tunnels.append(tunnel);
    TunnelPrivate &d = *tunnel->d;
    if (wanted.handler) {
        d.service = new HandlerService(tunnel);
        QObject::connect(d.service, &HandlerService::visitorCame, tunnel,
            [tunnel](QTcpSocket *socket, const TunnelUser &user) {
                socket->setParent(tunnel);
                QMetaObject::invokeMethod( // outside the socket's signal
                    tunnel, [tunnel, socket = QPointer(socket), user] { handOver(tunnel, socket, user); },
                    Qt::QueuedConnection);
            });
        if (const frpx::Result<void> started = d.service->start(); !started) {
            const Error error{ErrorCode::Failed, started.error().detail};
            QMetaObject::invokeMethod(
                tunnel, [this, tunnel, error] { end(tunnel, Tunnel::CloseReason::Refused, error); },
                Qt::QueuedConnection);
            return tunnel;
        }
    }
    d.id = session->openTunnel(specOf(d), optionsOf(d));
    openById.insert(d.id, tunnel);
    return tunnel;
}

void ClientPrivate::handOver(Tunnel *tunnel, QTcpSocket *socket, const TunnelUser &user)
{
    if (!socket)
        return;
    if (tunnel->d->state == Tunnel::State::Closed)
        return socket->deleteLater();
    const ConnectionHandler handler = tunnel->d->options.handler; // a copy: it may delete the tunnel
    handler(socket, user);
}

void ClientPrivate::close(Tunnel *tunnel)
{
    if (tunnel->d->state == Tunnel::State::Closed)
        return;
    session->closeTunnel(tunnel->d->id);
    end(tunnel, Tunnel::CloseReason::ClosedHere);
}

void ClientPrivate::forget(Tunnel *tunnel)
{
    if (tunnel->d->state != Tunnel::State::Closed)
        session->closeTunnel(tunnel->d->id);
    openById.remove(tunnel->d->id);
    tunnels.removeOne(tunnel);
}

void ClientPrivate::onOpened(int id, quint16 port)
{
    Tunnel *tunnel = openById.value(id);
    if (!tunnel)
        return; // closed meanwhile
    TunnelPrivate &d = *tunnel->d;
    d.state = Tunnel::State::Open;
    d.error = {};
    d.port = port;
    d.publicAddress = frpx::net::hostWithPort(plainHost(options.serverHost), port);
    Q_EMIT tunnel->opened(QString(d.publicAddress));
}

void ClientPrivate::onDelayed(int id, const Error &error)
{
    Tunnel *tunnel = openById.value(id);
    if (!tunnel)
        return;
    tunnel->d->error = error;
    Q_EMIT tunnel->delayed(error);
}

/// Emits the signal as its last statement.
void ClientPrivate::end(Tunnel *tunnel, Tunnel::CloseReason reason, const Error &error)
{
    if (!tunnel || tunnel->d->state == Tunnel::State::Closed)
        return;
    TunnelPrivate &d = *tunnel->d;
    openById.remove(d.id);
    d.state = Tunnel::State::Closed;
    d.closeReason = reason;
    d.error = error;
    if (d.service)
        std::exchange(d.service, nullptr)->deleteLater(); // new connections of the tunnel are refused
    Q_EMIT tunnel->closed(reason);
}

void ClientPrivate::ask(frpx::client::ListQuery query, Question question)
{
    const quint64 id = ++m_lastQuestion;
    m_questions.emplace(id, std::move(question));
    session->ask(std::move(query), [this, id](const frpx::Result<frpx::client::ListQuery> &result) {
        QMetaObject::invokeMethod(
            q, [this, id, result] { answer(id, result); }, Qt::QueuedConnection);
    });
}

void ClientPrivate::answer(quint64 id, const frpx::Result<frpx::client::ListQuery> &result)
{
    auto node = m_questions.extract(id);
    Q_ASSERT(node);
    node.mapped()(result);
}

} // namespace Frpx
