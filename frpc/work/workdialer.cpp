// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/workdialer.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

constexpr int maxDials = 8192;

WorkDialer::WorkDialer(
    RelayPool &relays, std::shared_ptr<ServiceMap> services, qint64 timeoutMs, QObject *parent)
    : QObject(parent)
    , m_relays(relays)
    , m_services(std::move(services))
    , m_timeoutMs(timeoutMs)
{ }

void WorkDialer::open(const WorkRoute &route, bool takesFailures)
{
    close();
    m_context = std::make_shared<RequestContext>();
    m_context->route = route;
    m_context->services = m_services;
    m_context->timeoutMs = m_timeoutMs;
    m_context->silentService = m_silentService;
    m_context->takesFailures = takesFailures;
    m_context->failed = [this](const QString &id, const QString &reason) {
        QMetaObject::invokeMethod(
            this, [this, id, reason] { Q_EMIT dialFailed(id, reason); }, Qt::QueuedConnection);
    };
    m_context->serviceFailed = [this] {
        QMetaObject::invokeMethod(this, &WorkDialer::serviceFailed, Qt::QueuedConnection);
    };
}

void WorkDialer::dial(const QString &proxyConnId, const std::optional<proto::VisitorAddress> &visitor,
    const std::optional<QString> &tunnel)
{
    if (!m_context)
        return; // the link is lost
    if (m_context->dialling >= maxDials)
        return Q_EMIT dialFailed(proxyConnId, u"too many connections are being dialled"_s);
    const std::optional<TunnelTarget> target = m_services->find(tunnel.value_or(QString()));
    if (!target)
        return Q_EMIT dialFailed(proxyConnId, u"the tunnel is closed"_s);
    RequestedConnection::Request request{proxyConnId, tunnel.value_or(QString()), target->service,
        target->greeting
            + proxyproto::encode(
                target->proxyProtocol.value_or(m_proxyProtocol), proxyproto::headerOf(visitor)),
        target->meter ? target->meter : m_meter,
        // Now: before connections in advance. Its introduction waits for the service.
        ServerDial::beginConnect(m_context->route, net::FirstWord::Unknown)};
    m_context->dialling.fetch_add(1);
    m_relays.nextLoop().post([context = m_context, request = std::move(request)](IoLoop &loop) mutable {
        RequestedConnection::start(loop, std::move(context), std::move(request));
    });
}

void WorkDialer::setServerTakesFailures(bool yes)
{
    if (m_context)
        m_context->takesFailures = yes;
}

void WorkDialer::close()
{
    if (m_context)
        m_context->isOver = true;
    m_context.reset();
}

} // namespace frpx::client
