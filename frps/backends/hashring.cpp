// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/backends/hashring.h"

#include <algorithm>
#include <limits>

namespace frpx::server {

namespace {

constexpr quint64 pointsPerOwner = 8;
constexpr quint64 probes = 16;

/// The finaliser of SplitMix64: every bit of the result depends on every bit of \a x.
constexpr quint64 mix(quint64 x)
{
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

} // namespace

quint64 stableHash(QByteArrayView bytes)
{
    quint64 hash = 0xcbf29ce484222325U; // FNV-1a
    for (const char byte : bytes)
        hash = (hash ^ static_cast<quint8>(byte)) * 0x100000001b3U;
    return mix(hash);
}

void HashRing::change(Owner owner, quint64 identity, int weight, bool add)
{
    Q_ASSERT(weight > 0 && weight < 1 << m_rings.size());
    for (size_t digit = 0; digit < m_rings.size(); ++digit) {
        if (!(weight & (1 << digit)))
            continue;
        for (quint64 i = 0; i < pointsPerOwner; ++i) {
            ++m_steps;
            const Point point(mix(identity ^ mix(digit * pointsPerOwner + i)), owner);
            if (add)
                m_rings[digit].insert(point);
            else
                m_rings[digit].erase(point);
        }
    }
}

HashRing::Owner HashRing::find(quint64 source, std::span<const Owner> excluded) const
{
    double nearest = std::numeric_limits<double>::infinity();
    Owner owner = 0;
    for (size_t digit = 0; digit < m_rings.size(); ++digit) {
        const Ring &ring = m_rings[digit];
        for (quint64 probe = 0; probe < probes && !ring.empty(); ++probe) {
            const quint64 from = mix(source + mix(probe * m_rings.size() + digit));
            auto it = ring.lower_bound({from, 0});
            ++m_steps;
            for (size_t left = ring.size(); left > 0; --left, ++it) {
                if (it == ring.end())
                    it = ring.begin();
                if (std::find(excluded.begin(), excluded.end(), it->second) != excluded.end())
                    continue;
                // On a ring: the difference of unsigned numbers is also right across the end.
                const double distance = static_cast<double>(it->first - from) / double(1 << digit);
                if (distance < nearest) {
                    nearest = distance;
                    owner = it->second;
                }
                break;
            }
        }
    }
    return owner;
}

} // namespace frpx::server
