// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/net/portranges.h"

#include <QString>

#include <functional>
#include <optional>

namespace frpx::server {

/// The port that a tunnel asks for.
struct PortRequest
{
    quint16 port = 0; ///< 0: any
    bool orAny = true; ///< if that port cannot be assigned, another one is accepted
    std::optional<PortRanges> among = {}; ///< the only ports that are allowed; nullopt: all of the assigner
    int maxLeases = 0; ///< the most leases the account may have; 0: no limit
};

/// Assigns public ports to tunnels and takes them back. The same tunnel gets the same port again while that
/// is free.
///
/// Control thread only; the answer may come at once or later, but not after the assigner is destroyed.
class PortAssigner
{
public:
    /// The port, or Errc::Forbidden (the wanted port, or every port, is not assigned by this server),
    /// Errc::AlreadyExists (another tunnel or program has it), Errc::Busy (all are taken), or Errc::Storage.
    using Callback = std::function<void(Result<quint16>)>;

    PortAssigner() = default;
    virtual ~PortAssigner() = default;
    Q_DISABLE_COPY_MOVE(PortAssigner)

    /// Adds these to the ports that it assigns.
    virtual void addPorts(quint16 from, quint16 to) = 0;
    /// \a protocol is `tcp`.
    virtual void acquire(qint64 userId, const QString &tunnelName, const QString &protocol,
        const PortRequest &request, Callback callback) = 0;
    /// A function that is true for each port that \a userId cannot get because it is kept for a tunnel that
    /// is closed now. Valid until the next event only.
    virtual std::function<bool(quint16 port)> keptPorts(qint64 userId) const = 0;
    /// How long the port of a tunnel that has ended is kept, and for which tunnels.
    struct Hold
    {
        qint64 forMs = 0;
        bool forAccount = false; ///< for any tunnel of the account, not only for the same one
    };
    /// The tunnel has ended. Its port goes to no other tunnel until \a hold is over.
    virtual void release(
        qint64 userId, const QString &tunnelName, const QString &protocol, const Hold &hold) = 0;
};

} // namespace frpx::server
