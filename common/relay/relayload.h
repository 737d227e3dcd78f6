// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaymeter.h"

#include <memory>
#include <utility>

namespace frpx {

/// Whether one relay counts as a load of its client when a client is chosen: yes while a request is
/// unanswered, or if bytes have moved within the last seconds; otherwise it is at rest, like an idle
/// keep-alive connection (docs/adr/0035). Before its first answer it always counts.
///
/// Counts the relay in a RelayMeter during its lifetime. A message only changes this object; the meter is
/// updated at changes of the state. No clock. Not thread-safe: the relay's loop owns it.
class RelayLoad
{
public:
    static constexpr qint64 restAfterMs = 3000;

    RelayLoad() = default; ///< counted nowhere
    /// Counts the relay as open; \a meter may be null.
    explicit RelayLoad(std::shared_ptr<RelayMeter> meter)
        : m_meter(std::move(meter))
        , m_isWatched(m_meter && m_meter->isWatched())
    {
        if (!m_meter)
            return;
        m_meter->open.fetch_add(1, std::memory_order_relaxed);
        m_meter->started.fetch_add(1, std::memory_order_relaxed);
    }
    RelayLoad(RelayLoad &&other) noexcept = default;
    RelayLoad &operator=(RelayLoad &&other) noexcept
    {
        std::swap(m_meter, other.m_meter);
        std::swap(m_lastMovedMs, other.m_lastMovedMs);
        std::swap(m_isWatched, other.m_isWatched);
        std::swap(m_hasMoved, other.m_hasMoved);
        std::swap(m_isAnswered, other.m_isAnswered);
        std::swap(m_isAtRest, other.m_isAtRest);
        return *this;
    }
    ~RelayLoad()
    {
        if (!m_meter)
            return;
        if (m_isAtRest)
            m_meter->resting.fetch_sub(1, std::memory_order_relaxed);
        m_meter->lessen(m_meter->open);
    }

    RelayMeter *meter() const { return m_meter.get(); }

    /// Bytes for the service have arrived.
    void onAsked()
    {
        m_hasMoved = true;
        m_isAnswered = false;
    }
    /// Bytes or the end of the service have arrived.
    void onAnswered()
    {
        m_hasMoved = true;
        m_isAnswered = true;
    }
    /// Earlier bytes have been passed on.
    void onPassedOn() { m_hasMoved = true; }

    /// Something has happened since the last look(), and the state is watched.
    bool wantsLook() const { return m_isWatched && m_hasMoved; }
    bool isAtRest() const { return m_isAtRest; }
    /// Updates the meter. \return whether to call it again soon; otherwise call it when wantsLook() is true.
    bool look(qint64 nowMs)
    {
        if (std::exchange(m_hasMoved, false))
            m_lastMovedMs = nowMs;
        const bool hasBeenQuiet = nowMs - m_lastMovedMs >= restAfterMs;
        const bool isAtRest = hasBeenQuiet && m_isAnswered;
        if (std::exchange(m_isAtRest, isAtRest) != isAtRest && m_meter)
            m_meter->countResting(isAtRest ? 1 : -1);
        return !hasBeenQuiet;
    }

private:
    std::shared_ptr<RelayMeter> m_meter; ///< shared, because the relay may outlive the session; may be null
    qint64 m_lastMovedMs = 0;
    bool m_isWatched = false;
    bool m_hasMoved = false;
    bool m_isAnswered = false;
    bool m_isAtRest = false;
};

} // namespace frpx
