// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

#include <optional>

namespace frpx::server {

/// New settings of a tunnel; absent ones do not change.
struct TunnelChange
{
    std::optional<QString> policy;
};

/// The changes of a running server that the REST API can make. Called on the control thread.
class ServerCommands
{
public:
    ServerCommands() = default;
    virtual ~ServerCommands() = default;
    Q_DISABLE_COPY_MOVE(ServerCommands)

    /// Ends the session of client \a id and sends the client the request not to reconnect for \a retryAfterS
    /// seconds (0: at once). \return false if there is no such client.
    virtual bool disconnectClient(const QString &id, int retryAfterS) = 0;
    /// Starts or ends the drain of client \a id: a drained client gets no new visitors. \return false if
    /// there is no such client.
    virtual bool setDrained(const QString &id, bool drained) = 0;
    /// Errc::NotFound, or Errc::InvalidArgument with a sentence that names the field.
    virtual Result<void> changeTunnel(const QString &id, const TunnelChange &change) = 0;
    /// Closes a tunnel; the default one cannot be closed. \return false if there is no such tunnel.
    virtual bool closeTunnel(const QString &id) = 0;
};

} // namespace frpx::server
