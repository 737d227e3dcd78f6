// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArrayView>

#include <array>
#include <set>
#include <span>
#include <utility>

namespace frpx::server {

/// A 64-bit hash of \a bytes, the same in every run of the program.
quint64 stableHash(QByteArrayView bytes);

/// A consistent hash: the same source gets the same owner while that is on the ring. Removing an owner moves
/// only its own sources; adding one moves only the sources that it gets.
///
/// A source has several places on a ring and gets the owner whose point is the nearest to one of them
/// (multi-probe consistent hashing). For weights there is a ring for each binary digit: an owner is on the
/// rings of the ones in its weight, and a distance counts for half as much on the next higher ring. So each
/// owner's share is in proportion to its weight, within a tenth, and a choice takes O(log n). A value class.
class HashRing
{
public:
    using Owner = quint32;

    /// \a identity determines its points: the same identity gets the same sources. \a weight is 1 to 1023.
    /// Pass the same values to remove().
    void add(Owner owner, quint64 identity, int weight) { change(owner, identity, weight, true); }
    void remove(Owner owner, quint64 identity, int weight) { change(owner, identity, weight, false); }

    /// The owner of \a source that is not in \a excluded. All of \a excluded are on the ring, and at least
    /// one more.
    Owner find(quint64 source, std::span<const Owner> excluded) const;

    /// The cost so far: points searched, each O(log n).
    quint64 steps() const { return m_steps; }

private:
    using Point = std::pair<quint64, Owner>;
    using Ring = std::set<Point>;

    void change(Owner owner, quint64 identity, int weight, bool add);

    std::array<Ring, 10> m_rings; ///< by binary digit of the weight
    mutable quint64 m_steps = 0;
};

} // namespace frpx::server
