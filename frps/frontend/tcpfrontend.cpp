// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/tcpfrontend.h"

namespace frpx::server {

TcpFrontend::TcpFrontend(AccessRules rules, int acceptBelow, Handler handler)
    : m_access(std::move(rules),
        [this, handler = std::move(handler)](VisitorConnection visitor) {
            ++m_accepted;
            handler(std::move(visitor));
        })
    , m_listener([this](UniqueFd visitor) { m_access.receive(std::move(visitor)); })
{
    m_listener.acceptBelow(acceptBelow);
}

quint64 TcpFrontend::accepted() const
{
    const AccessCounters access = m_access.counters();
    return m_accepted + access.denied + access.overLimit + access.badHeader;
}

} // namespace frpx::server
