// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/ipaddress.h"

#include <QtEndian>

#include <algorithm>

namespace frpx::net {

constexpr qsizetype longestAddress = 45; // of an IPv6 address with an IPv4 part at its end

namespace {

bool isAddressCharacter(QChar c)
{
    return c == u'.' || c == u':' || (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f')
        || (c >= u'A' && c <= u'F');
}

} // namespace

std::optional<QHostAddress> parseIpAddress(QStringView text)
{
    // QHostAddress would also accept a zone, and any text after a NUL.
    if (text.isEmpty() || text.size() > longestAddress
        || !std::all_of(text.begin(), text.end(), isAddressCharacter))
        return std::nullopt;
    const QString written = text.toString();
    QHostAddress address(written);
    if (address.protocol() == QAbstractSocket::IPv6Protocol
        || (address.protocol() == QAbstractSocket::IPv4Protocol && address.toString() == written))
        return address;
    return std::nullopt;
}

QHostAddress plainAddress(const QHostAddress &address)
{
    if (address.protocol() != QAbstractSocket::IPv6Protocol)
        return address;
    const Q_IPV6ADDR bytes = address.toIPv6Address();
    const bool mapped = std::all_of(bytes.c, bytes.c + 10, [](quint8 byte) { return byte == 0; })
        && bytes.c[10] == 0xff && bytes.c[11] == 0xff;
    return mapped ? QHostAddress(qFromBigEndian<quint32>(bytes.c + 12)) : QHostAddress(bytes);
}

SourceKey sourceKey(const QHostAddress &address)
{
    const QHostAddress plain = plainAddress(address);
    if (plain.protocol() != QAbstractSocket::IPv6Protocol)
        return {0, plain.toIPv4Address()};
    const Q_IPV6ADDR bytes = plain.toIPv6Address();
    return {1, qFromBigEndian<quint64>(bytes.c)};
}

} // namespace frpx::net
