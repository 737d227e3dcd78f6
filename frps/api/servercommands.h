// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

#include <optional>

namespace frpx::server {

/// New settings of a tunnel; what is absent stays.
struct TunnelChange
{
    std::optional<QString> policy;
};

/// What the REST API may change in a running server. Called on the control thread.
class ServerCommands
{
public:
    ServerCommands() = default;
    virtual ~ServerCommands() = default;
    Q_DISABLE_COPY_MOVE(ServerCommands)

    /// Ends the session of client \a id and tells it to stay away for \a retryAfterS seconds (0: it may come
    /// back at once). \return false when there is none.
    virtual bool disconnectClient(const QString &id, int retryAfterS) = 0;
    /// Whether client \a id gets new users, until the contrary is said. \return false when there is none.
    virtual bool setDrained(const QString &id, bool drained) = 0;
    /// Errc::NotFound, or Errc::InvalidArgument with a sentence that names the field.
    virtual Result<void> changeTunnel(const QString &id, const TunnelChange &change) = 0;
    /// Closes a tunnel, which is not the default one. \return false when there is none.
    virtual bool closeTunnel(const QString &id) = 0;
};

} // namespace frpx::server
