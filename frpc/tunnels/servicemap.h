// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/dialtarget.h"
#include "common/protocol/proxy/proxyprotocol.h"
#include "common/relay/relaymeter.h"

#include <QHash>

#include <memory>
#include <mutex>
#include <optional>

namespace frpx::client {

/// How this program serves a tunnel, beside what TunnelSpec says.
struct ServingOptions
{
    /// What happens if the server refuses the tunnel at first: the server is asked again and again, or the
    /// tunnel is given up. A tunnel that was open is always asked for again.
    bool keepTrying = false;
    QByteArray greeting = {}; ///< sent to the service first, so that it knows where a connection comes from
    std::shared_ptr<RelayMeter> meter =
        {}; ///< counts the connections, shared with the relays; null: the session's
};

/// The local service of a tunnel, and how connections to it are made.
struct TunnelTarget
{
    net::DialTarget service; ///< without addresses while they are unknown
    /// The header that the service gets before every connection; empty: the session's setting.
    std::optional<proxyproto::Version> proxyProtocol = {};
    QByteArray greeting = {}; ///< sent before that header
    /// counts the connections, shared with the relays; null: the session's meter
    std::shared_ptr<RelayMeter> meter = {};
};

/// The local services by tunnel name; the default tunnel has an empty name. Written on the control thread,
/// read in any thread, once for each connection.
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
    /// \a address of the service behind \a tunnel has answered and the addresses before it have not: it is
    /// tried first, until the next set().
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
