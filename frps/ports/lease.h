// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>
#include <QStringView>

#include <optional>

namespace frpx::server {

/// The number space of a port: tcp 6000 and udp 6000 are independent.
enum class PortProtocol : quint8 { Tcp, Udp };

constexpr int portProtocols = 2;

/// "tcp" or "udp", as on the wire and in the database.
QString protocolName(PortProtocol protocol);
std::optional<PortProtocol> protocolFromName(QStringView name);

/// Identifies the holder of a port: the same key always gets the same port.
struct LeaseKey
{
    QString user;
    QString tunnel;
    PortProtocol protocol = PortProtocol::Tcp;
    /// The account of frpx whose tunnel it is; `user` is empty then. 0: `user` is the name that the client of
    /// a frp server sends.
    qint64 account = 0;

    bool operator==(const LeaseKey &) const = default;
};

struct LeaseKeyHash
{
    size_t operator()(const LeaseKey &key) const;
};

constexpr qsizetype maxLeaseNameLength = 512; ///< of a user or tunnel, in UTF-16 units

/// Checks that a key can be stored and shown: a tunnel name that is not empty, no control characters, valid
/// UTF-16 of bounded length. Errc::InvalidArgument with a sentence fit for the peer.
Result<void> checkLeaseKey(const LeaseKey &key);

/// An assigned port.
struct Lease
{
    qint64 id = 0; ///< never used again
    LeaseKey key;
    quint16 port = 0;
    qint64 createdAtMs = 0; ///< since the epoch, UTC
    /// Imported from another program that stores neither user nor protocol: `tunnel` is "user.name", `user`
    /// is empty, and the first matching key inherits the port.
    bool imported = false;
    /// Milliseconds since the epoch, UTC; for an account: the last time its tunnel was opened or closed.
    qint64 usedAtMs = 0;

    bool operator==(const Lease &) const = default;
};

} // namespace frpx::server
