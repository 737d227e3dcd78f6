// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/store/accountstore.h"

class QSqlQuery;

namespace frpx::server {

/// The columns of an account; userFrom() expects them first in a row.
constexpr QStringView userColumns =
    u"users.id, users.email, users.password_hash, users.loopback_only, users.disabled, users.created_at, "
    u"users.client_ids, users.tunnel_names, users.ports, users.max_tunnels, users.max_connections, "
    u"users.bandwidth";
constexpr int userColumnCount = 12;

UserRecord userFrom(const QSqlQuery &query);
Error noSuchUser(const QString &email);

} // namespace frpx::server
