// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <algorithm>
#include <limits>

namespace frpx::server {

/// The descriptors of the process are divided, so that no kind of connection uses all of them: an account
/// with very many clients leaves room for visitors, visitors leave room for clients, and all leave room for
/// the API, by which an operator can disconnect the cause. All values are upper bounds.
struct DescriptorShares
{
    int sessions = 0; ///< registered clients of all accounts together; 0: no limit
    int newcomers = 4096; ///< control connections that have not registered yet
    int unopened = 8192; ///< work connections that have not sent their opening frame
    int idleWork = 4096; ///< work connections that wait for visitors
    int apiConnections = 256;
    // The system assigns the lowest free number, so a number tells how many are in use.
    int visitorsBelow = std::numeric_limits<int>::max(); ///< public ports pause from this descriptor on
    int clientsBelow = std::numeric_limits<int>::max(); ///< the same for control and proxy port

    /// The shares for a limit of \a limit descriptors; 0: unknown.
    static DescriptorShares of(quint64 limit)
    {
        DescriptorShares shares;
        if (limit == 0)
            return shares;
        constexpr qint64 ownFiles = 64; // database, certificates, loops, listeners
        const qint64 all = static_cast<qint64>(std::min<quint64>(limit, std::numeric_limits<int>::max()));
        const qint64 shared = std::max(all - ownFiles, all / 2);
        const auto between = [](qint64 least, qint64 value, qint64 most) {
            return static_cast<int>(std::clamp(value, least, most));
        };
        shares.sessions = between(1, shared / 2, shared);
        shares.newcomers = between(8, shared / 8, shares.newcomers);
        shares.unopened = between(8, shared / 8, shares.unopened);
        shares.idleWork = between(1, shared / 4, shared);
        shares.apiConnections = between(4, all / 32, shares.apiConnections);
        shares.visitorsBelow = static_cast<int>(all) - between(4, all / 16, 1024);
        shares.clientsBelow = static_cast<int>(all) - between(2, all / 32, 512);
        return shares;
    }
};

} // namespace frpx::server
