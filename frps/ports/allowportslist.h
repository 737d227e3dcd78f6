// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/portranges.h"

#include <QString>

#include <optional>

namespace frpx::server {

/// Collects the items of frp's `allowPorts`: each has `start` and `end`, or `single`. A value class.
class AllowPortsList
{
public:
    /// Begins an item; the next call, or ranges(), ends it.
    void beginItem();
    /// Errc::InvalidArgument: no item has begun, an unknown or repeated name, no port.
    Result<void> set(const QString &name, qint64 value);
    /// Errc::InvalidArgument: an item is incomplete or reversed, or no allowed port is left.
    Result<PortRanges> ranges();

private:
    struct Item
    {
        std::optional<qint64> start;
        std::optional<qint64> end;
        std::optional<qint64> single;
    };

    std::vector<Item> m_items;
};

} // namespace frpx::server
