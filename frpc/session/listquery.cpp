// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/listquery.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

Error outOfOrder()
{
    return {Errc::BadField, u"The server's list is out of order."_s};
}

} // namespace

ListQuery ListQuery::services(const QString &prefix)
{
    ListQuery query;
    query.m_prefix = prefix.left(proto::maxTextLength);
    return query;
}

ListQuery ListQuery::freePorts()
{
    ListQuery query;
    query.m_wantsPorts = true;
    return query;
}

proto::Message ListQuery::request(int requestId) const
{
    if (m_wantsPorts)
        return proto::ListFreePorts{requestId, m_ports.empty() ? 0 : m_ports.back().to};
    return proto::ListServices{requestId, m_prefix, m_services.empty() ? 0 : m_services.back().port};
}

Result<bool> ListQuery::take(const proto::Services &page)
{
    int last = m_services.empty() ? 0 : m_services.back().port;
    for (const proto::Service &service : page.items) {
        if (m_wantsPorts || service.port <= std::exchange(last, service.port))
            return outOfOrder();
        m_services.push_back(service);
    }
    return !page.more || page.items.empty();
}

Result<bool> ListQuery::take(const proto::FreePorts &page)
{
    int last = m_ports.empty() ? 0 : m_ports.back().to;
    for (const proto::PortRange &range : page.ranges) {
        if (!m_wantsPorts || range.from <= std::exchange(last, range.to))
            return outOfOrder();
        m_ports.push_back(range);
    }
    return !page.more || page.ranges.empty();
}

void ListQuery::restart()
{
    m_services.clear();
    m_ports.clear();
}

} // namespace frpx::client
