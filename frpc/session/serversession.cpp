// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/serversession.h"

#include "common/core/ids.h"
#include "common/core/throttledlog.h"
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
constexpr qint64 refusalDelayMs = 600'000; // may be an attack, and will not be gone in a minute
constexpr auto wantsTlsText = "This server wants an encrypted connection: use a client with TLS."_L1;

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

ServerSession::ServerSession(SessionSettings settings, QObject *parent)
    : QObject(parent)
    , m_settings(std::move(settings))
    , m_server{m_settings.serverHost, m_settings.controlPort, m_settings.proxyPort, m_settings.proxy}
    , m_instance(randomUuid())
    , m_trust(m_settings.tls)
    , m_policy({}, m_settings.timing.firstReconnectMs)
    , m_heartbeat(m_settings.heartbeatIntervalMs, m_settings.timing.proofMs)
    , m_data(m_settings)
    , m_tunnels(m_data.services())
    , m_drainer(m_data.relays(), m_data.dialer(), m_data.pool(), m_settings.timing.settleTimeoutMs)
{
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this, &ServerSession::onDeadline);
    connect(&m_reconnectProbeTimer, &QTimer::timeout, this, &ServerSession::probeReconnect);
    connect(&m_heartbeat, &Heartbeat::silent, this, [this] {
        lose({Errc::Timeout, u"The server has not acknowledged a heartbeat for too long."_s}, true);
    });
    connect(&m_heartbeat, &Heartbeat::reported, this, &ServerSession::systemReported);
    connect(&m_drainer, &SessionDrainer::finished, this, [this] {
        stop();
        Q_EMIT drained();
    });
    connect(&m_tunnels, &TunnelClient::opened, this, &ServerSession::tunnelOpened);
    connect(&m_tunnels, &TunnelClient::refused, this, &ServerSession::tunnelRefused);
    connect(&m_tunnels, &TunnelClient::delayed, this, &ServerSession::tunnelDelayed);
    connect(&m_tunnels, &TunnelClient::closed, this, &ServerSession::tunnelClosed);
    connect(&m_data, &DataPlane::healthChanged, this, [this](bool healthy, const QString &detail) {
        reportHealth();
        Q_EMIT healthChanged(healthy, detail);
    });
    connect(&m_data, &DataPlane::warningChanged, this, [this](const QString &warning) {
        reportHealth();
        Q_EMIT serviceWarningChanged(warning);
    });
    connect(
        &m_data.dialer(), &WorkDialer::dialFailed, this, [this](const QString &id, const QString &reason) {
            if (m_channel && hasFeature(proto::feature::connFailed))
                m_channel->send(proto::ProxyConnFailed{id, reason.left(proto::maxTextLength)});
        });
}

ServerSession::~ServerSession()
{
    sayGoodbye();
    dropLink();
    m_data.relays().shutDown(); // the loops call the drainer
}

bool ServerSession::setState(State state)
{
    if (m_state == state)
        return true;
    m_state = state;
    const quint64 change = ++m_changes;
    qCDebug(lcClient) << state;
    Q_EMIT stateChanged(state);
    return change == m_changes;
}

void ServerSession::setToken(const QString &token)
{
    m_token = token;
    if (m_state == State::NeedsLogin)
        openLink();
}

void ServerSession::setCredentials(const QString &email, const QString &password)
{
    m_email = email;
    m_password = password;
    if (m_state == State::NeedsLogin)
        openLink();
}

void ServerSession::start()
{
    if (m_state == State::Idle)
        openLink();
}

void ServerSession::stop()
{
    if (m_state == State::Draining)
        m_drainer.stop();
    m_deadline.stop();
    sayGoodbye();
    dropLink();
    m_queries.endAll({Errc::PeerClosed, u"The client is stopped."_s});
    setState(State::Idle);
}

void ServerSession::drain(int timeoutMs)
{
    if (m_state == State::Draining)
        return;
    const bool online = m_state == State::Online;
    const bool atOnce = timeoutMs == 0;
    m_deadline.stop();
    if (!online || atOnce) {
        sayGoodbye();
        dropLink();
    }
    m_tunnels.pause();
    m_queries.goOffline();
    m_queries.endAll({Errc::PeerClosed, u"The client is about to stop."_s});
    if (!setState(State::Draining))
        return;
    if (atOnce) {
        stop();
        Q_EMIT drained();
        return;
    }
    const bool knowsDrain = hasFeature(proto::feature::drain);
    if (!knowsDrain)
        m_heartbeat.stop(); // this side of the link ends
    m_drainer.start(online ? m_channel : nullptr, knowsDrain, timeoutMs);
}

/// Tells the server before the link closes that the session ends, so that its ports become free for other
/// clients of its account.
void ServerSession::sayGoodbye()
{
    if (m_state != State::Online || !hasFeature(proto::feature::drain))
        return;
    m_channel->disconnect(this); // do not wait for the answer
    m_channel->send(proto::Drain{});
    m_channel->finishSending();
}

int ServerSession::tryAgain()
{
    if (m_state != State::Waiting)
        return m_tunnels.askAgain();
    m_policy.reset();
    openLink(); // requests all tunnels after the login
    return 0;
}

void ServerSession::ask(ListQuery query, SessionQueries::Done done)
{
    const bool hopeless = m_state == State::Idle || m_state == State::Draining || m_state == State::NeedsLogin
        || m_state == State::NeedsTrust;
    if (hopeless)
        m_queries.refuse(
            {Errc::PeerClosed, u"The client is not started, or not logged in."_s}, std::move(done));
    else
        m_queries.ask(std::move(query), std::move(done));
}

void ServerSession::trustServer(const Fingerprint &certificate)
{
    m_trust.accept(m_settings.serverHost, m_settings.controlPort, certificate);
    if (m_state == State::NeedsTrust || m_state == State::Waiting)
        openLink();
}

void ServerSession::openLink()
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

std::unique_ptr<ServerConnector> ServerSession::makeConnector()
{
    auto connector = std::make_unique<ServerConnector>(m_server, m_trust);
    connect(connector.get(), &ServerConnector::refused, this, &ServerSession::onServerRefused);
    return connector;
}

void ServerSession::onServerRefused(const ServerCertificate &shown, const Error &error)
{
    const ServerCertificate certificate = shown; // a copy: the sender is deleted
    const Error reason = error;
    if (reason.code != Errc::UnknownServer) {
        Q_EMIT serverRefused(certificate, reason);
        if (m_state == State::Connecting
            || m_state == State::Waiting) // otherwise a receiver of the signal has changed the state
            lose(reason, false, refusalDelayMs);
        return;
    }
    dropLink();
    m_deadline.stop();
    m_queries.endAll(reason);
    if (setState(State::NeedsTrust))
        Q_EMIT trustNeeded(certificate);
}

void ServerSession::adoptLink(std::unique_ptr<ServerConnector> connector)
{
    m_channel = new ControlChannel(connector->takeSocket(), this);
    m_workTarget = connector->workTarget();
    m_reached = connector->reached();
    release(std::move(connector));
    connect(m_channel, &ControlChannel::messageReceived, this, &ServerSession::onMessage);
    connect(m_channel, &ControlChannel::closed, this, [this](const Error &reason) {
        if (m_state != State::LoggingIn)
            return lose(reason, m_state == State::Online);
        // A server that closes the link during a login is not probed for a while.
        lose(withoutAnswer(m_server, reason), false, isForeignServer(reason) ? foreignServerDelayMs : 0);
    });
    logIn();
}

void ServerSession::logIn()
{
    if (!setState(State::LoggingIn))
        return;
    m_deadline.start(m_settings.loginTimeoutMs);
    m_loggingInByToken = !m_token.isEmpty();
    const std::optional<QString> warning = warnOfClearText(m_settings.tls, m_server, m_loggingInByToken);
    if (warning && std::exchange(m_clearTextWarning, *warning) != *warning)
        qCWarning(lcClient).noquote() << *warning;
    if (m_loggingInByToken)
        m_channel->send(proto::LoginByToken{m_token});
    else
        m_channel->send(proto::Login{m_email, m_password});
}

void ServerSession::onMessage(const proto::Message &message)
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

void ServerSession::onLoginResult(const proto::LoginResult &result)
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
        m_instance, m_data.pool().min()};
    if (m_settings.weight != 1)
        registration.weight = m_settings.weight;
    registration.heartbeatS = std::max(1, (m_settings.heartbeatIntervalMs + 999) / 1000);
    if (m_settings.onlyTunnels)
        registration.onlyTunnels = true;
    registration.poolMax = m_data.pool().max();
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

void ServerSession::onRegisterResult(const proto::RegisterResult &result)
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
    const Result<void> opened =
        m_data.open(m_reached, m_workTarget, m_features, result.session.value_or(QString()));
    if (!opened)
        return lose(opened.error(), false);
    m_heartbeat.start(*m_channel, hasFeature(proto::feature::heartbeatAck));
    qCInfo(lcClient) << "Successfully registered with the server.";
    if (!setState(State::Online))
        return;
    if (!isServiceHealthy() || !serviceWarning().isEmpty())
        reportHealth(); // the state is known, but a new session of the server is not
    if (m_channel)
        m_heartbeat.beat();
    if (m_state != State::Online)
        return; // a full outbox, or a receiver of a signal, has ended the link
    m_data.startChecks(m_publicPort.value_or(0));
    m_tunnels.goOnline(*m_channel, m_features);
    if (m_state == State::Online && hasFeature(proto::feature::tunnels))
        m_queries.goOnline(*m_channel);
}

void ServerSession::onOnlineMessage(const proto::Message &message)
{
    if (const auto *request = std::get_if<proto::RequestNewProxyConn>(&message)) {
        m_data.serve(*request);
    } else if (std::holds_alternative<proto::HeartbeatAck>(message))
        m_heartbeat.onAcknowledged();
    else if (std::holds_alternative<proto::Ping>(message))
        m_channel->send(proto::Pong{});
    else if (std::holds_alternative<proto::Drain>(message)) {
        if (m_state == State::Draining)
            m_drainer.onConfirmed();
        else
            logThrottled(serverStops, u"The server is about to stop; it sends no more connections"_s);
    } else if (!std::holds_alternative<proto::Pong>(message) && !m_tunnels.take(message)
        && !m_queries.take(message))
        lose({Errc::UnexpectedMessage, u"The server sent %1 out of turn."_s.arg(proto::messageName(message))},
            false);
}

void ServerSession::onDisconnect(const proto::Disconnect &message)
{
    // With a retry delay the server wants no attempts. Without one it goes down or has a newer session of
    // this client.
    lose({Errc::PeerClosed, u"The server closed the link: "_s + logSafe(message.reason)},
        message.retryAfterS == 0, message.retryAfterS * qint64(1000));
}

void ServerSession::onNetworkChanged()
{
    const bool isOnTheWay = m_state == State::Connecting || m_state == State::LoggingIn
        || m_state == State::Registering; // an attempt from the previous network
    if (m_state == State::Waiting || isOnTheWay) {
        m_policy.reset();
        openLink();
    } else if (m_state == State::Online) {
        m_heartbeat.demandProof();
    }
}

void ServerSession::reportHealth()
{
    if (!m_channel || !hasFeature(proto::feature::health))
        return;
    const LocalHealth &local = m_data.health();
    proto::Health health{local.isHealthy(), {}};
    if (!health.healthy)
        health.detail = local.detail();
    else if (!local.warning().isEmpty())
        health.warning = local.warning();
    m_channel->send(health);
}

void ServerSession::onDeadline()
{
    switch (m_state) {
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
                ? withoutAnswer(m_server, {Errc::Timeout, u"the deadline has passed."_s})
                : Error{Errc::Timeout, u"The server does not answer the registration."_s},
            false);
        break;
    }
}

void ServerSession::lose(const Error &error, bool probes, qint64 atLeastMs)
{
    if (m_state == State::Draining) {
        qCDebug(lcClient).noquote() << "The link has ended:" << error.detail;
        closeLink();
        return m_drainer.onLinkLost();
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

void ServerSession::needLogin(const Error &error)
{
    dropLink();
    m_deadline.stop();
    m_queries.endAll(error);
    if (setState(State::NeedsLogin))
        Q_EMIT loginNeeded(error);
}

void ServerSession::dropLink()
{
    m_data.closeIdle();
    closeLink();
}

/// Does not touch work connections that are being dialled or carry a visitor.
void ServerSession::closeLink()
{
    m_heartbeat.stop();
    stopReconnectProbe();
    m_data.goOffline();
    m_tunnels.goOffline();
    m_queries.goOffline();
    m_features.clear();
    m_workTarget.reset();
    release(std::move(m_connecting));
    if (m_channel) {
        m_channel->disconnect(this);
        m_channel->abort();
        m_channel->deleteLater();
        m_channel = nullptr;
    }
}

void ServerSession::probeReconnect()
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

void ServerSession::stopReconnectProbe()
{
    m_reconnectProbeTimer.stop();
    release(std::move(m_probingReconnect));
}

} // namespace frpx::client
