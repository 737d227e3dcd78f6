// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/tunnels/localservices.h"

#include "common/core/logging.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::client {

LocalServices::LocalServices(QObject *parent)
    : QObject(parent)
    , m_interval(this)
{
    m_interval.setInterval(lookupIntervalMs);
    connect(&m_interval, &QTimer::timeout, this, &LocalServices::refresh);
}

LocalServices::~LocalServices() = default;

void LocalServices::setDefault(const QString &host, quint16 port)
{
    m_default = {host, port};
    watch(host);
    publish();
}

void LocalServices::set(const TunnelSpec &spec, const ServingOptions &options)
{
    m_services.insert(spec.name, {spec, options});
    watch(spec.localHost);
    publish();
}

void LocalServices::remove(const QString &tunnel)
{
    m_services.remove(tunnel);
    forgetUnused();
    publish();
}

void LocalServices::start()
{
    if (m_interval.isActive())
        return;
    m_interval.start();
    refresh();
}

void LocalServices::refresh()
{
    for (const auto &[name, host] : m_hosts)
        host.lookup->start(name);
}

/// Looks \a host up if it is new.
void LocalServices::watch(const QString &host)
{
    if (!net::isHostName(host) || m_hosts.contains(host))
        return;
    auto lookup = std::make_unique<net::HostLookup>();
    connect(lookup.get(), &net::HostLookup::found, this,
        [this, host](const QList<QHostAddress> &addresses) { onFound(host, addresses); });
    connect(lookup.get(), &net::HostLookup::failed, this,
        [this, host](const QString &reason, bool isUnknown) { onFailed(host, reason, isUnknown); });
    lookup->start(host);
    m_hosts[host].lookup = std::move(lookup);
}

void LocalServices::forgetUnused()
{
    std::erase_if(m_hosts, [this](const auto &entry) {
        return entry.first != m_default.first
            && std::none_of(m_services.cbegin(), m_services.cend(),
                [&entry](const Service &service) { return service.spec.localHost == entry.first; });
    });
}

void LocalServices::onFound(const QString &host, const QList<QHostAddress> &addresses)
{
    Host &known = m_hosts.at(host);
    known.isMissing = false;
    // Name servers rotate the addresses: another order is no change, and the choice of prefer() stays.
    const bool isSame = std::is_permutation(
        known.addresses.cbegin(), known.addresses.cend(), addresses.cbegin(), addresses.cend());
    if (isSame)
        return;
    known.addresses = addresses;
    publish();
    if (host == m_default.first)
        Q_EMIT defaultServiceChanged();
    Q_EMIT addressesChanged();
}

/// While only the name server fails, the old addresses stay in use. A name that no longer exists gets none:
/// its old address may belong to another machine.
void LocalServices::onFailed(const QString &host, const QString &reason, bool isUnknown)
{
    Host &known = m_hosts.at(host);
    if (!std::exchange(known.isMissing, true))
        qCWarning(lcClient).noquote()
            << u"A local service cannot be reached: %1. It is looked up again."_s.arg(reason);
    if (!isUnknown || known.addresses.isEmpty())
        return;
    known.addresses.clear();
    publish();
    if (host == m_default.first)
        Q_EMIT defaultServiceChanged();
    Q_EMIT addressesChanged();
}

net::DialTarget LocalServices::targetOf(const QString &host, quint16 port) const
{
    net::DialTarget target = net::dialTarget(host, port);
    if (const auto known = m_hosts.find(host); known != m_hosts.end())
        target.addresses = known->second.addresses;
    return target;
}

void LocalServices::publish()
{
    QHash<QString, TunnelTarget> services;
    if (!m_default.first.isEmpty())
        services.insert(QString(), {defaultService()});
    for (const auto &[spec, options] : std::as_const(m_services)) {
        services.insert(spec.name,
            {targetOf(spec.localHost, spec.localPort), proxyproto::versionFromName(spec.proxyProtocol),
                options.greeting, options.meter});
    }
    m_map->set(std::move(services));
}

} // namespace frpx::client
