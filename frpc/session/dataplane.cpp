// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/dataplane.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "common/system/freememory.h"

namespace frpx::client {

constexpr int inspectionIntervalMs = 1000;

DataPlane::DataPlane(const SessionSettings &settings, QObject *parent)
    : QObject(parent)
    , m_settings(settings)
    , m_relays(m_settings.relayThreads)
    , m_dialer(m_relays, m_services.map(), m_settings.timing.work.dialTimeoutMs)
    , m_pool(m_relays, m_settings.pool, m_services.map(), m_settings.timing.work)
    , m_health(m_settings.health, m_settings.localHost, m_settings.localPort)
{
    m_services.setDefault(m_settings.localHost, m_settings.localPort);
    m_dialer.setProxyProtocol(m_settings.proxyProtocol);
    m_pool.setProxyProtocol(m_settings.proxyProtocol);
    if (m_settings.health.kind != HealthCheck::Kind::None) { // without a check there is nothing to watch
        m_silentService = std::make_shared<std::atomic<bool>>(false);
        m_dialer.setSilentService(m_silentService);
        m_pool.setSilentService(m_silentService);
    }
    connect(&m_pool, &WorkConnectionManager::serviceFailed, &m_services, &LocalServices::refresh);
    connect(&m_dialer, &WorkDialer::serviceFailed, &m_services, &LocalServices::refresh);
    connect(&m_dialer, &WorkDialer::dialFailed, &m_services, &LocalServices::refresh);
    connect(&m_health, &LocalHealth::checkFailed, &m_services, &LocalServices::refresh);
    // The address of a service with a host name may be known only after the registration, and may change.
    connect(&m_services, &LocalServices::defaultServiceChanged, this,
        [this] { m_health.setTarget(m_services.defaultService()); });
    connect(&m_health, &LocalHealth::healthChanged, this, &DataPlane::healthChanged);
    connect(&m_health, &LocalHealth::warningChanged, this, &DataPlane::warningChanged);
    connect(&m_inspector, &QTimer::timeout, this, &DataPlane::onInspection);
    m_inspector.start(inspectionIntervalMs);
}

DataPlane::~DataPlane()
{
    m_relays.shutDown(); // before the members that the loops call are destroyed
}

Result<void> DataPlane::open(const net::Endpoint &peer, const std::shared_ptr<const TlsTarget> &tls,
    const QStringList &features, const QString &secret)
{
    const Result<WorkRoute> route = routeTo(peer, tls);
    if (!route)
        return route.error();
    m_services.start();
    m_dialer.open(*route, features.contains(proto::feature::connFailed));
    if (m_settings.proxyProtocol != proxyproto::Version::None
        && !features.contains(proto::feature::visitorAddress)) {
        qCWarning(lcClient) << "This server does not send visitors' addresses: the local service gets PROXY "
                               "headers without them.";
    }
    if (secret.isEmpty() || !features.contains(proto::feature::workConn))
        return {};
    m_pool.setReuse(features.contains(proto::feature::reuse));
    m_pool.open(*route, secret, m_dialer.meter());
    return {};
}

/// To the address that the control link has reached, or through the same proxy; with TLS as that link.
Result<WorkRoute> DataPlane::routeTo(const net::Endpoint &peer, const std::shared_ptr<const TlsTarget> &tls)
{
    WorkRoute route{peer};
    if (m_settings.proxy) {
        route.proxy = std::make_shared<const net::ProxyRequest>(
            net::ProxyRequest{*m_settings.proxy, m_settings.serverHost, m_settings.proxyPort});
    } else {
        route.endpoint.port = m_settings.proxyPort;
    }
    if (!tls)
        return route;
    if (!m_tls || m_tls->target() != *tls) {
        Result<std::shared_ptr<TlsClientContext>> made = TlsClientContext::create(*tls);
        if (!made)
            return made.error();
        m_tls = std::move(*made);
    }
    route.tls = m_tls;
    return route;
}

void DataPlane::startChecks(quint16 publicPort)
{
    if (!m_settings.onlyTunnels)
        m_health.setPublicName(m_settings.serverHost, publicPort);
    m_health.start(m_services.defaultService());
}

void DataPlane::serve(const proto::RequestNewProxyConn &request)
{
    m_dialer.dial(request.proxyConnId, request.visitor, request.tunnel);
    m_pool.onMissed();
}

void DataPlane::goOffline()
{
    m_health.stop();
    m_services.stop();
}

void DataPlane::closeIdle()
{
    m_dialer.close();
    m_pool.close();
}

void DataPlane::onInspection()
{
    m_relays.inspect();
    if (m_silentService && m_silentService->exchange(false))
        m_health.checkEarly();
    if (m_loadDrop.hasCome(m_relays.openRelays(), steadyMs()))
        returnFreeMemory();
}

} // namespace frpx::client
