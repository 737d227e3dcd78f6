// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/uniquefd.h"
#include "common/net/sockets.h"
#include "common/tls/tlsstate.h"

namespace frpx::server {

/// A connection of a client to the proxy port, plain or under TLS whose handshake is done.
struct WorkConn
{
    WorkConn() = default;
    WorkConn(UniqueFd plain) // NOLINT(google-explicit-constructor): a plain one is just its descriptor
        : fd(std::move(plain))
    { }
    WorkConn(UniqueFd secured, std::unique_ptr<TlsState> state)
        : fd(std::move(secured))
        , tls(std::move(state))
    { }

    explicit operator bool() const { return fd.isValid(); }
    int get() const { return fd.get(); }
    /// The connection is whole and has nothing to read, as it must be while it waits.
    bool isQuiet() const { return !(tls && tls->hasPending()) && net::isQuiet(fd.get()); }

    UniqueFd fd;
    std::unique_ptr<TlsState> tls; ///< null: plain
};

} // namespace frpx::server
