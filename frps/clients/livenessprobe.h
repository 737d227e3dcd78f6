// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <atomic>
#include <memory>

namespace frpx::server {

/// Finds out whether a client still answers. It is probed only when a visitor waits for it longer than usual;
/// without that, only missing heartbeats would reveal a dead link, much later.
///
/// A visitor that waits causes a call of doubt(), in any thread. All else runs in the control thread: it
/// sends a Ping, and any message counts as an answer. A client that is slow only with this visitor (its local
/// service may take seconds) does answer, so nothing is taken from it. Times are steadyMs().
class LivenessProbe
{
public:
    static constexpr qint64 patienceMs = 1000; ///< a visitor waits so long before the client is probed
    static constexpr qint64 answerMs = 1000; ///< a live client answers a Ping within this time

    enum class Finding {
        Nothing,
        Doubtful, ///< send a Ping; any message leads to heard()
        Silent, ///< it has not answered; returned once
    };

    /// \a anyDoubt is set with every doubt, so that the clients need not be checked while there is none. May
    /// be null.
    explicit LivenessProbe(std::shared_ptr<std::atomic<bool>> anyDoubt = {})
        : m_anyDoubt(std::move(anyDoubt))
    { }

    void doubt()
    {
        m_doubted.store(true, std::memory_order_relaxed);
        if (m_anyDoubt)
            m_anyDoubt->store(true, std::memory_order_release);
    }
    /// A Ping was sent and its time is not over.
    bool owesAnswer() const { return m_askedAtMs != 0; }
    /// It has not answered a Ping, nor sent anything since.
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
        // A recent message counts as an answer; a visitor that still waits will call doubt() again.
        if (!m_doubted.exchange(false, std::memory_order_relaxed) || now - m_heardAtMs < patienceMs)
            return Finding::Nothing;
        m_askedAtMs = now;
        return Finding::Doubtful;
    }

    /// A message has arrived. True if the client was silent before.
    bool heard(qint64 now)
    {
        m_heardAtMs = now;
        m_askedAtMs = 0;
        return m_silent.exchange(false, std::memory_order_relaxed);
    }

private:
    const std::shared_ptr<std::atomic<bool>> m_anyDoubt; // shared with the other clients
    std::atomic<bool> m_doubted = false;
    std::atomic<bool> m_silent = false;
    qint64 m_heardAtMs = 0;
    qint64 m_askedAtMs = 0; ///< 0: no Ping is unanswered
};

} // namespace frpx::server
