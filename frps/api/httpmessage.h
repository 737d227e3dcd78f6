// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/api/apienvelope.h"
#include "frps/api/httplimits.h"

#include <QByteArray>
#include <QString>

#include <utility>
#include <variant>
#include <vector>

namespace frpx::server {

/// The head of one HTTP/1 request, checked. Pure values and functions; no sockets here.
struct RequestHead
{
    QByteArray method;
    QByteArray target; ///< "/path?query" or "*"; every percent escape is well-formed
    std::vector<std::pair<QByteArray, QByteArray>> fields; ///< names in lower case
    qsizetype headSize = 0; ///< bytes up to and including the empty line
    qsizetype bodySize = 0; ///< bytes that follow
    bool isHttp11 = true; ///< so its sender understands chunks
    bool keepAlive = true; ///< HTTP/1.1 and no "Connection: close"
    bool expectsContinue = false;

    /// The first field called \a name (lower case), or nothing.
    QByteArray field(QByteArrayView name) const;
};

/// Why a request is not served. The stream is out of step afterwards: answer and close.
struct RequestRefusal
{
    int status = 400;
    QString message;
};

/// The head is not complete yet.
struct RequestIncomplete
{ };

using RequestHeadResult = std::variant<RequestIncomplete, RequestHead, RequestRefusal>;

/// Reads the head of a request at the beginning of \a buffer. Refuses as early as it can tell: it does not
/// wait for the end of a line that is too long already.
RequestHeadResult parseRequestHead(QByteArrayView buffer, const HttpLimits &limits);

/// The request as QHttpServer shall see it: the fields that concern only this connection (Connection, Expect,
/// Upgrade and so on) left out, since it misunderstands most of them.
QByteArray plainRequest(const RequestHead &head, QByteArrayView body);

/// A whole answer in wire format. With \a close the peer is told that it is the last one.
QByteArray encodeResponse(const ApiResponse &response, bool headOnly, bool close);

/// The head of an answer whose length is not known yet. With \a chunked its body comes as encodeChunk() makes
/// it; without, its end is that of the connection.
QByteArray encodeStreamHead(const ApiResponse &response, bool chunked, bool close);
/// A part of a body that is sent in chunks; an empty one is its end.
QByteArray encodeChunk(const QByteArray &part);

/// The answer that QHttpServer wrote, corrected: no body for HEAD, no length for 204, and "Connection: close"
/// on the last one. Empty when \a raw is not an answer.
QByteArray correctedResponse(const QByteArray &raw, bool headOnly, bool close);

} // namespace frpx::server
