// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/tunnelservices.h"

#include "common/core/logging.h"

#include <QHostInfo>

using namespace Qt::StringLiterals;

namespace frpx::client {

void TunnelServices::set(const TunnelSpec &spec)
{
    m_services.insert(spec.name, spec);
    lookUp(spec.localHost);
    publish();
}

void TunnelServices::remove(const QString &tunnel)
{
    m_services.remove(tunnel);
    publish();
}

void TunnelServices::refresh()
{
    for (const TunnelSpec &spec : std::as_const(m_services))
        lookUp(spec.localHost);
}

void TunnelServices::lookUp(const QString &host)
{
    if (!QHostAddress(host).isNull() || m_lookingUp.contains(host))
        return;
    m_lookingUp.insert(host);
    QHostInfo::lookupHost(host, this, [this, host](const QHostInfo &info) {
        m_lookingUp.remove(host);
        if (info.addresses().isEmpty()) {
            qCWarning(lcClient).noquote()
                << u"The local service's host %1 is unknown: %2"_s.arg(logSafe(host), info.errorString());
        } else {
            m_found.insert(host, info.addresses().first());
            publish();
        }
    });
}

void TunnelServices::publish()
{
    QHash<QString, TunnelTarget> services;
    for (const TunnelSpec &spec : std::as_const(m_services)) {
        const QHostAddress literal(spec.localHost);
        const QHostAddress address = literal.isNull() ? m_found.value(spec.localHost) : literal;
        services.insert(
            spec.name, {{address, spec.localPort}, spec.proxyProtocol, spec.greeting, spec.meter});
    }
    m_map->set(std::move(services));
}

} // namespace frpx::client
