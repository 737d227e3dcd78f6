// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QHostAddress>

#include <array>
#include <vector>

namespace frpx::net {

/// A set of IP addresses in CIDR notation. An IPv4-mapped IPv6 address counts as its IPv4 address, in the
/// list and in contains(); `::/0` contains all of IPv6 and nothing of IPv4. A value class; a lookup is a
/// binary search.
class CidrList
{
public:
    static constexpr qsizetype maxEntries = 4096;

    /// \a text is a comma-separated list of `ADDRESS` and `ADDRESS/BITS`; an empty one gives an empty list.
    /// Errc::InvalidArgument with a sentence that names the faulty entry.
    static Result<CidrList> parse(QStringView text);

    bool contains(const QHostAddress &address) const;
    bool isEmpty() const { return m_ranges.empty(); }

private:
    /// The family and the address, so that a plain comparison gives the order.
    using Key = std::array<quint8, 17>;
    struct Range
    {
        Key first;
        Key last;
    };

    static Key keyOf(const QHostAddress &address);
    static Result<Range> parseEntry(QStringView entry);

    QList<Range> m_ranges; ///< shared by copies; in order, none overlaps another
};

} // namespace frpx::net
