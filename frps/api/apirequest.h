// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>

namespace frpx::server {

/// One request, independent of how it travelled.
struct ApiRequest
{
    QByteArray method; ///< in upper case
    QByteArray path; ///< as on the wire, percent-encoded, without the query
    QByteArray query;
    QByteArray body;
    QByteArray origin = {}; ///< the page that asks, if a browser says so
    QByteArray fetchSite = {}; ///< how near that page is, in the browser's words (Sec-Fetch-Site)
    QByteArray host = {}; ///< as the peer calls this server
    QByteArray authorization = {}; ///< holds a secret
    bool peerIsLoopback = false;
};

} // namespace frpx::server
