// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/httpmessage.h"

#include "tests/fuzz/target.h"

#include <algorithm>

using namespace Qt::StringLiterals;

/// An input is what a peer sends to the API's port, and what QHttpServer could answer.
namespace frpx::fuzz {

namespace {

using namespace frpx::server;

bool isIncomplete(const RequestHeadResult &result)
{
    return std::holds_alternative<RequestIncomplete>(result);
}

bool same(const RequestHead &one, const RequestHead &other)
{
    return one.method == other.method && one.target == other.target && one.fields == other.fields
        && one.headSize == other.headSize && one.bodySize == other.bodySize
        && one.keepAlive == other.keepAlive && one.expectsContinue == other.expectsContinue;
}

void checkHead(const RequestHead &head, QByteArrayView stream, const HttpLimits &limits)
{
    require(head.headSize > 0 && head.headSize <= stream.size(), "a head is a part of the stream");
    require(head.headSize <= limits.requestLine + limits.headers + 6, "a head keeps to the limits");
    require(head.bodySize >= 0 && head.bodySize <= limits.body, "a body keeps to the limit");
    require(!head.target.isEmpty() && (head.target.startsWith('/') || head.target == "*"_ba),
        "a target is a path");
    const RequestHeadResult alone = parseRequestHead(stream.first(head.headSize), limits);
    require(std::holds_alternative<RequestHead>(alone) && same(std::get<RequestHead>(alone), head),
        "what follows a head has no say in it");
}

/// Whatever has come of a head, it is waited for until its end or refused for good.
void readInParts(QByteArrayView stream, const RequestHeadResult &whole, const HttpLimits &limits)
{
    const auto *head = std::get_if<RequestHead>(&whole);
    const qsizetype size = head ? head->headSize : stream.size();
    const qsizetype step = 1 + size / 256;
    for (qsizetype length = 0; length < size; length += step) {
        const RequestHeadResult part = parseRequestHead(stream.first(length), limits);
        if (std::holds_alternative<RequestRefusal>(part)) {
            require(std::holds_alternative<RequestRefusal>(whole),
                "nothing is refused that is taken when more of it has come");
            return;
        }
        require(isIncomplete(part), "a head is not read before its end");
    }
}

/// QHttpServer must see one request, and the one that came.
void passOn(const RequestHead &head, QByteArrayView stream)
{
    const QByteArray body =
        stream.sliced(head.headSize).toByteArray().leftJustified(head.bodySize, 'x', true);
    const QByteArray plain = plainRequest(head, body);
    if (head.field("host").isNull())
        return; // of HTTP/1.0, and so not to be read again as what it is passed on as
    HttpLimits wide; // a length may be written longer than it came
    wide.requestLine *= 2;
    wide.headers *= 2;
    const RequestHeadResult read = parseRequestHead(plain, wide);
    const auto *again = std::get_if<RequestHead>(&read);
    require(again, "what is passed on is a request");
    require(again->method == head.method && again->target == head.target, "it asks for the same");
    require(again->headSize + again->bodySize == plain.size(), "it is one request");
    require(plain.endsWith(body) && again->bodySize == body.size(), "it has the same body");
}

void readRequest(QByteArrayView stream, const HttpLimits &limits)
{
    const RequestHeadResult result = parseRequestHead(stream, limits);
    readInParts(stream, result, limits);
    if (const auto *refusal = std::get_if<RequestRefusal>(&result)) {
        require(refusal->status >= 400 && refusal->status < 600, "a refusal is one");
    } else if (const auto *head = std::get_if<RequestHead>(&result)) {
        checkHead(*head, stream, limits);
        passOn(*head, stream);
    } else {
        require(stream.size() <= limits.requestLine + limits.headers + 6, "no head is waited for for ever");
    }
}

void correct(const QByteArray &raw, bool headOnly, bool close)
{
    const QByteArray corrected = correctedResponse(raw, headOnly, close);
    if (corrected.isEmpty())
        return;
    const qsizetype end = corrected.indexOf("\r\n\r\n");
    require(end > 0 && corrected.startsWith("HTTP/1.1 "), "an answer stays an answer");
    require(!headOnly || end + 4 == corrected.size(), "HEAD gets no body");
    require(!close || corrected.first(end).endsWith("\r\nConnection: close"), "the last answer says so");
    require(correctedResponse(corrected, headOnly, close) == corrected, "there is nothing left to correct");
}

} // namespace

static void tryInput(QByteArrayView input)
{
    HttpLimits narrow;
    narrow.requestLine = 32;
    narrow.headers = 64;
    narrow.body = 16;
    readRequest(input, HttpLimits());
    readRequest(input, narrow);
    const QByteArray raw = input.toByteArray();
    for (const bool headOnly : {false, true}) {
        for (const bool close : {false, true}) {
            correct(raw, headOnly, close);
            correct(encodeResponse({200, raw, {}}, headOnly, close), headOnly, close);
        }
    }
}

const TargetRegistration registration("httpmessage", tryInput);

} // namespace frpx::fuzz
