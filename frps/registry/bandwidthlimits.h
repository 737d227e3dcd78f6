// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/ratelimit.h"

#include <memory>
#include <optional>
#include <unordered_map>

namespace frpx::server {

/// The RateLimit of each account, shared by all of its sessions and by the relays that outlive them. So a
/// client that comes back, or a second one of the same account, gets no second allowance.
class BandwidthLimits
{
public:
    /// \a bytesPerSecond for each account in each direction; 0: no limit.
    explicit BandwidthLimits(qint64 bytesPerSecond)
        : m_bytesPerSecond(bytesPerSecond)
    { }

    /// Null without a limit. Forgotten when nobody has it any more. \a own is the account's own rate, instead
    /// of that for each account; one that exists keeps the rate it has.
    std::shared_ptr<RateLimit> of(qint64 userId, std::optional<qint64> own = {});
    /// The account has \a own rate from now on. Where there was no limit, or is to be none, that is so for
    /// those who ask from now on.
    void change(qint64 userId, std::optional<qint64> own, qint64 nowMs);

    /// Accounts remembered; at most about twice those in use.
    size_t size() const { return m_limits.size(); }

private:
    const qint64 m_bytesPerSecond;
    std::unordered_map<qint64, std::weak_ptr<RateLimit>> m_limits;
    size_t m_tidyAt = 16;
};

} // namespace frpx::server
