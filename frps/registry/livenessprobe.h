// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <atomic>
#include <memory>

namespace frpx::server {

/// Does a client still answer? Asked only when a user waits for it longer than usual, because a client whose
/// link is dead without a sign is found by its heartbeats only much later.
///
/// Whoever waits calls doubt(), in any thread. The rest is the control thread's: it asks the client by a
/// Ping, and any message counts as an answer. A client that is only slow with this user (its local service
/// may take seconds) answers, so nothing is taken from it. Times are steadyMs().
class LivenessProbe
{
public:
    static constexpr qint64 patienceMs = 1000; ///< a user waits so long before anybody is in doubt
    static constexpr qint64 answerMs = 1000; ///< a live client answers a Ping within

    enum class Finding {
        Nothing,
        Doubtful, ///< ask it; heard() is to follow
        Silent, ///< it has not answered; said once
    };

    /// \a anyDoubt is set with every doubt, so that nobody needs to look at all clients to find that there is
    /// none. May be null.
    explicit LivenessProbe(std::shared_ptr<std::atomic<bool>> anyDoubt = {})
        : m_anyDoubt(std::move(anyDoubt))
    { }

    void doubt()
    {
        m_doubted.store(true, std::memory_order_relaxed);
        if (m_anyDoubt)
            m_anyDoubt->store(true, std::memory_order_release);
    }
    /// It has been asked and has some time left.
    bool owesAnswer() const { return m_askedAtMs != 0; }
    /// It was asked and has not said a word since.
    bool isSilent() const { return m_silent.load(std::memory_order_relaxed); }

    /// Call a few times a second.
    Finding check(qint64 now)
    {
        if (isSilent())
            return Finding::Nothing;
        if (m_askedAtMs != 0) {
            if (now - m_askedAtMs < answerMs)
                return Finding::Nothing;
            m_askedAtMs = 0;
            m_silent.store(true, std::memory_order_relaxed);
            return Finding::Silent;
        }
        // What it has said a moment ago is as good as an answer; who still waits then will doubt again.
        if (!m_doubted.exchange(false, std::memory_order_relaxed) || now - m_heardAtMs < patienceMs)
            return Finding::Nothing;
        m_askedAtMs = now;
        return Finding::Doubtful;
    }

    /// A message has come. True if it had been taken for silent.
    bool heard(qint64 now)
    {
        m_heardAtMs = now;
        m_askedAtMs = 0;
        return m_silent.exchange(false, std::memory_order_relaxed);
    }

private:
    const std::shared_ptr<std::atomic<bool>> m_anyDoubt; // shared with those of the other clients
    std::atomic<bool> m_doubted = false;
    std::atomic<bool> m_silent = false;
    qint64 m_heardAtMs = 0;
    qint64 m_askedAtMs = 0; ///< 0: it owes no answer
};

} // namespace frpx::server
