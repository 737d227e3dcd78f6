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

/// Decides which connections may run a TLS handshake, and queues the others: a handshake costs 50 to 110 KiB
/// until it is complete, and a peer may start one and never continue. So the number of slots is limited. The
/// next free slot goes to the oldest waiting connection of the source with the fewest slots, so that a source
/// with thousands of connections delays only itself.
///
/// A slow handshake may have to give its slot to a source with fewer slots.
///
/// Pure: times are the caller's milliseconds. Every operation takes O(log n), overdue() O(slots).
class HandshakeQueue
{
public:
    static constexpr qint64 patienceMs = 1000; ///< a slot is not taken away before this time

    explicit HandshakeQueue(size_t places)
        : m_places(places)
    { }

    /// Queues \a id, which is new. A smaller id is older.
    void join(quint64 id, const SourceKey &source);
    /// \a id is complete or closed. No-op if it is unknown.
    void leave(quint64 id);
    /// Gives a slot to the next id; empty if none waits or all slots are taken.
    std::optional<quint64> next(qint64 nowMs);
    /// The ids with a slot for longer than patienceMs whose source has more slots than the source that is
    /// next; not more than are waiting. The caller closes them.
    std::vector<quint64> overdue(qint64 nowMs) const;

    size_t placesTaken() const { return m_begun.size(); }
    size_t waiting() const { return m_members.size() - m_begun.size(); }
    /// The ids of \a source, with a slot or waiting.
    size_t sizeOf(const SourceKey &source) const;
    /// The ids of \a source that wait.
    size_t waitingOf(const SourceKey &source) const;

private:
    using Rank = std::tuple<size_t, quint64, SourceKey>; ///< slots; the oldest waiting id; source

    struct Source
    {
        size_t places = 0;
        std::set<quint64> waiting; ///< oldest first
    };
    struct Member
    {
        SourceKey source;
        std::optional<qint64> begunAtMs; ///< empty: it waits
    };

    template <typename Change>
    void change(const SourceKey &key, Change how);

    const size_t m_places;
    std::map<quint64, Member> m_members;
    QHash<SourceKey, Source> m_sources; ///< each has an id
    std::set<Rank> m_ranks; ///< sources with waiting ids, the next one first
    std::set<std::pair<qint64, quint64>> m_begun; ///< by start time
};

} // namespace frpx::net
