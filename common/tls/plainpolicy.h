// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/ipaddress.h"

namespace frpx {

/// From which peers a server accepts connections without TLS.
enum class PlainPolicy { Nowhere, LoopbackOnly, Everywhere };

/// Whether the connection of \a peer may go without TLS. An IPv4-mapped IPv6 address counts as its IPv4
/// address.
inline bool mayBePlain(PlainPolicy policy, const QHostAddress &peer)
{
    return policy == PlainPolicy::Everywhere
        || (policy == PlainPolicy::LoopbackOnly && net::plainAddress(peer).isLoopback());
}

/// The first byte of a TLS connection: a handshake record. A frame of frpx begins with 0x00, as no frame is
/// as long as 16 MiB.
constexpr char tlsFirstByte = 0x16;

} // namespace frpx
