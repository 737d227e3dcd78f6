// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/portranges.h"

#include "common/core/logging.h"

#include <QStringList>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx {

Result<PortRanges> PortRanges::parse(QStringView text)
{
    PortRanges ranges;
    if (text.trimmed().isEmpty())
        return ranges;
    const QList<QStringView> parts = text.split(u',');
    if (parts.size() > maxRanges)
        return Error{Errc::InvalidArgument, u"more than %1 port ranges"_s.arg(maxRanges)};
    for (const QStringView part : parts) {
        const auto refuse = [part](const QString &why) {
            return Error{
                Errc::InvalidArgument, u"'%1' %2"_s.arg(logSafe(part.trimmed().toString(), 40), why)};
        };
        const QList<QStringView> ends = part.split(u'-');
        bool isNumber[2] = {false, false};
        const uint from = ends.first().trimmed().toUInt(&isNumber[0]);
        const uint to = ends.last().trimmed().toUInt(&isNumber[1]);
        if (ends.size() > 2 || !isNumber[0] || !isNumber[1])
            return refuse(u"is not a port or a range of ports, such as 9930-9932"_s);
        if (from > to)
            return refuse(u"is reversed: the lower port comes first"_s);
        if (from < lowest || to > 65'535)
            return refuse(u"is out of bounds: ports from %1 to 65535 can be assigned"_s.arg(lowest));
        ranges.add(static_cast<quint16>(from), static_cast<quint16>(to));
    }
    return ranges;
}

bool PortRanges::add(quint16 from, quint16 to)
{
    if (from > to || from < lowest)
        return false;
    m_ranges.push_back({from, to});
    std::sort(m_ranges.begin(), m_ranges.end(),
        [](const Range &left, const Range &right) { return left.from < right.from; });
    std::vector<Range> joined;
    for (const Range &range : m_ranges) {
        if (!joined.empty() && range.from <= joined.back().to + 1)
            joined.back().to = std::max(joined.back().to, range.to);
        else
            joined.push_back(range);
    }
    m_ranges = std::move(joined);
    return true;
}

void PortRanges::remove(quint16 port)
{
    std::vector<Range> left;
    for (const Range &range : m_ranges) {
        if (port < range.from || port > range.to) {
            left.push_back(range);
            continue;
        }
        if (range.from < port)
            left.push_back({range.from, static_cast<quint16>(port - 1)});
        if (port < range.to)
            left.push_back({static_cast<quint16>(port + 1), range.to});
    }
    m_ranges = std::move(left);
}

bool PortRanges::contains(quint16 port) const
{
    // The first range that begins above the port; only the one before it can contain the port.
    const auto behind = std::upper_bound(m_ranges.begin(), m_ranges.end(), port,
        [](quint16 value, const Range &range) { return value < range.from; });
    return behind != m_ranges.begin() && port <= std::prev(behind)->to;
}

bool PortRanges::intersects(const PortRanges &other) const
{
    return std::any_of(m_ranges.begin(), m_ranges.end(), [&other](const Range &range) {
        return std::any_of(other.m_ranges.begin(), other.m_ranges.end(),
            [&range](const Range &its) { return its.from <= range.to && range.from <= its.to; });
    });
}

int PortRanges::count() const
{
    int ports = 0;
    for (const Range &range : m_ranges)
        ports += range.to - range.from + 1;
    return ports;
}

quint16 PortRanges::at(int index) const
{
    for (const Range &range : m_ranges) {
        const int size = range.to - range.from + 1;
        if (index < size)
            return static_cast<quint16>(range.from + index);
        index -= size;
    }
    Q_ASSERT_X(false, "PortRanges", "index out of range");
    return 0;
}

QString PortRanges::toString() const
{
    QStringList parts;
    for (const Range &range : m_ranges)
        parts +=
            range.from == range.to ? QString::number(range.from) : u"%1-%2"_s.arg(range.from).arg(range.to);
    return parts.join(u',');
}

QString PortRanges::refusalOf(quint16 port) const
{
    constexpr qsizetype maxShown = 200; // characters
    if (isEmpty())
        return u"This server assigns no ports to tunnels. Its operator can start frps with --allow-ports, "
               "such as --allow-ports 6000-6010."_s;
    const QString given = toString().left(maxShown);
    if (port < lowest)
        return u"Port %1 is not among those that this server assigns to tunnels (%2); it never assigns one "
               "below %3."_s.arg(port)
                   .arg(given)
                   .arg(lowest);
    return u"Port %1 is not among those that this server assigns to tunnels (%2). Ask for one of these, or "
           "for any; or the operator of the server adds it to --allow-ports of frps."_s.arg(port)
               .arg(given);
}

} // namespace frpx
