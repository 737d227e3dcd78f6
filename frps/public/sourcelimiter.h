// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/ipaddress.h"

#include <QHash>

#include <atomic>
#include <memory>

namespace frpx::server {

/// Counts the users of each source address (of IPv6 each /64 network, which is what one subscriber has) and
/// grants each no more than a limit at once.
///
/// Lives on one thread; only giving a place back may happen in any other, and takes no lock. Remembers a
/// source only as long as it has users.
class SourceLimiter
{
public:
    static constexpr qsizetype maxSources = 65'536; ///< with users at the same time

    /// \a limit users of one source; 0: as many as they like, and nothing is counted.
    explicit SourceLimiter(int limit)
        : m_limit(limit)
    { }

    /// For those who come from now on.
    void setLimit(int limit) { m_limit = limit; }
    bool isOn() const { return m_limit > 0; }

    /// A place for one user from \a source, given back when the last copy of the pointer goes. Null if the
    /// source has used up its places, or there are too many sources.
    std::shared_ptr<void> take(const QHostAddress &source);

    /// Sources in the table, some of them without users by now.
    qsizetype size() const { return m_users.size(); }

private:
    using Key = net::SourceKey;
    using Count = std::shared_ptr<std::atomic<int>>; ///< shared with the places, which may outlive the table

    void forgetIdle();

    int m_limit;
    QHash<Key, Count> m_users;
    qsizetype m_forgetAt =
        1024; ///< sources: twice what was left the last time, so that forgetting costs little
};

} // namespace frpx::server
