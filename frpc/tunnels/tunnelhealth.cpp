// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/tunnels/tunnelhealth.h"

#include "frpc/tunnels/localservices.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

HealthCheck checkOf(const TunnelSpec &spec)
{
    HealthCheck check;
    check.kind = spec.healthCheck == "http"_L1 ? HealthCheck::Kind::Http : HealthCheck::Kind::Tcp;
    if (!spec.healthPath.isEmpty())
        check.path = spec.healthPath.toLatin1();
    check.intervalMs = spec.healthIntervalS * 1000;
    check.timeoutMs = spec.healthTimeoutS * 1000;
    check.fall = spec.healthMaxFailed;
    return check;
}

} // namespace

TunnelHealth::TunnelHealth(LocalServices &services, QObject *parent)
    : QObject(parent)
    , m_services(services)
{
    connect(&services, &LocalServices::addressesChanged, this, &TunnelHealth::updateTargets);
}

TunnelHealth::~TunnelHealth() = default;

void TunnelHealth::watch(const TunnelSpec &spec)
{
    unwatch(spec.name);
    if (spec.healthCheck.isEmpty())
        return;
    auto check = std::make_unique<LocalHealth>(checkOf(spec), spec.localHost, spec.localPort);
    connect(check.get(), &LocalHealth::checkFailed, &m_services, &LocalServices::refresh);
    connect(check.get(), &LocalHealth::healthChanged, this,
        [this, name = spec.name](
            bool healthy, const QString &detail) { Q_EMIT changed(name, healthy, detail); });
    if (m_isRunning)
        check->start(m_services.targetOf(spec.localHost, spec.localPort));
    m_tunnels.emplace(spec.name, Watched{spec, std::move(check)});
}

void TunnelHealth::unwatch(const QString &tunnel)
{
    m_tunnels.erase(tunnel);
}

void TunnelHealth::start()
{
    if (std::exchange(m_isRunning, true))
        return;
    for (const auto &[name, watched] : m_tunnels)
        watched.check->start(m_services.targetOf(watched.spec.localHost, watched.spec.localPort));
}

void TunnelHealth::stop()
{
    m_isRunning = false;
    for (const auto &[name, watched] : m_tunnels)
        watched.check->stop();
}

const LocalHealth *TunnelHealth::of(const QString &tunnel) const
{
    const auto found = m_tunnels.find(tunnel);
    return found == m_tunnels.end() ? nullptr : found->second.check.get();
}

void TunnelHealth::updateTargets()
{
    for (const auto &[name, watched] : m_tunnels)
        watched.check->setTarget(m_services.targetOf(watched.spec.localHost, watched.spec.localPort));
}

} // namespace frpx::client
