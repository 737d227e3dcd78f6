// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/unservedanswer.h"

#include "common/tls/plainpolicy.h"

#include <algorithm>

namespace frpx::server {

namespace {

using Kind = UnservedAnswer::Kind;

constexpr qsizetype longestMethod = 20;
constexpr int retryAfterS = 5;

// Readable on a phone and in dark mode. It contains all it needs, since no other request would be served.
constexpr auto page = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>503 Service Unavailable</title>
<style>
:root { color-scheme: light dark; }
body { max-width: 32rem; margin: 0 auto; padding: 20vh 1.5rem 1.5rem; font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 0.5rem; font-size: 1.75rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
.status { font-size: 0.875rem; opacity: 0.7; }
</style>
</head>
<body>
<main>
<h1>Service unavailable</h1>
<p>No machine can serve this request right now. Please try again in a few seconds.</p>
<p class="status">HTTP status 503</p>
</main>
</body>
</html>
)";

constexpr auto error =
    R"({"error":{"message":"No machine can serve this request right now. Please try again in a few )"
    R"(seconds.","type":"service_unavailable","code":"no_backend"}})"
    "\n";

/// An alert record: fatal, internal_error. Every peer accepts this version.
QByteArray tlsAlert()
{
    return QByteArray::fromHex("15030300020250");
}

QByteArray response(bool isHtml, bool hasBody)
{
    const QByteArray body(isHtml ? page : error);
    return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: "
        + QByteArray(isHtml ? "text/html; charset=utf-8" : "application/json") + "\r\nContent-Length: "
        + QByteArray::number(body.size()) + "\r\nRetry-After: " + QByteArray::number(retryAfterS)
        + "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n" + (hasBody ? body : QByteArray());
}

/// The method of the request line that begins with \a first; empty if it cannot be a method. If the line is
/// not complete, the bytes so far.
QByteArrayView methodOf(QByteArrayView first)
{
    const auto end = std::find_if(
        first.begin(), first.end(), [](char c) { return !((c >= 'A' && c <= 'Z') || c == '-'); });
    const qsizetype length = end - first.begin();
    const bool isWhole = end != first.end();
    return length > longestMethod || (isWhole && *end != ' ') ? QByteArrayView() : first.first(length);
}

bool isHttp1(QByteArrayView requestLine)
{
    const QByteArrayView line = requestLine.endsWith('\r') ? requestLine.chopped(1) : requestLine;
    return line.endsWith(" HTTP/1.1") || line.endsWith(" HTTP/1.0");
}

/// Whether the request with the head \a head asks for HTML.
bool wantsHtml(QByteArrayView head)
{
    for (qsizetype begin = 0; begin < head.size();) {
        const qsizetype found = head.indexOf('\n', begin);
        const qsizetype end = found < 0 ? head.size() : found;
        const QByteArray line = head.sliced(begin, end - begin).toByteArray().toLower();
        if (line.startsWith("accept:") && line.contains("text/html"))
            return true;
        begin = end + 1;
    }
    return false;
}

} // namespace

UnservedAnswer unservedAnswer(QByteArrayView first, bool isAll)
{
    isAll = isAll || first.size() >= maxUnservedHead;
    const Kind undecided = isAll ? Kind::Reset : Kind::MoreNeeded;
    if (first.isEmpty())
        return {undecided};
    if (first.front() == tlsFirstByte) {
        if (first.size() == 1)
            return {undecided};
        return first[1] == 3 ? UnservedAnswer{Kind::TlsAlert, tlsAlert()} : UnservedAnswer{Kind::Reset};
    }
    const QByteArrayView method = methodOf(first);
    if (method.isEmpty())
        return {Kind::Reset};
    if (method.size() == first.size())
        return {undecided}; // the space after it has not arrived
    const qsizetype lineEnd = first.indexOf('\n');
    if (lineEnd >= 0 && !isHttp1(first.first(lineEnd)))
        return {Kind::Reset};
    const bool isWhole = first.indexOf("\r\n\r\n") >= 0 || first.indexOf("\n\n") >= 0;
    if (!isWhole && !isAll)
        return {Kind::MoreNeeded};
    return {Kind::Http, response(wantsHtml(first), method != QByteArrayView("HEAD"))};
}

} // namespace frpx::server
