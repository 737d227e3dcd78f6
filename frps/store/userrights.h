// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/portranges.h"

#include <QStringList>

#include <optional>

namespace frpx::server {

/// What one account may do. Absent values mean the default: any name, any port that the server assigns, the
/// server's limits.
struct UserRights
{
    std::optional<QStringList> clientIds; ///< patterns, see parsePatterns()
    std::optional<QStringList> tunnelNames; ///< patterns
    std::optional<PortRanges> ports; ///< of those that the server assigns
    std::optional<int> maxTunnels;
    std::optional<int> maxConnections; ///< at the same time, to its tunnels; 0: no limit
    std::optional<qint64> bandwidth; ///< bytes/s in each direction; 0: no limit

    bool mayUseClientId(QStringView clientId) const;
    bool mayUseTunnelName(QStringView name) const;
    bool mayUsePort(quint16 port) const { return !ports || ports->contains(port); }

    bool operator==(const UserRights &) const = default;
};

constexpr qsizetype maxPatterns = 100;
constexpr qsizetype maxPatternLength = 200; ///< in UTF-16 units

/// Parses patterns such as `web-*,db-?` (`*` any characters, `?` one; case-sensitive); an empty text allows
/// no name. Errc::InvalidArgument with a sentence.
Result<QStringList> parsePatterns(const QString &text);
/// Whether \a pattern matches all of \a name. Takes at most the product of their lengths.
bool matchesPattern(QStringView pattern, QStringView name);

} // namespace frpx::server
