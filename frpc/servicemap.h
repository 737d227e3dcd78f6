// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/dialtarget.h"
#include "common/protocol/proxyprotocol.h"
#include "common/relay/relaymeter.h"

#include <QHash>

#include <memory>
#include <mutex>
#include <optional>

namespace frpx::client {

/// Where the connections of a tunnel go, and how.
struct TunnelTarget
{
    net::DialTarget service; ///< without addresses if they are not known yet
    /// What the service gets in front of every connection; nothing: as the session has it.
    std::optional<proxyproto::Version> proxyProtocol = {};
    QByteArray greeting = {}; ///< sent in front of that
    std::shared_ptr<RelayMeter> meter = {}; ///< counts them, shared with the relays; null: the session's
};

/// The local services behind the tunnels, by the tunnels' names; the default tunnel has none. Written on the
/// control thread, read in any, once for each connection.
class ServiceMap
{
public:
    void set(QHash<QString, TunnelTarget> services)
    {
        const std::scoped_lock lock(m_mutex);
        m_services.swap(services);
    }
    std::optional<TunnelTarget> find(const QString &tunnel) const
    {
        const std::scoped_lock lock(m_mutex);
        const auto it = m_services.constFind(tunnel);
        return it == m_services.cend() ? std::nullopt : std::optional(*it);
    }
    /// \a address of the service behind \a tunnel has answered where those before it have not: it is tried
    /// first, until the next set().
    void prefer(const QString &tunnel, const QHostAddress &address)
    {
        const std::scoped_lock lock(m_mutex);
        const auto it = m_services.find(tunnel);
        if (it != m_services.end() && it->service.addresses.removeOne(address))
            it->service.addresses.prepend(address);
    }

private:
    mutable std::mutex m_mutex;
    QHash<QString, TunnelTarget> m_services; // guarded by m_mutex
};

} // namespace frpx::client
