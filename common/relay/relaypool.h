// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/io/ioloop.h"
#include "common/relay/relayjob.h"

#include <vector>

class QObject;

namespace frpx {

/// The threads that relay the visitors' bytes. All functions may be called from any thread.
class RelayPool
{
public:
    /// \a threads loops; 0 means one per core.
    explicit RelayPool(int threads = 0);
    ~RelayPool();

    /// Relays between both descriptors of \a job, which are non-blocking, until both directions have ended.
    void adopt(RelayJob job);

    /// The next loop in turn, for new work. The caller has to post a task there, see census().
    IoLoop &nextLoop() { return loop(nextIndex()); }
    size_t nextIndex();
    /// Posts \a task, which takes over an object of another loop or of the caller's thread, to the loop \a
    /// index. Call it while the object is still counted where it was, so that census() never misses it.
    template <typename Callable>
    void handOver(size_t index, Callable task)
    {
        loop(index).post(std::move(task));
        m_handedOver.fetch_add(1); // not before: see census()
    }
    size_t size() const { return m_loops.size(); }
    IoLoop &loop(size_t index) { return *m_loops[index]; }

    /// Ends all relays and joins the threads. Jobs adopted later are closed at once.
    void shutDown();

    /// Resets all relays whose lease, owner or meter is \a key and that were started before this call.
    void cut(const std::shared_ptr<void> &key);

    qint64 openRelays() const;

    /// Counts the handlers in the loops: relays, and those that may become one. \a answer is called in the
    /// thread of \a context, which must outlive the loops. The number includes everything passed to adopt(),
    /// nextLoop() and handOver() since the call, so 0 means that nothing is left or on its way.
    void census(QObject *context, const std::function<void(qint64 count)> &answer);
    /// Finds relays whose peer has vanished silently, and closes them. Call about once a second: one call
    /// inspects a part of them.
    void inspect(const SilenceLimits &limits = {});

private:
    std::vector<std::unique_ptr<IoLoop>> m_loops;
    std::atomic<size_t> m_next = 0;
    std::atomic<size_t> m_handedOver = 0;
};

} // namespace frpx
