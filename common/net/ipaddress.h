// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHostAddress>
#include <QStringView>

#include <optional>
#include <utility>

namespace frpx::net {

/// \a text as an address, written in full: QHostAddress itself also takes "10" for 0.0.0.10. No scope
/// ("%eth0").
std::optional<QHostAddress> parseIpAddress(QStringView text);

/// An IPv4-mapped IPv6 address (::ffff:192.0.2.1) as the IPv4 address it stands for; any other without its
/// scope.
QHostAddress plainAddress(const QHostAddress &address);

/// Whom an address stands for: itself, or of IPv6 its /64 network, which is what one subscriber has. First
/// whether IPv6, then the address or network.
using SourceKey = std::pair<quint64, quint64>;
SourceKey sourceKey(const QHostAddress &address);

} // namespace frpx::net
