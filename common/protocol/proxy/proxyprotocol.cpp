// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/proxy/proxyprotocol.h"

#include "common/net/ipaddress.h"

#include <QtEndian>

#include <algorithm>
#include <cstring>

using namespace Qt::StringLiterals;

namespace frpx::proxyproto {

namespace {

constexpr QByteArrayView v1Begin("PROXY ");
constexpr QByteArrayView v2Signature("\r\n\r\n\0\r\nQUIT\n", 12);

// The thirteenth byte: version 2 and the command.
constexpr quint8 localCommand = 0x20;
constexpr quint8 proxyCommand = 0x21;
// The fourteenth: the family of the addresses and the transport.
constexpr quint8 unspecified = 0x00;
constexpr quint8 tcpOverIPv4 = 0x11;
constexpr quint8 udpOverIPv4 = 0x12;
constexpr quint8 tcpOverIPv6 = 0x21;
constexpr quint8 udpOverIPv6 = 0x22;
constexpr quint8 unixStream = 0x31;
constexpr quint8 unixDatagram = 0x32;

constexpr qsizetype ipv4Size = 4;
constexpr qsizetype ipv6Size = 16;

Error bad(const QString &what)
{
    return {Errc::BadField, u"No PROXY header: %1."_s.arg(what)};
}

bool isIPv4(const QHostAddress &address)
{
    return address.protocol() == QAbstractSocket::IPv4Protocol;
}

/// Converts an IPv4 address to its IPv4-mapped IPv6 form; Qt's own conversion differs for 0.0.0.0.
QHostAddress asIPv6(const QHostAddress &address)
{
    Q_IPV6ADDR bytes = address.toIPv6Address();
    if (isIPv4(address))
        bytes.c[10] = bytes.c[11] = 0xff;
    return QHostAddress(bytes);
}

/// Converts both ends to one family, as the header requires.
Header inOneFamily(const Header &header)
{
    Header result{{net::plainAddress(header.source.address), header.source.port},
        {net::plainAddress(header.target.address), header.target.port}};
    if (isIPv4(result.source.address) != isIPv4(result.target.address)) {
        for (net::Endpoint *end : {&result.source, &result.target})
            end->address = asIPv6(end->address);
    }
    return result;
}

QByteArray encodeV1(const Header &header)
{
    if (header.source.address.isNull())
        return "PROXY UNKNOWN\r\n"_ba;
    return u"PROXY %1 %2 %3 %4 %5\r\n"_s
        .arg(isIPv4(header.source.address) ? u"TCP4"_s : u"TCP6"_s, header.source.address.toString(),
            header.target.address.toString())
        .arg(header.source.port)
        .arg(header.target.port)
        .toLatin1();
}

void append(QByteArray &bytes, const QHostAddress &address)
{
    if (isIPv4(address)) {
        const quint32 number = qToBigEndian(address.toIPv4Address());
        bytes.append(reinterpret_cast<const char *>(&number), ipv4Size);
    } else {
        const Q_IPV6ADDR number = address.toIPv6Address();
        bytes.append(reinterpret_cast<const char *>(number.c), ipv6Size);
    }
}

void append(QByteArray &bytes, quint16 number)
{
    const quint16 swapped = qToBigEndian(number);
    bytes.append(reinterpret_cast<const char *>(&swapped), sizeof swapped);
}

QByteArray encodeV2(const Header &header)
{
    QByteArray bytes = v2Signature.toByteArray();
    const bool told = !header.source.address.isNull();
    const bool v4 = isIPv4(header.source.address);
    bytes.append(char(told ? proxyCommand : localCommand));
    bytes.append(char(!told ? unspecified : v4 ? tcpOverIPv4 : tcpOverIPv6));
    append(bytes, quint16(!told ? 0 : 2 * (v4 ? ipv4Size : ipv6Size) + 2 * qsizetype(sizeof(quint16))));
    if (told) {
        append(bytes, header.source.address);
        append(bytes, header.target.address);
        append(bytes, header.source.port);
        append(bytes, header.target.port);
    }
    return bytes;
}

std::optional<quint16> portFrom(const QString &text)
{
    bool ok = false;
    const quint16 port = text.toUShort(&ok);
    if (!ok || QString::number(port) != text) // neither signs nor leading zeros
        return std::nullopt;
    return port;
}

Result<std::optional<Parsed>> parseV1(QByteArrayView stream)
{
    const qsizetype newline = stream.first(std::min(stream.size(), maxV1Size)).indexOf('\n');
    if (newline < 0 && stream.size() >= maxV1Size)
        return bad(u"the line does not end"_s);
    if (newline < 0)
        return std::optional<Parsed>();
    if (stream[newline - 1] != '\r')
        return bad(u"the line does not end in CR LF"_s);
    const QStringList words = QString::fromLatin1(stream.first(newline - 1)).split(u' ');
    Parsed parsed{{}, newline + 1};
    if (words.at(1) == "UNKNOWN"_L1) // the rest of the line is ignored
        return std::optional(parsed);
    if (words.size() != 6 || (words.at(1) != "TCP4"_L1 && words.at(1) != "TCP6"_L1))
        return bad(u"the line is not of the form \"PROXY TCP4 SOURCE TARGET PORT PORT\""_s);
    const bool v4 = words.at(1) == "TCP4"_L1;
    const auto source = net::parseIpAddress(words.at(2));
    const auto target = net::parseIpAddress(words.at(3));
    const auto sourcePort = portFrom(words.at(4));
    const auto targetPort = portFrom(words.at(5));
    if (!source || !target || isIPv4(*source) != v4 || isIPv4(*target) != v4 || !sourcePort || !targetPort)
        return bad(u"the line has a bad address or port"_s);
    parsed.header = {{net::plainAddress(*source), *sourcePort}, {net::plainAddress(*target), *targetPort}};
    return std::optional(parsed);
}

net::Endpoint endpointAt(const char *address, qsizetype size, const char *port)
{
    const QHostAddress plain = size == ipv4Size
        ? QHostAddress(qFromBigEndian<quint32>(address))
        : net::plainAddress(QHostAddress(reinterpret_cast<const quint8 *>(address)));
    return {plain, qFromBigEndian<quint16>(port)};
}

Result<std::optional<Parsed>> parseV2(QByteArrayView stream)
{
    if (stream.size() > 12 && quint8(stream[12]) != localCommand && quint8(stream[12]) != proxyCommand)
        return bad(u"its version or command is unknown"_s);
    if (stream.size() < v2FixedSize)
        return std::optional<Parsed>();
    const auto kind = quint8(stream[13]);
    const qsizetype rest = qFromBigEndian<quint16>(stream.data() + 14);
    if (rest > maxV2Rest)
        return bad(u"it is longer than %1 bytes"_s.arg(maxSize));
    Parsed parsed{{}, v2FixedSize + rest};
    // A connection of the proxy itself: the rest is ignored.
    const bool local = quint8(stream[12]) == localCommand;
    qsizetype addressSize = 0;
    if (!local) {
        switch (kind) {
        case tcpOverIPv4:
            addressSize = ipv4Size;
            break;
        case tcpOverIPv6:
            addressSize = ipv6Size;
            break;
        case unspecified:
        case udpOverIPv4:
        case udpOverIPv6:
        case unixStream:
        case unixDatagram:
            break; // valid, but no TCP/IP address
        default:
            return bad(u"its address family is unknown"_s);
        }
    }
    const qsizetype addresses = addressSize > 0 ? 2 * addressSize + 2 * qsizetype(sizeof(quint16)) : 0;
    if (rest < addresses)
        return bad(u"its addresses are cut off"_s);
    if (stream.size() < parsed.size)
        return std::optional<Parsed>();
    if (addressSize > 0) {
        const char *begin = stream.data() + v2FixedSize;
        const char *ports = begin + 2 * addressSize;
        parsed.header = {endpointAt(begin, addressSize, ports),
            endpointAt(begin + addressSize, addressSize, ports + sizeof(quint16))};
    }
    return std::optional(parsed);
}

/// Whether \a stream begins with \a begin, as far as both go.
bool agrees(QByteArrayView stream, QByteArrayView begin)
{
    const qsizetype size = std::min(stream.size(), begin.size());
    return stream.first(size) == begin.first(size);
}

struct VersionName
{
    Version version;
    QLatin1StringView name;
};

constexpr VersionName versions[] = {
    {Version::None, "none"_L1},
    {Version::V1, "v1"_L1},
    {Version::V2, "v2"_L1},
};

} // namespace

std::optional<Version> versionFromName(QStringView name)
{
    for (const auto &[version, known] : versions) {
        if (name == known)
            return version;
    }
    return std::nullopt;
}

QStringList versionNames()
{
    QStringList names;
    for (const auto &[version, name] : versions)
        names << name;
    return names;
}

Header headerOf(const std::optional<proto::VisitorAddress> &visitor)
{
    if (!visitor)
        return {};
    const QHostAddress source(visitor->sourceAddr);
    const QHostAddress target(visitor->targetAddr);
    if (source.isNull() || target.isNull())
        return {};
    return {{source, quint16(visitor->sourcePort)}, {target, quint16(visitor->targetPort)}};
}

QByteArray encode(Version version, const Header &header)
{
    if (version == Version::None)
        return {};
    const Header plain = header.source.address.isNull() ? Header{} : inOneFamily(header);
    return version == Version::V1 ? encodeV1(plain) : encodeV2(plain);
}

Result<std::optional<Parsed>> parse(QByteArrayView stream)
{
    const bool isV1 = agrees(stream, v1Begin);
    const bool isV2 = agrees(stream, v2Signature);
    if (!isV1 && !isV2)
        return bad(u"the connection begins with something else"_s);
    if (stream.size() < (isV1 ? v1Begin.size() : v2Signature.size()))
        return std::optional<Parsed>();
    return isV1 ? parseV1(stream) : parseV2(stream);
}

} // namespace frpx::proxyproto
