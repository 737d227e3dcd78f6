// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArrayView>

#include <array>
#include <set>
#include <span>
#include <utility>

namespace frpx::server {

/// The same 64 bits for the same \a bytes, in every run of the program.
quint64 stableHash(QByteArrayView bytes);

/// A consistent hash: the same source finds the same owner as long as that is there. One that leaves moves
/// only its own sources, one that comes takes its share and moves no others.
///
/// A source looks from several places on a ring and takes the owner whose point is the nearest to one of
/// them (multi-probe consistent hashing). For weights there is a ring for each binary digit: an owner is on
/// those of the ones in its weight, and a distance counts for half as much on the next higher ring. So each
/// one's share is in proportion to its weight, give or take a tenth, and a choice takes O(log n).
/// A value class.
class HashRing
{
public:
    using Owner = quint32;

    /// \a identity tells where its points are: the same one gets the same sources again. \a weight is 1 to
    /// 1023. The same values go to remove().
    void add(Owner owner, quint64 identity, int weight) { change(owner, identity, weight, true); }
    void remove(Owner owner, quint64 identity, int weight) { change(owner, identity, weight, false); }

    /// The owner of \a source that is not in \a excluded, which are all on the ring and not all that are.
    Owner find(quint64 source, std::span<const Owner> excluded) const;

    /// Points looked for since the beginning, each O(log n): what it has cost.
    quint64 steps() const { return m_steps; }

private:
    using Point = std::pair<quint64, Owner>;
    using Ring = std::set<Point>;

    void change(Owner owner, quint64 identity, int weight, bool add);

    std::array<Ring, 10> m_rings; ///< by binary digit of the weight
    mutable quint64 m_steps = 0;
};

} // namespace frpx::server
