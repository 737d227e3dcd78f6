// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/ports/leasestore.h"

#include <QByteArray>

namespace frpx::server {

/// How an import went.
struct LeaseImport
{
    qsizetype added = 0; ///< proxies
    qsizetype known = 0; ///< proxies that had this port already
};

/// Takes over the `db.json` of frp-port-keeper: `{"proxies": {"user.proxy": port, …}, "ports": {…}}`, of
/// which only "proxies" counts. As it knows no protocols, a port is held in both spaces until its proxy asks
/// for the first time. All of it or nothing: Errc::InvalidArgument when \a json is something else,
/// Errc::AlreadyExists with a sentence that names the first conflict, Errc::Storage.
Result<LeaseImport> importPortKeeperJson(const QByteArray &json, LeaseStore &store);

} // namespace frpx::server
