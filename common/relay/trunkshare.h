// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <atomic>
#include <memory>
#include <vector>

namespace frpx {

class Trunk;

/// The trunks of one control session, at one of its ends: there is one at most between each loop of the
/// server and each of the client. What belongs to a loop is touched in its thread only.
class TrunkShare
{
public:
    static constexpr size_t maxPerLoop = 64;

    /// The trunks of all sessions together, where they share a bound.
    struct Quota
    {
        std::atomic<size_t> taken = 0;
        size_t most = 0;
    };

    /// Without a \a quota only maxPerLoop bounds them.
    explicit TrunkShare(size_t loops, std::shared_ptr<Quota> quota = nullptr)
        : m_loops(loops)
        , m_quota(std::move(quota))
    { }
    virtual ~TrunkShare() = default;
    Q_DISABLE_COPY_MOVE(TrunkShare)

    /// The trunk of \a loop to the peer's \a peerLoop; null if there is none.
    Trunk *find(size_t loop, quint32 peerLoop) const;
    /// Somebody would use the one that find() has not found.
    virtual void want(size_t loop, quint32 peerLoop)
    {
        Q_UNUSED(loop)
        Q_UNUSED(peerLoop)
    }
    /// The number of the next stream that \a loop proposes to put on a trunk; each is used once.
    quint32 nextStream(size_t loop) { return ++m_loops[loop].lastStream; }

    void add(size_t loop, Trunk *trunk)
    {
        m_loops[loop].trunks.push_back(trunk);
        if (m_quota)
            ++m_quota->taken;
    }
    /// No-op if it has been removed already.
    void remove(size_t loop, Trunk *trunk)
    {
        if (std::erase(m_loops[loop].trunks, trunk) > 0 && m_quota)
            --m_quota->taken;
    }
    bool isFull(size_t loop) const
    {
        return m_loops[loop].trunks.size() >= maxPerLoop || (m_quota && m_quota->taken >= m_quota->most);
    }

    /// The session has ended: trunks end when their last user has left. For any thread.
    void end() { m_over = true; }
    bool isOver() const { return m_over; }

private:
    struct Loop
    {
        std::vector<Trunk *> trunks;
        quint32 lastStream = 0;
    };

    std::vector<Loop> m_loops;
    const std::shared_ptr<Quota> m_quota; ///< shared by all sessions; may be null
    std::atomic<bool> m_over = false;
};

/// Where a relay finds the trunks it may use. Null share: none.
struct TrunkPlace
{
    std::shared_ptr<TrunkShare> share;
    size_t loop = 0; ///< in which the relay runs
    bool proposes = false; ///< it is the server's
};

} // namespace frpx
