// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/ports/portranges.h"

#include <QStringList>

#include <optional>

namespace frpx::server {

/// What one account may do. What is not set is as for everybody: any name, any port that the server gives
/// away, the server's limits.
struct UserRights
{
    std::optional<QStringList> clientIds; ///< patterns, see parsePatterns()
    std::optional<QStringList> tunnelNames; ///< patterns
    std::optional<PortRanges> ports; ///< of those that the server gives away
    std::optional<int> maxTunnels;
    std::optional<int> maxConnections; ///< to its tunnels at a time; 0: no limit
    std::optional<qint64> bandwidth; ///< bytes/s in each direction; 0: no limit

    bool mayUseClientId(QStringView clientId) const;
    bool mayUseTunnelName(QStringView name) const;
    bool mayUsePort(quint16 port) const { return !ports || ports->contains(port); }

    bool operator==(const UserRights &) const = default;
};

constexpr qsizetype maxPatterns = 100;
constexpr qsizetype maxPatternLength = 200; ///< in UTF-16 units

/// Reads patterns such as `web-*,db-?` (`*` any characters, `?` one; capitals count); an empty text allows
/// no name. Errc::InvalidArgument with a sentence.
Result<QStringList> parsePatterns(const QString &text);
/// Whether \a pattern fits all of \a name. Takes no longer than the product of their lengths.
bool matchesPattern(QStringView pattern, QStringView name);

} // namespace frpx::server
