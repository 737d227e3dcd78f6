// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaymeter.h"

#include <memory>

namespace frpx::client {

/// Set by relays whose service has been given bytes and has sent none for a while; taken back by whoever
/// looks. Shared by the relays of a session, in any thread.
using SilentService = std::shared_ptr<std::atomic<bool>>;

/// Notices in one relay that the service has accepted, has got bytes, and has sent none since for patienceMs.
/// That proves nothing, as it may only be slow: it is a reason to check it. Looked at about once a second; in
/// the relay's thread.
class AnswerWatch
{
public:
    static constexpr qint64 patienceMs = 5000;

    /// \a silent null: nobody wants to know, and nothing is counted.
    explicit AnswerWatch(SilentService silent)
        : m_silent(std::move(silent))
    { }

    /// For a relay that begins: what it is to count in.
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
        const quint64 answered = m_totals->toUser.load(std::memory_order_relaxed);
        if (answered != m_answered || m_askedAtMs == 0) {
            // What came in the same second as an answer counts as answered.
            m_askedAtMs = answered == m_answered && asked != m_asked ? nowMs : 0;
            m_answered = answered;
            m_asked = asked;
        } else if (nowMs - m_askedAtMs >= patienceMs) {
            m_silent->store(true, std::memory_order_relaxed);
        }
    }

private:
    SilentService m_silent;
    std::shared_ptr<RelayTotals> m_totals; ///< of the relay under way; null: it is not watched
    quint64 m_asked = 0; ///< when something was answered, or first asked
    quint64 m_answered = 0;
    qint64 m_askedAtMs = 0; ///< since when something is unanswered; 0: nothing is
};

} // namespace frpx::client
