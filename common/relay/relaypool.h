// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relayjob.h"
#include "common/relay/relayworker.h"

#include <vector>

namespace frpx {

/// The relay workers of a program. adopt() and the getters may be called from any thread.
class RelayPool
{
public:
    /// \a threads workers; 0 means one per core. The environment variable FRPX_RELAY=portable selects the
    /// backend that needs no epoll.
    explicit RelayPool(int threads = 0);
    ~RelayPool();

    /// Joins both descriptors of \a job until both ways have ended. The least busy worker takes it.
    void adopt(RelayJob job);

    qint64 openRelays() const;
    int threads() const { return static_cast<int>(m_workers.size()); }

private:
    std::vector<std::unique_ptr<RelayWorker>> m_workers;
};

} // namespace frpx
