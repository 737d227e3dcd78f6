// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/ipaddress.h"

#include <QHash>

#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace frpx::net {

/// Connections whose peers have not authenticated yet, by source address; chooses the one to close when there
/// are too many. So a source with thousands of silent connections displaces its own connections, not those of
/// other sources.
///
/// Pure. Every operation takes O(log n).
class EvictionQueue
{
public:
    /// \a id is new and larger than all before. It counts as idle.
    void add(quint64 id, const SourceKey &source);
    void remove(quint64 id);
    /// Whether the next message is the peer's, so that the connection may be closed for others.
    void setIdle(quint64 id, bool idle);

    qsizetype size() const { return static_cast<qsizetype>(m_members.size()); }
    /// The connections of \a source, idle or not.
    qsizetype sizeOf(const SourceKey &source) const { return m_sources.value(source).members; }

    /// The oldest idle connection of \a source.
    std::optional<quint64> oldestOf(const SourceKey &source) const;
    /// The oldest idle connection of the source with the most idle ones; of several such sources, the oldest
    /// of all.
    std::optional<quint64> oldestOfBusiest() const;

    /// All connections, oldest first.
    const std::map<quint64, SourceKey> &members() const { return m_members; }

private:
    using Rank = std::tuple<size_t, quint64, SourceKey>; ///< idle count; complement of the oldest id; source

    struct Source
    {
        qsizetype members = 0;
        std::set<quint64> idle; ///< oldest first
    };

    std::map<quint64, SourceKey> m_members;
    QHash<SourceKey, Source> m_sources;
    std::set<Rank> m_ranks; ///< sources with idle connections, the one with the most last
};

} // namespace frpx::net
