// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>
#include <QStringView>

#include <optional>

namespace frpx::server {

/// The number spaces that ports belong to: tcp 6000 and udp 6000 have nothing to do with each other.
enum class PortProtocol : quint8 { Tcp, Udp };

constexpr int portProtocols = 2;

/// "tcp" or "udp", as on the wire and in the database.
QString protocolName(PortProtocol protocol);
std::optional<PortProtocol> protocolFromName(QStringView name);

/// Whom a port belongs to: the same key always gets the same port.
struct LeaseKey
{
    QString user;
    QString tunnel;
    PortProtocol protocol = PortProtocol::Tcp;
    /// Of frpx itself, for a tunnel of one of its clients; `user` is empty then. 0: `user` is whatever the
    /// client of a frp server calls itself.
    qint64 account = 0;

    bool operator==(const LeaseKey &) const = default;
};

struct LeaseKeyHash
{
    size_t operator()(const LeaseKey &key) const;
};

constexpr qsizetype maxLeaseNameLength = 512; ///< of a user or tunnel, in UTF-16 units

/// Accepts what can be stored and shown: a tunnel name that is not empty, no control characters, valid UTF-16
/// of bounded length. Errc::InvalidArgument with a sentence fit for the peer.
Result<void> checkLeaseKey(const LeaseKey &key);

/// A port that is given away.
struct Lease
{
    qint64 id = 0; ///< never used again
    LeaseKey key;
    quint16 port = 0;
    qint64 createdAtMs = 0; ///< since the epoch, UTC
    /// Taken over from another program that knew neither user nor protocol: `tunnel` is "user.name", `user`
    /// is empty, and the first key that fits inherits the port.
    bool imported = false;
    qint64 usedAtMs = 0; ///< of an account: when its tunnel was opened or closed last; as createdAtMs

    bool operator==(const Lease &) const = default;
};

} // namespace frpx::server
