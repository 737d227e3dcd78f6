// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/frpxclientlink.h"

#include "common/core/throttledlog.h"
#include "common/protocol/frpx/visitoraddress.h"
#include "frps/clients/loginratelimiter.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr int maxRefusedLogins = 3;
constexpr LogKind loginRefused{lcControl, QtWarningMsg, 200};

/// A query, which is allowed after the login without a registration.
static std::optional<TunnelRequest> queryIn(const proto::Message &message)
{
    if (const auto *services = std::get_if<proto::ListServices>(&message))
        return *services;
    if (const auto *ports = std::get_if<proto::ListFreePorts>(&message))
        return *ports;
    return std::nullopt;
}

static std::optional<TunnelRequest> tunnelRequestIn(const proto::Message &message)
{
    if (const auto *open = std::get_if<proto::OpenTunnel>(&message))
        return *open;
    if (const auto *closing = std::get_if<proto::CloseTunnel>(&message))
        return *closing;
    return queryIn(message);
}

FrpxClientLink::FrpxClientLink(
    SessionId id, ControlChannel *channel, qint64 acceptedAtMs, LoginRateLimiter &logins, QObject *parent)
    : QObject(parent)
    , m_id(id)
    , m_logins(logins)
    , m_channel(channel)
    , m_acceptedAtMs(acceptedAtMs)
{
    m_channel->setParent(this);
    connect(m_channel, &ControlChannel::messageReceived, this, &FrpxClientLink::onMessage);
    connect(m_channel, &ControlChannel::closed, this, &FrpxClientLink::close);
}

void FrpxClientLink::setState(State state)
{
    m_state = state;
    qCDebug(lcControl) << "session" << quint64(m_id) << state;
    Q_EMIT stateChanged(state);
}

void FrpxClientLink::onMessage(const proto::Message &message)
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
        else if (const std::optional<TunnelRequest> query = queryIn(message))
            Q_EMIT tunnelRequested(*query);
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

void FrpxClientLink::onLogin(const proto::Login &login)
{
    setState(State::Authenticating);
    m_logins.loginByPassword(login.email, login.pass, peer().address, this,
        [this](const Result<Login> &result) { onAuthenticated(result); });
}

void FrpxClientLink::onLoginByToken(const proto::LoginByToken &login)
{
    setState(State::Authenticating);
    m_logins.loginByToken(
        login.token, peer().address, this, [this](const Result<Login> &result) { onAuthenticated(result); });
}

void FrpxClientLink::onAuthenticated(const Result<Login> &result)
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

void FrpxClientLink::giveUpLogin()
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

void FrpxClientLink::onRegister(const proto::Register &registration)
{
    m_registration = registration;
    setState(State::Registering);
    Q_EMIT registrationRequested();
}

void FrpxClientLink::accept(const QString &workSecret, quint16 publicPort)
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

void FrpxClientLink::refuse(const Error &reason)
{
    Q_ASSERT(m_state == State::Registering);
    m_channel->send(proto::RegisterResult{false, reason.detail, {}, {}});
    m_channel->finish();
    close(reason);
}

void FrpxClientLink::requestConnection(const ConnectionRequest &request)
{
    std::optional<proto::VisitorAddress> visitor;
    if (request.visitor)
        visitor = proto::visitorAddress(*request.visitor);
    m_channel->send(proto::RequestNewProxyConn{request.id, visitor, request.tunnel});
}

void FrpxClientLink::answer(const OpenTunnelResult &result)
{
    OpenTunnelResult sent = result;
    if (sent.error)
        sent.error->truncate(proto::maxTextLength);
    m_channel->send(sent);
}

void FrpxClientLink::ping()
{
    m_channel->send(proto::Ping{});
}

void FrpxClientLink::drain()
{
    if (supports(proto::feature::drain))
        m_channel->send(proto::Drain{});
}

void FrpxClientLink::retryTunnels()
{
    if (supports(proto::feature::retryTunnels))
        m_channel->send(proto::RetryTunnels{});
}

void FrpxClientLink::hangUp(const QString &reason, int retryAfterS)
{
    if (m_state == State::Closed)
        return;
    m_channel->disconnect(this); // first: a full outbox must not be reported as the peer's end
    if (supports(proto::feature::disconnect))
        m_channel->send(proto::Disconnect{reason, retryAfterS});
    m_channel->finish();
    setState(State::Closed);
}

void FrpxClientLink::onActiveMessage(const proto::Message &message)
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
    } else if (const std::optional<TunnelRequest> request = tunnelRequestIn(message);
               request && supports(proto::feature::tunnels)) {
        Q_EMIT tunnelRequested(*request);
    } else if (!std::holds_alternative<proto::Pong>(
                   message)) { // alive() has been emitted; a Pong has no other content
        unexpected(message);
    }
}

void FrpxClientLink::unexpected(const proto::Message &message)
{
    close({Errc::UnexpectedMessage, u"%1 is not expected now."_s.arg(proto::messageName(message))});
}

void FrpxClientLink::close(const Error &reason)
{
    if (m_state == State::Closed)
        return;
    m_channel->disconnect(this);
    m_channel->abort();
    setState(State::Closed);
    Q_EMIT closed(reason);
}

} // namespace frpx::server
