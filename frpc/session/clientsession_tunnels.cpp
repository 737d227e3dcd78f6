// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// The part of ClientSession that keeps tunnels open.

#include "common/core/clock.h"
#include "common/core/throttledlog.h"
#include "frpc/session/clientsession.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

// Log lines that the server can cause.
constexpr LogKind tunnelOpen{lcClient, QtInfoMsg, 1000, 10};
constexpr LogKind refusedForNow{lcClient, QtWarningMsg, 1000, 10};
constexpr LogKind tunnelEnded{lcClient, QtInfoMsg, 1000, 10};
constexpr LogKind tunnelsUnknown{lcClient};

int ClientSession::openTunnel(const TunnelSpec &spec, const ServingOptions &options)
{
    const Result<void> good = m_tunnels.check(spec);
    const int id = m_tunnels.add(spec, options.keepTrying);
    if (!good) {
        m_tunnels.remove(id);
        QMetaObject::invokeMethod( // queued: after the caller has the id
            this,
            [this, id, error = good.error()] {
                Q_EMIT tunnelRefused(id, error,
                    error.code == Errc::AlreadyExists ? proto::TunnelCode::NameInUse
                                                      : proto::TunnelCode::BadRequest);
            },
            Qt::QueuedConnection);
        return id;
    }
    m_services.set(spec, options); // before the first visitor can come
    openTunnels();
    return id;
}

void ClientSession::closeTunnel(int id)
{
    const TunnelSpec *spec = m_tunnels.spec(id);
    if (!spec)
        return;
    m_services.remove(spec->name);
    const std::optional<QString> name = m_tunnels.remove(id);
    if (name && m_channel)
        m_channel->send(proto::CloseTunnel{*name});
    if (name)
        qCInfo(lcClient).noquote() << u"Tunnel '%1' is closed"_s.arg(logSafe(*name));
}

int ClientSession::tryAgain()
{
    if (m_state == State::Waiting) {
        m_policy.reset();
        openLink(); // requests all tunnels after the login
        return 0;
    }
    const int refused = m_tunnels.askAgain();
    openTunnels();
    return refused;
}

/// Requests the tunnels that are not open and are due.
void ClientSession::openTunnels()
{
    if (m_state != State::Online || m_tunnels.isEmpty())
        return;
    if (!hasFeature(proto::feature::tunnels)) {
        return logThrottled(tunnelsUnknown, u"This server does not support tunnels: none is opened"_s);
    }
    const qint64 now = steadyMs();
    for (const ClientTunnels::Event &event : m_tunnels.takeExpired(now)) {
        tell(event);
        if (m_state != State::Online)
            return;
    }
    for (const proto::OpenTunnel &request : m_tunnels.takeDue(now)) {
        if (m_channel) // a full outbox closes the link
            m_channel->send(request);
    }
    scheduleTunnels();
}

void ClientSession::scheduleTunnels()
{
    const std::optional<qint64> next = m_state == State::Online ? m_tunnels.nextDue() : std::nullopt;
    if (next)
        m_tunnelTimer.start(static_cast<int>(std::max<qint64>(1, *next - steadyMs())));
    else
        m_tunnelTimer.stop();
}

bool ClientSession::onTunnelMessage(const proto::Message &message)
{
    std::optional<ClientTunnels::Event> event;
    if (const auto *result = std::get_if<proto::OpenTunnelResult>(&message))
        event = m_tunnels.onResult(*result, steadyMs());
    else if (const auto *closed = std::get_if<proto::TunnelClosed>(&message))
        event = m_tunnels.onClosed(*closed);
    else if (std::holds_alternative<proto::RetryTunnels>(message)
        && hasFeature(proto::feature::retryTunnels)) {
        if (m_tunnels.askAgain() > 0)
            openTunnels();
        return true;
    } else
        return false;
    scheduleTunnels();
    if (event)
        tell(*event);
    return true;
}

void ClientSession::tell(const ClientTunnels::Event &event)
{
    const QString name = logSafe(event.name);
    const QString reason = logSafe(event.reason, proto::maxTextLength);
    switch (event.kind) {
    case ClientTunnels::Event::Kind::Opened:
        logThrottled(
            tunnelOpen, u"Tunnel '%1' is open on port %2 of the server."_s.arg(name).arg(event.port));
        Q_EMIT tunnelOpened(event.id, event.port);
        break;
    case ClientTunnels::Event::Kind::Delayed:
        logThrottled(refusedForNow,
            u"Tunnel '%1' is refused: %2 The server is asked again in %3 s."_s.arg(
                name, reason, QString::number(event.delayMs / 1000)));
        Q_EMIT tunnelDelayed(event.id, {Errc::Forbidden, reason}, event.code, event.delayMs);
        break;
    case ClientTunnels::Event::Kind::Refused:
        m_services.remove(event.name);
        qCWarning(lcClient).noquote() << u"Tunnel '%1' is refused: %2"_s.arg(name, reason);
        Q_EMIT tunnelRefused(event.id, {Errc::Forbidden, reason}, event.code);
        break;
    case ClientTunnels::Event::Kind::Closed:
        m_services.remove(event.name);
        logThrottled(tunnelEnded, u"Tunnel '%1' is closed: %2"_s.arg(name, reason));
        Q_EMIT tunnelClosed(event.id, reason);
        break;
    }
}

} // namespace frpx::client
