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
    qsizetype bodySize = 0; ///< bytes after the head
    bool isHttp11 = true; ///< so the peer understands chunks
    bool keepAlive = true; ///< HTTP/1.1 and no "Connection: close"
    bool expectsContinue = false;

    /// The first field called \a name (lower case), or null if there is none.
    QByteArray field(QByteArrayView name) const;
};

/// Why a request is not served. The end of the request is unknown then: answer and close.
struct RequestRefusal
{
    int status = 400;
    QString message;
};

/// The head is not complete yet.
struct RequestIncomplete
{ };

using RequestHeadResult = std::variant<RequestIncomplete, RequestHead, RequestRefusal>;

/// Parses the head of a request at the beginning of \a buffer. Refuses as early as possible: it does not wait
/// for the end of a line that is too long already.
RequestHeadResult parseRequestHead(QByteArrayView buffer, const HttpLimits &limits);

/// The request as QHttpServer gets it: without the fields that concern only the connection (Connection,
/// Expect, Upgrade and so on), since QHttpServer handles most of them wrongly.
QByteArray plainRequest(const RequestHead &head, QByteArrayView body);

/// A whole answer in wire format. \a close: the connection ends after it.
QByteArray encodeResponse(const ApiResponse &response, bool headOnly, bool close);

/// The head of an answer whose length is not known yet. With \a chunked its body must be made by
/// encodeChunk(); without, the body ends with the connection.
QByteArray encodeStreamHead(const ApiResponse &response, bool chunked, bool close);
/// One chunk of a body; an empty \a part ends the body.
QByteArray encodeChunk(const QByteArray &part);

/// Corrects an answer that QHttpServer wrote: no body for HEAD, no length for 204, and "Connection: close" on
/// the last one. Empty if \a raw is not an answer.
QByteArray correctedResponse(const QByteArray &raw, bool headOnly, bool close);

} // namespace frpx::server
