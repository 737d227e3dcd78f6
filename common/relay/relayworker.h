// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relayjob.h"

#include <atomic>
#include <memory>

namespace frpx {

/// One thread that runs relays. The Linux backend waits on epoll, the portable one on Qt's notifiers.
class RelayWorker
{
public:
    virtual ~RelayWorker() = default; ///< closes every relay and joins the thread

    /// Hands \a job to the worker; callable from any thread, never blocks on relays.
    virtual void adopt(RelayJob job) = 0;

    /// Relays handed over and not yet ended.
    qint64 openRelays() const { return m_open.load(std::memory_order_relaxed); }

    static std::unique_ptr<RelayWorker> createEpoll(); ///< null where there is no epoll
    static std::unique_ptr<RelayWorker> createPortable();

protected:
    std::atomic<qint64> m_open = 0;
};

} // namespace frpx
