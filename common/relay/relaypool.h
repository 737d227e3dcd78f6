// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/ioloop.h"

#include <vector>

class QObject;

namespace frpx {

/// The threads that carry the users' bytes. All functions may be called from any thread.
class RelayPool
{
public:
    /// \a threads loops; 0 means one per core.
    explicit RelayPool(int threads = 0);
    ~RelayPool();

    /// Joins both descriptors of \a job, which are non-blocking, until both ways have ended.
    void adopt(RelayJob job);

    /// The loop whose turn it is to get work. Something is to be posted there, see census().
    IoLoop &nextLoop();
    /// Posts \a task, which takes something over that lives in another loop, to the loop \a index. To be
    /// called while it is still there, so that census() always finds it.
    template <typename Callable>
    void handOver(size_t index, Callable task)
    {
        loop(index).post(std::move(task));
        m_handedOver.fetch_add(1); // not before: see census()
    }
    size_t size() const { return m_loops.size(); }
    IoLoop &loop(size_t index) { return *m_loops[index]; }

    /// Ends every relay and joins the threads. From then on, what is adopted is closed at once.
    void shutDown();

    /// Ends by a reset what holds \a key, as its lease, owner or meter, and was handed out before this
    /// call.
    void cut(const std::shared_ptr<void> &key);

    qint64 openRelays() const;

    /// Counts what lives in the loops: relays, and what may become one. \a answer is called in the thread of
    /// \a context, which must outlive the loops. What was handed out by adopt(), nextLoop() and handOver()
    /// since the question is in the number as well, so that 0 means: nothing is left and nothing is on its
    /// way.
    void census(QObject *context, const std::function<void(qint64 count)> &answer);
    /// Looks for relays whose peer has vanished without a word, and cuts them. Call about once a second: one
    /// call looks at a part of them.
    void inspect(const SilenceLimits &limits = {});

private:
    std::vector<std::unique_ptr<IoLoop>> m_loops;
    std::atomic<size_t> m_next = 0;
    std::atomic<size_t> m_handedOver = 0;
};

} // namespace frpx
