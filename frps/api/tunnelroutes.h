// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/api/apienvelope.h"

namespace frpx::server {

class ServerCommands;
class ServerView;

// The answers of ApiRouter at /api/tunnels and /api/services.

ApiResponse tunnelList(const ServerView &view, ApiTime now);
ApiResponse tunnelShown(const ServerView &view, const QString &id, ApiTime now);
/// 404 if there is none, 409 for the default tunnel.
ApiResponse tunnelDeleted(const ServerView &view, ServerCommands &commands, const QString &id, ApiTime now);
/// \a query may contain `prefix`.
ApiResponse serviceList(const ServerView &view, const QByteArray &query, ApiTime now);
/// \a body is an object of known fields with the right types, at least one. Answers with the changed tunnel.
ApiResponse tunnelChanged(
    const ServerView &view, ServerCommands &commands, const QString &id, const QByteArray &body, ApiTime now);

} // namespace frpx::server
