// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/api/apienvelope.h"
#include "frps/ports/lease.h"

#include <QByteArrayView>

#include <variant>

/// The server-plugin protocol of frp, as far as a port keeper speaks it. Pure functions.
namespace frpx::server {

/// A frp server asks for the port of a new proxy.
struct PortRequest
{
    LeaseKey key;
    quint16 wanted = 0; ///< 0: no wish, or none that makes sense
    QByteArray content; ///< the raw text of the object that came, to be echoed
};

/// Reads the body of `POST /port-registrations?op=…`.
/// \return the request, or the answer when there is no port to be given: another operation or a proxy without
/// a port is left unchanged; missing fields and what is not JSON are 400.
std::variant<PortRequest, ApiResponse> readPortRequest(const QByteArray &body, const QByteArray &query);

/// What came in, with \a port as its `remote_port`; every other byte of it as it was.
ApiResponse portAnswer(const PortRequest &request, quint16 port);
/// frp shows \a reason to its client. Always 200, as frp loses the body of any other answer.
ApiResponse rejection(const QString &reason);

} // namespace frpx::server
