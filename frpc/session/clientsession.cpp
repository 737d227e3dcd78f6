// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/clientsession.h"

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/core/throttledlog.h"
#include "common/system/freememory.h"
#include "common/system/machineid.h"

#include <QRandomGenerator>

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

constexpr LogKind serverStops{lcClient, QtInfoMsg};

/// Deletes \a connector later, as it may be the sender.
void release(std::unique_ptr<ServerConnector> connector)
{
    if (!connector)
        return;
    connector->disconnect();
    connector.release()->deleteLater();
}

// The error stays until a setting is changed on one of the sides.
constexpr qint64 foreignServerDelayMs = 60'000;
constexpr auto wantsTlsText = "This server wants an encrypted connection: use a client with TLS."_L1;
constexpr int inspectionIntervalMs = 1000;

/// The texts by which frps or an original server says that it will never accept these credentials or this
/// token. Every other error of a login is temporary.
bool isRefusal(const QString &error)
{
    return error.startsWith("Invalid"_L1) || error == "User not found"_L1;
}

/// The error says that the peer is no frps.
bool isForeignServer(const Error &error)
{
    return error.code == Errc::FrameEmpty || error.code == Errc::FrameTooLarge
        || error.code == Errc::UnexpectedMessage;
}

} // namespace

ClientSession::ClientSession(SessionSettings settings, QObject *parent)
    : QObject(parent)
    , m_settings(std::move(settings))
    , m_instance(randomUuid())
    , m_policy({}, m_settings.timing.firstReconnectMs)
    , m_probe(SystemProbe::create())
    , m_relays(m_settings.relayThreads)
    , m_dialer(m_relays, m_services.map(), m_settings.timing.work.dialTimeoutMs)
    , m_pool(m_relays, m_settings.pool, m_services.map(), m_settings.timing.work)
    , m_health(m_settings.health, m_settings.localHost, m_settings.localPort)
    , m_drainWatch(m_relays, [this] { return m_dialer.dialling() + (m_settled ? 0 : 1); })
{
    m_services.setDefault(m_settings.localHost, m_settings.localPort);
    m_dialer.setProxyProtocol(m_settings.proxyProtocol);
    m_pool.setProxyProtocol(m_settings.proxyProtocol);
    m_deadline.setSingleShot(true);
    m_heartbeat.setInterval(m_settings.heartbeatIntervalMs);
    connect(&m_drainWatch, &DrainWatch::finished, this, &ClientSession::onDrained);
    connect(&m_deadline, &QTimer::timeout, this, &ClientSession::onDeadline);
    connect(&m_heartbeat, &QTimer::timeout, this, &ClientSession::beat);
    m_silence.setSingleShot(true);
    m_silence.setTimerType(Qt::PreciseTimer);
    connect(&m_silence, &QTimer::timeout, this, [this] {
        lose({Errc::Timeout, u"The server has not acknowledged a heartbeat for too long."_s}, true);
    });
    m_inspector.setInterval(inspectionIntervalMs);
    connect(&m_inspector, &QTimer::timeout, this, [this] {
        m_relays.inspect();
        if (m_silentService && m_silentService->exchange(false))
            m_health.checkEarly();
        if (m_loadDrop.hasCome(m_relays.openRelays(), steadyMs()))
            returnFreeMemory();
    });
    if (m_settings.health.kind != HealthCheck::Kind::None) { // without a check there is nothing to watch
        m_silentService = std::make_shared<std::atomic<bool>>(false);
        m_dialer.setSilentService(m_silentService);
        m_pool.setSilentService(m_silentService);
    }
    m_inspector.start();
    m_tunnelTimer.setSingleShot(true);
    connect(&m_tunnelTimer, &QTimer::timeout, this, &ClientSession::openTunnels);
    m_queryTimer.setSingleShot(true);
    connect(&m_queryTimer, &QTimer::timeout, this, &ClientSession::askQueries);
    connect(&m_pool, &WorkConnectionManager::serviceFailed, &m_services, &LocalServices::refresh);
    connect(&m_dialer, &WorkDialer::serviceFailed, &m_services, &LocalServices::refresh);
    connect(&m_dialer, &WorkDialer::dialFailed, &m_services, &LocalServices::refresh);
    connect(&m_health, &LocalHealth::checkFailed, &m_services, &LocalServices::refresh);
    connect(&m_reconnectProbeTimer, &QTimer::timeout, this, &ClientSession::probeReconnect);
    // The address of a service with a host name may be known only after the registration, and may change.
    connect(&m_services, &LocalServices::defaultServiceChanged, this,
        [this] { m_health.setTarget(m_services.defaultService()); });
    connect(&m_health, &LocalHealth::healthChanged, this, [this](bool healthy, const QString &detail) {
        reportHealth();
        Q_EMIT healthChanged(healthy, detail);
    });
    connect(&m_health, &LocalHealth::warningChanged, this, [this](const QString &warning) {
        reportHealth();
        Q_EMIT serviceWarningChanged(warning);
    });
    connect(&m_dialer, &WorkDialer::dialFailed, this, [this](const QString &id, const QString &reason) {
        if (m_channel && hasFeature(proto::feature::connFailed))
            m_channel->send(proto::ProxyConnFailed{id, reason.left(proto::maxTextLength)});
    });
}

ClientSession::~ClientSession()
{
    sayGoodbye();
    dropLink();
    m_relays.shutDown(); // stop the loops before the members that they call are destroyed
}

bool ClientSession::setState(State state)
{
    if (m_state == state)
        return true;
    m_state = state;
    const quint64 change = ++m_changes;
    qCDebug(lcClient) << state;
    Q_EMIT stateChanged(state);
    return change == m_changes;
}

void ClientSession::setToken(const QString &token)
{
    m_token = token;
    if (m_state == State::NeedsLogin)
        openLink();
}

void ClientSession::setCredentials(const QString &email, const QString &password)
{
    m_email = email;
    m_password = password;
    if (m_state == State::NeedsLogin)
        openLink();
}

void ClientSession::start()
{
    if (m_state == State::Idle)
        openLink();
}

void ClientSession::stop()
{
    const qint64 left = m_state == State::Draining ? m_relays.openRelays() + m_dialer.dialling() : 0;
    if (left > 0)
        qCWarning(lcClient) << left << "open connections are cut";
    m_deadline.stop();
    m_drainWatch.stop();
    sayGoodbye();
    dropLink();
    endQueries({Errc::PeerClosed, u"The client is stopped."_s});
    setState(State::Idle);
}

void ClientSession::openLink()
{
    dropLink();
    if (m_token.isEmpty() && m_email.isEmpty())
        return needLogin({Errc::NotFound, u"There is no login yet."_s});
    if (!setState(State::Connecting))
        return;
    m_connecting = makeConnector();
    connect(
        m_connecting.get(), &ServerConnector::ready, this, [this] { adoptLink(std::move(m_connecting)); });
    connect(m_connecting.get(), &ServerConnector::failed, this, [this](const Error &error) {
        lose(error,
            error.code == Errc::ConnectFailed
                || error.code == Errc::ResolveFailed, // a server that answers is not probed for a while
            isForeignServer(error) ? foreignServerDelayMs : 0);
    });
    m_deadline.start(m_settings.connectTimeoutMs);
    m_connecting->start();
}

void ClientSession::adoptLink(std::unique_ptr<ServerConnector> connector)
{
    m_channel = new ControlChannel(connector->takeSocket(), this);
    m_workTarget = connector->workTarget();
    m_reached = connector->reached();
    release(std::move(connector));
    connect(m_channel, &ControlChannel::messageReceived, this, &ClientSession::onMessage);
    connect(m_channel, &ControlChannel::closed, this, [this](const Error &reason) {
        if (m_state != State::LoggingIn)
            return lose(reason, m_state == State::Online);
        // A server that closes the link during a login is not probed for a while.
        lose(withoutAnswer(ports(), reason), false, isForeignServer(reason) ? foreignServerDelayMs : 0);
    });
    logIn();
}

void ClientSession::logIn()
{
    if (!setState(State::LoggingIn))
        return;
    m_deadline.start(m_settings.loginTimeoutMs);
    m_loggingInByToken = !m_token.isEmpty();
    const std::optional<QString> warning = warnOfClearText(m_settings.tls, ports(), m_loggingInByToken);
    if (warning && std::exchange(m_clearTextWarning, *warning) != *warning)
        qCWarning(lcClient).noquote() << *warning;
    if (m_loggingInByToken)
        m_channel->send(proto::LoginByToken{m_token});
    else
        m_channel->send(proto::Login{m_email, m_password});
}

void ClientSession::onMessage(const proto::Message &message)
{
    const auto *disconnect = std::get_if<proto::Disconnect>(&message);
    const auto *login = std::get_if<proto::LoginResult>(&message);
    const auto *registration = std::get_if<proto::RegisterResult>(&message);
    if (disconnect)
        onDisconnect(*disconnect);
    else if (m_state == State::LoggingIn && login)
        onLoginResult(*login);
    else if (m_state == State::Registering && registration)
        onRegisterResult(*registration);
    else if (m_state == State::Online || m_state == State::Draining)
        onOnlineMessage(message);
    else
        lose({Errc::UnexpectedMessage, u"The server sent %1 out of turn."_s.arg(proto::messageName(message))},
            false);
}

void ClientSession::onLoginResult(const proto::LoginResult &result)
{
    if (!result.success) {
        const QString reason = logSafe(result.error.value_or(u"no reason given"_s));
        if (!isRefusal(reason)) {
            const bool wantsTls = !m_workTarget && reason == wantsTlsText;
            return lose({Errc::Busy, u"The server does not accept the login now: "_s + reason}, false,
                wantsTls ? foreignServerDelayMs : 0);
        }
        if (!m_loggingInByToken) {
            m_password.clear();
            m_email.clear();
            return needLogin({Errc::InvalidCredentials, reason});
        }
        qCWarning(lcClient).noquote() << "The server refuses the saved token:" << reason;
        m_token.clear();
        if (m_email.isEmpty())
            return needLogin({Errc::InvalidToken, reason});
        return openLink(); // a new link, as an original server may close this one
    }
    qCInfo(lcClient) << "Successfully logged in.";
    m_channel->setMaxFrame(proto::maxFrameAfterLogin);
    QStringList features = proto::ownFeatures();
    if (m_settings.proxyProtocol == proxyproto::Version::None
        && !m_settings.wantsVisitorAddresses) // otherwise every connection would carry the visitor's address
        features.removeAll(proto::feature::visitorAddress.toString());
    proto::Register registration{m_settings.clientId, QStringLiteral(FRPX_VERSION), features, computerName(),
        m_instance, m_pool.min()};
    if (m_settings.weight != 1)
        registration.weight = m_settings.weight;
    registration.heartbeatS = std::max(1, (m_settings.heartbeatIntervalMs + 999) / 1000);
    if (m_settings.onlyTunnels)
        registration.onlyTunnels = true;
    registration.poolMax = m_pool.max();
    const bool isNewToken = result.token && !result.token->isEmpty();
    if (isNewToken)
        m_token = *result.token;
    if (setState(State::Registering)) {
        m_deadline.start(m_settings.loginTimeoutMs);
        m_channel->send(registration);
    }
    if (isNewToken)
        Q_EMIT tokenIssued(*result.token);
}

void ClientSession::onRegisterResult(const proto::RegisterResult &result)
{
    if (!result.success) {
        const QString reason = logSafe(result.error.value_or(u"no reason given"_s));
        return lose({Errc::ClientIdInUse, u"The server refuses the registration: "_s + reason}, false);
    }
    m_deadline.stop();
    m_policy.reset();
    m_features = proto::commonFeatures(result.features.value_or(QStringList()));
    m_publicPort.reset();
    if (result.publicPort)
        m_publicPort = static_cast<quint16>(*result.publicPort);
    const auto tls = workTls();
    if (!tls)
        return lose(tls.error(), false);
    m_dialer.setRoute(workRoute(*tls));
    m_services.start();
    m_dialer.setServerTakesFailures(hasFeature(proto::feature::connFailed));
    if (hasFeature(proto::feature::workConn))
        m_workSecret = result.session.value_or(QString());
    if (m_settings.proxyProtocol != proxyproto::Version::None
        && !hasFeature(proto::feature::visitorAddress)) {
        qCWarning(lcClient) << "This server does not send visitors' addresses: the local service gets PROXY "
                               "headers without them.";
    }
    openPool();
    m_heartbeat.start();
    if (hasFeature(proto::feature::heartbeatAck))
        m_silence.start(m_settings.heartbeatIntervalMs * proto::missedHeartbeatsUntilDead);
    qCInfo(lcClient) << "Successfully registered with the server.";
    if (!setState(State::Online))
        return;
    if (!m_health.isHealthy() || !m_health.warning().isEmpty())
        reportHealth(); // the state is known, but a new session of the server is not
    if (m_channel)
        beat();
    if (!m_settings.onlyTunnels)
        m_health.setPublicName(m_settings.serverHost, m_publicPort.value_or(0));
    if (m_channel)
        m_health.start(m_services.defaultService());
    openTunnels();
    askQueries();
}

void ClientSession::openPool()
{
    if (m_workSecret.isEmpty())
        return;
    m_pool.setReuse(hasFeature(proto::feature::reuse));
    m_pool.open(workRoute(m_workTarget ? m_workTls : nullptr), m_workSecret, m_dialer.meter());
}

void ClientSession::onOnlineMessage(const proto::Message &message)
{
    if (const auto *request = std::get_if<proto::RequestNewProxyConn>(&message)) {
        m_dialer.dial(request->proxyConnId, request->visitor, request->tunnel);
        m_pool.onMissed();
    } else if (std::holds_alternative<proto::HeartbeatAck>(message))
        m_silence.start(m_settings.heartbeatIntervalMs * proto::missedHeartbeatsUntilDead); // restarts
    else if (std::holds_alternative<proto::Ping>(message))
        m_channel->send(proto::Pong{});
    else if (std::holds_alternative<proto::Drain>(message)) {
        if (m_state == State::Draining)
            settle();
        else
            logThrottled(serverStops, u"The server is about to stop; it sends no more connections"_s);
    } else if (!std::holds_alternative<proto::Pong>(message) && !onTunnelMessage(message)
        && !onQueryMessage(message))
        lose({Errc::UnexpectedMessage, u"The server sent %1 out of turn."_s.arg(proto::messageName(message))},
            false);
}

void ClientSession::onDisconnect(const proto::Disconnect &message)
{
    // With a retry delay the server wants no attempts. Without one it goes down or has a newer session of
    // this client.
    lose({Errc::PeerClosed, u"The server closed the link: "_s + logSafe(message.reason)},
        message.retryAfterS == 0, message.retryAfterS * qint64(1000));
}

void ClientSession::onNetworkChanged()
{
    const bool isOnTheWay = m_state == State::Connecting || m_state == State::LoggingIn
        || m_state == State::Registering; // an attempt from the previous network
    if (m_state == State::Waiting || isOnTheWay) {
        m_policy.reset();
        openLink();
    } else if (m_state == State::Online && hasFeature(proto::feature::heartbeatAck)) {
        m_silence.start(std::min(m_settings.timing.proofMs, m_silence.remainingTime()));
        beat();
    }
}

void ClientSession::beat()
{
    m_channel->send(proto::Heartbeat{});
    if (m_channel) // a full outbox closes the link
        reportSystem();
}

void ClientSession::reportSystem()
{
    const SystemUsage usage = m_probe->sample();
    proto::SystemInfo info{usage.cpuPercent, usage.memoryPercent, usage.diskPercent, {}};
    info.computerName = computerName();
    m_channel->send(info);
    Q_EMIT systemReported(usage);
}

void ClientSession::reportHealth()
{
    if (!m_channel || !hasFeature(proto::feature::health))
        return;
    proto::Health health{m_health.isHealthy(), {}};
    if (!health.healthy)
        health.detail = m_health.detail();
    else if (!m_health.warning().isEmpty())
        health.warning = m_health.warning();
    m_channel->send(health);
}

void ClientSession::onDeadline()
{
    switch (m_state) {
    case State::Draining:
        onNotLetGo();
        break;
    case State::Waiting:
        if (m_probingReconnect && m_probingReconnect->isListening())
            // connected: only the check for unexpected bytes is left
            m_deadline.start(2 * ServerConnector::timeToSpeakMs);
        else
            openLink();
        break;
    case State::Connecting:
        lose({Errc::Timeout, u"The server does not answer."_s}, true);
        break;
    default:
        lose(m_state == State::LoggingIn
                ? withoutAnswer(ports(), {Errc::Timeout, u"the deadline has passed."_s})
                : Error{Errc::Timeout, u"The server does not answer the registration."_s},
            false);
        break;
    }
}

void ClientSession::lose(const Error &error, bool probes, qint64 atLeastMs)
{
    if (m_state == State::Draining) {
        qCDebug(lcClient).noquote() << "The link has ended:" << error.detail;
        return leaveLink();
    }
    dropLink();
    const qint64 delay = std::max(m_policy.nextDelayMs(), atLeastMs);
    qCWarning(lcClient).noquote() << u"Not connected (%1). Trying again in %2 s%3, attempt %4."_s.arg(
        error.detail, QString::number(double(delay) / 1000, 'f', 1),
        probes ? u" or as soon as the server answers"_s : QString(), QString::number(m_policy.failures()));
    m_deadline.start(static_cast<int>(delay));
    if (probes) {
        // Spread the clients of a restarted server over the interval.
        const int half = m_settings.timing.reconnectProbeIntervalMs / 2;
        m_reconnectProbeTimer.start(half + QRandomGenerator::global()->bounded(half));
    }
    if (setState(State::Waiting))
        Q_EMIT connectionLost(error, delay);
}

void ClientSession::needLogin(const Error &error)
{
    dropLink();
    m_deadline.stop();
    endQueries(error);
    if (setState(State::NeedsLogin))
        Q_EMIT loginNeeded(error);
}

void ClientSession::dropLink()
{
    m_dialer.abortAll();
    m_pool.close();
    closeLink();
}

/// Does not touch work connections that are being dialled or carry a visitor.
void ClientSession::closeLink()
{
    m_heartbeat.stop();
    m_silence.stop();
    stopReconnectProbe();
    m_health.stop();
    m_services.stop();
    m_tunnelTimer.stop();
    m_tunnels.onOffline();
    m_queries.onOffline();
    m_features.clear();
    m_workSecret.clear();
    m_workTarget.reset();
    release(std::move(m_connecting));
    if (m_channel) {
        m_channel->disconnect(this);
        m_channel->abort();
        m_channel->deleteLater();
        m_channel = nullptr;
    }
}

void ClientSession::probeReconnect()
{
    m_reconnectProbeTimer.setInterval(m_settings.timing.reconnectProbeIntervalMs);
    if (m_probingReconnect)
        return; // still waiting for an answer
    m_probingReconnect = makeConnector();
    connect(m_probingReconnect.get(), &ServerConnector::ready, this, [this] {
        std::unique_ptr<ServerConnector> connector = std::move(m_probingReconnect);
        stopReconnectProbe();
        adoptLink(std::move(connector));
    });
    connect(m_probingReconnect.get(), &ServerConnector::failed, this, [this](const Error &error) {
        release(std::move(m_probingReconnect));
        if (error.code != Errc::ConnectFailed && error.code != Errc::ResolveFailed)
            m_reconnectProbeTimer.stop(); // a server answers; its error will not be gone within a second
    });
    m_probingReconnect->start();
}

void ClientSession::stopReconnectProbe()
{
    m_reconnectProbeTimer.stop();
    release(std::move(m_probingReconnect));
}

} // namespace frpx::client
