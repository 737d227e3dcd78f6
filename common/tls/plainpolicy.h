// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/ipaddress.h"

namespace frpx {

/// From where a server takes connections that are not encrypted.
enum class PlainPolicy { Nowhere, LoopbackOnly, Everywhere };

/// May the connection of \a peer go without TLS? An IPv4-mapped IPv6 address counts as the IPv4 address it
/// stands for.
inline bool mayBePlain(PlainPolicy policy, const QHostAddress &peer)
{
    return policy == PlainPolicy::Everywhere
        || (policy == PlainPolicy::LoopbackOnly && net::plainAddress(peer).isLoopback());
}

/// What a TLS connection begins with: a record of its handshake. A frame of ours begins with 0x00, as none is
/// as long as 16 MiB.
constexpr char tlsFirstByte = 0x16;

} // namespace frpx
