// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/tunnelservices.h"

#include "common/core/logging.h"

#include <QHostInfo>

using namespace Qt::StringLiterals;

namespace frpx::client {

void TunnelServices::set(const QString &tunnel, const QString &host, quint16 port)
{
    m_services.insert(tunnel, {host, port});
    lookUp(host);
    publish();
}

void TunnelServices::remove(const QString &tunnel)
{
    m_services.remove(tunnel);
    publish();
}

void TunnelServices::refresh()
{
    for (const Service &service : std::as_const(m_services))
        lookUp(service.host);
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
    QHash<QString, net::Endpoint> services;
    for (auto it = m_services.cbegin(); it != m_services.cend(); ++it) {
        const QHostAddress literal(it->host);
        services.insert(it.key(), {literal.isNull() ? m_found.value(it->host) : literal, it->port});
    }
    m_map->set(std::move(services));
}

} // namespace frpx::client
