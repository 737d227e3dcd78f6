// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "common/net/ipaddress.h"
#include "common/relay/ratelimit.h"
#include "frps/clients/livenessprobe.h"

#include <QString>

#include <atomic>
#include <memory>
#include <mutex>

namespace frpx::server {

/// What the loops need to know of a registered client to serve visitors by it. Shared with the connections,
/// which may outlive the session. The public members do not change after the registration, except for the
/// counter.
class ServingClient
{
public:
    SessionId session{};
    QString clientId;
    net::SourceKey source{}; ///< the address of its control link
    bool reusesWork = false; ///< its work connections serve one visitor after another
    bool saysStreamEnds = false; ///< its plain streams end by FIN before they are closed, or were cut
    bool wantsVisitorAddress = false; ///< it gets the addresses of its visitors
    /// Null for a client that cannot be probed (no feature `ping`).
    std::shared_ptr<LivenessProbe> pulse = {};
    std::shared_ptr<void> login = {}; ///< see ActiveLogins; null: it does not end
    std::atomic<quint64> totalConnections = 0; ///< visitors assigned to this client

    /// Of its account; null: none.
    std::shared_ptr<RateLimit> limit() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_limit;
    }
    void setLimit(std::shared_ptr<RateLimit> limit)
    {
        const std::scoped_lock lock(m_mutex);
        m_limit = std::move(limit);
    }

private:
    mutable std::mutex m_mutex;
    std::shared_ptr<RateLimit> m_limit; // guarded by m_mutex; shared by the clients of the account
};

} // namespace frpx::server
