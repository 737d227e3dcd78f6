// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/ipaddress.h"

#include <QHash>

#include <atomic>
#include <memory>

namespace frpx::server {

/// Counts the connections of each source address (of IPv6 each /64 network, the usual network of one
/// subscriber) and limits their number.
///
/// Lives on one thread; only releasing a place may happen in any other, and takes no lock. Remembers a source
/// only while it has connections.
class SourceLimiter
{
public:
    static constexpr qsizetype maxSources = 65'536; ///< with connections at the same time

    /// \a limit connections of one source; 0: no limit, and nothing is counted.
    explicit SourceLimiter(int limit)
        : m_limit(limit)
    { }

    /// For later connections.
    void setLimit(int limit) { m_limit = limit; }
    bool isOn() const { return m_limit > 0; }

    /// A place for one connection from \a source, released with the last copy of the pointer. Null if the
    /// source has used all its places, or there are too many sources.
    std::shared_ptr<void> take(const QHostAddress &source);

    /// Sources in the table, some of them without connections by now.
    qsizetype size() const { return m_counts.size(); }

private:
    using Key = net::SourceKey;
    using Count = std::shared_ptr<std::atomic<int>>; ///< shared with the places, which may outlive the table

    void forgetIdle();

    int m_limit;
    QHash<Key, Count> m_counts;
    /// Size of the table at which idle sources are removed: twice the size after the last time.
    qsizetype m_forgetAt = 1024;
};

} // namespace frpx::server
