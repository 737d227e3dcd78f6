// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHostAddress>
#include <QStringView>

#include <optional>

namespace frpx::net {

/// \a text as an address, written in full: QHostAddress itself also takes "10" for 0.0.0.10. No scope
/// ("%eth0").
std::optional<QHostAddress> parseIpAddress(QStringView text);

/// An IPv4-mapped IPv6 address (::ffff:192.0.2.1) as the IPv4 address it stands for; any other without its
/// scope.
QHostAddress plainAddress(const QHostAddress &address);

} // namespace frpx::net
