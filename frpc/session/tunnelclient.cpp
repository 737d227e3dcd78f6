// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/tunnelclient.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

// Log lines that the server can cause.
constexpr LogKind tunnelOpen{lcClient, QtInfoMsg, 1000, 10};
constexpr LogKind refusedForNow{lcClient, QtWarningMsg, 1000, 10};
constexpr LogKind tunnelEnded{lcClient, QtInfoMsg, 1000, 10};
constexpr LogKind tunnelsUnknown{lcClient};
constexpr LogKind serviceHealth{lcClient, QtInfoMsg, 20};

TunnelClient::TunnelClient(LocalServices &services, QObject *parent)
    : QObject(parent)
    , m_services(services)
    , m_health(services)
{
    connect(&m_health, &TunnelHealth::changed, this, &TunnelClient::reportHealth);
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &TunnelClient::requestDue);
}

int TunnelClient::open(const TunnelSpec &spec, const ServingOptions &options)
{
    const Result<void> good = m_tunnels.check(spec);
    const int id = m_tunnels.add(spec, options.keepTrying);
    if (!good) {
        m_tunnels.remove(id);
        QMetaObject::invokeMethod( // queued: after the caller has the id
            this,
            [this, id, error = good.error()] {
                Q_EMIT refused(id, error,
                    error.code == Errc::AlreadyExists ? proto::TunnelCode::NameInUse
                                                      : proto::TunnelCode::BadRequest);
            },
            Qt::QueuedConnection);
        return id;
    }
    m_services.set(spec, options); // before the first visitor can come
    m_health.watch(spec);
    requestDue();
    return id;
}

void TunnelClient::close(int id)
{
    const TunnelSpec *spec = m_tunnels.spec(id);
    if (!spec)
        return;
    forget(spec->name);
    const std::optional<QString> name = m_tunnels.remove(id);
    if (name && m_channel)
        m_channel->send(proto::CloseTunnel{*name});
    if (name)
        qCInfo(lcClient).noquote() << u"Tunnel '%1' is closed"_s.arg(logSafe(*name));
}

int TunnelClient::askAgain()
{
    const int refused = m_tunnels.askAgain();
    requestDue();
    return refused;
}

void TunnelClient::goOnline(ControlChannel &channel, const QStringList &features)
{
    m_channel = &channel;
    m_features = features;
    m_requests = true;
    m_health.start();
    requestDue();
}

void TunnelClient::pause()
{
    m_requests = false;
    m_timer.stop();
}

void TunnelClient::goOffline()
{
    pause();
    m_health.stop();
    m_channel = nullptr;
    m_tunnels.onOffline();
}

/// Requests the tunnels that are not open and are due.
void TunnelClient::requestDue()
{
    if (!m_requests || m_tunnels.isEmpty())
        return;
    if (!m_features.contains(proto::feature::tunnels))
        return logThrottled(tunnelsUnknown, u"This server does not support tunnels: none is opened"_s);
    const qint64 now = steadyMs();
    for (const WantedTunnels::Event &event : m_tunnels.takeExpired(now)) {
        tell(event);
        if (!m_requests) // a receiver of the signal has ended the session
            return;
    }
    for (const proto::OpenTunnel &request : m_tunnels.takeDue(now)) {
        if (m_channel) // a full outbox closes the link
            m_channel->send(request);
    }
    schedule();
}

void TunnelClient::schedule()
{
    const std::optional<qint64> next = m_requests ? m_tunnels.nextDue() : std::nullopt;
    if (next)
        m_timer.start(static_cast<int>(std::max<qint64>(1, *next - steadyMs())));
    else
        m_timer.stop();
}

bool TunnelClient::take(const proto::Message &message)
{
    std::optional<WantedTunnels::Event> event;
    if (const auto *result = std::get_if<proto::OpenTunnelResult>(&message))
        event = m_tunnels.onResult(*result, steadyMs());
    else if (const auto *closed = std::get_if<proto::TunnelClosed>(&message))
        event = m_tunnels.onClosed(*closed);
    else if (std::holds_alternative<proto::RetryTunnels>(message)
        && m_features.contains(proto::feature::retryTunnels)) {
        if (m_tunnels.askAgain() > 0)
            requestDue();
        return true;
    } else
        return false;
    schedule();
    if (event)
        tell(*event);
    return true;
}

void TunnelClient::tell(const WantedTunnels::Event &event)
{
    const QString name = logSafe(event.name);
    const QString reason = logSafe(event.reason, proto::maxTextLength);
    switch (event.kind) {
    case WantedTunnels::Event::Kind::Opened:
        logThrottled(
            tunnelOpen, u"Tunnel '%1' is open on port %2 of the server."_s.arg(name).arg(event.port));
        // Its new pool takes the client for healthy.
        if (const LocalHealth *check = m_health.of(event.name); check && !check->isHealthy())
            reportHealth(event.name, false, check->detail());
        Q_EMIT opened(event.id, event.port);
        break;
    case WantedTunnels::Event::Kind::Delayed:
        logThrottled(refusedForNow,
            u"Tunnel '%1' is refused: %2 The server is asked again in %3 s."_s.arg(
                name, reason, QString::number(event.delayMs / 1000)));
        Q_EMIT delayed(event.id, {Errc::Forbidden, reason}, event.code, event.delayMs);
        break;
    case WantedTunnels::Event::Kind::Refused:
        forget(event.name);
        qCWarning(lcClient).noquote() << u"Tunnel '%1' is refused: %2"_s.arg(name, reason);
        Q_EMIT refused(event.id, {Errc::Forbidden, reason}, event.code);
        break;
    case WantedTunnels::Event::Kind::Closed:
        forget(event.name);
        logThrottled(tunnelEnded, u"Tunnel '%1' is closed: %2"_s.arg(name, reason));
        Q_EMIT closed(event.id, reason);
        break;
    }
}

void TunnelClient::forget(const QString &tunnel)
{
    m_services.remove(tunnel);
    m_health.unwatch(tunnel);
}

void TunnelClient::reportHealth(const QString &tunnel, bool healthy, const QString &detail)
{
    logThrottled(serviceHealth,
        healthy ? u"The service of tunnel '%1' is healthy again."_s.arg(logSafe(tunnel))
                : u"The service of tunnel '%1' is unhealthy: %2"_s.arg(logSafe(tunnel), detail));
    if (!m_channel || !m_features.contains(proto::feature::tunnelHealth))
        return;
    proto::Health health{healthy, {}};
    if (!healthy)
        health.detail = detail;
    health.tunnel = tunnel;
    m_channel->send(health);
}

} // namespace frpx::client
