// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>

namespace frpx::server {

/// One request, independent of the transport.
struct ApiRequest
{
    QByteArray method; ///< in upper case
    QByteArray path; ///< as on the wire, percent-encoded, without the query
    QByteArray query;
    QByteArray body;
    QByteArray origin = {}; ///< the web page that sent it, if a browser says so
    QByteArray fetchSite = {}; ///< Sec-Fetch-Site: the relation of that page to this server
    QByteArray host = {}; ///< the name by which the peer calls this server
    QByteArray authorization = {}; ///< holds a secret
    bool peerIsLoopback = false;
};

} // namespace frpx::server
