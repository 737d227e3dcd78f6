// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/controlsession.h"

#include "common/core/throttledlog.h"
#include "common/protocol/visitoraddress.h"
#include "frps/clients/loginratelimiter.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr int maxRefusedLogins = 3;
constexpr LogKind loginRefused{lcControl, QtWarningMsg, 200};

/// The queries that are allowed after the login, without a registration.
static bool isListing(const proto::Message &message)
{
    return std::holds_alternative<proto::ListServices>(message)
        || std::holds_alternative<proto::ListFreePorts>(message);
}

ControlSession::ControlSession(
    SessionId id, ControlChannel *channel, qint64 acceptedAtMs, LoginRateLimiter &logins, QObject *parent)
    : QObject(parent)
    , m_id(id)
    , m_logins(logins)
    , m_channel(channel)
    , m_acceptedAtMs(acceptedAtMs)
{
    m_channel->setParent(this);
    connect(m_channel, &ControlChannel::messageReceived, this, &ControlSession::onMessage);
    connect(m_channel, &ControlChannel::closed, this, &ControlSession::close);
}

void ControlSession::setState(State state)
{
    m_state = state;
    qCDebug(lcControl) << "session" << quint64(m_id) << state;
    Q_EMIT stateChanged(state);
}

void ControlSession::onMessage(const proto::Message &message)
{
    switch (m_state) {
    case State::AwaitingLogin:
        if (!m_loginRefusal.isEmpty()) {
            m_channel->send(proto::LoginResult{false, m_loginRefusal, {}});
            m_channel->finish();
            close({Errc::Forbidden, m_loginRefusal});
        } else if (const auto *login = std::get_if<proto::Login>(&message))
            onLogin(*login);
        else if (const auto *byToken = std::get_if<proto::LoginByToken>(&message))
            onLoginByToken(*byToken);
        else
            unexpected(message);
        break;
    case State::AwaitingRegister:
        if (const auto *registration = std::get_if<proto::Register>(&message))
            onRegister(*registration);
        else if (isListing(message))
            Q_EMIT tunnelMessageReceived(message);
        else
            unexpected(message);
        break;
    case State::Active:
        onActiveMessage(message);
        break;
    case State::Authenticating:
    case State::Registering:
        unexpected(message); // the server has to answer first
        break;
    case State::Closed:
        break;
    }
}

void ControlSession::onLogin(const proto::Login &login)
{
    setState(State::Authenticating);
    m_logins.loginByPassword(login.email, login.pass, peer().address, this,
        [this](const Result<Login> &result) { onAuthenticated(result); });
}

void ControlSession::onLoginByToken(const proto::LoginByToken &login)
{
    setState(State::Authenticating);
    m_logins.loginByToken(
        login.token, peer().address, this, [this](const Result<Login> &result) { onAuthenticated(result); });
}

void ControlSession::onAuthenticated(const Result<Login> &result)
{
    if (m_state != State::Authenticating)
        return;
    proto::LoginResult answer;
    if (!result) {
        logThrottled(
            loginRefused, u"Login from %1 refused: %2"_s.arg(peer().toString(), result.error().detail));
        answer.error = result.error().detail;
        m_channel->send(answer);
        if (m_state != State::Authenticating)
            return; // the link broke during the answer
        if (++m_refusedLogins >= maxRefusedLogins) {
            m_channel->finish();
            close(result.error());
        } else {
            setState(State::AwaitingLogin);
        }
        return;
    }
    m_userId = result->userId;
    m_tokenId = result->tokenId;
    m_email = result->email;
    m_rights = result->rights;
    answer.success = true;
    if (!result->token.isEmpty())
        answer.token = result->token;
    m_channel->setMaxFrame(proto::maxFrameAfterLogin);
    m_channel->send(answer);
    if (m_state == State::Authenticating) // else the link broke during the answer
        setState(State::AwaitingRegister);
}

void ControlSession::giveUpLogin()
{
    Q_ASSERT(m_state == State::Authenticating);
    m_logins.giveUp(this);
    const Error busy{Errc::Busy, u"The server is busy, try again in a moment"_s};
    m_channel->send(proto::LoginResult{false, busy.detail, {}});
    if (m_state != State::Authenticating)
        return; // the link broke during the answer
    m_channel->finish();
    close(busy);
}

void ControlSession::onRegister(const proto::Register &registration)
{
    m_registration = registration;
    setState(State::Registering);
    Q_EMIT registrationRequested();
}

void ControlSession::accept(const QString &workSecret, quint16 publicPort)
{
    Q_ASSERT(m_state == State::Registering);
    proto::RegisterResult answer{true, {}, {}, {}};
    if (m_registration.features) {
        m_features = proto::commonFeatures(*m_registration.features);
        answer.features = m_features;
        if (supports(proto::feature::workConn))
            answer.session = workSecret;
        if (publicPort != 0 && !m_registration.onlyTunnels.value_or(false))
            answer.publicPort = publicPort;
    }
    m_channel->send(answer);
    if (m_state == State::Registering) // else the link broke during the answer
        setState(State::Active);
}

void ControlSession::refuse(const Error &reason)
{
    Q_ASSERT(m_state == State::Registering);
    m_channel->send(proto::RegisterResult{false, reason.detail, {}, {}});
    m_channel->finish();
    close(reason);
}

void ControlSession::requestConnection(const ConnectionRequest &request)
{
    std::optional<proto::VisitorAddress> visitor;
    if (request.visitor)
        visitor = proto::visitorAddress(*request.visitor);
    m_channel->send(proto::RequestNewProxyConn{request.id, visitor, request.tunnel});
}

void ControlSession::answer(const proto::Message &message)
{
    m_channel->send(message);
}

void ControlSession::ping()
{
    m_channel->send(proto::Ping{});
}

void ControlSession::drain()
{
    if (supports(proto::feature::drain))
        m_channel->send(proto::Drain{});
}

void ControlSession::retryTunnels()
{
    if (supports(proto::feature::retryTunnels))
        m_channel->send(proto::RetryTunnels{});
}

void ControlSession::hangUp(const QString &reason, int retryAfterS)
{
    if (m_state == State::Closed)
        return;
    m_channel->disconnect(this); // first: a full outbox must not be reported as the peer's end
    if (supports(proto::feature::disconnect))
        m_channel->send(proto::Disconnect{reason, retryAfterS});
    m_channel->finish();
    setState(State::Closed);
}

void ControlSession::onActiveMessage(const proto::Message &message)
{
    Q_EMIT alive();
    if (m_state != State::Active)
        return;
    if (std::holds_alternative<proto::Heartbeat>(message)) {
        if (supports(proto::feature::heartbeatAck))
            m_channel->send(proto::HeartbeatAck{});
        Q_EMIT heartbeatReceived();
    } else if (const auto *info = std::get_if<proto::SystemInfo>(&message)) {
        Q_EMIT systemInfoReceived(*info);
    } else if (const auto *failed = std::get_if<proto::ProxyConnFailed>(&message)) {
        Q_EMIT proxyConnFailed(failed->proxyConnId, failed->reason);
    } else if (const auto *health = std::get_if<proto::Health>(&message)) {
        Q_EMIT healthReported(*health);
    } else if (std::holds_alternative<proto::Ping>(message)) {
        m_channel->send(proto::Pong{});
    } else if (std::holds_alternative<proto::Drain>(message)) {
        Q_EMIT drainRequested();
    } else if (supports(proto::feature::tunnels)
        && (isListing(message) || std::holds_alternative<proto::OpenTunnel>(message)
            || std::holds_alternative<proto::CloseTunnel>(message))) {
        Q_EMIT tunnelMessageReceived(message);
    } else if (!std::holds_alternative<proto::Pong>(
                   message)) { // alive() has been emitted; a Pong has no other content
        unexpected(message);
    }
}

void ControlSession::unexpected(const proto::Message &message)
{
    close({Errc::UnexpectedMessage, u"%1 is not expected now."_s.arg(proto::messageName(message))});
}

void ControlSession::close(const Error &reason)
{
    if (m_state == State::Closed)
        return;
    m_channel->disconnect(this);
    m_channel->abort();
    setState(State::Closed);
    Q_EMIT closed(reason);
}

} // namespace frpx::server
