// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaymeter.h"

#include <memory>

namespace frpx::client {

/// Set by a relay whose service has received bytes and has sent none for a while; reset by the reader. Shared
/// by the relays of a session, in any thread.
using SilentService = std::shared_ptr<std::atomic<bool>>;

/// Notices in one relay that the service has received bytes and has sent none for patienceMs. The service may
/// only be slow, so this is a reason for a health check, not a proof. inspect() is called about once a
/// second, in the relay's thread.
class AnswerWatch
{
public:
    static constexpr qint64 patienceMs = 5000;

    /// \a silent null: nothing is watched or counted.
    explicit AnswerWatch(SilentService silent)
        : m_silent(std::move(silent))
    { }

    /// For a relay that starts: the totals in which it counts.
    std::shared_ptr<RelayTotals> begin()
    {
        m_totals = m_silent ? std::make_shared<RelayTotals>() : nullptr;
        m_answered = m_asked = 0;
        m_askedAtMs = 0;
        return m_totals;
    }
    /// \a nowMs: steadyMs().
    void inspect(qint64 nowMs)
    {
        if (!m_totals)
            return;
        const quint64 asked = m_totals->toService.load(std::memory_order_relaxed);
        const quint64 answered = m_totals->toVisitor.load(std::memory_order_relaxed);
        if (answered != m_answered || m_askedAtMs == 0) {
            // Bytes that came in the same second as an answer count as answered.
            m_askedAtMs = answered == m_answered && asked != m_asked ? nowMs : 0;
            m_answered = answered;
            m_asked = asked;
        } else if (nowMs - m_askedAtMs >= patienceMs) {
            m_silent->store(true, std::memory_order_relaxed);
        }
    }

private:
    SilentService m_silent;
    std::shared_ptr<RelayTotals> m_totals; ///< of the current relay; null: the relay is not watched
    quint64 m_asked = 0; ///< bytes to the service at the last answer, or at the first request
    quint64 m_answered = 0;
    qint64 m_askedAtMs = 0; ///< since when a request is unanswered; 0: none is
};

} // namespace frpx::client
