// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaymeter.h"

#include <memory>
#include <utility>

namespace frpx {

/// What one relay is to its client when a client is chosen for the next user: a load while something has been
/// asked and not answered, or bytes have moved within the last seconds; else it is at rest, as an idle
/// keep-alive connection is (docs/adr/0035). Before its first answer it is a load, however silent.
///
/// Counts the relay in a RelayMeter for as long as it lives. What happens for each message is a note in here,
/// the meter hears of changes only. No clock. Not thread-safe: the relay's loop owns it.
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

    /// Bytes have come for the service.
    void onAsked()
    {
        m_hasMoved = true;
        m_isAnswered = false;
    }
    /// Bytes have come from the service, or its end.
    void onAnswered()
    {
        m_hasMoved = true;
        m_isAnswered = true;
    }
    /// Bytes that had come before have been passed on.
    void onPassedOn() { m_hasMoved = true; }

    /// Something has happened since the last look(), and somebody chooses by what it means.
    bool wantsLook() const { return m_isWatched && m_hasMoved; }
    bool isAtRest() const { return m_isAtRest; }
    /// Tells the meter what has become of this. \return whether to look again within a moment; else when
    /// wantsLook() is true next.
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
