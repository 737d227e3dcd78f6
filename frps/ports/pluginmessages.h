// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/api/apienvelope.h"
#include "frps/ports/lease.h"

#include <QByteArrayView>

#include <variant>

/// The messages of frp's server-plugin protocol that a port keeper needs. Pure functions.
namespace frpx::server {

/// A frp server asks for the port of a new proxy.
struct PluginRequest
{
    LeaseKey key;
    quint16 wanted = 0; ///< 0: none, or not a valid port
    QByteArray content; ///< the raw text of the received object, for the answer
};

/// Reads the body of `POST /port-registrations?op=…`. \return the request, or the answer if no port is to be
/// assigned: "unchanged" for another operation or a proxy without a port, 400 for missing fields or a body
/// that is not JSON.
std::variant<PluginRequest, ApiResponse> readPluginRequest(const QByteArray &body, const QByteArray &query);

/// The received content with \a port as its `remote_port`; every other byte as it was.
ApiResponse portAnswer(const PluginRequest &request, quint16 port);
/// frp shows \a reason to its client. Always 200, as frp drops the body of any other answer.
ApiResponse rejection(const QString &reason);

} // namespace frpx::server
