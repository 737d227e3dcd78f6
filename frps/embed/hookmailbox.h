// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/embed/hookedtunnel.h"

#include <functional>
#include <map>
#include <mutex>
#include <vector>

namespace frpx::server {

/// Events for the control thread, posted from any thread. Shared by all that post.
class HookMailbox
{
public:
    struct VisitorGone
    {
        std::shared_ptr<HookedTunnel> tunnel;
        net::LinkEnds visitor;
        net::LinkEnds inner;
        quint64 bytesToTunnel = 0;
        quint64 bytesToVisitor = 0;
    };
    struct News
    {
        std::vector<VisitorGone> gone; ///< in order
        std::map<quint64, QString> aborted; ///< tunnels to close, and why
    };

    /// \a wake is called, in any thread, at the first event since take(). An empty one ends that: when this
    /// returns, no call is under way any more.
    void setWaker(std::function<void()> wake);

    void post(VisitorGone visitor);
    /// Only the first \a reason for a tunnel counts.
    void postAbort(quint64 tunnel, const QString &reason);
    News take();

private:
    void wake();

    std::mutex m_mutex;
    News m_news; // guarded by m_mutex
    std::function<void()> m_wake; // guarded by m_mutex
    bool m_woken = false; // guarded by m_mutex
};

} // namespace frpx::server
