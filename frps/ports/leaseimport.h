// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/ports/leasestore.h"

#include <QByteArray>

namespace frpx::server {

/// The result of an import.
struct LeaseImport
{
    qsizetype added = 0; ///< proxies
    qsizetype known = 0; ///< proxies that had the same port already
};

/// Imports the `db.json` of frp-port-keeper: `{"proxies": {"user.proxy": port, …}, "ports": {…}}`; only
/// "proxies" is read. The file has no protocols, so a port is leased for both until its proxy asks for the
/// first time. All or nothing: Errc::InvalidArgument if \a json is something else, Errc::AlreadyExists with a
/// sentence that names the first conflict, Errc::Storage.
Result<LeaseImport> importPortKeeperJson(const QByteArray &json, LeaseStore &store);

} // namespace frpx::server
