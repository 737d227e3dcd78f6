// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QStringView>

#include <vector>

namespace frpx {

/// The public ports that may be assigned: closed intervals, ordered, joined where they touch. A value class.
class PortRanges
{
public:
    struct Range
    {
        quint16 from = 0;
        quint16 to = 0; ///< included
        bool operator==(const Range &) const = default;
    };

    /// Ports below this belong to the system and are never assigned.
    static constexpr quint16 lowest = 1024;
    static constexpr qsizetype maxRanges = 4096; ///< the most that parse() accepts

    /// Parses a list such as `9930-9932,10000`; an empty one allows nothing. Errc::InvalidArgument with a
    /// sentence that names the part: not a number, reversed, out of bounds, too many.
    static Result<PortRanges> parse(QStringView text);

    /// \return false, and adds nothing, if the interval is reversed or begins below `lowest`.
    bool add(quint16 from, quint16 to);

    /// Removes \a port, if it is contained.
    void remove(quint16 port);

    bool contains(quint16 port) const;
    /// Whether a port is in both.
    bool intersects(const PortRanges &other) const;
    bool isEmpty() const { return m_ranges.empty(); }
    int count() const;
    /// The port at \a index (0 … count() - 1), in rising order.
    quint16 at(int index) const;
    const std::vector<Range> &ranges() const { return m_ranges; }
    QString toString() const;

    /// For a client that has asked for \a port, which is not contained: the reason, and what can be done.
    QString refusalOf(quint16 port) const;

    bool operator==(const PortRanges &) const = default;

private:
    std::vector<Range> m_ranges;
};

} // namespace frpx
