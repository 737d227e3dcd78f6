// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHostAddress>
#include <QStringView>

#include <optional>
#include <utility>

namespace frpx::net {

/// Parses \a text as a complete address: QHostAddress itself also accepts "10" for 0.0.0.10. No scope
/// ("%eth0").
std::optional<QHostAddress> parseIpAddress(QStringView text);

/// Converts an IPv4-mapped IPv6 address (::ffff:192.0.2.1) to its IPv4 address; removes the scope of any
/// other address.
QHostAddress plainAddress(const QHostAddress &address);

/// The source that an address belongs to: for IPv4 the address, for IPv6 its /64 network, which one
/// subscriber has. The first part is whether it is IPv6, then the address or network.
using SourceKey = std::pair<quint64, quint64>;
SourceKey sourceKey(const QHostAddress &address);

} // namespace frpx::net
