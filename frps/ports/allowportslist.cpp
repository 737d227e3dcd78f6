// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/allowportslist.h"

#include "common/core/logging.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

void AllowPortsList::beginItem()
{
    m_items.emplace_back();
}

Result<void> AllowPortsList::set(const QString &name, qint64 value)
{
    if (m_items.empty())
        return Error{Errc::InvalidArgument, u"allowPorts is not a list"_s};
    if (static_cast<qsizetype>(m_items.size()) > PortRanges::maxRanges)
        return Error{Errc::InvalidArgument, u"allowPorts has too many items"_s};
    Item &item = m_items.back();
    std::optional<qint64> *field = name == "start"_L1 ? &item.start
        : name == "end"_L1                            ? &item.end
        : name == "single"_L1                         ? &item.single
                                                      : nullptr;
    if (!field || *field)
        return Error{Errc::InvalidArgument,
            u"allowPorts: '%1' is unknown or repeated; an item has start and end, or single"_s.arg(
                logSafe(name, 40))};
    if (value < 1 || value > 65'535)
        return Error{Errc::InvalidArgument, u"allowPorts: %1 is not a port"_s.arg(value)};
    *field = value;
    return {};
}

Result<PortRanges> AllowPortsList::ranges()
{
    PortRanges ranges;
    bool leftOut = false;
    for (const Item &item : m_items) {
        if (item.single ? item.start || item.end : !item.start || !item.end)
            return Error{Errc::InvalidArgument, u"allowPorts: an item has start and end, or single"_s};
        const qint64 from = item.single.value_or(item.start.value_or(0));
        const qint64 to = item.single.value_or(item.end.value_or(0));
        if (from > to)
            return Error{Errc::InvalidArgument, u"allowPorts: %1-%2 is reversed"_s.arg(from).arg(to)};
        leftOut = leftOut || from < PortRanges::lowest;
        if (to >= PortRanges::lowest)
            ranges.add(
                static_cast<quint16>(std::max<qint64>(from, PortRanges::lowest)), static_cast<quint16>(to));
    }
    if (leftOut)
        qCWarning(lcPorts) << "allowPorts names ports below" << PortRanges::lowest
                           << "which this server never assigns";
    if (ranges.isEmpty())
        return Error{
            Errc::InvalidArgument, u"allowPorts names no port that may be assigned; use --allow-ports"_s};
    return ranges;
}

} // namespace frpx::server
