// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/sockets.h"

#include <QHash>

#include <mutex>
#include <optional>

namespace frpx::client {

/// The local services behind the tunnels, by the tunnels' names. Written on the control thread, read in any,
/// once for each user of a tunnel.
class ServiceMap
{
public:
    void set(QHash<QString, net::Endpoint> services)
    {
        const std::scoped_lock lock(m_mutex);
        m_services.swap(services);
    }
    /// With a null address if it is not known yet.
    std::optional<net::Endpoint> find(const QString &tunnel) const
    {
        const std::scoped_lock lock(m_mutex);
        const auto it = m_services.constFind(tunnel);
        return it == m_services.cend() ? std::nullopt : std::optional(*it);
    }

private:
    mutable std::mutex m_mutex;
    QHash<QString, net::Endpoint> m_services; // guarded by m_mutex
};

} // namespace frpx::client
