// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/httpmessage.h"

#include <algorithm>
#include <array>
#include <optional>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr int maxFields = 100;
constexpr qsizetype maxMethodLength = 16;

bool isAlphaNumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isHexDigit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// A character of a method or field name (RFC 9110, token).
bool isTokenChar(char c)
{
    return isAlphaNumeric(c) || QByteArrayView("!#$%&'*+-.^_`|~").contains(c);
}

/// A character of a host name, address or port (RFC 3986).
bool isHostChar(char c)
{
    return isAlphaNumeric(c) || QByteArrayView("-._~%!$&'()*+,;=:[]").contains(c);
}

bool isToken(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), isTokenChar);
}

QByteArrayView trimmed(QByteArrayView text)
{
    while (!text.isEmpty() && (text.front() == ' ' || text.front() == '\t'))
        text = text.sliced(1);
    while (!text.isEmpty() && (text.back() == ' ' || text.back() == '\t'))
        text.chop(1);
    return text;
}

bool startsWithIgnoringCase(QByteArrayView text, QByteArrayView prefix)
{
    return text.size() >= prefix.size()
        && text.first(prefix.size()).compare(prefix, Qt::CaseInsensitive) == 0;
}

RequestRefusal malformed(const QString &what)
{
    return {400, u"Malformed request: "_s + what};
}

RequestRefusal lineTooLong()
{
    return {414, u"The request line is too long"_s};
}

/// True for visible ASCII in which every '%' begins a complete escape.
bool isCleanTarget(QByteArrayView target)
{
    for (qsizetype i = 0; i < target.size(); ++i) {
        const char c = target[i];
        if (c <= ' ' || c >= '\x7f' || c == '#')
            return false;
        if (c == '%' && (i + 2 >= target.size() || !isHexDigit(target[i + 1]) || !isHexDigit(target[i + 2])))
            return false;
    }
    return true;
}

/// Removes scheme and host of the absolute form ("http://host/path"); returns any other target as it is.
QByteArray withoutHost(QByteArrayView target)
{
    for (const QByteArrayView scheme : {QByteArrayView("http://"), QByteArrayView("https://")}) {
        if (!startsWithIgnoringCase(target, scheme))
            continue;
        const QByteArrayView rest = target.sliced(scheme.size());
        const auto end = std::find_if(rest.begin(), rest.end(), [](char c) { return c == '/' || c == '?'; });
        const QByteArray path = rest.sliced(end - rest.begin()).toByteArray();
        return path.startsWith('/') ? path : '/' + path;
    }
    return target.toByteArray();
}

/// The path and query of the target; nullopt if the target has a form that this server does not support.
std::optional<QByteArray> originForm(QByteArrayView target, QByteArrayView method)
{
    if (!isCleanTarget(target))
        return std::nullopt;
    if (target == "*")
        return method == "OPTIONS" ? std::optional(target.toByteArray()) : std::nullopt;
    QByteArray origin = withoutHost(target);
    // The first segment after two slashes would be taken for a host name.
    if (!origin.startsWith('/') || origin.startsWith("//"))
        return std::nullopt;
    return origin;
}

std::optional<RequestRefusal> readRequestLine(QByteArrayView line, RequestHead &head, bool &isHttp11)
{
    const qsizetype first = line.indexOf(' ');
    const qsizetype last = line.lastIndexOf(' ');
    if (first <= 0 || first == last)
        return malformed(u"a request line is METHOD TARGET VERSION"_s);
    const QByteArrayView method = line.first(first);
    const QByteArrayView target = line.sliced(first + 1, last - first - 1);
    const QByteArrayView version = line.sliced(last + 1);
    if (!isToken(method))
        return malformed(u"bad method"_s);
    if (version.size() != 8 || !version.startsWith("HTTP/") || version[5] < '0' || version[5] > '9'
        || version[6] != '.' || version[7] < '0' || version[7] > '9')
        return malformed(u"bad HTTP version"_s);
    if (version[5] != '1')
        return RequestRefusal{505, u"This server supports only HTTP/1.1 and HTTP/1.0"_s};
    static constexpr std::array known{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    if (std::none_of(known.begin(), known.end(), [method](const char *name) { return method == name; }))
        return RequestRefusal{501, u"This server does not support that method"_s};
    std::optional<QByteArray> origin = originForm(target, method);
    if (!origin)
        return malformed(u"bad request target"_s);
    head.method = method.toByteArray();
    head.target = *std::move(origin);
    isHttp11 = version[7] != '0';
    return std::nullopt;
}

/// Reads "name: value" lines up to the empty line.
std::optional<RequestRefusal> readFields(QByteArrayView block, RequestHead &head)
{
    while (!block.isEmpty()) {
        const qsizetype end = block.indexOf("\r\n");
        const QByteArrayView line = end < 0 ? block : block.first(end);
        block = end < 0 ? QByteArrayView() : block.sliced(end + 2);
        const qsizetype colon = line.indexOf(':');
        if (colon < 0 || !isToken(line.first(colon)))
            return malformed(u"bad header field"_s);
        const QByteArrayView value = trimmed(line.sliced(colon + 1));
        for (const char c : value) {
            if ((c >= 0 && c < ' ' && c != '\t') || c == '\x7f')
                return malformed(u"control character in a header field"_s);
        }
        if (head.fields.size() == maxFields)
            return RequestRefusal{431, u"Too many header fields"_s};
        head.fields.emplace_back(line.first(colon).toByteArray().toLower(), value.toByteArray());
    }
    return std::nullopt;
}

std::optional<RequestRefusal> readContentLength(const HttpLimits &limits, RequestHead &head)
{
    std::optional<QByteArray> length;
    for (const auto &[name, value] : head.fields) {
        if (name != "content-length"_ba)
            continue;
        if (length && *length != value)
            return malformed(u"two different lengths"_s);
        length = value;
    }
    if (!length)
        return std::nullopt;
    if (length->isEmpty()
        || !std::all_of(length->begin(), length->end(), [](char c) { return c >= '0' && c <= '9'; }))
        return malformed(u"bad Content-Length"_s);
    bool ok = false;
    head.bodySize = length->toLongLong(&ok);
    if (!ok || head.bodySize > limits.body)
        return RequestRefusal{413, u"The request body is too large"_s};
    return std::nullopt;
}

std::optional<RequestRefusal> readMeaning(const HttpLimits &limits, bool isHttp11, RequestHead &head)
{
    int hosts = 0;
    bool hasTransferEncoding = false;
    bool chunked = false;
    head.isHttp11 = isHttp11;
    head.keepAlive = isHttp11;
    for (const auto &[name, value] : head.fields) {
        if (name == "host"_ba) {
            ++hosts;
            if (!std::all_of(value.begin(), value.end(), isHostChar))
                return malformed(u"bad Host field"_s);
        } else if (name == "transfer-encoding"_ba) {
            hasTransferEncoding = true;
            chunked = value.compare("chunked"_ba, Qt::CaseInsensitive) == 0;
        } else if (name == "connection"_ba) {
            for (const QByteArray &option : value.split(',')) {
                if (trimmed(option).compare("close", Qt::CaseInsensitive) == 0)
                    head.keepAlive = false;
            }
        } else if (name == "expect"_ba && isHttp11) {
            if (value.compare("100-continue"_ba, Qt::CaseInsensitive) != 0)
                return RequestRefusal{417, u"The only supported expectation is 100-continue"_s};
            head.expectsContinue = true;
        }
    }
    if (hosts > 1 || (hosts == 0 && isHttp11))
        return malformed(u"exactly one Host field is needed"_s);
    if (hasTransferEncoding && !head.field("content-length").isNull())
        return malformed(u"both Content-Length and Transfer-Encoding"_s);
    if (chunked)
        return RequestRefusal{411, u"A body needs a Content-Length"_s};
    if (hasTransferEncoding)
        return RequestRefusal{501, u"Transfer codings are not supported"_s};
    return readContentLength(limits, head);
}

bool concernsConnectionOnly(const QByteArray &name)
{
    static const std::array names{"connection"_ba, "keep-alive"_ba, "proxy-connection"_ba, "te"_ba,
        "trailer"_ba, "upgrade"_ba, "expect"_ba, "content-length"_ba};
    return std::find(names.begin(), names.end(), name) != names.end();
}

QByteArray reasonPhrase(int status)
{
    switch (status) {
    case 200:
        return "OK"_ba;
    case 204:
        return "No Content"_ba;
    case 400:
        return "Bad Request"_ba;
    case 401:
        return "Unauthorized"_ba;
    case 403:
        return "Forbidden"_ba;
    case 404:
        return "Not Found"_ba;
    case 405:
        return "Method Not Allowed"_ba;
    case 408:
        return "Request Timeout"_ba;
    case 409:
        return "Conflict"_ba;
    case 411:
        return "Length Required"_ba;
    case 413:
        return "Content Too Large"_ba;
    case 414:
        return "URI Too Long"_ba;
    case 417:
        return "Expectation Failed"_ba;
    case 429:
        return "Too Many Requests"_ba;
    case 431:
        return "Request Header Fields Too Large"_ba;
    case 500:
        return "Internal Server Error"_ba;
    case 501:
        return "Not Implemented"_ba;
    case 503:
        return "Service Unavailable"_ba;
    case 505:
        return "HTTP Version Not Supported"_ba;
    default:
        return "Unknown"_ba;
    }
}

/// The status line and the header fields of \a response.
QByteArray headLines(const ApiResponse &response)
{
    QByteArray lines = "HTTP/1.1 "_ba + QByteArray::number(response.status) + ' '
        + reasonPhrase(response.status) + "\r\n"_ba;
    for (const auto &[name, value] : response.headers)
        lines += name + ": "_ba + value + "\r\n"_ba;
    return lines;
}

} // namespace

QByteArray RequestHead::field(QByteArrayView name) const
{
    for (const auto &[key, value] : fields) {
        if (key == name)
            return value.isNull() ? ""_ba : value;
    }
    return {};
}

RequestHeadResult parseRequestHead(QByteArrayView buffer, const HttpLimits &limits)
{
    const qsizetype lineEnd = buffer.indexOf('\n');
    if (lineEnd < 0) {
        if (buffer.size() > limits.requestLine + 1) // the buffer may end with the CR
            return lineTooLong();
        // Not HTTP (a TLS handshake, for example): refuse it without waiting for more.
        const QByteArrayView method = buffer.first(std::min(buffer.size(), maxMethodLength));
        const qsizetype space = method.indexOf(' ');
        const QByteArrayView begun = space < 0 ? method : method.first(space);
        if (!begun.isEmpty() && begun != "\r" && !isToken(begun))
            return malformed(u"this is not HTTP"_s);
        return RequestIncomplete{};
    }
    if (lineEnd > limits.requestLine + 1)
        return lineTooLong();
    if (lineEnd == 0 || buffer[lineEnd - 1] != '\r')
        return malformed(u"lines end with CR LF"_s);

    RequestHead head;
    bool isHttp11 = true;
    if (std::optional<RequestRefusal> refusal = readRequestLine(buffer.first(lineEnd - 1), head, isHttp11))
        return *std::move(refusal);

    const QByteArrayView rest = buffer.sliced(lineEnd + 1);
    const bool noFields = rest.startsWith("\r\n");
    const qsizetype end = noFields ? 0 : rest.indexOf("\r\n\r\n");
    if (end > limits.headers || (end < 0 && rest.size() > limits.headers + 3))
        return RequestRefusal{431, u"The header fields are too large"_s};
    if (end < 0)
        return RequestIncomplete{};
    head.headSize = lineEnd + 1 + end + (noFields ? 2 : 4);
    if (std::optional<RequestRefusal> refusal = readFields(rest.first(end), head))
        return *std::move(refusal);
    if (std::optional<RequestRefusal> refusal = readMeaning(limits, isHttp11, head))
        return *std::move(refusal);
    return head;
}

QByteArray plainRequest(const RequestHead &head, QByteArrayView body)
{
    QByteArray request = head.method + ' ' + head.target + " HTTP/1.1\r\n"_ba;
    for (const auto &[name, value] : head.fields) {
        if (!concernsConnectionOnly(name))
            request += name + ": "_ba + value + "\r\n"_ba;
    }
    if (!body.isEmpty())
        request += "content-length: "_ba + QByteArray::number(body.size()) + "\r\n"_ba;
    request += "\r\n"_ba;
    request.append(body);
    return request;
}

QByteArray encodeResponse(const ApiResponse &response, bool headOnly, bool close)
{
    const QByteArray raw = headLines(response) + "Content-Length: "_ba
        + QByteArray::number(response.body.size()) + "\r\n\r\n"_ba;
    return correctedResponse(raw + response.body, headOnly, close);
}

QByteArray encodeStreamHead(const ApiResponse &response, bool chunked, bool close)
{
    QByteArray head = headLines(response);
    if (chunked)
        head += "Transfer-Encoding: chunked\r\n"_ba;
    if (close)
        head += "Connection: close\r\n"_ba;
    return head + "\r\n"_ba;
}

QByteArray encodeChunk(const QByteArray &part)
{
    return QByteArray::number(part.size(), 16) + "\r\n"_ba + part + "\r\n"_ba;
}

QByteArray correctedResponse(const QByteArray &raw, bool headOnly, bool close)
{
    const qsizetype headEnd = raw.indexOf("\r\n\r\n");
    if (headEnd < 0 || !raw.startsWith("HTTP/1.1 "))
        return {};
    const bool noContent = raw.startsWith("HTTP/1.1 204");
    QByteArray out;
    out.reserve(raw.size() + 32);
    QByteArrayView head = QByteArrayView(raw).first(headEnd + 2);
    while (!head.isEmpty()) {
        const qsizetype next = head.indexOf("\r\n") + 2;
        const QByteArrayView line = head.first(next);
        head = head.sliced(next);
        // A 204 has neither a body nor a length; QHttpServer writes both fields for every empty answer.
        if (noContent
            && (startsWithIgnoringCase(line, "content-length:")
                || startsWithIgnoringCase(line, "content-type:")))
            continue;
        if (!startsWithIgnoringCase(line, "connection:"))
            out.append(line);
    }
    if (close)
        out += "Connection: close\r\n"_ba;
    out += "\r\n"_ba;
    if (!headOnly && !noContent)
        out.append(QByteArrayView(raw).sliced(headEnd + 4));
    return out;
}

} // namespace frpx::server
