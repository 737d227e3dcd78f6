// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/ipaddress.h"

#include <QHash>

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

namespace frpx::net {

/// Who may shake hands, and who waits for that in line: a TLS handshake costs some 50 to 110 KiB until it is
/// done, and whoever begins one need not go on with it. So there are only so many places. The next place goes
/// to the source that has the fewest, to the oldest of its waiting ones: who comes with thousands waits for
/// himself.
///
/// Whoever takes long may have to make room for a source that has fewer places.
///
/// Pure: times are the caller's milliseconds. Every operation takes O(log n), overdue() O(places).
class HandshakeQueue
{
public:
    static constexpr qint64 patienceMs = 1000; ///< a place is safe for so long

    explicit HandshakeQueue(size_t places)
        : m_places(places)
    { }

    /// Puts \a id, which is new, into the line. Of two the smaller one is the older.
    void join(quint64 id, const SourceKey &source);
    /// \a id is done, or gone. No-op if it is not here.
    void leave(quint64 id);
    /// Gives the next one its place; none if nobody waits or all places are taken.
    std::optional<quint64> next(qint64 nowMs);
    /// Who has had a place for longer than patienceMs, and more of them than the source that is next; not
    /// more than are waiting. The caller ends them.
    std::vector<quint64> overdue(qint64 nowMs) const;

    size_t placesTaken() const { return m_begun.size(); }
    size_t waiting() const { return m_members.size() - m_begun.size(); }
    /// Of \a source, with a place or waiting for one.
    size_t sizeOf(const SourceKey &source) const;
    /// Of \a source, waiting for a place.
    size_t waitingOf(const SourceKey &source) const;

private:
    using Rank = std::tuple<size_t, quint64, SourceKey>; ///< places; the oldest who waits; source

    struct Source
    {
        size_t places = 0;
        std::set<quint64> waiting; ///< oldest first
    };
    struct Member
    {
        SourceKey source;
        std::optional<qint64> begunAtMs; ///< none: it waits
    };

    template <typename Change>
    void change(const SourceKey &key, Change how);

    const size_t m_places;
    std::map<quint64, Member> m_members;
    QHash<SourceKey, Source> m_sources; ///< each has a member
    std::set<Rank> m_ranks; ///< sources of which somebody waits, the next one first
    std::set<std::pair<qint64, quint64>> m_begun; ///< by when they have begun
};

} // namespace frpx::net
