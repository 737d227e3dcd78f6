// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/api/apienvelope.h"

namespace frpx::server {

class ServerCommands;
class ServerView;

// The answers of ApiRouter at /api/tunnels.

ApiResponse tunnelList(const ServerView &view, ApiTime now);
ApiResponse tunnelShown(const ServerView &view, const QString &name, ApiTime now);
/// \a body is an object with known fields of the right type, at least one. Answers with the changed tunnel.
ApiResponse tunnelChanged(const ServerView &view, ServerCommands &commands, const QString &name,
    const QByteArray &body, ApiTime now);

} // namespace frpx::server
