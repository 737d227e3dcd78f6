// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "frps/ports/portranges.h"

#include <QString>

#include <functional>
#include <optional>

namespace frpx::server {

/// The port that a tunnel asks for.
struct PortRequest
{
    quint16 port = 0; ///< 0: no matter which
    bool orAny = true; ///< if that is not to be had, another one will do
    std::optional<PortRanges> among = {}; ///< the only ports that are allowed; none: any of the assigner
    int maxLeases = 0; ///< the account may keep so many ports for its tunnels; 0: no limit
};

/// Gives public ports away and takes them back. Who asks again for the same tunnel gets the same port as
/// before, while it is free.
///
/// Control thread only; the answer may come at once or later, but not after the assigner is destroyed.
class PortAssigner
{
public:
    /// The port, or Errc::Forbidden (the wanted port, or every one, is not among those that are given away),
    /// Errc::AlreadyExists (it is taken, by another tunnel or program), Errc::Busy (all are taken), or
    /// Errc::Storage.
    using Callback = std::function<void(Result<quint16>)>;

    PortAssigner() = default;
    virtual ~PortAssigner() = default;
    Q_DISABLE_COPY_MOVE(PortAssigner)

    /// From now on it gives these away as well.
    virtual void addPorts(quint16 from, quint16 to) = 0;
    /// \a protocol is `tcp`.
    virtual void acquire(qint64 userId, const QString &tunnelName, const QString &protocol,
        const PortRequest &request, Callback callback) = 0;
    /// Tells of each port whether \a userId would not get it because it is kept for a tunnel that is away. To
    /// be used at once.
    virtual std::function<bool(quint16 port)> keptPorts(qint64 userId) const = 0;
    /// For whom the port of a tunnel that has ended is kept, and how long.
    struct Hold
    {
        qint64 forMs = 0;
        bool forAccount = false; ///< for any tunnel of the account, not only for the same one
    };
    /// The tunnel has ended; until \a hold is over its port is given to nobody else.
    virtual void release(
        qint64 userId, const QString &tunnelName, const QString &protocol, const Hold &hold) = 0;
};

} // namespace frpx::server
