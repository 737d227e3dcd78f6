// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/cidrlist.h"

#include "common/core/logging.h"
#include "common/net/ipaddress.h"

#include <QtEndian>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::net {

namespace {

constexpr int mappedPrefix = 96; // of ::ffff:0:0/96, the IPv4-mapped addresses

Error fault(QStringView entry, const QString &what)
{
    return {Errc::InvalidArgument, u"\"%1\" %2"_s.arg(logSafe(entry, 64), what)};
}

} // namespace

CidrList::Key CidrList::keyOf(const QHostAddress &address)
{
    Key key{};
    const QHostAddress plain = plainAddress(address);
    if (plain.protocol() == QAbstractSocket::IPv4Protocol) {
        key[0] = 4;
        qToBigEndian(plain.toIPv4Address(), key.data() + 1);
    } else if (plain.protocol() == QAbstractSocket::IPv6Protocol) {
        key[0] = 6;
        const Q_IPV6ADDR bytes = plain.toIPv6Address();
        std::copy(std::begin(bytes.c), std::end(bytes.c), key.begin() + 1);
    }
    return key; // an address of no family is in no range
}

Result<CidrList::Range> CidrList::parseEntry(QStringView entry)
{
    const qsizetype slash = entry.indexOf(u'/');
    QStringView written = slash < 0 ? entry : entry.first(slash);
    if (written.startsWith(u'[') && written.endsWith(u']') && written.contains(u':'))
        written = written.sliced(1).chopped(1);
    const std::optional<QHostAddress> address = parseIpAddress(written);
    if (!address)
        return fault(entry, u"is not an address or a range such as 192.0.2.0/24 or 2001:db8::/32."_s);
    const Key key = keyOf(*address);
    const int width = key[0] == 4 ? 32 : 128;
    int bits = width;
    if (slash >= 0) {
        const QStringView digits = entry.sliced(slash + 1);
        const bool plain = !digits.isEmpty() && digits.size() <= 3
            && std::all_of(digits.begin(), digits.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
        // The prefix length of a mapped address counts from the start of the IPv6 address.
        const bool mapped = width == 32 && address->protocol() == QAbstractSocket::IPv6Protocol;
        bits = plain ? digits.toInt() - (mapped ? mappedPrefix : 0) : -1;
        if (bits < 0 || bits > width) {
            return fault(entry,
                u"has no prefix length from %1 to %2."_s.arg(mapped ? mappedPrefix : 0)
                    .arg(mapped ? 128 : width));
        }
    }
    Range range{key, key};
    for (int bit = bits; bit < width; ++bit) {
        const auto byte = size_t(1 + bit / 8);
        const auto mask = quint8(0x80 >> (bit % 8));
        if (key[byte] & mask)
            return fault(entry,
                u"has bits set behind its prefix: write one address, or the range without these bits."_s);
        range.last[byte] |= mask;
    }
    return range;
}

Result<CidrList> CidrList::parse(QStringView text)
{
    CidrList list;
    if (text.trimmed().isEmpty())
        return list;
    for (const QStringView entry : text.split(u',')) {
        if (list.m_ranges.size() >= maxEntries) {
            return Error{Errc::InvalidArgument, u"The list has more than %1 entries."_s.arg(maxEntries)};
        }
        const Result<Range> range = parseEntry(entry.trimmed());
        if (!range)
            return range.error();
        list.m_ranges.push_back(*range);
    }
    // Two such ranges are either disjoint, or one contains the other, which then directly follows it.
    std::sort(list.m_ranges.begin(), list.m_ranges.end(), [](const Range &a, const Range &b) {
        return a.first != b.first ? a.first < b.first : a.last > b.last;
    });
    Key covered{};
    list.m_ranges.removeIf([&covered](const Range &range) {
        if (range.last <= covered)
            return true;
        covered = range.last;
        return false;
    });
    return list;
}

bool CidrList::contains(const QHostAddress &address) const
{
    if (m_ranges.empty())
        return false;
    const Key key = keyOf(address);
    const auto behind = std::upper_bound(m_ranges.begin(), m_ranges.end(), key,
        [](const Key &wanted, const Range &range) { return wanted < range.first; });
    return behind != m_ranges.begin() && key <= std::prev(behind)->last;
}

} // namespace frpx::net
