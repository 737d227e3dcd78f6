// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

#include <functional>

namespace frpx::server {

/// Gives public ports away and takes them back. Who asks again for the same tunnel gets the same port as
/// before, while it is free.
///
/// Control thread only; the answer may come at once or later, but not after the assigner is destroyed.
class PortAssigner
{
public:
    /// The port, or Errc::Forbidden (the wanted port is not among those that are given away),
    /// Errc::AlreadyExists (it is taken, by another tunnel or program), Errc::Busy (all are taken), or
    /// Errc::Storage.
    using Callback = std::function<void(Result<quint16>)>;

    PortAssigner() = default;
    virtual ~PortAssigner() = default;
    Q_DISABLE_COPY_MOVE(PortAssigner)

    /// \a protocol is `tcp`; \a wantedPort 0 leaves the choice to the assigner.
    virtual void acquire(qint64 userId, const QString &tunnelName, const QString &protocol,
        quint16 wantedPort, Callback callback) = 0;
    /// The tunnel has ended. For \a heldForMs its port is given to nobody but the same tunnel.
    virtual void release(
        qint64 userId, const QString &tunnelName, const QString &protocol, qint64 heldForMs = 0) = 0;
};

} // namespace frpx::server
