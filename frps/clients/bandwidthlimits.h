// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/ratelimit.h"

#include <memory>
#include <optional>
#include <unordered_map>

namespace frpx::server {

/// The RateLimit of each account, shared by all of its sessions and by the relays that outlive them. So a
/// client that reconnects, or a second one of the same account, gets no additional rate.
class BandwidthLimits
{
public:
    /// \a bytesPerSecond for each account in each direction; 0: no limit.
    explicit BandwidthLimits(qint64 bytesPerSecond)
        : m_bytesPerSecond(bytesPerSecond)
    { }

    /// Null without a limit. Forgotten when it is no longer in use. \a own is the account's own rate, which
    /// replaces the general one; an existing RateLimit keeps its rate.
    std::shared_ptr<RateLimit> of(qint64 userId, std::optional<qint64> own = {});
    /// The account has the rate \a own from now on. A change from or to "no limit" applies to later calls of
    /// of() only.
    void change(qint64 userId, std::optional<qint64> own, qint64 nowMs);

    /// Accounts remembered; at most about twice those in use.
    size_t size() const { return m_limits.size(); }

private:
    const qint64 m_bytesPerSecond;
    std::unordered_map<qint64, std::weak_ptr<RateLimit>> m_limits;
    size_t m_tidyAt = 16;
};

} // namespace frpx::server
