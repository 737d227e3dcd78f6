// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/library/publicservices.h"

namespace frpx {

Frpx::ServiceList publicServices(const std::vector<Service> &services)
{
    Frpx::ServiceList list;
    for (const Service &service : services) {
        Frpx::ServiceInfo info;
        info.port = static_cast<quint16>(service.port);
        info.name = service.name;
        info.message = service.message;
        info.birth = QDateTime::fromString(service.birth, Qt::ISODateWithMs);
        info.online = service.online;
        info.capacity = service.capacity;
        info.alreadyServed = service.alreadyServe;
        info.totalServe = service.totalServe;
        info.deadline = QDateTime::fromString(service.deadLine, Qt::ISODateWithMs);
        list.append(info);
    }
    return list;
}

Frpx::PortList publicPorts(const std::vector<PortRange> &ports)
{
    Frpx::PortList list;
    for (const PortRange &range : ports)
        list.append({static_cast<quint16>(range.from), static_cast<quint16>(range.to)});
    return list;
}

} // namespace frpx
