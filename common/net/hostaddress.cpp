// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/hostaddress.h"

#include "common/core/logging.h"
#include "common/net/ipaddress.h"

#include <QUrl>

#include <algorithm>

#ifdef Q_OS_UNIX
#include <sys/un.h>
#endif

using namespace Qt::StringLiterals;

namespace frpx::net {

namespace {

constexpr QStringView unixPrefix = u"unix:";
constexpr qsizetype maxNameLength = 253;
constexpr qsizetype maxLabelLength = 63;
constexpr qsizetype maxScopeLength = 32;
constexpr qsizetype maxShown = 80; // of an invalid text, in the sentence about it

bool isDigit(QChar c)
{
    return c >= u'0' && c <= u'9';
}

bool isPlainLetter(QChar c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z');
}

Error hostFault(QStringView text, const QString &why)
{
    return {Errc::InvalidArgument,
        u"takes a host such as frps.example.org, 192.0.2.1 or 2001:db8::1, not \"%1\": %2"_s.arg(
            logSafe(text, maxShown), why)};
}

Error listenFault(QStringView text, const QString &why)
{
    return {Errc::InvalidArgument,
        u"takes an IP address such as 127.0.0.1, 0.0.0.0 or ::, not \"%1\"%2"_s.arg(
            logSafe(text, maxShown), why.isEmpty() ? QString() : u": "_s + why)};
}

std::optional<quint16> parsePort(QStringView text)
{
    constexpr qsizetype maxDigits = 5;
    bool ok = false;
    const bool isNumber =
        !text.isEmpty() && text.size() <= maxDigits && std::all_of(text.begin(), text.end(), isDigit);
    const quint16 port = isNumber ? text.toUShort(&ok) : quint16(0);
    return ok ? std::optional(port) : std::nullopt;
}

/// Whether \a text is an IPv6 address, perhaps with a scope.
bool isIp6(QStringView text)
{
    const qsizetype percent = text.indexOf(u'%');
    const QStringView scope = percent < 0 ? QStringView() : text.sliced(percent + 1);
    const bool goodScope = percent < 0
        || (!scope.isEmpty() && scope.size() <= maxScopeLength
            && std::all_of(scope.begin(), scope.end(), [](QChar c) {
                   return isDigit(c) || isPlainLetter(c) || c == u'.' || c == u'-' || c == u'_';
               }));
    const auto address = parseIpAddress(percent < 0 ? text : text.first(percent));
    return goodScope && address && address->protocol() == QAbstractSocket::IPv6Protocol;
}

/// Digits, or a number such as "0x7f": the system's functions would turn such parts into an address.
bool isNumber(QStringView label)
{
    const bool isHex = label.startsWith(u"0x", Qt::CaseInsensitive);
    const QStringView digits = isHex ? label.sliced(2) : label;
    return std::all_of(digits.begin(), digits.end(), [isHex](QChar c) {
        return isDigit(c) || (isHex && ((c >= u'a' && c <= u'f') || (c >= u'A' && c <= u'F')));
    });
}

/// Why \a text without a colon is neither a name nor an IPv4 address; empty if it is one.
QString nameFault(QStringView text)
{
    const auto unfit = std::find_if(text.begin(), text.end(), [](QChar c) {
        const bool plain = isDigit(c) || isPlainLetter(c) || c == u'-' || c == u'_' || c == u'.';
        return !plain && (c.unicode() < 0x80 || c.isSpace() || !c.isPrint());
    });
    if (unfit != text.end() && unfit->isSpace())
        return u"it has a space in it"_s;
    if (unfit != text.end())
        return u"no host has the character '%1' in it"_s.arg(logSafe(QStringView(unfit, 1)));
    if (text.startsWith(u'-'))
        return u"no host begins with '-'"_s;
    const QStringView relative = text.endsWith(u'.') ? text.chopped(1) : text;
    const auto parts = relative.split(u'.');
    if (std::any_of(parts.begin(), parts.end(), [](QStringView part) { return part.isEmpty(); }))
        return u"a part between its dots is empty"_s;
    if (std::all_of(parts.begin(), parts.end(), isNumber)) {
        return parseIpAddress(text)
            ? QString()
            : u"an IPv4 address has four numbers from 0 to 255, without zeros in front"_s;
    }
    // The encoded form of an international name is longer.
    const bool isAscii =
        std::all_of(relative.begin(), relative.end(), [](QChar c) { return c.unicode() < 0x80; });
    const QString asked =
        isAscii ? relative.toString() : QString::fromLatin1(QUrl::toAce(relative.toString()));
    if (asked.isEmpty())
        return u"this is no name"_s;
    if (asked.size() > maxNameLength)
        return u"a name has at most %1 characters"_s.arg(maxNameLength);
    const auto labels = QStringView(asked).split(u'.');
    const bool tooLong = std::any_of(
        labels.begin(), labels.end(), [](QStringView label) { return label.size() > maxLabelLength; });
    return tooLong ? u"the parts between the dots have at most %1 characters"_s.arg(maxLabelLength)
                   : QString();
}

/// Why \a text is not a host but, for example, a URL.
QString placeFault(QStringView text)
{
    if (text.isEmpty())
        return u"it is empty"_s;
    if (text.contains(u"://"))
        return u"write the host alone, without %1 and without a path"_s.arg(
            logSafe(text.first(text.indexOf(u"://") + 3), 20));
    if (isUnixSocket(text))
        return u"a unix socket can only be a local service"_s;
    if (text.contains(u'@'))
        return u"write the host alone, without a user and '@'"_s;
    if (text.contains(u'/'))
        return u"write the host alone, without a path"_s;
    return {};
}

} // namespace

Result<HostAndPort> parseHostAndPort(QStringView text)
{
    if (const QString fault = placeFault(text); !fault.isEmpty())
        return hostFault(text, fault);
    QStringView host = text;
    QStringView behind; // after the host: nothing, or ":PORT"
    if (text.startsWith(u'[')) {
        const qsizetype end = text.indexOf(u']');
        if (end < 0 || !isIp6(text.sliced(1, end - 1)))
            return hostFault(text, u"brackets are for an IPv6 address, such as [2001:db8::1]"_s);
        host = text.sliced(1, end - 1);
        behind = text.sliced(end + 1);
    } else if (text.count(u':') == 1) {
        host = text.first(text.indexOf(u':'));
        behind = text.sliced(host.size());
    } else if (text.contains(u':')) {
        if (!isIp6(text))
            return hostFault(text, u"this is no IPv6 address; with a port it is written [2001:db8::1]:80"_s);
        return HostAndPort{text.toString(), std::nullopt};
    }
    HostAndPort result{host.toString(), std::nullopt};
    if (!behind.isEmpty()) {
        result.port = behind.startsWith(u':') ? parsePort(behind.sliced(1)) : std::nullopt;
        if (!result.port)
            return hostFault(text, u"a port is a number up to 65535 behind a colon"_s);
    }
    if (!host.contains(u':')) {
        if (host.isEmpty())
            return hostFault(text, u"there is no host in front of the port"_s);
        if (const QString fault = nameFault(host); !fault.isEmpty())
            return hostFault(text, fault);
    }
    return result;
}

Result<QString> parseHost(QStringView text, QStringView portPlace)
{
    Result<HostAndPort> parsed = parseHostAndPort(text);
    if (!parsed)
        return parsed.error();
    if (parsed->port) {
        return hostFault(text,
            u"write the host \"%1\" here, and the port %2 as %3"_s.arg(parsed->host)
                .arg(*parsed->port)
                .arg(portPlace));
    }
    return std::move(parsed->host);
}

Result<QHostAddress> parseListenAddress(QStringView text, QStringView portPlace)
{
    const Result<HostAndPort> parsed = parseHostAndPort(text);
    if (!parsed)
        return listenFault(text, {});
    if (parsed->port) {
        return listenFault(text,
            u"write the address \"%1\" here, and the port %2 as %3"_s.arg(parsed->host)
                .arg(*parsed->port)
                .arg(portPlace));
    }
    const QHostAddress address(parsed->host);
    if (address.isNull())
        return listenFault(text, u"a name may have several addresses"_s);
    // Qt uses Any for both families on one socket.
    return address == QHostAddress(QHostAddress::AnyIPv6) ? QHostAddress(QHostAddress::Any) : address;
}

Result<std::pair<QHostAddress, quint16>> parseListenEndpoint(QStringView text)
{
    const Result<HostAndPort> parsed = parseHostAndPort(text);
    const Result<QHostAddress> address =
        parsed && parsed->port ? parseListenAddress(parsed->host, {}) : Error{Errc::InvalidArgument, {}};
    if (!address) {
        return Error{Errc::InvalidArgument,
            u"takes an IP address and a port such as 127.0.0.1:8080 or [::1]:8080, not \"%1\""_s.arg(
                logSafe(text, maxShown))};
    }
    return std::pair(*address, *parsed->port);
}

QString hostWithPort(const QString &host, quint16 port)
{
    if (isUnixSocket(host))
        return host;
    return (host.contains(u':') ? u"[%1]:%2"_s : u"%1:%2"_s).arg(host).arg(port);
}

bool isUnixSocket(QStringView host)
{
    return host.startsWith(unixPrefix);
}

QString unixSocketPath(const QString &host)
{
    return host.sliced(unixPrefix.size());
}

Result<void> checkUnixSocket(QStringView host)
{
#ifdef Q_OS_UNIX
    constexpr qsizetype maxPathBytes = sizeof(sockaddr_un::sun_path) - 1;
    const QStringView path = host.sliced(unixPrefix.size());
    const auto fault = [host](const QString &why) {
        return Error{Errc::InvalidArgument,
            u"takes a unix socket such as unix:/run/app.sock, not \"%1\": %2"_s.arg(
                logSafe(host, maxShown), why)};
    };
    if (!path.startsWith(u'/'))
        return fault(u"its path begins with '/'"_s);
    if (path.contains(QChar(u'\0')))
        return fault(u"no path has a NUL in it"_s);
    if (path.toUtf8().size() > maxPathBytes)
        return fault(u"the path has more than %1 bytes"_s.arg(maxPathBytes));
    return {};
#else
    Q_UNUSED(host)
    return Error{Errc::InvalidArgument,
        u"takes a host and a port here: on Windows there are no services on unix sockets"_s};
#endif
}

Result<QString> parseService(QStringView text, QStringView portPlace)
{
    if (!isUnixSocket(text))
        return parseHost(text, portPlace);
    if (const Result<void> good = checkUnixSocket(text); !good)
        return good.error();
    return text.toString();
}

} // namespace frpx::net
