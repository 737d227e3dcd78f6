// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/discovery.h"

#include "common/core/logging.h"
#include "frpc/session/loginadvice.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

constexpr int deadlineMs = 10'000; // the server's own deadline for a client that does not register

Discovery::Discovery(Target target, QObject *parent)
    : QObject(parent)
    , m_target(std::move(target))
{
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this, [this] {
        if (m_channel && !m_isAnswered)
            return onClosed({Errc::Timeout, u"the deadline has passed."_s});
        fail({Errc::Timeout, u"The server does not answer; it may not support tunnels."_s});
    });
}

Discovery::~Discovery() = default;

void Discovery::findServices(const QString &prefix)
{
    m_query = ListQuery::services(prefix);
    connectToServer();
}

void Discovery::findFreePorts()
{
    m_wantsPorts = true;
    m_query = ListQuery::freePorts();
    connectToServer();
}

void Discovery::connectToServer()
{
    m_deadline.start(deadlineMs);
    m_connector = std::make_unique<ServerConnector>(server(), ServerTrust(m_target.tls));
    connect(m_connector.get(), &ServerConnector::ready, this, &Discovery::onConnected);
    connect(m_connector.get(), &ServerConnector::failed, this, &Discovery::fail);
    connect(m_connector.get(), &ServerConnector::refused, this,
        [this](const ServerCertificate &shown, const Error &error) {
            finish();
            Q_EMIT serverRefused(shown, error);
        });
    m_connector->start();
}

void Discovery::onConnected()
{
    m_channel = new ControlChannel(m_connector->takeSocket(), this);
    connect(m_channel, &ControlChannel::messageReceived, this, &Discovery::onMessage);
    connect(m_channel, &ControlChannel::closed, this, &Discovery::onClosed);
    if (const auto warning = warnOfClearText(m_target.tls, server(), !m_target.token.isEmpty()))
        qCWarning(lcClient).noquote() << *warning;
    logIn();
}

void Discovery::onClosed(const Error &error)
{
    fail(m_isAnswered ? error : withoutAnswer(server(), error));
}

void Discovery::logIn()
{
    if (!m_target.token.isEmpty())
        m_channel->send(proto::LoginByToken{m_target.token});
    else
        m_channel->send(proto::Login{m_target.email, m_target.password});
}

void Discovery::onMessage(const proto::Message &message)
{
    if (m_over)
        return;
    m_isAnswered = true;
    if (const auto *login = std::get_if<proto::LoginResult>(&message))
        onLoginResult(*login);
    else if (const auto *services = std::get_if<proto::Services>(&message))
        onPage(*services);
    else if (const auto *ports = std::get_if<proto::FreePorts>(&message))
        onPage(*ports);
    else
        fail(
            {Errc::UnexpectedMessage, u"The server sent %1 out of turn."_s.arg(proto::messageName(message))});
}

void Discovery::onLoginResult(const proto::LoginResult &result)
{
    if (result.success) {
        m_channel->setMaxFrame(proto::maxFrameAfterLogin);
        return ask();
    }
    const bool byToken = !std::exchange(m_target.token, {}).isEmpty();
    if (byToken && !m_target.email.isEmpty())
        return logIn();
    fail({byToken ? Errc::InvalidToken : Errc::InvalidCredentials,
        u"The server refuses the login: %1. %2"_s.arg(
            logSafe(result.error.value_or(u"no reason given"_s)), loginAdvice())});
}

void Discovery::ask()
{
    m_channel->send(m_query.request(0));
}

template <typename Page>
void Discovery::onPage(const Page &page)
{
    const Result<bool> complete = m_query.take(page);
    if (!complete)
        return fail(complete.error());
    if (!*complete)
        return ask();
    finish();
    if (m_wantsPorts)
        Q_EMIT freePortsFound(m_query.foundPorts());
    else
        Q_EMIT servicesFound(m_query.foundServices());
}

void Discovery::fail(const Error &error)
{
    if (m_over)
        return;
    finish();
    Q_EMIT failed(error);
}

void Discovery::finish()
{
    m_over = true;
    m_deadline.stop();
    if (m_channel)
        m_channel->finish();
}

} // namespace frpx::client
