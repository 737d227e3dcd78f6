// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <optional>

namespace frpx::net {

/// Decides when to try which of several addresses, after RFC 8305 ("Happy Eyeballs"): the next one when one
/// has failed, or after 250 ms without an answer; the first that connects is used. A value; the caller passes
/// the time in milliseconds of any steady clock.
class AddressRace
{
public:
    static constexpr qint64 attemptDelayMs = 250;

    explicit AddressRace(size_t candidates = 0)
        : m_candidates(candidates)
    { }

    /// The number of the address to try now, if one is due.
    std::optional<size_t> takeNext(qint64 nowMs)
    {
        if (m_started == m_candidates || nowMs < m_nextAtMs)
            return std::nullopt;
        m_nextAtMs = nowMs + attemptDelayMs;
        return m_started++;
    }
    /// An attempt has failed: the next address is due.
    void onFailed()
    {
        ++m_failed;
        m_nextAtMs = 0;
    }
    /// The last attempt could not start: the address is due again at \a atMs.
    void postpone(qint64 atMs)
    {
        --m_started;
        m_nextAtMs = atMs;
    }
    /// When takeNext() returns the next address; empty: all have been tried.
    std::optional<qint64> nextAtMs() const
    {
        return m_started < m_candidates ? std::optional(m_nextAtMs) : std::nullopt;
    }
    /// All attempts have failed.
    bool isLost() const { return m_failed == m_candidates; }

private:
    size_t m_candidates;
    size_t m_started = 0;
    size_t m_failed = 0;
    qint64 m_nextAtMs = 0;
};

} // namespace frpx::net
